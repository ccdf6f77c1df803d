"""An append-only store of events, in SQLite or PostgreSQL: written by serving, read by training.

An event belongs to a stream (such as ``match.shown``), has an identifier that is unique there, a subject (such as a
firm's code, or ""), the time when it happened and a payload. Events may arrive in any order and more than once: the
same event is stored once, another content under its identifier is refused. Nothing is changed or deleted, except
that a subject may withdraw: then every event about it, or whose payload names it, is blanked at once and no new one
is taken; what remains is the event's identifier and the fact of the withdrawal.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.event_database import (
    EVENTS,
    KEYS,
    WITHDRAWALS,
    Transaction,
    blank_events,
    make_tables,
    mention,
    open_engine,
    stored_under,
    withdrawn_subjects,
)
from data.write_ahead import BUSY_MS

_PAGE = 10_000
_AT_ONCE = 1_000  # events of one statement; SQLite takes 32,766 values in one
_EMPTYING_S = 5.0  # how long a withdrawal waits for readers of a SQLite file before its log is left for the next write


class EventStoreError(RuntimeError):
    """The store cannot be opened, read or written."""


class EventConflictError(ValueError):
    """An identifier was used before with another content."""


class WithdrawnError(ValueError):
    """The event is about a subject that has withdrawn, or its payload names one."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    subject : what it is about, "" for nothing; at : with a time zone; payload : values that JSON can hold
    keys : names under which ``with_keys`` finds it; a blanked event has none
    """

    stream: str
    event_id: str
    subject: str
    at: dt.datetime
    payload: Mapping[str, Any]
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as stored; ``sequence`` grows with each; subject, payload and digest are None where it was blanked."""

    sequence: int
    stream: str
    event_id: str
    subject: str | None
    at: dt.datetime
    payload: Mapping[str, Any] | None
    digest: str | None


class EventStore:
    """Events of one database; safe to use from several threads and processes."""

    def __init__(self, url: str, *, must_exist: bool = False) -> None:
        """Open the store; raises EventStoreError.

        must_exist : raise where the file or its tables are missing, in place of making them
        """
        self._engine = open_engine(url, EventStoreError, must_exist=must_exist)
        self._lock = threading.Lock()
        self._log_is_full = False  # it still holds what was overwritten
        with self._transaction(writes=not must_exist) as connection:
            if not must_exist:
                make_tables(connection)
            elif not sa.inspect(connection).has_table(EVENTS.name):
                raise EventStoreError("the database holds no events; allowed: a store that a service has written to")

    def append(self, event: Event) -> bool:
        """Store one event; whether it is new. Raises as ``append_all``."""
        return self.append_all([event]) == 1

    def append_all(self, events: Sequence[Event]) -> int:
        """Store these events, all or none; returns how many are new.

        An event whose identifier was blanked is not new, whatever it holds.
        raises : EventConflictError, WithdrawnError, EventStoreError; ValueError for a time without zone or an
            identifier that names the subject
        """
        rows = [_row(event) for event in events]
        if self._log_is_full:
            self._empty_log(0.0)
        new = 0
        with self._transaction() as connection:
            gone = withdrawn_subjects(connection)
            for first in range(0, len(rows), _AT_ONCE):
                chunk = slice(first, first + _AT_ONCE)
                new += _store(connection, events[chunk], rows[chunk], gone)
        return new

    def read(self, stream: str, after: int = 0, most: int | None = None) -> Iterator[StoredEvent]:
        """Events of a stream in the order in which they were stored, from the sequence behind ``after`` on.

        most : no more than so many of them; None for all
        """
        left = most
        while True:
            size = _PAGE if left is None else min(_PAGE, left)
            with self._transaction(writes=False) as connection:
                page = connection.execute(
                    sa.select(EVENTS)
                    .where(EVENTS.c.stream == stream, EVENTS.c.sequence > after)
                    .order_by(EVENTS.c.sequence)
                    .limit(size)
                ).all()
            for row in page:
                yield _stored(row)
            left = None if left is None else left - len(page)
            if len(page) < size or left == 0:
                return
            after = page[-1].sequence

    def get(self, stream: str, event_id: str) -> StoredEvent | None:
        """One event, or None where there is none of this identifier."""
        wanted = sa.select(EVENTS).where(EVENTS.c.stream == stream, EVENTS.c.event_id == event_id)
        with self._transaction(writes=False) as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else _stored(row)

    def get_all(self, stream: str, event_ids: Sequence[str]) -> dict[str, StoredEvent]:
        """Those of these events that are stored, by identifier."""
        found: dict[str, StoredEvent] = {}
        with self._transaction(writes=False) as connection:
            for first in range(0, len(event_ids), _AT_ONCE):
                named = EVENTS.c.event_id.in_(event_ids[first : first + _AT_ONCE])
                for row in connection.execute(sa.select(EVENTS).where(EVENTS.c.stream == stream, named)):
                    found[row.event_id] = _stored(row)
        return found

    def with_keys(self, stream: str, keys: Iterable[str]) -> list[StoredEvent]:
        """Events of a stream that were stored with one of these keys, in the order in which they were stored."""
        named = sa.select(KEYS.c.sequence).where(KEYS.c.stream == stream, KEYS.c.key.in_(sorted(set(keys))))
        wanted = sa.select(EVENTS).where(EVENTS.c.sequence.in_(named)).order_by(EVENTS.c.sequence)
        with self._transaction(writes=False) as connection:
            found = connection.execute(wanted).all()
        return [_stored(row) for row in found]

    def last(self, stream: str) -> int:
        """The sequence of the newest event of a stream, 0 where there is none."""
        with self._transaction(writes=False) as connection:
            newest = connection.execute(sa.select(sa.func.max(EVENTS.c.sequence)).where(EVENTS.c.stream == stream))
            return int(newest.scalar() or 0)

    def about(self, subject: str) -> list[StoredEvent]:
        """Events of every stream about one subject, in the order in which they were stored."""
        with self._transaction(writes=False) as connection:
            found = connection.execute(
                sa.select(EVENTS).where(EVENTS.c.subject == subject).order_by(EVENTS.c.sequence)
            ).all()
        return [_stored(row) for row in found]

    def withdraw(self, subject: str, at: dt.datetime) -> int:
        """Blank every event about ``subject`` or whose payload names it, in large or small letters; returns how many.

        No new one is taken. ``event_database.mention`` says what names it.

        In a SQLite file the content is overwritten and the log emptied: at once, or while another process reads from
        before, within seconds or else by the next event. Withdrawing twice blanks nothing more.
        raises : ValueError for an empty subject
        """
        if not subject:
            raise ValueError("a subject that withdraws has a name")
        with self._transaction() as connection:
            named = EVENTS.c.payload.icontains(mention(subject), autoescape=True)
            count = blank_events(connection, EVENTS.c.subject == subject, named)
            if count or subject not in withdrawn_subjects(connection):
                _note(connection, subject, at, withdrawn=True, blanked=count)
        self._empty_log(_EMPTYING_S)
        return count

    def blank(self, member: str, values: Sequence[str]) -> int:
        """Blank every event whose payload has one of these values under ``member``; returns how many.

        So that what belongs to a subject that withdrew, such as the number of its demand, goes with it.
        """
        named = [json.dumps({member: value}, ensure_ascii=False, separators=(",", ":"))[1:-1] for value in values]
        if not named:
            return 0
        with self._transaction() as connection:
            count = blank_events(connection, *(EVENTS.c.payload.contains(one, autoescape=True) for one in named))
        if count:
            self._empty_log(_EMPTYING_S)
        return count

    def _empty_log(self, wait_s: float) -> None:
        """Empty SQLite's log, which holds what was overwritten; a reader from before it holds that up."""
        if self._engine.dialect.name != "sqlite":
            return
        with self._lock, self._engine.connect() as plain:  # SQLite itself waits for readers as long as it may
            plain.exec_driver_sql("COMMIT")
            plain.exec_driver_sql(f"PRAGMA busy_timeout={int(1_000 * wait_s)}")
            self._log_is_full = bool(plain.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0])
            plain.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MS}")

    def readmit(self, subject: str, at: dt.datetime) -> bool:
        """Take events about a subject again; whether it had withdrawn. What was blanked stays blank."""
        with self._transaction() as connection:
            if subject not in withdrawn_subjects(connection):
                return False
            _note(connection, subject, at, withdrawn=False, blanked=0)
        return True

    def withdrawn(self) -> frozenset[str]:
        """Subjects that have withdrawn and did not come back."""
        with self._transaction(writes=False) as connection:
            return withdrawn_subjects(connection)

    def close(self) -> None:
        """Give the connections back."""
        if self._log_is_full:
            self._empty_log(0.0)
        self._engine.dispose()

    def _transaction(self, *, writes: bool = True) -> Transaction:
        return Transaction(self._engine, EventStoreError, writes=writes)


def _store(
    connection: sa.Connection, events: Sequence[Event], rows: Sequence[dict[str, Any]], gone: Iterable[str]
) -> int:
    """Store those that are new, in this order, with their keys; returns how many. Raises as ``append_all``."""
    named = _named(rows, gone)
    known = stored_under(connection, rows, EVENTS.c.digest)
    new: list[int] = []
    for number, row in enumerate(rows):
        if number in named:
            raise WithdrawnError(f"event {row['event_id']} of {row['stream']}: {named[number]} has withdrawn")
        name = (row["stream"], row["event_id"])
        if name not in known:
            known[name] = row["digest"]
            new.append(number)
        elif known[name] not in (None, row["digest"]):
            raise EventConflictError(f"event {name[1]} of {name[0]} was stored before with another content")
    if not new:
        return 0
    connection.execute(sa.insert(EVENTS), [rows[number] for number in new])  # one by one: sequences in this order
    keyed = [number for number in new if events[number].keys]
    sequences = stored_under(connection, [rows[number] for number in keyed], EVENTS.c.sequence)
    keys = [
        {"stream": row["stream"], "key": key, "sequence": sequences[row["stream"], row["event_id"]]}
        for number in keyed
        for row in [rows[number]]
        for key in sorted(set(events[number].keys))
    ]
    if keys:
        connection.execute(sa.insert(KEYS), keys)
    return len(new)


def _named(rows: Sequence[Mapping[str, Any]], gone: Iterable[str]) -> dict[int, str]:
    """A subject of ``gone`` that each row is about or names, by the row's number; rows that name none are left out."""
    payloads, subjects = "\n".join(row["payload"] for row in rows).lower(), {row["subject"] for row in rows}
    gone = [
        code for code in gone if code in subjects or mention(code).lower() in payloads
    ]  # of a whole chunk: hardly ever any
    return {
        number: code
        for code in gone
        for number, row in enumerate(rows)
        if code == row["subject"] or mention(code).lower() in row["payload"].lower()
    }


def _note(connection: sa.Connection, subject: str, at: dt.datetime, *, withdrawn: bool, blanked: int) -> None:
    connection.execute(
        sa.insert(WITHDRAWALS).values(subject=subject, at=_text(at), withdrawn=withdrawn, blanked=blanked)
    )


def _row(event: Event) -> dict[str, Any]:
    if event.subject and event.subject in event.event_id:
        raise ValueError(
            f"event {event.event_id}: an identifier may not name the subject, for it outlives a withdrawal"
        )
    payload = json.dumps(event.payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    row = {
        "stream": event.stream,
        "event_id": event.event_id,
        "subject": event.subject,
        "at": _text(event.at),
        "payload": payload,
    }
    return row | {"digest": hashlib.sha256(json.dumps(list(row.values())).encode()).hexdigest()}


def _stored(row: sa.Row[Any]) -> StoredEvent:
    payload = None if row.payload is None else json.loads(row.payload)
    return StoredEvent(row.sequence, row.stream, row.event_id, row.subject, _time(row.at), payload, row.digest)


def _text(at: dt.datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"a time needs a time zone; got {at.isoformat()}")
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
