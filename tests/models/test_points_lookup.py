from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.points_lookup import Lookup

pytestmark = pytest.mark.law

finite = st.floats(-1e9, 1e9)


@st.composite
def curves(draw):
    """Breakpoints and readings that never fall as values get better."""
    levels = sorted(draw(st.sets(finite, min_size=1, max_size=12)))
    points = sorted(draw(st.lists(st.floats(0, 130), min_size=len(levels), max_size=len(levels))))
    direction = draw(st.sampled_from([1, -1]))
    return (levels, points if direction > 0 else points[::-1]), direction


@settings(max_examples=200, deadline=None)
@example((([0.0, 1e-308], [0.0, 2.0]), 1), [0.0, 5e-309, 1e-308])
@given(curves(), st.lists(finite | st.just(float("nan")) | st.just(float("inf")), min_size=1, max_size=30))
def test_one_value_reads_as_many_do_and_a_better_one_never_less(curve, values):
    """Bit for bit, however close the values, and whatever lies beyond the breakpoints."""
    table = Lookup.of(*curve)
    many = table.many(np.array(values, dtype=float))
    assert [table.one(value) for value in values] == many.tolist()
    known = sorted(value for value in values if value == value)
    read = [table.one(value) for value in (known if curve[1] > 0 else known[::-1])]
    assert read == sorted(read)
    assert all(0 <= value <= max(curve[0][1]) for value in read)


def test_the_last_bit_below_a_breakpoint_never_earns_more_than_the_breakpoint():
    """Rounding on a steep segment may not pay a worse value more."""
    rng = np.random.default_rng(1)
    for _ in range(2_000):
        levels = np.sort(rng.normal(size=3)).tolist()
        table = Lookup.of((levels, np.sort(rng.random(3) * 130).tolist()))
        assert table.one(float(np.nextafter(levels[1], -np.inf))) <= table.one(levels[1])


def test_missing_earns_nothing_and_so_does_a_value_nobody_has():
    """None, NaN and an empty curve read 0."""
    table = Lookup.of(([1.0, 2.0], [5.0, 9.0]))
    assert (table.one(None), table.one(float("nan")), Lookup.of(([], [])).one(3.0)) == (0.0, 0.0, 0.0)
