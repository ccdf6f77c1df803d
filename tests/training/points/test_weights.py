"""The hierarchy of weights by hand: candidates, moments, starts, and the posterior of one weight."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.points.weights import Hierarchy, Moments, Solver, Strength, share_of, strengths

pytestmark = pytest.mark.law
PRIOR = np.array([[100.0, 30.0], [60.0, 70.0]])


def test_every_reach_is_tried_with_every_other():
    """Two reaches and one shape: four candidates; pooled ones have no own deviation and reach as far as both."""
    own = strengths((0.3, 0.4), (0.0,))
    assert own == tuple(Strength(one, other) for one in (0.3, 0.4) for other in (0.3, 0.4))
    pooled = strengths((0.3, 0.4), (0.0, 1.0), pooled=True)
    assert [(one.own, one.by_stage) for one in pooled] == [(0.0, 0.0)] * 6
    assert sorted({one.shared for one in pooled}) == pytest.approx([math.hypot(0.3, 0.3), 0.5, math.hypot(0.4, 0.4)])


def test_likelihoods_become_shares():
    """Three times as likely, three times the share; a thousand nats away nothing is left, and nothing overflows."""
    assert share_of([0.0, math.log(3.0)]) == pytest.approx([0.25, 0.75])
    assert share_of([-5_000.0, -4_000.0]) == pytest.approx([0.0, 1.0])


def test_moments_are_sums_of_products_by_bucket_and_stage():
    """Rows 1 and 2 are of one bucket and stage, row 3 of others; all add up, a bucket may count twice."""
    x, y = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([1.0, -1.0, 2.0])
    made = Moments.of(x, y, np.array([0, 0, 1]), 2, np.array([1, 1, 0]))
    assert made.n.tolist() == [[0.0, 1.0], [2.0, 0.0]]
    assert made.xx[1, 0].tolist() == [[10.0, 14.0], [14.0, 20.0]]
    assert made.xy[1, 0].tolist() == [-2.0, -2.0]
    assert made.yy.tolist() == [[0.0, 4.0], [2.0, 0.0]]
    assert made.total().n.tolist() == [[2.0, 1.0]]
    assert made.total(np.array([2.0, 1.0])).yy.tolist() == [[2.0, 8.0]]
    assert (made + made).n.tolist() == (2 * made.n).tolist()


def test_weights_start_at_the_stages_own_prior_or_at_the_mean_of_all():
    """Half-way for .5."""
    hierarchy = Hierarchy(PRIOR)
    assert hierarchy.start(Strength(1, 1)).tolist() == PRIOR.tolist()
    assert hierarchy.start(Strength(1, 0, by_stage=0.0)).tolist() == [[80.0, 50.0]] * 2
    assert hierarchy.start(Strength(1, 1, by_stage=0.5)).tolist() == [[90.0, 40.0], [70.0, 60.0]]


def test_the_slope_is_that_of_the_prior_score_and_never_under_its_error():
    """Outcomes of .02 a point give .02; outcomes of the other sign give one standard error."""
    rng = np.random.default_rng(2)
    x, stage = rng.normal(size=(500, 2)), np.repeat([0, 1], 250)
    score = np.einsum("nk,nk->n", x, PRIOR[stage])
    columns = np.hstack([x, np.zeros((500, 2))])
    tied = Hierarchy(PRIOR).tied_to(Moments.of(columns, 0.02 * score, stage, 2, np.zeros(500, dtype=int)))
    assert tied.slope == pytest.approx(0.02)
    against = Hierarchy(PRIOR).tied_to(Moments.of(columns, -0.02 * score, stage, 2, np.zeros(500, dtype=int)))
    assert 0 < against.slope < 0.01


def test_without_rows_the_most_likely_effects_are_the_start_and_with_many_those_of_the_rows():
    """Slope times the prior; then 5 and -1 an indicator, which the rows say."""
    hierarchy, noise = Hierarchy(PRIOR, slope=0.1), np.ones(2)
    solver = Solver.of(hierarchy, Strength(1.0, 1.0))
    empty = Moments(np.zeros((1, 2, 4, 4)), np.zeros((1, 2, 4)), np.zeros((1, 2)), np.zeros((1, 2)))
    assert solver.solve(empty, noise)[:, :2] == pytest.approx(0.1 * PRIOR)
    rng = np.random.default_rng(3)
    x, stage = rng.normal(size=(20_000, 2)), np.repeat([0, 1], 10_000)
    columns = np.hstack([x, np.zeros((20_000, 2))])
    many = Moments.of(columns, x @ np.array([5.0, -1.0]), stage, 2, np.zeros(20_000, dtype=int))
    assert solver.solve(many, noise)[:, :2] == pytest.approx(np.array([[5.0, -1.0]] * 2), abs=0.01)


def test_outcomes_that_a_reach_allows_are_more_likely_under_it():
    """Effects twice the prior's: a hierarchy that may leave the prior explains them better than one that may not."""
    rng = np.random.default_rng(3)
    x, stage = rng.normal(size=(400, 2)), np.repeat([0, 1], 200)
    columns = np.hstack([x, np.zeros((400, 2))])
    rows = Moments.of(columns, x @ np.array([16.0, 0.0]) + rng.normal(size=400), stage, 2, np.zeros(400, dtype=int))
    hierarchy, noise = Hierarchy(PRIOR, slope=0.1), np.ones(2)
    near, far = (Solver.of(hierarchy, Strength(reach, reach)).log_evidence(rows, noise) for reach in (0.001, 1.0))
    assert far > near + 10
