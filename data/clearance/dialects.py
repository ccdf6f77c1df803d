"""Dialects: what each code of a customs system says about a declaration, as rows of a file.

A dialect is the set of codes of one kind of receipt (``single_window``, ``ceb``, ``cds``, ``edifact``). Its rows in
``data/reference/clearance/statuses.csv`` give every code a rank on one scale for all dialects, so that one fold serves
them all, and another dialect is another file. A code without a row is unknown: nothing is concluded from it.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from data.codebook import reference_path

STAGES = ("declared", "accepted", "examined", "released", "completed")
# What a code does to the state: it reaches a stage, is a detour on the way, returns the declaration so that it has to
# be declared again, ends it, is kept as an exception without lowering the state, or says nothing about the state.
EFFECTS = ("stage", "detour", "return", "end", "exception", "none")
COLUMNS = (
    "dialect", "code", "valid_from", "valid_to", "rank", "status", "stages", "effect", "opens", "expected", "zh", "en",
    "source",
)  # fmt: skip


class DialectError(ValueError):
    """A file of dialects breaks its rules; the message lists every fault."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a code says.

    code : a last ``*`` means every code that begins so and has no row of its own
    valid_from, valid_to : days between which, both included, the row holds; None is open
    rank : the higher, the later; every row of a rank has one ``status``; 0 says nothing about the state
    status : as in ``clearance_status``, "" for rank 0; stages : of ``STAGES`` that the code shows to be reached
    opens : whether it may begin a new episode after a return; expected : whether every declaration passes the stages
    """

    dialect: str
    code: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    rank: int
    status: str
    stages: tuple[str, ...]
    effect: str
    opens: bool
    expected: bool
    zh: str
    en: str
    source: str

    def holds(self, day: dt.date | None) -> bool:
        """Whether the row holds on a day; a day that is not known is taken as one on which it does."""
        return day is None or (
            (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)
        )


class Dialects:
    """The codes of several dialects."""

    def __init__(self, rows: Iterable[Status]) -> None:
        """Check rows against each other; raises DialectError."""
        self.rows = tuple(rows)
        self._rows: dict[tuple[str, str], list[Status]] = {}
        for row in self.rows:
            self._rows.setdefault((row.dialect, row.code), []).append(row)
        self._prefixes = sorted({key for key in self._rows if key[1].endswith("*")}, key=lambda key: -len(key[1]))
        faults = [*self._overlaps(), *self._ranks()]
        if faults:
            raise DialectError("dialects break their rules:\n  " + "\n  ".join(faults))

    @classmethod
    def load(cls, *paths: Path) -> Dialects:
        """Read one or more files; without one, the file in ``data/reference``. Raises DialectError."""
        return cls([row for path in paths or (reference_path("clearance/statuses.csv"),) for row in _read(path)])

    @property
    def names(self) -> tuple[str, ...]:
        """The dialects, sorted."""
        return tuple(sorted({row.dialect for row in self.rows}))

    @property
    def with_states(self) -> tuple[str, ...]:
        """The dialects of which some code says something about the state of a declaration, sorted."""
        return tuple(sorted({row.dialect for row in self.rows if row.rank}))

    def find(self, dialect: str, code: str, day: dt.date | None = None) -> Status | None:
        """What a code says on a day, or None where no row says it. Blanks around a code do not count."""
        bare = code.strip()
        for row in self._rows.get((dialect, bare), ()):
            if row.holds(day):
                return row
        for key in self._prefixes:
            if key[0] == dialect and bare.startswith(key[1][:-1]) and len(bare) >= len(key[1]):
                for row in self._rows[key]:
                    if row.holds(day):
                        return row
        return None

    def _overlaps(self) -> Iterable[str]:
        for (dialect, code), rows in self._rows.items():
            ordered = sorted(rows, key=lambda row: row.valid_from or dt.date.min)
            for earlier, later in itertools.pairwise(ordered):
                if (earlier.valid_to or dt.date.max) >= (later.valid_from or dt.date.min):
                    yield f"{dialect} {code}: two rows hold on one day"

    def _ranks(self) -> Iterable[str]:
        statuses: dict[int, str] = {}
        for row in self.rows:
            if statuses.setdefault(row.rank, row.status) != row.status:
                yield f"{row.dialect} {row.code}: rank {row.rank} is {statuses[row.rank]!r} elsewhere"


@cache
def dialects() -> Dialects:
    """The dialects of ``data/reference``, read once."""
    return Dialects.load()


def _read(path: Path) -> Iterable[Status]:
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        rows = list(reader)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise DialectError(f"{path.name} has the columns {reader.fieldnames}; allowed: {list(COLUMNS)}")
    found, faults = [], []
    for line, row in enumerate(rows, start=2):
        try:
            found.append(_status(row))
        except (ValueError, TypeError, AttributeError) as fault:
            faults.append(f"line {line}, {row.get('dialect')} {row.get('code')}: {fault}")
    if faults:
        raise DialectError(f"{path.name} breaks its rules:\n  " + "\n  ".join(faults))
    return found


def _status(row: Mapping[str, str]) -> Status:
    stages = tuple(part for part in row["stages"].split(";") if part)
    status = Status(
        row["dialect"], row["code"], _day(row["valid_from"]), _day(row["valid_to"]), int(row["rank"]), row["status"],
        stages, row["effect"], _yes(row["opens"]), _yes(row["expected"]), row["zh"], row["en"], row["source"],
    )  # fmt: skip
    if not status.dialect or not status.code or status.code != status.code.strip():
        raise ValueError("dialect and code are texts without blanks around them")
    if status.effect not in EFFECTS:
        raise ValueError(f"effect is {status.effect!r}; allowed: {EFFECTS}")
    if not set(stages) <= set(STAGES) or (bool(stages) and status.effect != "stage"):
        raise ValueError(f"stages are {stages}; allowed: of {STAGES}, for the effect 'stage' alone")
    if (status.rank == 0) != (status.effect == "none") or status.rank < 0 or (status.rank == 0) != (not status.status):
        raise ValueError("rank 0, an empty status and the effect 'none' go together; no rank is below 0")
    if status.opens and status.effect != "stage":
        raise ValueError("only a code with the effect 'stage' opens an episode")
    if not status.zh or not status.en:
        raise ValueError("zh and en are empty")
    return status


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(f"{text!r} is neither yes nor no")
    return text == "yes"
