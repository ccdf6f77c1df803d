"""Probabilities by band, their intervals, and the model's file."""

from __future__ import annotations

import json
from math import pi, sin

import numpy as np
import pytest
from scipy.stats import binom

from models.chain.investors.columns import COLUMNS, PastDeals, columns
from models.chain.investors.funding import day_of
from models.chain.investors.model import Band, InvestorModel, InvestorModelError, bands_of


def test_interval_of_no_pairs_by_hand():
    """Beta(.5, .5): the quantile of q is sin(pi q / 2) squared."""
    value, low, high = Band(0.0, 0, 0).probability
    assert value == 0.5
    assert low == pytest.approx(sin(pi * 0.05 / 2) ** 2)
    assert high == pytest.approx(sin(pi * 0.95 / 2) ** 2)


def test_interval_by_hand():
    """Beta(.5, 1.5) with none of one: the distribution is (2 / pi)(arcsin(sqrt x) + sqrt(x (1 - x)))."""
    value, low, high = Band(0.0, 1, 0).probability
    assert value == 0.25
    for end, share in ((low, 0.05), (high, 0.95)):
        assert 2 / pi * (np.arcsin(np.sqrt(end)) + np.sqrt(end * (1 - end))) == pytest.approx(share)


@pytest.mark.parametrize(("share", "pairs"), [(0.01, 2000), (0.03, 500), (0.1, 300)])
def test_intervals_cover_what_they_promise(share, pairs):
    """Of all outcomes of a binomial draw 85 to 95 % give an interval that holds the true share."""
    ends = [Band(0.0, pairs, funded).probability[1:] for funded in range(pairs + 1)]
    held = np.array([low <= share <= high for low, high in ends])
    assert 0.85 < binom.pmf(np.arange(pairs + 1), pairs, share)[held].sum() < 0.95


def test_bands_rise_and_hold_every_pair():
    """Neighbours whose shares fall are joined; equal log-odds stay together."""
    log_odds = np.array([0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0])
    funded = np.array([True, False, False, True, False, True, True, False])
    bands = bands_of(log_odds, funded, 1)
    assert [(one.low_log_odds, one.pairs, one.funded) for one in bands] == [(0.0, 5, 2), (3.0, 3, 2)]
    shares = [one.funded / one.pairs for one in bands_of(np.arange(200.0), np.arange(200) % 7 == 0, 5)]
    assert shares == sorted(shares)


def test_bands_without_any_funded_pair_are_one():
    """Nothing came true: one band of all pairs."""
    assert bands_of(np.arange(4.0), np.zeros(4, bool), 5) == (Band(0.0, 4, 0),)


def test_the_band_of_a_log_odds(small):
    """From its start on; below the first it is the first."""
    model = small.model()
    assert [model.band(value) for value in (-20.0, -9.0, -3.1, -3.0, 5.0)] == [
        small.BANDS[0], small.BANDS[0], small.BANDS[0], small.BANDS[1], small.BANDS[1]
    ]  # fmt: skip


def test_popularity_is_as_good_unless_a_gain_is_shown(small):
    """The interval has to lie above 0."""
    assert not small.SHOWN.popularity_as_good
    assert small.NOT_SHOWN.popularity_as_good


def test_scores_are_the_weighted_columns(small):
    """All weights 1: the sum of the columns, of each row."""
    funding = small.funding()
    past = PastDeals(funding, day_of(small.DAY), small.PARAMS)
    query = funding.query_of_firms(np.array([0, 1]), past.day)
    scores, allowed = small.model().scores(past, query)
    found, expected = columns(past, query)
    assert np.allclose(scores, found.sum(axis=2))
    assert (allowed == expected).all()


def test_model_is_the_same_after_loading(small, tmp_path):
    """And a file of other columns, or none, is refused."""
    made = small.model()
    made.save(tmp_path)
    assert InvestorModel.load(tmp_path) == made
    assert InvestorModel.load(tmp_path).digest == made.digest
    raw = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    (tmp_path / "model.json").write_text(json.dumps(raw | {"columns": COLUMNS[:-1]}), encoding="utf-8")
    with pytest.raises(InvestorModelError, match="the code has"):
        InvestorModel.load(tmp_path)
    with pytest.raises(InvestorModelError, match="cannot be read"):
        InvestorModel.load(tmp_path / "nowhere")
