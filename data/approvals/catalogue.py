"""The item catalogue: what may be applied for, who handles it, and how long that may take, by day.

A row is one item over one period. Another promise, another department or another legal basis is another row, so a case
is measured by the row of the day on which it was accepted. Of one item no two periods share a day.

The reasons for which the law leaves time out of account are those of Article 45 of the Administrative Licensing Law
(行政许可法): hearing, tender, auction, inspection, test, quarantine, appraisal, expert review. A row names those
that its item may need.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar, get_args

from data.approvals.clock_rules import UNITS, ClockRules, Unit
from data.codebook import read_rows, reference_path
from data.texts.figures import Text

Handling = Literal["immediate", "promised", "joint", "escalated"]  # 即办, 承诺, 联办, 上报
HANDLINGS: tuple[Handling, ...] = get_args(Handling)
COLUMNS = (
    "key", "valid_from", "valid_to", "zh", "en", "department_before", "department_after", "transferred_on", "handling",
    "statutory_days", "statutory_unit", "promised_days", "promised_unit", "extension_days", "legal_basis",
    "suspension_reasons", "synthetic",
)  # fmt: skip
KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")
MOST_DAYS = 3_650
IMMEDIATE_DAYS = 1  # handled at once: on the same day or by the end of the next
SHOWN = 60  # characters of what was found
OneOf = TypeVar("OneOf", bound=str)


class Fault(NamedTuple):
    """What is wrong with a cell: line of the file from 1 (the heads), column, what was found, what is allowed."""

    line: int
    column: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: found {self.found!r}; allowed: {self.allowed}"


class CatalogueError(ValueError):
    """A catalogue breaks its rules; ``faults`` has every one of them."""

    def __init__(self, name: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{name} breaks the rules of a catalogue:\n  " + "\n  ".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class Item:
    """One item over one period.

    valid_from, valid_to : first and last day, both included; ``date.max`` where it is open
    department_before, department_after : keys; transferred_on : first day of the later one, None for no transfer
    statutory_days, promised_days : from the day after acceptance, in their unit; 0 : on the same day
    extension_days : most that the head may add, in the statutory unit
    suspension_reasons : keys of ``suspension_reasons.csv`` for which the clock may be suspended
    """

    key: str
    valid_from: dt.date
    valid_to: dt.date
    zh: str
    en: str
    department_before: str
    department_after: str
    transferred_on: dt.date | None
    handling: Handling
    statutory_days: int
    statutory_unit: Unit
    promised_days: int
    promised_unit: Unit
    extension_days: int
    legal_basis: str
    suspension_reasons: tuple[str, ...]
    synthetic: bool

    def on(self, day: dt.date) -> bool:
        """Whether the row holds on a day."""
        return self.valid_from <= day <= self.valid_to

    def department_on(self, day: dt.date) -> str:
        """Key of the department that handles the item on a day."""
        moved = self.transferred_on is not None and day >= self.transferred_on
        return self.department_after if moved else self.department_before


class Catalogue:
    """Items by day."""

    def __init__(self, items: Iterable[Item]) -> None:
        """Keep rows that have been checked; a caller with rows of its own uses ``load``."""
        self.items = tuple(sorted(items, key=lambda item: (item.key, item.valid_from)))

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """Read a CSV file with the columns ``COLUMNS``, in any order; raises CatalogueError with every fault."""
        try:
            with path.open(encoding="utf-8-sig", newline="") as handle:
                reader = csv.DictReader(handle)
                heads = tuple(reader.fieldnames or ())
                rows = [(reader.line_num, row) for row in reader]
        except (UnicodeDecodeError, csv.Error) as fault:
            raise CatalogueError(path.name, [Fault(1, "", str(fault)[:SHOWN], "CSV in UTF-8")]) from fault
        missing = [Fault(1, name, "", "a column of this name") for name in COLUMNS if name not in heads]
        strange = [Fault(1, str(name), "", "no column of this name") for name in heads if name not in COLUMNS]
        twice = [Fault(1, name, "twice", "once") for name in COLUMNS if heads.count(name) > 1]
        if faults := [*missing, *strange, *twice]:
            raise CatalogueError(path.name, faults)
        found: list[tuple[int, Item]] = []
        for line, row in rows:
            read = _Row(line, row)
            item = read.item()
            faults += read.faults
            if not read.faults:
                found.append((line, item))
        faults += _overlaps(found)
        if not rows:
            faults.append(Fault(2, "key", "", "at least one item"))
        if faults:
            raise CatalogueError(path.name, sorted(faults))
        return cls(item for _, item in found)

    def on(self, day: dt.date) -> Mapping[str, Item]:
        """The items of a day by key."""
        return {item.key: item for item in self.items if item.on(day)}

    def find(self, key: str, day: dt.date) -> Item | None:
        """The row of an item on a day; None where it has none."""
        return next((item for item in self._by_key.get(key, ()) if item.on(day)), None)

    def name(self, key: str) -> Text | None:
        """Chinese and English name of an item in its newest row; None where it never was in the catalogue."""
        rows = self._by_key.get(key, ())
        return (rows[-1].zh, rows[-1].en) if rows else None

    @cached_property
    def _by_key(self) -> Mapping[str, tuple[Item, ...]]:
        return {key: tuple(rows) for key, rows in itertools.groupby(self.items, key=lambda item: item.key)}


@cache
def departments() -> Mapping[str, Text]:
    """Chinese and English name of departments and their offices, by key."""
    return {row["key"]: (row["zh"], row["en"]) for row in read_rows(reference_path("approvals/departments.csv"))}


def department_name(key: str) -> Text:
    """Name of a department or office; the key itself where it has no row."""
    return departments().get(key, (key, key))


def _overlaps(found: Iterable[tuple[int, Item]]) -> Iterable[Fault]:
    """Rows that begin before an earlier row of their item has ended."""
    ordered = sorted(found, key=lambda one: (one[1].key, one[1].valid_from, one[0]))
    for _, rows in itertools.groupby(ordered, key=lambda one: one[1].key):
        last: tuple[int, Item] | None = None
        for line, item in rows:
            if last is not None and item.valid_from <= last[1].valid_to:
                allowed = f"a day after {last[1].valid_to}, the end of line {last[0]} of the same item"
                yield Fault(line, "valid_from", item.valid_from.isoformat(), allowed)
            if last is None or item.valid_to > last[1].valid_to:
                last = (line, item)


class _Row:
    """One line of a file as it is read, with its faults."""

    def __init__(self, line: int, row: Mapping[str | None, str | None]) -> None:
        self.line, self.faults = line, list[Fault]()
        self.row = {str(name): (text or "").strip() for name, text in row.items() if isinstance(text, str)}
        if None in row or None in row.values():
            self._fault("key", self.row.get("key", ""), f"as many cells as there are columns, {len(COLUMNS)}")

    def item(self) -> Item:
        """The item, of no use where there are faults."""
        first = self._day("valid_from", dt.date.min, needed=True)
        last = self._day("valid_to", dt.date.max)
        if last < first and self._clean("valid_from", "valid_to"):
            self._fault("valid_to", last.isoformat(), f"a day from {first} on, or empty")
        before, after = self._key("department_before"), self._key("department_after")
        moved = self._day("transferred_on", dt.date.max)
        if moved == dt.date.max and before != after and self._clean("transferred_on"):
            self._fault("transferred_on", "", "the day from which the second department handles the item")
        handling = self._one_of("handling", HANDLINGS)
        statutory, promised = self._number("statutory_days"), self._number("promised_days")
        units = self._one_of("statutory_unit", UNITS), self._one_of("promised_unit", UNITS)
        numbers = self._clean("statutory_days", "promised_days")
        if numbers and self._clean("statutory_unit", "promised_unit") and units[0] == units[1] and promised > statutory:
            self._fault("promised_days", str(promised), f"at most the statutory {statutory} of the same unit")
        if handling == "immediate" and promised > IMMEDIATE_DAYS and self._clean("handling"):
            self._fault("promised_days", str(promised), f"at most {IMMEDIATE_DAYS} for an item that is handled at once")
        return Item(
            self._key("key"), first, last, self._text("zh"), self._text("en"), before, after,
            None if moved == dt.date.max else moved, handling, statutory, units[0], promised, units[1],
            self._number("extension_days"), self._text("legal_basis"), self._reasons(),
            self._one_of("synthetic", ("1", "0")) == "1",
        )  # fmt: skip

    def _fault(self, column: str, found: str, allowed: str) -> None:
        self.faults.append(Fault(self.line, column, found[:SHOWN], allowed))

    def _clean(self, *columns: str) -> bool:
        """Whether these cells are free of faults, so that they can be held against each other."""
        return not any(fault.column in columns for fault in self.faults)

    def _text(self, column: str) -> str:
        if not self.row.get(column):
            self._fault(column, "", "a text")
        return self.row.get(column, "")

    def _key(self, column: str) -> str:
        text = self.row.get(column, "")
        if not KEY.fullmatch(text):
            self._fault(column, text, "lower-case letters, digits, - and _")
        return text

    def _day(self, column: str, empty: dt.date, *, needed: bool = False) -> dt.date:
        text = self.row.get(column, "")
        if not text and not needed:
            return empty
        try:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                raise ValueError(text)
            return dt.date.fromisoformat(text)
        except ValueError:
            self._fault(column, text, "a day such as 2026-03-01" + ("" if needed else ", or empty"))
            return empty

    def _number(self, column: str) -> int:
        text = self.row.get(column, "")
        if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) > MOST_DAYS:
            self._fault(column, text, f"a whole number from 0 to {MOST_DAYS}")
            return 0
        return int(text)

    def _one_of(self, column: str, allowed: tuple[OneOf, ...]) -> OneOf:
        text = self.row.get(column, "")
        if text not in allowed:
            self._fault(column, text, ", ".join(allowed))
        return next((one for one in allowed if one == text), allowed[0])

    def _reasons(self) -> tuple[str, ...]:
        given = [part for part in self.row.get("suspension_reasons", "").split(";") if part]
        known = ClockRules.load().reasons
        for one in dict.fromkeys(given):
            if one not in known:
                self._fault("suspension_reasons", one, f"keys joined by ; of {', '.join(known)}; or empty")
            elif given.count(one) > 1:
                self._fault("suspension_reasons", one, "each reason once")
        return tuple(given)
