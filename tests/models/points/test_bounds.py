from __future__ import annotations

import numpy as np
import pytest

from data.codebook import Codebook, read_codebook
from models.points.bounds import BoundError, Part, bounded_parts, free_parts, to_points
from training.params import read_section
from training.points.fit import PointsParams

BOOK = read_codebook()
PARAMS = read_section("points", PointsParams)

# Effects, the largest share, and the points of 100 by hand: capped ones first, the rest in proportion.
BY_HAND = (
    ([2.0, 1.0, 1.0], 1.0, [50.0, 25.0, 25.0]),  # no bound: in proportion
    ([2.0, 1.0, 1.0], 0.4, [40.0, 30.0, 30.0]),  # 50 is over 40; the 60 left are halved
    ([8.0, 4.0, 3.0, 1.0], 0.3, [30.0, 30.0, 30.0, 10.0]),  # 50, then 4/8 of 70 = 35, then 3/4 of 40 = 30: all capped
    ([8.0, 4.0, 3.0, 1.0], 0.4, [40.0, 30.0, 22.5, 7.5]),  # 50 is capped; 60 * 4/8, 60 * 3/8, 60 * 1/8
    ([5.0, 0.0, 0.0], 0.5, [50.0, 25.0, 25.0]),  # nobody else earned it: evenly
    ([-1.0, -2.0, 0.0, -3.0], 0.3, [25.0, 25.0, 25.0, 25.0]),  # nothing positive: the same for each
    ([3.0, -5.0, 1.0], 0.8, [75.0, 0.0, 25.0]),  # a negative effect earns nothing
)


@pytest.mark.law
@pytest.mark.parametrize(("effects", "share", "points"), BY_HAND)
def test_points_are_divided_as_by_hand(effects, share, points):
    """Proportion, caps, and what a cap takes goes to the others."""
    part = Part(tuple(range(len(effects))), 100.0, share)
    np.testing.assert_allclose(part.divide(np.array(effects)), points, atol=1e-9)


@pytest.mark.law
def test_small_effects_of_several_rows_are_divided_row_by_row():
    """Effects that add up to less than one divide alike; each row has its own order."""
    part = Part((0, 1, 2), 100.0, 0.4)
    got = part.divide(np.array([[[0.2, 0.1, 0.1]], [[0.1, 0.1, 0.2]]]))
    np.testing.assert_allclose(got, [[[40.0, 30.0, 30.0]], [[30.0, 30.0, 40.0]]])


@pytest.mark.law
def test_the_parts_are_those_of_the_codebook_and_one_without_a_bonus_is_a_single_part():
    """17 core indicators share 100, 7 auxiliary ones 30, each with its bound; else all share 130 without one."""
    core = tuple(position for position, item in enumerate(BOOK) if item.kind == "core")
    rest = tuple(position for position, item in enumerate(BOOK) if item.kind != "core")
    assert bounded_parts(BOOK, 0.2, 0.35) == (Part(core, 100.0, 0.2), Part(rest, 30.0, 0.35))
    for kind, count in (("core", 17), ("auxiliary", 7)):
        alone = Codebook(tuple(item for item in BOOK if item.kind == kind), "d")
        assert bounded_parts(alone, 0.2, 0.35) == free_parts(count) == (Part(tuple(range(count)), 130.0, 1.0),)


@pytest.mark.law
def test_any_effects_give_full_marks_that_keep_split_and_bounds():
    """Many random effects at once: base 100, bonus 30, nobody over its share, the order of effects kept."""
    parts = bounded_parts(BOOK, 0.2, 0.35)
    effects = np.random.default_rng(3).standard_cauchy((500, 3, len(BOOK)))
    points = to_points(effects, parts)
    for part in parts:
        mine, learned = points[..., list(part.columns)], np.maximum(effects[..., list(part.columns)], 0.0)
        np.testing.assert_allclose(mine.sum(axis=-1), part.total)
        assert mine.max() <= part.total * part.largest_share * (1 + 1e-9)
        assert mine.min() >= 0.0
        order = np.argsort(learned, axis=-1)
        assert (np.diff(np.take_along_axis(mine, order, axis=-1), axis=-1) >= -1e-9).all()


@pytest.mark.law
def test_the_expert_card_keeps_the_shipped_bounds():
    """No expert gives one indicator a fifth of the base or more than 35 % of the bonus: the card is left as it is."""
    prior = np.array([[item.weights[stage] for item in BOOK] for stage in BOOK.stages])
    assert (PARAMS.largest_base_share, PARAMS.largest_bonus_share) == (0.2, 0.35)
    np.testing.assert_allclose(
        to_points(prior, bounded_parts(BOOK, PARAMS.largest_base_share, PARAMS.largest_bonus_share)), prior
    )


@pytest.mark.law
def test_the_trained_card_keeps_split_and_bounds_where_the_free_one_does_not(trained):
    """What ships is base 100 and bonus 30; the card without bounds is kept beside it and gives one indicator more."""
    core = [item.key for item in BOOK if item.kind == "core"]
    for card in (trained.points.stage, trained.points.pooled):
        for rows in card.weights.values():
            base = [rows[key] for key in core]
            bonus = [points for key, points in rows.items() if key not in core]
            assert (sum(base), sum(bonus)) == pytest.approx((100.0, 30.0))
            assert max(base) <= 20.0 * (1 + 1e-9)
            assert max(bonus) <= 10.5 * (1 + 1e-9)
    free = trained.points.free.weights.values()
    assert all(sum(rows.values()) == pytest.approx(130.0) for rows in free)
    assert max(max(rows.values()) for rows in free) > 20.0


@pytest.mark.contract
def test_a_share_that_cannot_be_filled_is_refused():
    """Four indicators of at most a fifth each give no whole."""
    with pytest.raises(BoundError, match=r"largest share 0.2 of 100 points among 4 indicators; allowed: 0.25 to 1"):
        Part((0, 1, 2, 3), 100.0, 0.2)
    assert Part((0, 1, 2, 3), 100.0, 0.25).largest_share == 0.25
    with pytest.raises(BoundError, match=r"allowed: 0.25 to 1$"):
        Part((0, 1, 2, 3), 100.0, 1.5)
    with pytest.raises(BoundError, match=r"largest share 0.9 of 100 points among 0 indicators; allowed: 1 to 1"):
        Part((), 100.0, 0.9)
    assert free_parts(4)[0].total == 130.0
