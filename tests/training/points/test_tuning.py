"""Points: halves of enterprises, vintages that know no later outcome, and figures of held-out totals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.labels import Outcome, outcome_parts, weighted_outcome
from features.point_in_time import build_cases
from training.params import build_section, read_section
from training.points.fit import PointsParams
from training.points.shapes import ShapeParams
from training.points.tuning import REACH, SHAPE_SHARE, PointsProblem, points_problem
from training.tuning.problem import HeldOut

DAYS = [pd.Timestamp(f"{year}-12-31") for year in range(2015, 2022)]
DAY = pd.Timestamp("2024-06-30")


@pytest.fixture(scope="module")
def problem(tables) -> PointsProblem:
    how = read_section("points_outcome", Outcome)
    cases = build_cases(tables, DAYS).frame
    labels = weighted_outcome(outcome_parts(tables, cases, DAY, how), how)
    cases = cases.loc[labels.rows]
    reference = cases.loc[cases["as_of"] == DAYS[-1]].reset_index(drop=True)
    return points_problem(
        reference, cases, labels.values, labels.until, read_codebook(), read_section("points", PointsParams),
        read_section("points_shape", ShapeParams), pooled=True,
    )  # fmt: skip


@pytest.mark.law
def test_no_vintage_learns_from_its_own_half_or_an_outcome_that_is_not_known(problem):
    """Both halves of a vintage are predicted, each by the other; outcomes' windows are over by its day."""
    sample = problem.sample
    assert len(problem.blocks) >= 3
    assert list(problem.blocks) == sorted(problem.blocks)
    for name, halves in problem.vintages.items():
        assert len(halves) == 2
        for teaches, evaluated in halves:
            (day,) = set(sample.day[evaluated])
            assert (sample.clear[teaches] <= day).all()
            assert not set(sample.enterprise[teaches]) & set(sample.enterprise[evaluated])
        both = halves[0][1] | halves[1][1]
        assert (both == (sample.day == day)).all(), name


@pytest.mark.truth
def test_points_that_may_leave_the_experts_far_behind_lose_on_a_small_cohort(problem):
    """Held-out outcomes are predicted at all, and a shape of hundreds of rounds with leaves of 30 does it no better."""
    block = len(problem.blocks) - 1
    now = problem.hold_out(problem.now, block)
    wild = problem.hold_out(
        {**problem.now, "rounds": 200, "min_child_samples": 30, "reg_lambda": 1.0, "learning_rate": 0.3}, block
    )
    assert problem.loss(now) < 1.0
    assert problem.loss(now) < problem.loss(wild)
    assert problem.figures([now]).discrimination > 0.2
    assert 0 < now.size <= 3 * 24


@pytest.mark.law
def test_figures_by_hand(problem):
    """Predicted 1, -1 for 2, -2: the slope is 2, so its error is 1, and a quarter of the variance is left."""
    outcome, predicted = np.array([2.0, -2, 2, -2, 2, -2]), np.array([1.0, -1, 1, -1, 1, -1])
    part = HeldOut(outcome, predicted, predicted, np.array([0, 0, 0, 1, 1, 1]), 40.0)
    assert problem.figures([part, part]) == pytest.approx((1.0, 1.0, 0.0, 40.0))
    assert problem.loss(part) == pytest.approx(0.25)


@pytest.mark.law
def test_reaches_and_shares_move_together_and_sections_are_what_params_take(problem):
    """Half the middle reach halves all three; half the largest share halves the others; nothing else moves."""
    values = {**problem.now, REACH: problem.now[REACH] / 2, SHAPE_SHARE: 0.5, "num_leaves": 3.0}
    made = problem.sections(values)
    points = build_section(made["points"], "points", PointsParams)
    assert points.reach == pytest.approx([one / 2 for one in problem.params.reach])
    assert points.shape_shares == pytest.approx([one / 2 for one in problem.params.shape_shares])
    assert replace(points, reach=(), shape_shares=()) == replace(problem.params, reach=(), shape_shares=())
    assert build_section(made["points_shape"], "points_shape", ShapeParams) == replace(problem.shape, num_leaves=3)
    again = problem.sections(problem.now)["points"]
    assert build_section(again, "points", PointsParams) == problem.params
