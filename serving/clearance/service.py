"""Declarations for one worker: what was received about each, its state at any instant, its sheet and its checks.

What counts for everybody came from the zone's side. An enterprise sees a declaration whose own message, as the zone's
side received it, names the enterprise as firm or agent; and beside that only what it posted itself. What a party posted
is shown beside the state of the zone's side and never changes it. A number under which several enterprises posted and
the zone's side has nothing is not found, for nobody can say whose it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.clearance.codes import Codes
from data.ingest.messages.read import read_message
from models.clearance.checks import Finding, check, check_message
from models.clearance.fold import ClearanceState, fold

from data.clearance.records import CaseEvent, Declaration, MessageError, ReadMessage
from data.events import EventStore, EventStoreError
from data.texts.sentences import label
from serving.auth.access import Caller
from serving.clearance.store import Kept, MessageStore, Received, Source, TooManyLinkedError
from serving.contract.refusals import Fault, Refusal
from serving.matching.packed import FirstUse
from serving.matching.service import events_url, store_refusal

NUMBERS = (
    "client_seq_no", "seq_no", "entry_id", "cop_no", "pre_no", "invt_no", "order_no", "lrn", "mrn", "ucr",
)  # fmt: skip
CLEARANCE_OFF = ("clearance-not-packed", "clearance-unavailable")
CHINA = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Seen:
    """A declaration as one caller may see it.

    kept : messages of the zone's side; posted : of its parties, or of the only enterprise that knows it
    state : the fold of ``kept``, or of ``posted`` where the zone's side has nothing; None where no message says that
    anything happened; reported : the fold of both, where there are both
    """

    number: str
    kept: tuple[Kept, ...]
    posted: tuple[Kept, ...]
    state: ClearanceState | None
    reported: ClearanceState | None

    @property
    def confirmed(self) -> bool:
        """Whether the state rests on messages of the zone's side."""
        return bool(self.kept)

    @property
    def declaration(self) -> Declaration | None:
        """The newest declaration among the messages; of equal instants that with the greater digest."""
        held = [
            (kept.received_at, message.digest, message.declaration)
            for kept in (*self.kept, *self.posted)
            for message in opened(kept.message)
            if message.declaration is not None
        ]
        return max(held, key=lambda one: one[:2])[2] if held else None

    @property
    def simulated(self) -> bool:
        """Whether any of it is simulated."""
        return any(kept.simulated for kept in (*self.kept, *self.posted))

    def received(self) -> dict[str, dt.datetime]:
        """When each event first arrived, by its digest."""
        first: dict[str, dt.datetime] = {}
        for kept in (*self.kept, *self.posted):
            for event in events_of([kept]):
                first[event.digest] = min(kept.received_at, first.get(event.digest, kept.received_at))
        return first


@dataclass(frozen=True)
class ClearanceService:
    """Opened at its first use; ``codes`` reads each table when it is first needed."""

    stores: FirstUse[MessageStore]
    codes: Codes
    today: Callable[[], dt.date]

    @classmethod
    def from_environment(cls, today: Callable[[], dt.date]) -> ClearanceService:
        """Messages lie where matching's events lie; nothing is opened yet."""
        return cls(
            FirstUse(lambda: MessageStore(EventStore(events_url()), read_message), CLEARANCE_OFF), Codes.load(), today
        )

    def close(self) -> None:
        """Give the store's connections back."""
        if self.stores.made is not None:
            self.stores.made.store.close()

    def receive(self, raw: bytes, caller: Caller) -> Received:
        """Keep a message; raises a Refusal with its place where it cannot be read, which is kept as well."""
        source = Source("operator" if caller.role == "operator" else "enterprise", caller.name)
        try:
            received = self.stores.get().receive(raw, source, dt.datetime.now(dt.UTC))
        except EventStoreError as fault:
            raise store_refusal(fault) from fault
        if received.refusal is not None:
            raise message_refusal(received.refusal)
        return received

    def check(self, raw: bytes) -> tuple[ReadMessage, list[Finding]]:
        """A declaration before it is sent: every rule; raises a Refusal where it cannot be read."""
        try:
            message = read_message(raw)
        except MessageError as fault:
            raise message_refusal(fault) from fault
        return message, check_message(message, self.codes, self.today())

    def see(
        self, number: str, viewer: str | None, known_at: dt.datetime | None = None, until: dt.datetime | None = None
    ) -> Seen:
        """A declaration by any of its numbers.

        viewer : the enterprise that looks, None for the zone's side
        known_at : leave out what arrived later; until : leave out what happened later
        raises : Refusal ``not-found`` where there is none or it is not the caller's, ``clearance-unavailable``
        """
        store = self.stores.get()
        try:
            kept = store.linked(NUMBERS, number, None)
            parties = parties_of(kept)
            if viewer is not None and viewer not in parties:
                kept, parties = [], {viewer}
            if kept:
                posted = store.posted_by(parties, {key for one in kept for key in one.keys})
            else:
                owners = parties or store.posters(NUMBERS, number)
                posted = store.linked(NUMBERS, number, owners.pop()) if len(owners) == 1 else []
        except EventStoreError as fault:
            raise store_refusal(fault) from fault
        except TooManyLinkedError as fault:
            raise Refusal("not-found", faults=[Fault("number", number[:40], label("clearance.allowed.one"))]) from fault
        kept, posted = _by(kept, known_at), _by(posted, known_at)
        if not kept and not posted:
            raise Refusal("not-found", faults=[Fault("number", number[:40], label("clearance.allowed.known"))])
        state = _folded(events_of(kept or posted), until)
        reported = _folded(events_of([*kept, *posted]), until) if kept and posted else None
        return Seen(number, tuple(kept), tuple(posted), state, reported)

    def findings(self, seen: Seen) -> list[Finding]:
        """The rules, on the declaration as of the day on which it was declared, else as of today."""
        declaration = seen.declaration
        return [] if declaration is None else check(declaration, self.codes, self.day_of(seen))

    def day_of(self, seen: Seen) -> dt.date:
        """The day whose tables a declaration is held against."""
        declared = None if seen.state is None else seen.state.declared_at
        return self.today() if declared is None else declared.astimezone(CHINA).date()


def opened(message: ReadMessage) -> list[ReadMessage]:
    """The message and everything that it carries."""
    return [message, *(one for inner in message.inner for one in opened(inner))]


def events_of(kept: Iterable[Kept]) -> list[CaseEvent]:
    """What the messages say happened."""
    return [event for one in kept for message in opened(one.message) for event in message.events]


def parties_of(kept: Iterable[Kept]) -> set[str]:
    """Firms and agents that declarations among the messages name."""
    declarations = [message.declaration for one in kept for message in opened(one.message)]
    return {party for one in declarations if one is not None for party in one.parties}


def message_refusal(fault: MessageError) -> Refusal:
    """The refusal of a message that cannot be read: where, what was found, what is allowed."""
    where = f"line {fault.line}, column {fault.column}" if fault.line else "(body)"
    return Refusal("unreadable-message", fault.code, [Fault(where, fault.found, fault.allowed)])


def _by(kept: Sequence[Kept], known_at: dt.datetime | None) -> list[Kept]:
    return [one for one in kept if known_at is None or one.received_at <= known_at]


def _folded(events: Sequence[CaseEvent], until: dt.datetime | None) -> ClearanceState | None:
    timed = [one for one in events if until is None or one.at is None or one.at <= until]
    return fold(events, until=until) if timed else None


def as_answer(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON may hold them: instants in UTC."""
    return {
        name: value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value
        for name, value in values.items()
    }
