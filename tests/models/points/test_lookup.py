from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.points.lookup import Lookup

pytestmark = pytest.mark.law

finite = st.floats(-1e9, 1e9)


@st.composite
def curves(draw):
    """Breakpoints and readings that never fall as values get better."""
    levels = sorted(draw(st.sets(finite, min_size=1, max_size=12)))
    points = sorted(draw(st.lists(st.floats(0, 130), min_size=len(levels), max_size=len(levels))))
    direction = draw(st.sampled_from([1, -1]))
    return (levels, points if direction > 0 else points[::-1]), direction


@settings(max_examples=200)
@example((([0.0, 1e-308], [0.0, 2.0]), 1), [0.0, 5e-309, 1e-308])
@given(curves(), st.lists(finite | st.just(float("nan")) | st.just(float("inf")), min_size=1, max_size=30))
def test_a_better_value_never_reads_less_and_how_many_are_read_changes_no_bit(curve, values):
    """However close the values, and whatever lies beyond the breakpoints."""
    table = Lookup.of(*curve)
    many = table.read(np.array(values, dtype=float))
    assert [table.read(np.array([value]))[0] for value in values] == many.tolist()
    known = np.array(sorted(value for value in values if value == value))
    read = table.read(known if curve[1] > 0 else known[::-1]).tolist()
    assert read == sorted(read)
    assert all(0 <= value <= max(curve[0][1]) for value in read)


def test_the_last_bit_below_a_breakpoint_never_earns_more_than_the_breakpoint():
    """Rounding on a steep segment may not pay a worse value more."""
    rng = np.random.default_rng(1)
    for _ in range(2_000):
        levels = np.sort(rng.normal(size=3)).tolist()
        table = Lookup.of((levels, np.sort(rng.random(3) * 130).tolist()))
        below, at = table.read(np.array([np.nextafter(levels[1], -np.inf), levels[1]]))
        assert below <= at


def test_missing_earns_nothing_and_so_does_a_value_nobody_has():
    """NaN and an empty curve read 0."""
    assert Lookup.of(([1.0, 2.0], [5.0, 9.0])).read(np.array([np.nan])).tolist() == [0.0]
    assert Lookup.of(([], [])).read(np.array([3.0])).tolist() == [0.0]


# direction, value -> points, on breakpoints 0, 10, 30 with points 0, 5, 6 (or 6, 5, 0 where less is better)
READINGS = [
    (1, -7.0, 0.0), (1, 0.0, 0.0), (1, 4.0, 2.0), (1, 10.0, 5.0), (1, 20.0, 5.5), (1, 30.0, 6.0), (1, 99.0, 6.0),
    (-1, -7.0, 6.0), (-1, 0.0, 6.0), (-1, 4.0, 5.6), (-1, 10.0, 5.0), (-1, 20.0, 2.5), (-1, 30.0, 0.0), (-1, 99.0, 0.0),
    (1, float("nan"), 0.0), (-1, float("nan"), 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("direction", "value", "points"), READINGS)
def test_readings_by_hand(direction, value, points):
    """Straight between breakpoints, level beyond them, nothing for what is missing."""
    table = Lookup.of(([0.0, 10.0, 30.0], [0.0, 5.0, 6.0] if direction > 0 else [6.0, 5.0, 0.0]), direction)
    assert table.read(np.array([value, value])) == pytest.approx([points] * 2, abs=1e-12)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_table_of_one_breakpoint_or_none_is_level(direction):
    """One breakpoint pays the same for every value that is known; none pays nothing."""
    single, empty = Lookup.of(([2.0], [7.0]), direction), Lookup.of(([], []), direction)
    values = np.array([-5.0, 2.0, 9.0, np.nan])
    assert single.read(values).tolist() == [7.0, 7.0, 7.0, 0.0]
    assert empty.read(values).tolist() == [0.0] * 4


def test_the_segments_by_hand():
    """Left ends, readings there, slopes and tops; where less is better the breakpoints are negated and turned."""
    rising, falling = Lookup.of(([0.0, 10.0], [1.0, 5.0])), Lookup.of(([0.0, 10.0], [5.0, 1.0]), -1)
    for table, levels, left, sign in (
        (rising, [0.0, 10.0], [0.0, 0.0, 10.0], 1.0),
        (falling, [-10.0, 0.0], [-10.0, -10.0, 0.0], -1.0),
    ):
        assert (table.levels.tolist(), table.left.tolist(), table.sign) == (levels, left, sign)
        assert (table.base.tolist(), table.slope.tolist(), table.top.tolist()) == (
            [1.0, 1.0, 5.0], [0.0, 0.4, 0.0], [1.0, 5.0, 5.0],
        )  # fmt: skip
