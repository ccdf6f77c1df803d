"""Numbers of days that the law sets, why a clock may be suspended, when a lamp turns: rows with a document and a day.

``clock_rules.csv`` has one row a wording of a rule; the last that is valid on a day is the rule of that day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from data.codebook import read_rows, reference_path

Unit = Literal["working", "calendar"]
UNITS: tuple[Unit, ...] = ("working", "calendar")


class ClockRuleError(ValueError):
    """A file of clock rules breaks its rules; the message names the file and the fault."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in one wording; ``days`` is None where the rule sets no number."""

    key: str
    days: int | None
    unit: Unit
    document: str
    article: str
    valid_from: dt.date
    zh: str
    en: str
    confidence: str


@dataclass(frozen=True, slots=True)
class SuspensionReason:
    """Why days are not counted, with the text that allows it."""

    key: str
    zh: str
    en: str
    document: str
    article: str


@dataclass(frozen=True, slots=True)
class LampRule:
    """A lamp is yellow where at most so many days, or at most this share of all days, are left."""

    yellow_days: int
    yellow_share: float


@dataclass(frozen=True)
class ClockRules:
    """All wordings of all rules, the reasons of a suspension by key, and the thresholds of the lamps."""

    wordings: tuple[Rule, ...]
    reasons: Mapping[str, SuspensionReason]
    lamps: LampRule

    @classmethod
    def load(cls, folder: Path | None = None) -> ClockRules:
        """Read ``clock_rules.csv``, ``suspension_reasons.csv`` and ``lamps.csv``, once. Raises ClockRuleError."""
        return _load(folder or reference_path("approvals"))

    def on(self, day: dt.date) -> dict[str, Rule]:
        """The rules that are valid on a day, by key."""
        return {one.key: one for one in self.wordings if one.valid_from <= day}


@cache
def _load(folder: Path) -> ClockRules:
    try:
        wordings = [
            Rule(
                row["key"], int(row["days"]) if row["days"] else None, _unit(row["unit"]), row["document"],
                row["article"], dt.date.fromisoformat(row["valid_from"]), row["zh"], row["en"], row["confidence"],
            )
            for row in read_rows(folder / "clock_rules.csv")
        ]  # fmt: skip
        reasons = [SuspensionReason(**row) for row in read_rows(folder / "suspension_reasons.csv")]
        (lamp,) = read_rows(folder / "lamps.csv")
        lamps = LampRule(int(lamp["yellow_days"]), float(lamp["yellow_share"]))
    except (KeyError, TypeError, ValueError, OSError) as fault:
        raise ClockRuleError(f"clock rules in {folder.name}: {fault}") from fault
    ordered = tuple(sorted(wordings, key=lambda one: one.valid_from))
    return ClockRules(ordered, MappingProxyType({one.key: one for one in reasons}), lamps)


def _unit(text: str) -> Unit:
    for unit in UNITS:
        if text == unit:
            return unit
    raise ValueError(f"the unit of days is one of {', '.join(UNITS)}, not {text!r}")
