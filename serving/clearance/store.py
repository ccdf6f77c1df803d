"""Messages of customs: kept as they came, found under the numbers of their declaration, shown to whom they concern.

A message counts for everybody when it came from the operator, a watched folder or the simulator. What an enterprise
posted counts in its own view alone: anybody can write a message with another firm's number on it. Which firms may see
a declaration is read from messages that count for everybody.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from data.clearance.records import MessageError, ReadMessage
from data.events import Event, EventConflictError, EventStore, StoredEvent

MESSAGES, FAILED = "clearance.message", "clearance.failed"
MOST_LINKED = 5_000  # messages of one declaration; more is a number that links what does not belong together
Reader = Callable[[bytes], ReadMessage]


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

    new : False where the same bytes came before from the same side; refusal : None for one that was read, ``message``
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
    def keys(self) -> frozenset[str]:
        """Its numbers as the store keeps them."""
        return frozenset(_keys(self.message.keys))


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
        side = "zone" if source.trusted else hashlib.sha256(source.name.encode()).hexdigest()[:16]
        message_id = f"{side}:{digest}"
        payload: dict[str, Any] = {
            "raw": base64.b64encode(raw).decode("ascii"),
            "source": {"kind": source.kind, "name": source.name},
            "simulated": simulated,
        }
        try:
            message = self.checked(raw)
        except MessageError as fault:
            reason = {"code": fault.code, "line": fault.line, "column": fault.column}
            reason |= {"found": fault.found, "allowed": fault.allowed}
            new = self._keep(FAILED, message_id, at, payload | {"reason": reason}, ())
            return Received(message_id, digest, "", new, (), fault)
        new = self._keep(MESSAGES, message_id, at, payload, _keys(message.keys))
        return Received(message_id, digest, message.kind, new, message.keys, message=message)

    def _keep(
        self, stream: str, message_id: str, at: dt.datetime, payload: dict[str, Any], keys: Iterable[str]
    ) -> bool:
        try:
            return self.store.append(Event(stream, message_id, "", at, payload, tuple(keys)))
        except EventConflictError:  # the same bytes at another time or by another way: the first arrival is kept
            return False

    def linked(self, kinds: Iterable[str], number: str, owner: str | None) -> list[Kept]:
        """Messages that belong to a declaration, in the order of their arrival, by the numbers that they share.

        owner : the enterprise whose own messages are followed; None follows those that count for everybody
        raises : TooManyLinkedError
        """
        known, found = set[str](), dict[int, Kept]()
        fresh = {f"{kind}:{number}" for kind in kinds}
        while fresh:
            known |= fresh
            rows = self.store.with_keys(MESSAGES, fresh)
            if len(found) + len(rows) > MOST_LINKED:
                raise TooManyLinkedError(number)
            new = [self.kept(row) for row in rows if row.sequence not in found and row.payload is not None]
            new = [kept for kept in new if _follows(kept.source, owner)]
            found |= {kept.sequence: kept for kept in new}
            fresh = {key for kept in new for key in kept.keys} - known
        return [found[sequence] for sequence in sorted(found)]

    def posted_by(self, parties: Iterable[str], keys: Iterable[str]) -> list[Kept]:
        """What these enterprises posted under these numbers."""
        names = set(parties)
        rows = [self.kept(row) for row in self.store.with_keys(MESSAGES, keys) if row.payload is not None]
        return [kept for kept in rows if not kept.source.trusted and kept.source.name in names]

    def posters(self, kinds: Iterable[str], number: str) -> set[str]:
        """Enterprises that posted under a number."""
        rows = self.store.with_keys(MESSAGES, [f"{kind}:{number}" for kind in kinds])
        return {source.name for row in rows if not (source := _source(row)).trusted}

    def newer(self, after: int, most: int = 500) -> list[Kept]:
        """The next messages behind a sequence, in the order of their arrival."""
        rows = self.store.read(MESSAGES, after, most)
        return [self.kept(row) for row in rows if row.payload is not None]

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


def _follows(source: Source, owner: str | None) -> bool:
    return source.trusted if owner is None else not source.trusted and source.name == owner


def _keys(keys: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{kind}:{number}" for kind, number in keys]
