"""A change between two periods as a sum of parts, with nothing left over: mix, speed and size.

With the shares w and the means m of the groups g in the periods 0 and 1, M their means over all groups:

    M1 - M0 = sum of mix(g) + sum of speed(g)
    mix(g)   = (w1 - w0) * ((m0 + m1) / 2 - (M0 + M1) / 2)
    speed(g) = (w0 + w1) / 2 * (m1 - m0)

Each part takes the other at its middle, so the two periods are treated alike and reversing them reverses every part.
The reference (M0 + M1) / 2 leaves the sum of the mix as it is, since shares add up to 1; with it a group's own mix is
positive where it grew and is slower than all. A group without declarations in one period has no mean there: it has
that of the other period, so that all of its effect is mix. source: Kitagawa (1955), the two-component form

The formulas are over arrays: of fractions, where they are exact, or of floats, one row a resample.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]  # of float or of Fraction


class MixSpeed(NamedTuple):
    """Parts of a change of a mean by group, in the unit of the sums; shape (..., groups)."""

    mix: Array
    speed: Array


class Crossed(NamedTuple):
    """Parts over two dimensions: mix of each, shape (...); mix and speed of the cells, shape (..., a, b)."""

    mix_a: Array
    mix_b: Array
    mix: Array
    speed: Array


class Size(NamedTuple):
    """Parts of a change of a sum: number of rows, shape (...), and mix and mean by group, shape (..., groups)."""

    volume: Array
    mix: Array
    mean: Array


def fractions(values: npt.ArrayLike) -> Array:
    """Whole numbers as exact fractions."""
    whole = np.asarray(values)
    return np.array([Fraction(int(value)) for value in whole.ravel()], dtype=object).reshape(whole.shape)


def mean_change(n0: Array, s0: Array, n1: Array, s1: Array) -> MixSpeed:
    """Parts of the change of a mean; a period without rows gives NaN.

    n : rows, s : sums, of groups in the periods 0 and 1; shape (..., groups)
    """
    all0, all1 = n0.sum(axis=-1, keepdims=True), n1.sum(axis=-1, keepdims=True)
    share0, share1 = n0 / all0, n1 / all1
    own0, own1 = s0 / np.where(n0 == 0, 1, n0), s1 / np.where(n1 == 0, 1, n1)
    mean0, mean1 = np.where(n0 == 0, own1, own0), np.where(n1 == 0, own0, own1)
    reference = (s0.sum(axis=-1, keepdims=True) / all0 + s1.sum(axis=-1, keepdims=True) / all1) / 2
    return MixSpeed(
        (share1 - share0) * ((mean0 + mean1) / 2 - reference),
        (share0 + share1) / 2 * (mean1 - mean0),
    )


def crossed_change(n0: Array, s0: Array, n1: Array, s1: Array) -> Crossed:
    """The mix of two crossed dimensions taken apart; n, s : shape (..., a, b).

    Mix over the cells is the mix of one dimension alone and then that of the other within it; the mean of both orders
    is taken (Shapley 1953), so that neither comes first. mix_a + mix_b + sum of speed = change of the mean, and the sum
    of the cells' mix is mix_a + mix_b.
    """
    flat = [_flat(values) for values in (n0, s0, n1, s1)]
    cells = mean_change(*flat)
    both = cells.mix.sum(axis=-1)
    alone_a = mean_change(*(values.sum(axis=-1) for values in (n0, s0, n1, s1))).mix.sum(axis=-1)
    alone_b = mean_change(*(values.sum(axis=-2) for values in (n0, s0, n1, s1))).mix.sum(axis=-1)
    mix, speed = (values.reshape(s0.shape) for values in cells)
    return Crossed((both + alone_a - alone_b) / 2, (both - alone_a + alone_b) / 2, mix, speed)


def sum_change(n0: Array, s0: Array, n1: Array, s1: Array) -> Size:
    """A change of a sum: more or fewer rows, another mix of groups, another mean within groups; shape (..., groups).

    S = N * M, so S1 - S0 = (N1 - N0) * (M0 + M1) / 2 + (N0 + N1) / 2 * (M1 - M0), and M1 - M0 as above.
    """
    all0, all1, sum0, sum1 = (values.sum(axis=-1, keepdims=True) for values in (n0, n1, s0, s1))
    parts, middle = mean_change(n0, s0, n1, s1), (all0 + all1) / 2
    volume = (all1 - all0) * (sum0 / all0 + sum1 / all1) / 2
    return Size(volume[..., 0], middle * parts.mix, middle * parts.speed)


def rounded(parts: Sequence[Fraction], unit: Fraction | int = 1) -> list[Fraction]:
    """Parts in whole units that add up to their rounded sum, each less than one unit from its own value.

    The parts with the largest remainders are rounded up (Hamilton's method); the first of equal ones.
    """
    down = [floor(part / unit) for part in parts]
    missing = round(sum(parts, Fraction(0)) / unit) - sum(down)
    order = sorted(range(len(parts)), key=lambda at: (down[at] - parts[at] / unit, at))
    for at in order[:missing]:
        down[at] += 1
    return [Fraction(whole) * unit for whole in down]


def _flat(values: Array) -> Array:
    return values.reshape(*values.shape[:-2], -1)
