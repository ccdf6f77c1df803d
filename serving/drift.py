"""Does the stream of applicants still look like the population that the release was packed with?

The stability index (``models.risk_drift``) of the default probabilities over the last distinct enterprises; asking
about one enterprise a thousand times counts once. Above the limit the guard refers every decision to a human.
"""

from __future__ import annotations

from collections import OrderedDict

from models.risk_drift import SCORE, Drift, DriftParams, Histogram, drift

_EVERY = 64  # sightings between two looks
_BY_CHANCE = 0.001  # of computations on an unmoved population that pass the limit of chance


class DriftWatch:
    """Default probabilities of the last ``window`` distinct enterprises against a reference."""

    def __init__(self, reference: Histogram, window: int, minimum: int, limit: float) -> None:
        self.reference = reference
        self.window, self.minimum, self.limit = window, minimum, limit
        self._params = DriftParams(_BY_CHANCE, limit, looks=1)
        self._last: OrderedDict[str, int] = OrderedDict()  # the bin of each enterprise's value
        self._counts = [0] * len(reference.all_counts)
        self._noted: list[tuple[str, float]] = []
        self.found: Drift | None = None  # None: too few enterprises to say

    @property
    def alarm(self) -> bool:
        """Whether the last index lies above the limit, and above what chance would give."""
        return self.found is not None and self.found.alarm

    @property
    def psi(self) -> float | None:
        """The last index; None while too few enterprises were seen."""
        return None if self.found is None else self.found.psi

    def see(self, uscc: str, pd_12m: float) -> None:
        """Note one enterprise; a look at a few together costs each of them less."""
        self._noted.append((uscc, pd_12m))
        if len(self._noted) >= _EVERY:
            self.look()

    def look(self) -> None:
        """Count those that were noted, each with its newest value, and compute the index."""
        noted, self._noted = self._noted, []
        for uscc, pd_12m in noted:
            earlier, place = self._last.pop(uscc, None), self.reference.place(pd_12m)
            if earlier is not None:
                self._counts[earlier] -= 1
            self._last[uscc] = place
            self._counts[place] += 1
            if len(self._last) > self.window:
                self._counts[self._last.popitem(last=False)[1]] -= 1
        enough = len(self._last) >= self.minimum
        self.found = drift(SCORE, self.reference.all_counts, self._counts, self._params) if enough else None

    def as_dict(self) -> dict[str, float | int | bool | None]:
        """What monitoring shows."""
        self.look()
        return {"psi": self.psi, "limit": self.limit, "enterprises": len(self._last), "alarm": self.alarm}
