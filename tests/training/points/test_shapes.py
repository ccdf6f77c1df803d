"""Shapes of points: read at the knots, rising from nothing to full marks, and bent only as far as allowed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.points.conftest import sample_of
from training.params import read_section
from training.points.shapes import KNOTS, ShapeParams, Shapes, _as_share, apply_shapes, fit_shapes

pytestmark = pytest.mark.law
LINE = np.asarray(KNOTS)
PARAMS = read_section("points_shape", ShapeParams)


def test_a_percentile_is_read_between_the_knots_of_its_stage():
    """A straight line gives the percentile back; one that pays in its upper half nothing at a half, half at 3/4."""
    upper = np.clip(2 * LINE - 1, 0.0, 1.0)
    shapes = np.stack([np.stack([LINE]), np.stack([upper])])
    result = apply_shapes(np.array([[0.3], [0.5], [0.75], [1.0]]), np.array([0, 1, 1, 1]), shapes)
    assert result.ravel() == pytest.approx([0.3, 0.0, 0.5, 1.0])


def test_a_share_of_the_learned_shape_is_blended_with_a_straight_line():
    """None is the line, all is the shape; pooled, every stage has the same."""
    own = np.stack([np.stack([LINE**2]), np.stack([LINE**3])])
    shapes = Shapes(own, np.stack([np.sqrt(LINE)]), {})
    assert (shapes.blend(0.0, pooled=False) == LINE).all()
    assert (shapes.blend(1.0, pooled=False) == own).all()
    assert shapes.blend(0.5, pooled=False)[1, 0] == pytest.approx((LINE + LINE**3) / 2)
    assert (shapes.blend(1.0, pooled=True) == np.sqrt(LINE)).all()


def test_what_rises_is_scaled_to_one_and_what_does_not_is_a_line():
    """Twice the line is the line; nothing learned is the line too."""
    made = _as_share(np.stack([2 * LINE, 0 * LINE]))
    assert made == pytest.approx(np.stack([LINE, LINE]))
    assert (made[:, -1] == 1.0).all()


def test_fitted_shapes_rise_and_every_tree_reads_one_indicator():
    """The first indicator pays only in its upper half; a stage of few firms has the pooled shape, the other its own."""
    rng = np.random.default_rng(5)
    x = rng.random((600, 2))
    stage = (np.arange(600) < 560).astype(int)
    y = 4 * np.clip(x[:, 0] - 0.5, 0, None) + rng.normal(0, 0.1, 600)
    shapes = fit_shapes(sample_of(x, y, stage), np.full((2, 2), 65.0), PARAMS)
    assert set(shapes.boosters) <= {"pooled", "young", "old"}
    for booster in shapes.boosters.values():
        trees = booster.trees_to_dataframe().dropna(subset=["split_feature"])
        assert trees.groupby("tree_index")["split_feature"].nunique().max() == 1
    for table in (*shapes.own, shapes.pooled):
        assert (np.diff(table, axis=1) >= 0).all()
        assert (table[:, 0].tolist(), table[:, -1].tolist()) == ([0.0, 0.0], [1.0, 1.0])
    half = KNOTS.index(0.5)
    assert shapes.own[1, 0, half] < 0.25
    assert fit_shapes(sample_of(x, y, stage), np.full((2, 2), 65.0), PARAMS).own.tolist() == shapes.own.tolist()
