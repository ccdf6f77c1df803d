"""The registry of incubators in the event store: versions of records, and the records that were refused.

A version is stored under its digest, so that the same one sent again is known. The registry is the record of the
zone's side, which has to keep it: a firm's withdrawal from matching neither blanks its records nor refuses new ones.
Like the messages of customs, a version is stored as its bytes, which name no firm in plain text.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.events import Event, EventConflictError, EventStore, StoredEvent
from data.incubators.journal import Entry, plain_value

ENTRIES, QUARANTINE = "incubators.entry", "incubators.quarantine"
TURNS = (
    "incubators.turn"  # under a sequence the versions that were stored behind it, so that two writers never are both
)


class OvertakenError(RuntimeError):
    """The registry has changed since versions were checked against it."""


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """A stored version of a record."""

    sequence: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class RefusedRecord:
    """A reason why a record was not taken; row : columns of ``data.incubators.tables.QUARANTINE``."""

    sequence: int
    received_at: dt.datetime
    source: str
    row: Mapping[str, Any]


class EntryStore:
    """The registry of one event store."""

    def __init__(self, store: EventStore) -> None:
        self.store = store

    def append(self, entries: Sequence[Entry], after: int | None = None) -> int:
        """Store versions, all or none; returns how many are new.

        after : ``newest`` of the registry that they were checked against
        raises : OvertakenError where another writer stored versions since then, so that they have to be checked again;
            EventStoreError
        """
        if not entries:
            return 0
        events = [Event(ENTRIES, one.digest, "", one.at, _payload(_sent(one))) for one in entries]
        if after is None:
            return self.store.append_all(events)
        digest = hashlib.sha256("".join(sorted(one.event_id for one in events)).encode()).hexdigest()
        turn = Event(TURNS, str(after), "", entries[0].at, {"versions": digest})
        try:
            return max(self.store.append_all([turn, *events]) - 1, 0)
        except EventConflictError as fault:
            raise OvertakenError(f"versions were stored behind {after} by another writer") from fault

    def newest(self) -> int:
        """The sequence of the version that was stored last, 0 where there is none."""
        return self.store.last(ENTRIES)

    def newer(self, after: int = 0) -> Iterator[KeptEntry]:
        """Versions behind a sequence, in the order in which they were stored."""
        for row in self.store.read(ENTRIES, after):
            if row.payload:
                yield KeptEntry(row.sequence, Entry.of(_opened(row)))

    def refuse(self, rows: pd.DataFrame, source: str, at: dt.datetime) -> int:
        """Store rows of ``QUARANTINE``; the same one of the same source is stored once. Returns how many are new."""
        made = {}
        for row in rows.to_dict("records"):
            content = {"source": source, "row": {str(key): plain_value(value) for key, value in row.items()}}
            event_id = hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
            made[event_id] = Event(QUARANTINE, event_id, "", at, _payload(content))
        while made:
            known = self.store.get_all(QUARANTINE, list(made))
            try:
                return self.store.append_all([one for key, one in made.items() if key not in known])
            except EventConflictError:
                continue  # another process stored one in this moment
        return 0

    def newest_refused(self) -> int:
        """The sequence of the refused record that was stored last, 0 where there is none."""
        return self.store.last(QUARANTINE)

    def refused(self) -> list[RefusedRecord]:
        """Every refused record, in the order in which they arrived."""
        rows = [row for row in self.store.read(QUARANTINE) if row.payload]
        return [RefusedRecord(row.sequence, row.at, **_opened(row)) for row in rows]


def _sent(entry: Entry) -> dict[str, Any]:
    """The version with its instant in UTC, as its digest has it."""
    return entry.as_dict() | {"at": entry.at.astimezone(dt.UTC).isoformat()}


def _payload(content: Mapping[str, Any]) -> dict[str, str]:
    raw = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return {"raw": base64.b64encode(raw).decode("ascii")}


def _opened(row: StoredEvent) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode((row.payload or {})["raw"]))
    return found
