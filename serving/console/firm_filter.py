"""Which firms a person wants to see: one filter as an address's query, as a mask over the table, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from serving.console.firms import CODED, Array, FirmTable

FRESH, STALE, ALARMED = "fresh", "stale", "yes"
MOST_POINTS = 130.0
LONGEST_TEXT = 80
MANY = (*CODED, "chain")  # members that take several keys, separated by commas in a query


@dataclass(frozen=True)
class FirmFilter:
    """Firms that meet every member that is given; of a member with several keys they meet one.

    chain : of chains ("iot") and nodes ("iot/sensors"); points_from, points_to : inclusive
    fresh : "fresh" or "stale"; alarm : "yes" for firms with an alarm; text : part of a code or name
    """

    stage: tuple[str, ...] = ()
    size: tuple[str, ...] = ()
    industry: tuple[str, ...] = ()
    district: tuple[str, ...] = ()
    grade: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()
    points_from: float | None = None
    points_to: float | None = None
    fresh: str = ""
    alarm: str = ""
    text: str = ""

    def query(self) -> dict[str, str]:
        """As members of an address; ``of_query`` reads it again."""
        found: dict[str, str] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if value in ((), "", None):
                continue
            found[one.name] = ",".join(value) if isinstance(value, tuple) else (
                f"{value:g}" if isinstance(value, float) else value
            )  # fmt: skip
        return found

    def mask(self, table: FirmTable) -> Array | None:
        """Which firms of the table it lets through, shape (n,); None where that is every firm."""
        frame, parts = table.frame, []
        for name in CODED:
            wanted = getattr(self, name)
            if wanted:
                column = frame[name].cat
                let = np.isin(column.categories.to_numpy(dtype=object), list(wanted))
                parts.append(np.append(let, False)[column.codes])  # a missing key has the code -1
        if self.chain:
            rows = [table.placed[key] for key in self.chain if key in table.placed]
            on_chain = np.zeros(len(table), dtype=bool)
            for one in rows:
                on_chain[one] = True
            parts.append(on_chain)
        points = frame["points"].to_numpy()
        with np.errstate(invalid="ignore"):
            if self.points_from is not None:
                parts.append(points >= self.points_from)
            if self.points_to is not None:
                parts.append(points <= self.points_to)
        if self.fresh:
            parts.append(frame["fresh"].to_numpy() == (self.fresh == FRESH))
        if self.alarm:
            parts.append(frame["alarms"].to_numpy() > 0)
        if self.text:
            parts.append(table.holding(self.text))
        if not parts:
            return None
        mask: Array = np.logical_and.reduce(parts)
        return mask


def of_query(query: Mapping[str, str], table: FirmTable) -> tuple[FirmFilter, tuple[str, ...]]:
    """The filter of an address, and the members that were left out because the table has no such thing."""
    found: dict[str, Any] = {}
    left: list[str] = []
    for one in fields(FirmFilter):
        given = query.get(one.name, "").strip()
        if not given:
            continue
        if one.name in MANY:
            known = set(table.placed) if one.name == "chain" else set(table.frame[one.name].cat.categories)
            keys = tuple(dict.fromkeys(key for key in given.split(",") if key in known))
            if keys:
                found[one.name] = keys
            if len(keys) < len(set(given.split(","))):
                left.append(one.name)
        elif one.name in ("points_from", "points_to"):
            points = _points(given)
            if points is None:
                left.append(one.name)
            else:
                found[one.name] = points
        elif one.name in ("fresh", "alarm"):
            allowed = (FRESH, STALE) if one.name == "fresh" else (ALARMED,)
            if given in allowed:
                found[one.name] = given
            else:
                left.append(one.name)
        else:
            found[one.name] = given[:LONGEST_TEXT]
    return FirmFilter(**found), tuple(left)


def _points(given: str) -> float | None:
    """Points as a person may ask for them; None where it is no number from 0 to MOST_POINTS."""
    try:
        value = float(given)
    except ValueError:
        return None
    return value if 0.0 <= value <= MOST_POINTS else None
