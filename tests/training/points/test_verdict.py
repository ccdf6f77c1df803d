"""Which card ships, by hand: the interval, the sentence, totals and rank quality."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.points.conftest import sample_of
from training.points.shapes import KNOTS
from training.points.verdict import Verdict, card_total, rank_quality, ratio_interval, verdict_on

pytestmark = pytest.mark.law
LINE = np.asarray(KNOTS)


def test_the_stage_card_ships_only_where_the_whole_interval_is_above_zero():
    """A gain whose interval begins at zero is none."""
    for low, ships in ((0.001, "stage"), (0.0, "pooled"), (-0.01, "pooled")):
        verdict = Verdict(0.02, low, 0.03, 0.9, 1_000)
        assert verdict.ships == verdict.as_dict()["ships"] == ships
        assert f"{ships} card ships" in verdict.as_dict()["text"]
    text = Verdict(0.02, 0.01, 0.03, 0.9, 1_000).as_dict()["text"]
    assert "+0.0200 more" in text
    assert "90% interval [+0.0100, +0.0300] over 1000 cases" in text


def test_a_total_is_the_sum_of_points_and_a_missing_value_earns_nothing():
    """Full marks 100 and 30: halves give 65, a missing second one 50."""
    sample = sample_of(
        [[0.5, 0.5], [0.5, 0.5], [1.0, 0.0]], np.zeros(3), missing=[[False, False], [False, True], [False] * 2]
    )
    points = np.stack([np.stack([100 * LINE, 30 * LINE])] * 2)
    assert card_total(sample, points) == pytest.approx([65.0, 50.0, 100.0])


def test_a_ratio_of_sums_and_its_interval_by_enterprise():
    """2 of 8 is a quarter; one firm has one ratio whatever is drawn, two firms of 0 and 1/2 have two."""
    one = ratio_interval(np.array([1.0, 1.0]), np.array([4.0, 4.0]), np.array(["a", "a"]), 0.9, 1)
    assert one == (0.25, 0.25, 0.25)
    middle, low, high = ratio_interval(np.array([0.0, 2.0]), np.array([4.0, 4.0]), np.array(["a", "b"]), 0.9, 1)
    assert (middle, low, high) == (0.25, 0.0, 0.5)


def test_a_card_that_is_right_explains_more_than_one_that_is_not():
    """Outcomes follow the first indicator: the card of the first beats that of the second, and never the reverse."""
    rng = np.random.default_rng(4)
    x, day = rng.random((400, 2)), np.repeat([0, 1], 200)
    sample = sample_of(x, x[:, 0] + rng.normal(0, 0.1, 400), day=day)
    first, second = (np.stack([np.stack([a * LINE, b * LINE])] * 2) for a, b in ((130, 0), (0, 130)))
    for pair, gains in (((first, second), True), ((second, first), False)):
        verdict = verdict_on(sample, day == 1, lambda rows, pair=pair: pair, 3, 0.9, 1)
        assert (verdict.low > 0) == gains
        assert verdict.rows == 200
    with pytest.raises(ValueError, match="0 of 400 cases are late; a verdict needs both"):
        verdict_on(sample, day == 2, lambda rows: (first, second), 3, 0.9, 1)


def test_rank_quality_of_a_perfect_and_of_a_reversed_score():
    """Rank correlation 1 and -1, also within stages; the top tenth of 0 to 9 is 9, 4.5 over a mean with sd 2.87."""
    outcome = np.arange(10.0)
    scores = {"perfect": outcome * 3, "reversed": -outcome}
    result = rank_quality(scores, outcome, np.repeat(["a", "b"], 5), np.arange(10), level=0.9, seed=1, draws=20)
    perfect, other = result["scores"]["perfect"], result["scores"]["reversed"]
    assert (perfect["spearman"][0], other["spearman"][0]) == (pytest.approx(1.0), pytest.approx(-1.0))
    assert perfect["spearman_within_stage"][0] == pytest.approx(1.0)
    assert perfect["top_decile_lift_sd"][0] == pytest.approx(4.5 / outcome.std())
    assert result["against"]["reversed"]["spearman"][0] == pytest.approx(2.0)
    assert result["n"] == 10
