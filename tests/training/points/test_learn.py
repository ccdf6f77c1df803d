"""Points that are learned: full marks add up, draws lie around them, and without data the prior stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.points.bounds import Part
from tests.training.points.conftest import sample_of
from training.params import read_section
from training.points.learn import learn
from training.points.shapes import KNOTS, ShapeParams
from training.points.weights import Strength, strengths

pytestmark = pytest.mark.law
SHAPE = replace(read_section("points_shape", ShapeParams), rounds=10)
PRIOR = np.array([[65.0, 45.0, 20.0], [30.0, 50.0, 50.0]])
OWN = strengths((0.2, 0.8), (0.0,))


def cases(n: int, effects, seed: int = 1):
    rng = np.random.default_rng(seed)
    x, stage, day = rng.random((n, 3)), np.arange(n) % 2, np.arange(n) * 4 // n
    return sample_of(x, x @ np.asarray(effects) + rng.normal(0, 0.3, n), stage, day=day)


def test_without_anything_to_learn_the_points_are_the_prior():
    """Two rows of one outcome leave every weight where experts put it, in straight lines."""
    learned = learn(sample_of(np.full((2, 3), 0.5), [1.0, 1.0], [0, 1]), PRIOR, OWN, SHAPE)
    assert learned.weights == pytest.approx(PRIOR)
    assert learned.points == pytest.approx(PRIOR[..., None] * np.asarray(KNOTS))
    assert sum(share for _, share in learned.shares) == pytest.approx(1.0)


def test_points_move_towards_what_pays_and_add_up_to_130():
    """The third indicator alone pays: it has more than experts gave it, whatever the stage, and most of all."""
    learned = learn(cases(2_000, [0.0, 0.0, 3.0]), PRIOR, OWN, SHAPE, draws=10)
    assert learned.stages == ("young", "old")
    assert learned.weights.sum(axis=1) == pytest.approx(130.0)
    assert (learned.weights[:, 2] > PRIOR[:, 2]).all()
    assert (learned.weights.argmax(axis=1) == 2).all()
    assert learned.draws.shape == (10, 2, 3, len(KNOTS))
    assert learned.draws[..., -1].sum(axis=2) == pytest.approx(np.full((10, 2), 130.0))
    assert (learned.points[..., 0] == 0.0).all()


def test_parts_are_kept_where_the_free_points_would_break_them():
    """Base 100 over the first two, bonus 30 on the third, which alone pays: it has 30, without parts far more."""
    parts = (Part((0, 1), 100.0), Part((2,), 30.0))
    learned = learn(cases(2_000, [0.0, 0.0, 3.0]), PRIOR, OWN, SHAPE, parts=parts)
    assert learned.weights[:, 2] == pytest.approx([30.0, 30.0])
    assert learned.weights[:, :2].sum(axis=1) == pytest.approx([100.0, 100.0])
    assert (learned.free[..., -1][:, 2] > 60.0).all()


def test_a_pooled_card_has_nearly_the_same_points_in_every_stage():
    """No own deviation and one start: of 130 points the stages differ by hardly one or two."""
    learned = learn(cases(1_000, [1.0, 0.0, 2.0]), PRIOR, strengths((0.8,), (0.0,), pooled=True), SHAPE)
    assert learned.weights[0] == pytest.approx(learned.weights[1], abs=3.0)


def test_learning_twice_gives_the_same_and_every_draw_is_counted():
    """One seed, one answer; ``tick`` is called after each draw."""
    ticks: list[int] = []
    sample = cases(400, [1.0, 0.0, 2.0])
    one, other = (learn(sample, PRIOR, OWN, SHAPE, draws=5, seed=3, tick=lambda: ticks.append(1)) for _ in range(2))
    assert (one.draws == other.draws).all()
    assert len(ticks) == 10
    assert one.mean("shared") == pytest.approx(sum(share * each.shared for each, share in one.shares))
    assert learn(sample, PRIOR, (Strength(0.5, 0.5),), SHAPE).shares == ((Strength(0.5, 0.5), 1.0),)
