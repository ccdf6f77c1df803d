"""Does the stream of applicants still look like the population the model was made for?

The population stability index of the grades, over the last distinct enterprises; asking about one enterprise a
thousand times counts once. Above the limit the guard refers every decision to a human.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Mapping

_EVERY = 64  # sightings between two computations
_FLOOR = 1e-4  # a share that was never seen


def stability_index(reference: Mapping[str, float], seen: Mapping[str, float]) -> float:
    """PSI = sum over grades of (seen - reference) * ln(seen / reference); 0 for equal shares, never below.

    source: Siddiqi (2006), Credit Risk Scorecards, on scorecard stability; .25 is its line for a large shift
    """
    total = 0.0
    for grade in reference.keys() | seen.keys():
        expected, found = max(reference.get(grade, 0.0), _FLOOR), max(seen.get(grade, 0.0), _FLOOR)
        total += (found - expected) * math.log(found / expected)
    return total


class DriftWatch:
    """Grades of the last ``window`` distinct enterprises against ``reference`` shares."""

    def __init__(self, reference: Mapping[str, float], window: int, minimum: int, limit: float) -> None:
        self.reference = dict(reference)
        self.window, self.minimum, self.limit = window, minimum, limit
        self._last: OrderedDict[str, str] = OrderedDict()
        self._counts: Counter[str] = Counter()
        self._sightings = 0
        self.index: float | None = None  # None: too few enterprises to say

    @property
    def alarm(self) -> bool:
        """Whether the last index computed lies above the limit."""
        return self.index is not None and self.index > self.limit

    def see(self, uscc: str, grade: str) -> None:
        """Count one enterprise's grade, the newest one if it was seen before."""
        earlier = self._last.pop(uscc, None)
        if earlier is not None:
            self._counts[earlier] -= 1
        self._last[uscc] = grade
        self._counts[grade] += 1
        if len(self._last) > self.window:
            _, oldest = self._last.popitem(last=False)
            self._counts[oldest] -= 1
        self._sightings += 1
        if self._sightings % _EVERY == 0:
            n = len(self._last)
            shares = {name: count / n for name, count in self._counts.items()}
            self.index = stability_index(self.reference, shares) if n >= self.minimum else None

    def as_dict(self) -> dict[str, float | int | bool | None]:
        """What monitoring shows."""
        return {"psi": self.index, "limit": self.limit, "enterprises": len(self._last), "alarm": self.alarm}
