"""Code tables of the customs administration, each row with the days on which it is in force.

A declaration is checked by the tables of its day. What is known of a table is one period, nearly always the year 2020
(``sources.csv``); on any other day there is no table, and nothing follows from a code that is absent from it. Names of
codes are still found then, in the newest edition at hand.

Source: the code tables of the Single Window in their edition of 2020 and the tariff of 2020-01-02. Left out: names of
inspection (22,475 rows), elements of declaration of each tariff code, places of origin below countries, administrative
divisions, dangerous-goods packings, qualifications of enterprises, kinds of inspection licences.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from data.codebook import read_rows, reference_path

FOLDER = "clearance/codes"
_FIRST, _LAST = dt.date.min, dt.date.max


class Code(NamedTuple):
    """One row: a code, its Chinese and (where the table has one) English name, and the days on which it is in force.

    valid_from, valid_to : first and last day, both inclusive; ``date.min`` and ``date.max`` where none is known
    values : the table's further columns, such as ``first_unit`` of the tariff
    """

    code: str
    zh: str
    en: str
    valid_from: dt.date
    valid_to: dt.date
    values: Mapping[str, str]

    def on(self, day: dt.date) -> bool:
        """Whether the row is in force on the day."""
        return self.valid_from <= day <= self.valid_to


class Source(NamedTuple):
    """Where a table comes from, and the first and last day on which its rows are known to be all there are.

    title, en : its name in Chinese and in English
    """

    file: str
    title: str
    en: str
    issuer: str
    as_of: str
    valid_from: dt.date
    valid_to: dt.date
    rows: int
    note: str


class Table(NamedTuple):
    """A table as read: its columns, and the lines of each code, earliest first."""

    columns: list[str]
    by_code: Mapping[str, list[list[str]]]


@dataclass(frozen=True)
class Codes:
    """The tables of a folder; each file is read once, at its first use, so making one costs nothing."""

    folder: Path

    @classmethod
    def load(cls, folder: Path | None = None) -> Codes:
        """The tables that ship with the project, or those of another folder of the same form."""
        return cls(folder or reference_path(FOLDER))

    def on(self, day: dt.date) -> CodesOfDay:
        """The tables as they are in force on a day."""
        return CodesOfDay(self, day)

    def source(self, table: str) -> Source:
        """Title, issuer and known period of a table; raises KeyError where there is none of the name."""
        return self._sources[table]

    def rows(self, table: str, code: str) -> tuple[Code, ...]:
        """Every row of a code, earliest first; empty where the table never had it."""
        columns, by_code = _read(self._file(table))
        return tuple(_row(columns, line) for line in by_code.get(code, ()))

    def successors(self, table: str, code: str) -> list[Code]:
        """Rows of whatever day whose ``former_code`` is the code; none where the table has no such column."""
        return _by_former(self._file(table)).get(code, [])

    def _file(self, table: str) -> Path:
        return self.folder / self._sources[table].file

    @cached_property
    def _sources(self) -> Mapping[str, Source]:
        return {
            row["file"].removesuffix(".csv"): Source(
                row["file"],
                row["title"],
                row["en"],
                row["issuer"],
                row["as_of"],
                dt.date.fromisoformat(row["valid_from"]),
                dt.date.fromisoformat(row["valid_to"]),
                int(row["rows"]),
                row["note"],
            )
            for row in read_rows(self.folder / "sources.csv")
        }


@dataclass(frozen=True, slots=True)
class CodesOfDay:
    """The tables on one day."""

    codes: Codes
    day: dt.date

    def known(self, table: str) -> bool:
        """Whether the table of this day is at hand; where it is not, an absent code is no fault."""
        source = self.codes.source(table)
        return source.valid_from <= self.day <= source.valid_to

    def find(self, table: str, code: str) -> Code | None:
        """The row of a code on this day; None where the table of the day has none, or no table is known."""
        return (
            next((row for row in self.other_days(table, code) if row.on(self.day)), None) if self.known(table) else None
        )

    def successors(self, table: str, code: str) -> list[Code]:
        """Rows in force on this day that a former code has become; none where no table is known."""
        return [row for row in self.codes.successors(table, code) if row.on(self.day)] if self.known(table) else []

    def other_days(self, table: str, code: str) -> tuple[Code, ...]:
        """Rows of a code on whatever day, earliest first."""
        return self.codes.rows(table, code)

    def name(self, table: str, code: str) -> str:
        """Chinese name of a code on this day, else in the newest edition that has it, else an empty text."""
        rows = self.other_days(table, code)
        of_day = [row for row in rows if row.on(self.day)]
        return (of_day or list(rows))[-1].zh if rows else ""


@cache
def _by_former(path: Path) -> Mapping[str, list[Code]]:
    columns, by_code = _read(path)
    by_former: dict[str, list[Code]] = {}
    for row in (_row(columns, line) for same in by_code.values() for line in same if "former_code" in columns):
        by_former.setdefault(row.values["former_code"], []).append(row)
    return by_former


@cache
def _read(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as handle:
        lines = csv.reader(handle)
        columns = next(lines)
        by_code: dict[str, list[list[str]]] = {}
        for line in lines:
            by_code.setdefault(line[0], []).append(line)
    if "valid_from" in columns:
        first = columns.index("valid_from")
        for same in by_code.values():
            same.sort(key=lambda line: line[first])
    return Table(columns, by_code)


def _row(columns: list[str], line: list[str]) -> Code:
    values = dict(zip(columns, line, strict=True))
    code, zh, en = values.pop("code"), values.pop("zh"), values.pop("en", "")
    first, last = values.pop("valid_from", ""), values.pop("valid_to", "")
    return Code(
        code,
        zh,
        en,
        dt.date.fromisoformat(first) if first else _FIRST,
        dt.date.fromisoformat(last) if last else _LAST,
        values,
    )
