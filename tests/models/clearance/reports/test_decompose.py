"""Parts add up exactly for any table, groups that appear or vanish too; reversing the periods reverses the parts."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.clearance.reports.decompose import crossed_change, fractions, mean_change, rounded, sum_change

TABLES = (
    st.integers(1, 3)
    .flatmap(
        lambda a: st.integers(1, 3).flatmap(
            lambda b: st.lists(
                st.tuples(st.integers(0, 4), st.integers(-(10**14), 10**14)), min_size=2 * a * b, max_size=2 * a * b
            ).map(lambda cells: np.array(cells, dtype=object).reshape(2, a, b, 2))
        )
    )
    .filter(lambda cells: all(cells[at, ..., 0].sum() > 0 for at in (0, 1)))
)


def sums(cells):
    """Rows and sums of both periods; a cell without rows has no sum."""
    n = fractions(cells[..., 0])
    s = fractions(cells[..., 1]) * (n > 0)
    return n[0], s[0], n[1], s[1]


def mean(n, s):
    return s.sum() / n.sum()


@pytest.mark.law
@settings(max_examples=25)
@given(TABLES)
def test_parts_add_up_exactly_for_any_table(cells):
    n0, s0, n1, s1 = sums(cells)
    flat = [each.reshape(-1) for each in (n0, s0, n1, s1)]
    whole = mean(n1, s1) - mean(n0, s0)
    one, two, size = mean_change(*flat), crossed_change(n0, s0, n1, s1), sum_change(*flat)
    assert one.mix.sum() + one.speed.sum() == whole
    assert two.mix_a + two.mix_b + two.speed.sum() == whole
    assert two.mix.sum() == two.mix_a + two.mix_b
    assert size.volume + size.mix.sum() + size.mean.sum() == s1.sum() - s0.sum()
    in_one = (flat[0] == 0) | (flat[2] == 0)
    assert not one.speed[in_one].any()


@pytest.mark.law
@settings(max_examples=25)
@given(TABLES)
def test_reversing_the_periods_reverses_every_part(cells):
    n0, s0, n1, s1 = sums(cells)
    there, back = crossed_change(n0, s0, n1, s1), crossed_change(n1, s1, n0, s0)
    turned = crossed_change(n0.T, s0.T, n1.T, s1.T)
    assert (there.mix_a, there.mix_b) == (-back.mix_a, -back.mix_b) == (turned.mix_b, turned.mix_a)
    assert (there.mix == -back.mix).all()
    assert (there.speed == -back.speed).all()


def test_floats_of_many_draws_are_the_same_formula():
    rng = np.random.default_rng(1)
    n, s = rng.integers(0, 5, (50, 2, 4)) + 1.0, rng.normal(size=(50, 2, 4))
    parts = mean_change(n[:, 0], s[:, 0], n[:, 1], s[:, 1])
    whole = s[:, 1].sum(1) / n[:, 1].sum(1) - s[:, 0].sum(1) / n[:, 0].sum(1)
    assert np.allclose(parts.mix.sum(1) + parts.speed.sum(1), whole, atol=1e-12)


def test_two_offices_by_hand():
    """Ten at 2 days and ten at 6; then five at 2 and fifteen at 6: nobody is slower, all is mix; then all by a day."""
    mix_alone = mean_change(*map(fractions, ([10, 10], [20, 60], [5, 15], [10, 90])))
    # 4 to 5 days; shares .5 to .25 and .75; reference 4.5: -.25 * (2 - 4.5) = .625, .25 * (6 - 4.5) = .375
    assert mix_alone.mix.tolist() == [Fraction(5, 8), Fraction(3, 8)]
    assert mix_alone.speed.tolist() == [0, 0]
    faster = mean_change(*map(fractions, ([10, 10], [20, 60], [5, 15], [5, 75])))
    assert faster.speed.tolist() == [Fraction(-3, 8), Fraction(-5, 8)]  # mean shares .375 and .625, a day each


@pytest.mark.law
@settings(max_examples=25)
@given(st.lists(st.fractions(-100, 100, max_denominator=50), max_size=8), st.sampled_from([1, Fraction(1, 100), 60]))
def test_rounded_parts_add_up_to_the_rounded_sum(parts, unit):
    shown = rounded(parts, unit)
    assert sum(shown) == round(sum(parts, Fraction(0)) / unit) * unit
    assert all(abs(part - one) < unit for part, one in zip(parts, shown, strict=True))
    assert all(one % unit == 0 for one in shown)
