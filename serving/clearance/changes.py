"""What each message changed about a declaration, and who may see it: for streams and webhooks.

A message of the zone's side changes the state of the declaration, for the operator and for its parties. What a party
posted is reported to the same viewers beside a state that it does not change; what anybody else posted is seen by
nobody but the one who posted it, in a state of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from data.clearance.records import CaseEvent, MessageError
from models.clearance.fold import fold
from serving.clearance.board import NO_LIMIT
from serving.clearance.linked import events_of, parties_of, separated
from serving.clearance.store import MESSAGES, Kept, MessageStore, Piece, TooManyLinkedError

log = structlog.get_logger("serving.clearance.changes")
Viewer = str | None  # an enterprise's USCC; None for the operator
Status = Callable[[Sequence[CaseEvent]], str]
SHOWN_FIRST = ("entry_id", "mrn", "invt_no", "pre_no", "seq_no", "order_no", "cop_no", "lrn", "client_seq_no")
NO_EVENT = CaseEvent((), "", "", None, "")


@dataclass(frozen=True, slots=True)
class Change:
    """One declaration after one message.

    sequence, received_at : of the message in the store; numbers : (kind, number) pairs of the declaration, at least one
    clearance_status, status_before : with this message and without it, later ones left out
    at, code, note, office : of the message's event; empty for a message that holds a declaration alone
    viewers : enterprises that may see it; zone : whether the operator does
    reported : posted by a party, so that it changes no status
    """

    sequence: int
    message_id: str
    received_at: dt.datetime
    numbers: tuple[tuple[str, str], ...]
    clearance_status: str
    status_before: str
    at: dt.datetime | None
    code: str
    note: str
    office: str | None
    viewers: frozenset[str]
    zone: bool
    reported: bool
    simulated: bool

    @property
    def declaration(self) -> str:
        """The number that customs gave last, else the declarant's own."""
        by_kind = dict(self.numbers)
        return next((by_kind[kind] for kind in SHOWN_FIRST if kind in by_kind), self.numbers[0][1])

    def seen_by(self, viewer: Viewer) -> bool:
        """Whether this viewer may see it."""
        return self.zone if viewer is None else viewer in self.viewers

    def as_dict(self, *, with_note: bool) -> dict[str, Any]:
        """The change as it is sent; without its note it holds nothing that a person wrote."""
        return {
            "declaration": self.declaration,
            "clearance_status": self.clearance_status,
            "status_before": self.status_before,
            "at": None if self.at is None else self.at.astimezone(dt.UTC).isoformat(),
            "code": self.code,
            **({"note": self.note} if with_note else {}),
            "note_length": len(self.note),
            "office": self.office,
            "received_at": self.received_at.astimezone(dt.UTC).isoformat(),
            "reported": self.reported,
            "simulated": self.simulated,
        }


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message by its sequence, and what it changed."""

    sequence: int
    changes: tuple[Change, ...]


class Changes(Protocol):
    """Messages in the order of their arrival; called from threads. Both raise EventStoreError."""

    def newest(self) -> int:
        """The sequence of the newest message, 0 where there is none."""
        ...

    def newer(self, after: int, most: int) -> tuple[list[Arrived], int]:
        """At most ``most`` messages behind ``after``, and the sequence up to which that is all."""
        ...


def folded_status(events: Sequence[CaseEvent]) -> str:
    """The clearance status that events of one declaration fold to."""
    return fold(events).clearance_status


class StoredChanges:
    """The changes of a store's messages; status : of events of one declaration, at least one."""

    def __init__(self, store: MessageStore, status: Status = folded_status) -> None:
        self.store, self.status = store, status

    def newest(self) -> int:
        """The sequence of the newest message."""
        return self.store.store.last(MESSAGES)

    def newer(self, after: int, most: int) -> tuple[list[Arrived], int]:
        """Messages behind ``after``; a message that can be read no more, or links too much, changes nothing."""
        rows = list(self.store.store.read(MESSAGES, after, most))
        found = []
        for row in rows:
            try:
                changes = () if row.payload is None else self._of(self.store.kept(row))
            except (MessageError, TooManyLinkedError) as fault:
                log.warning("message_changes_nothing", sequence=row.sequence, reason=type(fault).__name__)
                changes = ()
            found.append(Arrived(row.sequence, changes))
        return found, rows[-1].sequence if rows else after

    def _of(self, kept: Kept) -> tuple[Change, ...]:
        """One change for each event of a message, or for a declaration without events, of each declaration it names."""
        pieces = [one for one in kept.pieces if one.keys]
        keys = {key for one in pieces for key in one.keys}
        zone = [one for one in self.store.linked(keys, None, most=NO_LIMIT) if one.kept.sequence < kept.sequence]
        if kept.source.trusted:
            return tuple(
                change
                for same in separated([*zone, *pieces])
                if any(one.kept is kept for one in same)
                for change in self._changes(kept, same, parties_of(same), zone=True)
            )
        found: list[Change] = []
        left = pieces
        for same in separated(zone):  # each of the zone's declarations apart: what a message links, it does not join
            named, parties = {key for one in same for key in one.keys}, parties_of(same)
            posted = [one for one in left if not named.isdisjoint(one.keys)]
            if posted and kept.source.name in parties:
                found += self._changes(kept, [*same, *posted], parties, zone=True, reported=True)
                left = [one for one in left if one not in posted]
        if left:
            own = self.store.linked({key for one in left for key in one.keys}, kept.source.name, most=NO_LIMIT)
            before = [one for one in own if one.kept.sequence < kept.sequence]
            for same in separated([*before, *left]):
                if any(one.kept is kept for one in same):
                    found += self._changes(kept, same, frozenset({kept.source.name}), zone=False)
        return tuple(found)

    def _changes(
        self, kept: Kept, same: Sequence[Piece], viewers: frozenset[str], *, zone: bool, reported: bool = False
    ) -> list[Change]:
        """The changes by ``kept`` among the pieces of one declaration; what is reported changes no status."""
        before = [one for one in same if one.kept is not kept]
        own = [one for one in same if one.kept is kept]
        status_before = self._status(before)
        status = status_before if reported else self._status(same)
        numbers = tuple(sorted({key for one in (before if reported else same) for key in one.keys}))
        return [
            Change(
                kept.sequence, kept.message_id, kept.received_at, numbers, status, status_before, event.at,
                event.code, event.note, event.office, viewers, zone, reported, kept.simulated,
            )
            for event in events_of(own) or [NO_EVENT]
        ]  # fmt: skip

    def _status(self, pieces: Iterable[Piece]) -> str:
        events = events_of(pieces)
        return self.status(events) if events else "unknown"
