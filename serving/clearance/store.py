"""Messages of customs: kept as they came, found under the numbers of their declaration, shown to whom they concern.

A message counts for everybody when it came from the operator, a watched folder or the simulator. What an enterprise
posted counts in its own view alone: anybody can write a message with another firm's number on it. Which firms may see
a declaration is read from messages that count for everybody.

The same bytes are kept once, unless they came as simulated and then as real ones: then they are kept again, as real,
and from that instant on the simulated arrival counts no more.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from data.clearance.records import CaseEvent, Declaration, MessageError, ReadMessage
from data.events import Event, EventConflictError, EventStore, StoredEvent

MESSAGES, FAILED = "clearance.message", "clearance.failed"
REAL = ":real"  # behind the identifier of a message that came as simulated before
MOST_EVENTS = 200  # of a message that an enterprise posts
MOST_POSTED = 200  # messages of one enterprise under the numbers of one declaration that are shown
MOST_LINKED = 5_000  # messages of one declaration; more is a number that links what does not belong together
Reader = Callable[[bytes], ReadMessage]
Key = tuple[str, str]


class TooManyLinkedError(ValueError):
    """A number links more messages than one declaration can have."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a message came from; name : of the operator or folder, or the enterprise's USCC."""

    kind: Literal["operator", "enterprise", "folder", "simulator"]
    name: str

    @property
    def trusted(self) -> bool:
        """Whether what it sends counts for everybody."""
        return self.kind != "enterprise"


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a message.

    new : False where the same bytes came before from the same side, and not as simulated ones alone
    refusal : None for one that was read, ``message``
    """

    message_id: str
    digest: str
    kind: str
    new: bool
    keys: tuple[tuple[str, str], ...]
    refusal: MessageError | None = None
    message: ReadMessage | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept message, and what it says."""

    sequence: int
    message_id: str
    received_at: dt.datetime
    source: Source
    simulated: bool
    message: ReadMessage

    @property
    def pieces(self) -> list[Piece]:
        """Its events and declarations one by one, for a message may be about several declarations."""
        return [
            Piece(self, event, declaration, keys)
            for message in self.message.opened
            for event, declaration, keys in (
                *((event, None, event.keys) for event in message.events),
                *(((None, message.declaration, message.declaration.keys),) if message.declaration else ()),
            )
        ]


@dataclass(frozen=True, slots=True)
class Piece:
    """One event or one declaration of a kept message, and the numbers that it names."""

    kept: Kept
    event: CaseEvent | None
    declaration: Declaration | None
    keys: tuple[Key, ...]


class MessageStore:
    """The messages of one event store, read with ``reader``.

    checked : reads a message that arrives, such as by its schema; one that was kept is never refused afterwards
    """

    def __init__(self, store: EventStore, reader: Reader, checked: Reader | None = None) -> None:
        self.store, self.reader, self.checked = store, reader, checked or reader

    def receive(self, raw: bytes, source: Source, at: dt.datetime, *, simulated: bool = False) -> Received:
        """Keep a message; one that is refused is kept as well, with the reason, and counts for nothing.

        raises : EventStoreError
        """
        digest = hashlib.sha256(raw).hexdigest()
        side = _side(None if source.trusted else source.name)
        message_id = f"{side}:{digest}"
        payload: dict[str, Any] = {
            "raw": base64.b64encode(raw).decode("ascii"),
            "source": {"kind": source.kind, "name": source.name},
            "simulated": simulated,
        }
        try:
            message = self.checked(raw)
            n_events = len(message.every_event)
            if not source.trusted and n_events > MOST_EVENTS:
                raise MessageError("too_many_events", f"{n_events} events", f"at most {MOST_EVENTS} of an enterprise")
        except MessageError as fault:
            reason = {"code": fault.code, "line": fault.line, "column": fault.column}
            reason |= {"found": fault.found, "allowed": fault.allowed}
            new = self._keep(FAILED, message_id, at, payload | {"reason": reason}, ())
            return Received(message_id, digest, "", new, (), fault)
        keys = [_key(side, key) for key in message.keys]
        new = self._keep(MESSAGES, message_id, at, payload, keys)
        if not new and not simulated:
            before = self.store.get(MESSAGES, message_id)
            if before is not None and before.payload is not None and before.payload["simulated"]:
                message_id += REAL
                new = self._keep(MESSAGES, message_id, at, payload, [*keys, message_id])
        return Received(message_id, digest, message.kind, new, message.keys, message=message)

    def _keep(
        self, stream: str, message_id: str, at: dt.datetime, payload: dict[str, Any], keys: Iterable[str]
    ) -> bool:
        try:
            return self.store.append(Event(stream, message_id, "", at, payload, tuple(keys)))
        except EventConflictError:  # the same bytes at another time or by another way: the first arrival is kept
            return False

    def linked(
        self, keys: Iterable[Key], owner: str | None, known_at: dt.datetime | None = None, most: int | None = None
    ) -> list[Piece]:
        """Events and declarations that these numbers reach, in the order of their arrival.

        owner : the enterprise whose own messages are followed; None follows those that count for everybody
        known_at : what arrived later is left out; most : of messages, MOST_LINKED where left out
        raises : TooManyLinkedError
        """
        side, most = _side(owner), MOST_LINKED if most is None else most
        known, fresh, read = set[Key](), set(keys), set[int]()
        found: list[Piece] = []
        apart: list[Piece] = []  # of messages that were read, about other declarations so far
        while fresh:
            known |= fresh
            rows = self.store.with_keys(MESSAGES, [_key(side, key) for key in fresh])
            for row in self.counting([one for one in rows if one.sequence not in read], known_at):
                read.add(row.sequence)
                if len(read) > most:
                    raise TooManyLinkedError
                apart += self.kept(row).pieces
            fresh = set()
            joined = True
            while joined:
                joined = False
                others = []
                for piece in apart:
                    if (known | fresh).isdisjoint(piece.keys):
                        others.append(piece)
                    else:
                        found.append(piece)
                        fresh |= set(piece.keys) - known
                        joined = True
                apart = others
        return sorted(found, key=lambda piece: piece.kept.sequence)

    def posted_by(
        self, parties: Iterable[str], keys: Collection[Key], known_at: dt.datetime | None = None
    ) -> list[Piece]:
        """What these enterprises posted under these numbers: of each at most the first MOST_POSTED messages."""
        found = []
        for party in sorted(set(parties)):
            rows = self.store.with_keys(MESSAGES, [_key(_side(party), key) for key in keys])[:MOST_POSTED]
            kept = [self.kept(row) for row in self.counting(rows, known_at)]
            found += [piece for one in kept for piece in one.pieces if not set(keys).isdisjoint(piece.keys)]
        return sorted(found, key=lambda piece: piece.kept.sequence)

    def newer(self, after: int, most: int = 500) -> list[Kept]:
        """The next messages behind a sequence, in the order of their arrival."""
        rows = self.store.read(MESSAGES, after, most)
        return [self.kept(row) for row in self.counting(list(rows))]

    def counting(self, rows: Sequence[StoredEvent], known_at: dt.datetime | None = None) -> list[StoredEvent]:
        """Rows that count: not blanked, not after ``known_at``, not simulated where the same bytes came as real."""
        known = [row for row in rows if row.payload is not None and (known_at is None or row.at <= known_at)]
        simulated = [f"{row.event_id}{REAL}" for row in known if row.payload and row.payload["simulated"]]
        came = self.store.with_keys(MESSAGES, simulated) if simulated else []
        real = {one.event_id for one in came if known_at is None or one.at <= known_at}
        return [row for row in known if f"{row.event_id}{REAL}" not in real]

    def newest(self) -> int:
        """The sequence of the message that arrived last, 0 where there is none."""
        return self.store.last(MESSAGES)

    def failed(self, after: int = 0) -> list[StoredEvent]:
        """Messages that were refused, with their reasons, in the order of their arrival."""
        return list(self.store.read(FAILED, after))

    def kept(self, row: StoredEvent) -> Kept:
        """A row of the messages' stream that was not blanked, read again from its bytes."""
        payload = row.payload or {}
        message = self.reader(base64.b64decode(payload["raw"]))
        return Kept(row.sequence, row.event_id, row.at, _source(row), payload["simulated"], message)


def _source(row: StoredEvent) -> Source:
    return Source(**(row.payload or {})["source"])


def _side(owner: str | None) -> str:
    """Whose numbers these are: those of an enterprise's own messages lead to no others."""
    return "zone" if owner is None else hashlib.sha256(owner.encode()).hexdigest()[:16]


def _key(side: str, key: Key) -> str:
    return f"{side}|{key[0]}:{key[1]}"
