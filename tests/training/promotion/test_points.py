"""The checks on the small cohort's own card: order, directions, and what as many points come with."""

from __future__ import annotations

import numpy as np
import pytest

from models.comparison.metrics import Profit, metrics_table
from training.promotion.checks import monotonicity
from training.promotion.points import expected_of, points_challenger, points_rows

METRICS = metrics_table(Profit(0.045, 0.4))


@pytest.mark.truth
def test_no_indicator_s_direction_is_broken_on_real_rows(trained, vintages, promotion):
    """Every indicator of the card, in every row that knows it."""
    card = trained.engine.points
    one = points_challenger(card, vintages, promotion.padding_gain["points"], 1)
    check = monotonicity(one.predict, one.matrix, one.names, one.signs, promotion.monotone_tolerance)
    assert (check.status, check.measured["features"]) == ("passed", len(card.indicators))
    assert {one.name: one.beyond for one in one.behaviours if one.beyond > 1e-9} == {}


def test_the_rows_are_firms_of_known_stage_half_of_them_above_the_median(trained, vintages):
    rows = points_rows(None, trained.engine.points, vintages, METRICS)
    assert rows.challenger.outcome.mean() == pytest.approx(0.5, abs=0.01)
    assert np.isfinite(rows.challenger.prediction).all()
    assert set(rows.groups["stage"]) <= {"startup", "growth", "stable"}
    same = points_rows(trained.engine.points, trained.engine.points, vintages, METRICS)
    assert np.array_equal(same.champion.prediction, same.challenger.prediction)


@pytest.mark.law
def test_what_as_many_points_come_with_by_hand():
    """By stage; where more points come with less, their mean: 0 and 1, then (1 + 0) / 2 for both."""
    stage = np.array(["growth"] * 2 + ["stable"] * 2, dtype=object)
    found = expected_of(np.array([10.0, 20.0, 10.0, 20.0]), np.array([0.0, 1.0, 1.0, 0.0]), stage)
    assert found.tolist() == [0.0, 1.0, 0.5, 0.5]
