"""What a report is asked for: the length of its periods, its groups, and the two periods that are compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from data.members import YEAR

PERIODS = ("month", "quarter", "year")
DIMENSIONS = ("office", "supervision_mode", "transport", "hs_chapter", "country", "direction")
LABELS = {
    "month": re.compile(f"{YEAR}-(0[1-9]|1[0-2])"),
    "quarter": re.compile(f"{YEAR}Q[1-4]"),
    "year": re.compile(YEAR),
}
SHAPES = {"month": "2025-03", "quarter": "2025Q1", "year": "2025"}
MOST_PERIODS = 60


class ReportError(ValueError):
    """A report that is refused: ``key`` of the query or table, ``found`` (at most 80 characters) and ``allowed``."""

    def __init__(self, key: str, found: object, allowed: str) -> None:
        super().__init__(f"{key}: found {str(found)[:80]!r}; allowed: {allowed}")
        self.key, self.found, self.allowed = key, str(found)[:80], allowed


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """A report.

    period : month, quarter or year, by the day of declaration in China; by : the dimension of its groups
    cross : a second dimension whose mix is separated in the comparison, "" for none
    baseline, current : labels of the compared periods, such as 2025Q1; "" for the last two whose declarations have all
        been followed to the horizon; the tables of groups are of the current one, or of the latest
    last : how many periods are shown, the latest ones
    raises : ReportError
    """

    period: str = "quarter"
    by: str = "office"
    cross: str = ""
    baseline: str = ""
    current: str = ""
    last: int = 8

    def __post_init__(self) -> None:
        if self.period not in PERIODS:
            raise ReportError("period", self.period, ", ".join(PERIODS))
        if self.by not in DIMENSIONS:
            raise ReportError("by", self.by, ", ".join(DIMENSIONS))
        if self.cross and (self.cross not in DIMENSIONS or self.cross == self.by):
            raise ReportError("cross", self.cross, ", ".join(name for name in DIMENSIONS if name != self.by))
        if not 1 <= self.last <= MOST_PERIODS:
            raise ReportError("last", self.last, f"1 to {MOST_PERIODS}")
        for key in ("baseline", "current"):
            label = getattr(self, key)
            if label and not LABELS[self.period].fullmatch(label):
                raise ReportError(key, label, f"a {self.period} such as {SHAPES[self.period]}")
        if bool(self.baseline) != bool(self.current):
            empty = "baseline" if self.current else "current"
            raise ReportError(empty, "", "both baseline and current, or neither")
        if self.baseline and self.baseline >= self.current:
            raise ReportError("current", self.current, f"a {self.period} after {self.baseline}")

    @classmethod
    def read(cls, texts: Mapping[str, str]) -> ReportQuery:
        """A query from texts, as of an address; what is missing or empty has its default."""
        known = {field.name for field in fields(cls)}
        for key in texts:
            if key not in known:
                raise ReportError(key, texts[key], f"no such key; the keys are {', '.join(sorted(known))}")
        values: dict[str, Any] = {key: text for key, text in texts.items() if text}
        if "last" in values:
            if not re.fullmatch(r"[0-9]{1,3}", values["last"]):
                raise ReportError("last", values["last"], f"1 to {MOST_PERIODS}")
            values["last"] = int(values["last"])
        return cls(**values)
