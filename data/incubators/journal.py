"""Versions of the registry's records: who entered what, when and why; nothing is overwritten.

A correction is a further version of the whole record. The registry of an instant is the newest version of each record
by then, whatever the order in which the entries are given.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from data.incubators.checks import check_record, check_rows
from data.incubators.fields import KEYS, RECORDS, Fault, Record, RegistryError, fault
from data.incubators.tables import QUARANTINE, RecordTable, quarantine_row, record_keys


class EntryError(RegistryError):
    """An entry that is not taken; ``faults`` hold each reason."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(one.text[1] for one in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of one record.

    key : of the record, the columns of ``KEYS`` joined by a space; at : with a time zone
    by : who entered it; why : the reason, needed where an earlier version is corrected
    values : the whole record as JSON holds it, days as 2022-05-31; empty: the record is withdrawn from here on
    """

    record: Record
    key: str
    at: dt.datetime
    by: str
    why: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, sent: Mapping[str, Any]) -> Entry:
        """An entry from what ``as_dict`` gives; raises RegistryError, KeyError, ValueError."""
        at = dt.datetime.fromisoformat(sent["at"])
        if sent["record"] not in RECORDS or at.tzinfo is None:
            raise RegistryError(f"record is {sent['record']!r}, at is {sent['at']!r}, allowed: {RECORDS}, a zone")
        return cls(sent["record"], str(sent["key"]), at, str(sent["by"]), str(sent["why"]), dict(sent["values"]))

    def as_dict(self) -> dict[str, Any]:
        """The entry as it is kept and sent."""
        return {
            "record": self.record,
            "key": self.key,
            "at": self.at.isoformat(),
            "by": self.by,
            "why": self.why,
            "values": dict(self.values),
        }

    @property
    def digest(self) -> str:
        """SHA-256 of the content in hex: the same entry sent twice is one."""
        sent = self.as_dict() | {"at": self.at.astimezone(dt.UTC).isoformat()}
        return hashlib.sha256(json.dumps(sent, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


class Journal:
    """Entries in the order of their instants; a new journal is made by ``append``, none is changed."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        """A journal of entries that were taken before, in any order; the same entry twice is one."""
        unique = {one.digest: one for one in entries}
        ordered = sorted(unique.items(), key=lambda pair: (pair[1].at, pair[0]))
        self.entries = tuple(one for _, one in ordered)

    @cached_property
    def _versions(self) -> Mapping[tuple[Record, str], tuple[Entry, ...]]:
        found: dict[tuple[Record, str], list[Entry]] = {}
        for one in self.entries:
            found.setdefault((one.record, one.key), []).append(one)
        return {key: tuple(versions) for key, versions in found.items()}

    def history(self, record: Record, key: str) -> tuple[Entry, ...]:
        """The versions of one record, oldest first; none where it is unknown."""
        return self._versions.get((record, key), ())

    def append(self, entry: Entry) -> Journal:
        """The journal with one more entry; itself where it has the entry already.

        raises : EntryError where the record has faults, a correction has no reason or names nobody, or the instant is
            not later than the newest version of the record
        """
        versions = self.history(entry.record, entry.key)
        if entry.digest in {one.digest for one in versions}:
            return self
        faults = check_record(entry.record, entry.values) if entry.values else []
        if entry.values and not faults and (key := key_of(entry.record, entry.values)) != entry.key:
            faults.append(fault("allowed", "key", entry.key, key))
        if not entry.by.strip():
            faults.append(fault("empty", "by", "", "text"))
        if (versions or not entry.values) and not entry.why.strip():
            faults.append(fault("empty", "why", "", "text"))
        if not entry.values and not versions:
            faults.append(fault("unknown", "key", entry.key, entry.record))
        if versions and entry.at <= versions[-1].at:
            newest = versions[-1].at.isoformat()
            faults.append(fault("too_early", "at", entry.at.isoformat(), newest))
        if faults:
            raise EntryError(faults)
        return Journal((*self.entries, entry))

    def reasoned(self, record: Record, instant: dt.datetime | None = None) -> frozenset[str]:
        """Keys of the records whose newest version by an instant was entered with a reason."""
        found = []
        for (kind, key), versions in self._versions.items():
            known = [one for one in versions if instant is None or one.at <= instant] if kind == record else []
            if known and known[-1].why.strip():
                found.append(key)
        return frozenset(found)

    def table(self, record: Record, instant: dt.datetime | None = None) -> RecordTable:
        """The records of one kind as they were known at an instant, in the order of their keys.

        A rule may be newer than a record that was taken by the rules of its day: the record is then in the quarantine
        with its reason, until it is corrected, and the others are served.
        """
        newest = []
        for (kind, _), versions in sorted(self._versions.items()):
            known = [one for one in versions if instant is None or one.at <= instant] if kind == record else []
            if known and known[-1].values:
                newest.append(known[-1])
        found, faults = check_rows(record, pd.DataFrame([one.values for one in newest], dtype=object))
        refused = [quarantine_row(record, None, newest[row].key, one) for row in sorted(faults) for one in faults[row]]
        kept = found.loc[~found.index.isin(faults)].reset_index(drop=True)
        return RecordTable(kept, pd.DataFrame(refused, columns=list(QUARANTINE)))


def key_of(record: Record, values: Mapping[str, Any]) -> str:
    """The key of a record from its values."""
    return " ".join(record_keys(record, pd.DataFrame([dict(values)], columns=list(KEYS[record])))[0])


def entries_of(record: Record, rows: pd.DataFrame, at: dt.datetime, by: str, why: str = "") -> list[Entry]:
    """Checked rows as first versions."""
    names = record_keys(record, rows)
    return [
        Entry(record, " ".join(key), at, by, why, {str(name): plain_value(value) for name, value in row.items()})
        for key, row in zip(names, rows.to_dict("records"), strict=True)
    ]  # fmt: skip


def plain_value(value: Any) -> Any:
    """A cell as JSON holds it: a day as a text, a whole number without decimals, nothing as None."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.item() if hasattr(value, "item") else value
