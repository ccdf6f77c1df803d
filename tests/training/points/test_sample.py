"""What weights are learned from: centring among peers, sides that do not mix, and gaps."""

from __future__ import annotations

import numpy as np
import pytest

from features.points import MIN_PEERS
from tests.training.points.conftest import sample_of
from training.points.sample import _fill, _known_levels, build_sample

pytestmark = pytest.mark.law


def test_rows_are_centred_within_stage_and_vintage():
    """1 and 3 of one vintage, 10 of another: -1, 1 and 0; a column of two alike."""
    sample = sample_of(np.zeros((3, 1)), [1.0, 3.0, 10.0], day=[0, 0, 1])
    y, x = sample.centred(sample.y, np.array([[1.0, 5.0], [3.0, 9.0], [7.0, 7.0]]))
    assert y.tolist() == [-1.0, 1.0, 0.0]
    assert x.tolist() == [[-1.0, -2.0], [1.0, 2.0], [0.0, 0.0]]


def test_rows_are_centred_among_peers_where_there_are_enough():
    """Two industries of 1 and 0 are each at nought where each has enough firms, else half a unit to either side."""
    for count, apart in ((MIN_PEERS, 0.0), (MIN_PEERS - 1, 0.5)):
        peers = np.repeat([0, 1], count)
        y = np.where(peers == 0, 1.0, 0.0)
        (made,) = sample_of(np.zeros((len(y), 1)), y, peers=peers).centred(y)
        assert made == pytest.approx(np.where(peers == 0, apart, -apart))


def test_the_chosen_rows_keep_their_stages():
    """Every column is cut alike."""
    whole = sample_of(np.arange(8.0).reshape(4, 2), [1.0, 2.0, 3.0, 4.0], stage=[0, 1, 0, 1])
    sample = whole.take(np.array([False, True, False, True]))
    assert sample.stages == ("young", "old")
    assert (sample.y.tolist(), sample.stage.tolist()) == ([2.0, 4.0], [1, 1])
    assert sample.x.tolist() == [[2.0, 3.0], [6.0, 7.0]]


def test_later_vintages_of_other_enterprises_choose_and_the_newest_row_of_each():
    """Days 0, 1 and 2 train, 3 and 4 choose; firm 4 is on both sides and by its share one that chooses."""
    day = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]
    firm = [0, 1, 2, 3, 3, 4, 4, 5, 4, 6]
    share = np.where(np.array(firm) == 4, 0.9, 0.1)
    teaches, chooses = sample_of(
        np.zeros((10, 1)), np.zeros(10), day=day, enterprise=firm, share=share
    ).early_and_late()
    assert np.flatnonzero(teaches).tolist() == [0, 1, 2, 7]
    assert np.flatnonzero(chooses).tolist() == [4, 8, 9]


def test_a_row_whose_window_reaches_into_a_later_vintage_does_not_teach():
    """The second vintage is over after the first that chooses."""
    day = np.array([0, 1, 2, 3, 4])
    sample = sample_of(np.zeros((5, 1)), np.zeros(5), day=day, clear=day + np.array([0, 3, 1, 0, 0]))
    teaches, _ = sample.early_and_late()
    assert teaches.tolist() == [True, False, True, False, False]


def test_a_lost_report_is_where_the_others_put_it_and_a_gap_that_they_show_at_the_middle():
    """Two columns that are the same: a gap at random is put back near its own value, one of all low firms is not."""
    rng = np.random.default_rng(1)
    x = rng.random((400, 1)).repeat(2, axis=1)
    lost = np.zeros((400, 2), dtype=bool)
    lost[:40, 0] = True
    filled = _fill(x, lost, np.zeros(400, dtype=int))
    assert np.corrcoef(filled[:40, 0], x[:40, 1])[0, 1] > 0.99
    assert (filled[~lost] == x[~lost]).all()
    fact = np.zeros((400, 2), dtype=bool)
    fact[:, 0] = x[:, 1] < 0.4
    assert _known_levels(x, fact[:, 0].astype(float), 0, 1e-6 * np.eye(1)) > 0.3
    assert (_fill(x, fact, np.zeros(400, dtype=int))[fact] == 0.5).all()


@pytest.mark.contract
def test_cases_without_outcome_or_stage_are_left_out_and_none_left_is_an_error(trained):
    """Each row has its percentile, its stage's number and the first vintage that its window is over by."""
    cases = trained.vintages.head(60)
    outcome = trained.debt.head(60).fillna(0.0)
    outcome.iloc[::3] = np.nan
    card = trained.points.prior
    sample = build_sample(card, cases, outcome)
    kept = outcome.notna() & cases["growth_stage"].isin(list(card.points))
    assert sample.y.tolist() == outcome[kept].tolist()
    assert [sample.stages[position] for position in sample.stage] == cases["growth_stage"][kept].tolist()
    with pytest.raises(ValueError, match=r"none of 60 cases has a known outcome and a stage among \['startup'"):
        build_sample(card, cases, outcome * np.nan)
