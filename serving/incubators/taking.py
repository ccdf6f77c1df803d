"""Taking records into the registry: a record that keeps every rule is stored whole, any other goes to quarantine.

A record is refused as well where it does not fit the others: a report of an incubator that there is not, a voucher
that is used beyond what was issued, a correction that would leave tenant firms without their incubator.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import pandas as pd

from data.codebook import reference_path
from data.incubators.fields import Fault, Record
from data.incubators.journal import Entry, Journal, entries_of
from data.incubators.tables import QUARANTINE, RecordTable, quarantine_row
from data.texts.sentences import Sentence, read_sentences
from serving.incubators.board import RegistryBoard, RegistryState
from serving.incubators.store import EntryStore, OvertakenError

TICK = dt.timedelta(microseconds=1)
REPORTED = "reported"  # fault of a record that is there with other values


@dataclass(frozen=True, eq=False)
class Taken:
    """What became of records: stored now, known before, refused.

    refused : rows of ``QUARANTINE``, one a reason; differs : keys of those that are there with other values
    quarantined : reasons that quarantine did not have before
    """

    new: int
    known: int
    refused: pd.DataFrame
    differs: frozenset[str]
    quarantined: int = 0


@cache
def service_sentences() -> Mapping[str, Sentence]:
    """What the service says of the registry: ``data/reference/incubators/sentences_service.csv``."""
    return read_sentences(reference_path("incubators/sentences_service.csv"))


def service_fault(key: str, where: str, found: object, **figures: Any) -> Fault:
    """A fault that the service finds, with its sentence."""
    text = service_sentences()[f"fault.{key}"].fill({"where": where, "found": str(found)} | figures)
    return Fault(where, str(found), "", text)


def take(
    store: EntryStore, board: RegistryBoard, tables: Mapping[Record, RecordTable], source: str, at: dt.datetime,
    why: str = "", whys: Mapping[str, str] | None = None,
) -> Taken:  # fmt: skip
    """Store checked rows as versions by ``source``, their quarantine beside; why : where given, others are corrected.

    whys : reasons of single records by key, which correct none
    raises : EventStoreError
    """
    given = [one for record, table in tables.items() for one in entries_of(record, table.rows, at, source, why)]
    given = [replace(one, why=(whys or {}).get(one.key, one.why)) for one in given]
    while True:
        state = board.current()
        known, fresh, differs = _parted(state, given, corrects=bool(why))
        kept, unfit, then = fitting(state, fresh)
        board.expect(then)
        try:
            new = store.append(kept, state.sequence)
        except OvertakenError:
            continue  # checked again, against what the other writer stored
        break
    faulty = [row for table in tables.values() for row in _rows(table.quarantine)]
    there = [_refused(one, service_fault(REPORTED, one.key, one.record)) for one in differs]
    rows = pd.DataFrame([*faulty, *there, *unfit], columns=list(QUARANTINE), dtype=object)
    keys = frozenset(one.key for one in differs)
    return Taken(new, known + len(kept) - new, rows, keys, store.refuse(rows, source, at))


def _parted(state: RegistryState, given: Sequence[Entry], *, corrects: bool) -> tuple[int, list[Entry], list[Entry]]:
    """How many are known, those to store, and those of records that are there with other values."""
    known, fresh, differs = 0, [], []
    for entry in given:
        versions = state.journal.history(entry.record, entry.key)
        if any(one.values == entry.values for one in (versions[-1:] if corrects else versions)):
            known += 1
        elif versions and not corrects:
            differs.append(entry)
        else:
            fresh.append(later(entry, versions))
    return known, fresh, differs


def later(entry: Entry, versions: Sequence[Entry]) -> Entry:
    """The version behind the newest one, whatever the clock says."""
    return replace(entry, at=max(entry.at, versions[-1].at + TICK)) if versions else entry


class Fitting(NamedTuple):
    """Versions that contradict no record, rows of ``QUARANTINE`` for the rest, and the registry with those that fit."""

    kept: list[Entry]
    refused: list[dict[str, object]]
    state: RegistryState


def fitting(state: RegistryState, entries: Sequence[Entry]) -> Fitting:
    """Part versions into those that fit the registry and the rest.

    A version that others would be contradicted by is refused, so that what was taken once stays.
    """
    if not entries:
        return Fitting([], [], state)
    then = RegistryState.of(Journal([*state.journal.entries, *entries]), before=state)
    before = set(_keys(state.crossed))
    added = then.crossed.loc[[key not in before for key in _keys(then.crossed)]]
    if added.empty:
        return Fitting(list(entries), [], then)
    names = {(one.record, one.key) for one in entries}
    own = [key in names for key in _keys(added)]
    if any(own):
        out = added.loc[own]
        gone = set(_keys(out))
        rest = fitting(state, [one for one in entries if (one.record, one.key) not in gone])
        return Fitting(rest.kept, [*_rows(out), *rest.refused], rest.state)
    if len(entries) == 1:
        named = {"record": entries[0].record, "key": entries[0].key}
        return Fitting([], [row | named for row in _rows(added)], state)
    half = len(entries) // 2
    first = fitting(state, entries[:half])
    second = fitting(first.state, entries[half:])
    return Fitting([*first.kept, *second.kept], [*first.refused, *second.refused], second.state)


def _keys(rows: pd.DataFrame) -> list[tuple[Any, Any]]:
    return list(zip(rows["record"], rows["key"], strict=True))


def _rows(rows: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]


def _refused(entry: Entry, fault: Fault) -> dict[str, object]:
    return quarantine_row(entry.record, None, entry.key, fault)
