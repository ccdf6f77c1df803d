"""From raw log-odds to a probability with an interval: three monotone curves on one grid of knots.

Whatever calibration was chosen out of time (Platt, beta, isotonic), it is served as its values at the knots, linear
between them and constant beyond; so a single row and a batch take the same few operations.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
PD_FLOOR = 0.0005  # Basel III: no exposure is without risk
KNOTS = np.linspace(-12.0, 12.0, 193)  # an eighth of a log-odds apart


@dataclass(frozen=True)
class Calibration:
    """Calibrated log-odds at the knots, and the two ends of the interval; none ever falls.

    method : how the curve was found
    """

    method: str
    point: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    _arrays: tuple[Floats, Floats, Floats] = field(init=False, repr=False, compare=False)
    _rows: tuple[tuple[float, float, float], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        arrays = tuple(np.array(values, dtype=float) for values in (self.point, self.low, self.high))
        for name, values in zip(("point", "low", "high"), arrays, strict=True):
            if values.shape != KNOTS.shape:
                raise ValueError(f"calibration {name} has {values.size} values; {KNOTS.size} are needed")
            if not (np.isfinite(values).all() and (np.diff(values) >= 0).all()):
                raise ValueError(f"calibration {name} must be finite and never fall")
        if not ((arrays[1] <= arrays[0]) & (arrays[0] <= arrays[2])).all():
            raise ValueError("the calibration's interval must hold its point at every knot")
        object.__setattr__(self, "_arrays", arrays)
        object.__setattr__(self, "_rows", tuple(zip(self.point, self.low, self.high, strict=True)))

    def apply(self, raw: Floats) -> tuple[Floats, Floats, Floats]:
        """Probability, lower and upper end, each in [PD_FLOOR, 1], shape (n,)."""
        at = np.clip(raw, KNOTS[0], KNOTS[-1])
        place = np.minimum(np.searchsorted(KNOTS, at, side="right") - 1, KNOTS.size - 2)
        share = (at - KNOTS[place]) / (KNOTS[place + 1] - KNOTS[place])
        point, low, high = (
            _probability(np.minimum(values[place] + (values[place + 1] - values[place]) * share, values[place + 1]))
            for values in self._arrays
        )
        return point, np.minimum(low, point), np.maximum(high, point)

    def apply_row(self, raw: float) -> tuple[float, float, float]:
        """``apply`` of one value, to the bit."""
        at = min(max(raw, _KNOTS[0]), _KNOTS[-1])
        place = min(bisect_right(_KNOTS, at) - 1, len(_KNOTS) - 2)
        share = (at - _KNOTS[place]) / (_KNOTS[place + 1] - _KNOTS[place])
        here, there = self._rows[place], self._rows[place + 1]
        point = probability(min(here[0] + (there[0] - here[0]) * share, there[0]))
        low = probability(min(here[1] + (there[1] - here[1]) * share, there[1]))
        high = probability(min(here[2] + (there[2] - here[2]) * share, there[2]))
        return point, min(low, point), max(high, point)

    def card(self) -> dict[str, Any]:
        """What a model file keeps."""
        return {"method": self.method, "point": list(self.point), "low": list(self.low), "high": list(self.high)}


def probability(log_odds: float) -> float:
    """1 / (1 + exp(-log_odds)), not below PD_FLOOR. The one primitive: NumPy's exp may differ from it in a last bit."""
    return max(1.0 / (1.0 + exp(-log_odds)), PD_FLOOR)


def read_calibration(method: str, point: Sequence[float], low: Sequence[float], high: Sequence[float]) -> Calibration:
    """Curves made to keep the class's promises: never falling, the interval around the point."""
    middle = np.maximum.accumulate(np.asarray(point, dtype=float))
    below = np.minimum(np.maximum.accumulate(np.asarray(low, dtype=float)), middle)
    above = np.maximum(np.maximum.accumulate(np.asarray(high, dtype=float)), middle)
    return Calibration(method, tuple(middle.tolist()), tuple(below.tolist()), tuple(above.tolist()))


_KNOTS: list[float] = KNOTS.tolist()


def _probability(log_odds: Floats) -> Floats:
    odds_against = np.fromiter(map(exp, (-log_odds).tolist()), dtype=float, count=len(log_odds))
    return np.maximum(1.0 / (1.0 + odds_against), PD_FLOOR)
