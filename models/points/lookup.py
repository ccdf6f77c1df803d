"""One look-up table: values are read as points, and how many are read at once changes no bit.

Plain additions and multiplications only, each rounded once, in one order; no library interpolation, which may fuse
them on one processor and not on another.
"""

from __future__ import annotations

from dataclasses import dataclass
from sys import float_info

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Curve = tuple[list[float], list[float]]  # breakpoints, strictly rising, and the values at them


@dataclass(frozen=True, eq=False)
class Lookup:
    """Straight lines between breakpoints, level beyond them; missing reads 0.

    Segment j holds ``base + slope * (value - left)``, never over ``top``, so that not even the last bit of a
    better value may earn less. ``sign`` is -1 where less is better: then breakpoints are the negated values.
    levels : shape (k,); left, base, slope, top : shape (k + 1,), empty where k is 0
    """

    levels: Floats
    left: Floats
    base: Floats
    slope: Floats
    top: Floats
    sign: float

    @classmethod
    def of(cls, curve: Curve, direction: int = 1) -> Lookup:
        """The table of a curve whose readings never fall as values get better."""
        levels, points = np.asarray(curve[0], dtype=float), np.asarray(curve[1], dtype=float)
        if not len(levels):
            return cls(levels, levels, levels, levels, levels, float(direction))
        if direction < 0:
            levels, points = -levels[::-1], points[::-1]
        with np.errstate(over="ignore"):
            rises = (points[1:] - points[:-1]) / (levels[1:] - levels[:-1])
        slope = np.zeros(len(levels) + 1)
        # Finite even between breakpoints that hardly differ: nothing times it stays nothing.
        np.minimum(rises, float_info.max, out=slope[1:-1])
        first, last = points[:1], points[-1:]
        return cls(
            levels,
            np.concatenate([levels[:1], levels]),
            np.concatenate([first, points]),
            slope,
            np.concatenate([first, points[1:], last]),
            float(direction),
        )

    def read(self, values: Floats) -> Floats:
        """Readings of values, shape (n,)."""
        if not len(self.levels):
            return np.zeros(len(values))
        value = values * self.sign
        np.maximum(value, self.levels[0], out=value)
        np.minimum(value, self.levels[-1], out=value)
        position = self.levels.searchsorted(value, side="right")
        value -= self.left[position]
        value *= self.slope[position]
        value += self.base[position]
        np.minimum(value, self.top[position], out=value)
        value[np.isnan(value)] = 0.0
        return value
