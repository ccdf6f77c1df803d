"""One look-up table: values are read as points, and how many are read at once changes no bit.

Plain additions and multiplications only, each rounded once, in one order; no library interpolation, which may fuse
them on one processor and not on another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from sys import float_info

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Curve = tuple[list[float], list[float]]  # breakpoints, strictly rising, and the values at them


@dataclass(frozen=True)
class Lookup:
    """Straight lines between breakpoints, level beyond them; missing reads 0.

    Segment j holds ``base + slope * (value - left)``, never over ``top``, so that not even the last bit of a
    better value may earn less. ``sign`` is -1 where less is better: then breakpoints are the negated values.
    """

    levels: Sequence[float]
    left: Sequence[float]
    base: Sequence[float]
    slope: Sequence[float]
    top: Sequence[float]
    sign: float

    @classmethod
    def of(cls, curve: Curve, direction: int = 1) -> Lookup:
        """The table of a curve whose readings never fall as values get better."""
        levels, points = list(curve[0]), list(curve[1])
        if direction < 0:
            levels, points = [-level for level in reversed(levels)], points[::-1]
        if not levels:
            return cls([], [], [], [], [], float(direction))
        rises = [  # finite even between breakpoints that hardly differ: nothing times it stays nothing
            min((points[position + 1] - points[position]) / (levels[position + 1] - levels[position]), float_info.max)
            for position in range(len(levels) - 1)
        ]
        return cls(
            levels,
            [levels[0], *levels],
            [points[0], *points],
            [0.0, *rises, 0.0],
            [points[0], *points[1:], points[-1]],
            float(direction),
        )

    def read(self, values: Floats) -> Floats:
        """Readings of values, shape (n,)."""
        if not len(self.levels):
            return np.zeros(len(values))
        levels, left, base, slope, top = self._arrays
        value = np.clip(values * self.sign, levels[0], levels[-1])
        position = np.searchsorted(levels, value, side="right")
        np.minimum(position, len(levels), out=position)
        value -= left[position]
        value *= slope[position]
        value += base[position]
        np.minimum(value, top[position], out=value)
        value[np.isnan(value)] = 0.0
        return value

    @cached_property
    def _arrays(self) -> tuple[Floats, ...]:
        return tuple(np.asarray(one) for one in (self.levels, self.left, self.base, self.slope, self.top))
