"""Values, "missing" among them, that one class of outcomes shows and the other hardly does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import bdtrc

from training.risk.leakage_column import MISSING, Column, Leak, LeakageParams


@dataclass(frozen=True)
class _Value:
    """A value and how both classes show it; ``strong`` is against the plausible ratio, ``broad`` against the share."""

    column: str
    text: str
    own: int  # cases of the class that shows it
    other: int
    own_all: int
    other_all: int
    own_name: str
    ratio: float
    share: float

    @property
    def strong(self) -> float:
        return _at_least(self.own, self.own + self.other, self._chance)

    @property
    def broad(self) -> float:
        return _at_least(self.own, self.own_all, self.share)

    @property
    def least(self) -> float:
        """The smallest p-value that so many rows could give: Tarone (1990) leaves out tests that cannot reject."""
        rows = self.own + self.other
        most = min(rows, self.own_all)
        return max(_at_least(most, rows, self._chance), _at_least(most, self.own_all, self.share))

    @property
    def _chance(self) -> float:
        # Given that a row shows the value, the chance that it is of the class, at the plausible ratio.
        return self.ratio * self.own_all / (self.ratio * self.own_all + self.other_all)


def _at_least(count: int, of: int, chance: float) -> float:
    return float(bdtrc(count - 1, of, chance)) if count else 1.0


def one_class_values(
    columns: list[Column], bad: npt.NDArray[np.bool_], params: LeakageParams, rate: float
) -> list[Leak]:
    """Values that one class shows ``plausible_ratio`` times as often, by whether they reach ``honest_share`` of it."""
    values = [value for column in columns for value in _values(column, bad, params)]
    leasts = np.sort([value.least for value in values])
    # The smallest number of tests for which all the others could not reject even at their best.
    tests = next((k for k in range(1, leasts.size + 1) if (leasts <= rate / k).sum() <= k), 1)
    found: dict[str, Leak] = {}
    odd: dict[str, Leak] = {}
    for value in sorted(values, key=lambda one: -one.own / one.own_all):
        if value.strong > rate / tests:
            continue
        missing = value.text.endswith(MISSING)
        share = value.own / value.own_all
        text = (
            f"{value.text}: {value.own} of {value.own_all} {value.own_name} show it, "
            f"{value.other} of {value.other_all} others"
        )
        if value.broad <= rate / tests:
            kind = "one_class_missing" if missing else "one_class_value"
            found.setdefault(value.column, Leak(value.column, kind, share, text, stops=True))
        elif value.strong <= rate / len(values):
            kind = "odd_missing" if missing else "odd_value"
            odd.setdefault(value.column, Leak(value.column, kind, share, text, stops=False))
    return list(found.values()) + [leak for name, leak in odd.items() if name not in found]


def _values(column: Column, bad: npt.NDArray[np.bool_], params: LeakageParams) -> Iterator[_Value]:
    rows = np.bincount(column.codes)
    events = np.bincount(column.codes, weights=bad).astype(int)
    ones, zeros = int(bad.sum()), int((~bad).sum())
    for code, text in column.atoms:
        sides = [(text, int(events[code]), int(rows[code] - events[code]))]
        if rows[code] > bad.size / 2:  # and all that do not show it, taken together
            sides.append((f"not {text}", ones - sides[0][1], zeros - sides[0][2]))
        for label, shown, spared in sides:
            given: dict[str, Any] = {"ratio": params.plausible_ratio, "share": params.plausible_share}
            yield _Value(column.name, label, shown, spared, ones, zeros, "defaults", **given)
            yield _Value(column.name, label, spared, shown, zeros, ones, "non-defaults", **given)
