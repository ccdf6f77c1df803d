"""Declarations for one worker: what was received about each, its state at any instant, its sheet and its checks.

What counts for everybody came from the zone's side. An enterprise sees a declaration whose own message, as the zone's
side received it, names the enterprise as firm or agent; and beside that only what it posted itself. What a party posted
is shown beside the state of the zone's side and never changes it. Declarations of firms that have nothing in common
under one number are shown to the operator alone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from data.beijing import BEIJING
from data.clearance.codes import Codes
from data.clearance.records import CLIENT_SEQ_NO, CaseEvent, Declaration, MessageError, ReadMessage
from data.clearance_requests import Cutoff
from data.events import EventStore, EventStoreError, WithdrawnError
from data.ingest.messages.read import read_message
from data.texts.figures import Text
from data.texts.sentences import label, read_sentences
from models.alerts import AlertParams
from models.clearance.alerts import alerts
from models.clearance.checks import Finding, check, check_message
from models.clearance.fold import fold
from models.clearance.forecast import ClearanceModel, forecast
from models.clearance.state import ClearanceState
from models.clearance.table import ClearanceTables, tables
from serving.auth.access import Caller
from serving.clearance.alert_log import alert_event, shown_alerts
from serving.clearance.board import Board
from serving.clearance.cutoffs import CUTOFFS, cutoff_event, cutoff_table
from serving.clearance.dates import Dates
from serving.clearance.expected import Expected, NextDates
from serving.clearance.learned import Learned
from serving.clearance.linked import arrived, events_of, of_one, parties_of
from serving.clearance.schemas import checked_reader
from serving.clearance.store import MESSAGES, MessageStore, Piece, Received, Source, TooManyLinkedError
from serving.contract.refusals import Fault, Refusal
from serving.matching.event_store import append, events_url, store_refusal, withdrawn_refusal
from serving.matching.packed import FirstUse, NotPackedError, settle_memory
from serving.releases.packed import PARAMS

NUMBERS = (
    "client_seq_no", "seq_no", "entry_id", "cop_no", "pre_no", "invt_no", "order_no", "lrn", "mrn", "ucr",
)  # fmt: skip
FOLDER = "clearance"  # of a release: the forecasts of the stages
CLEARANCE_OFF = ("clearance-not-packed", "clearance-unavailable")


@dataclass(frozen=True, slots=True)
class Seen:
    """A declaration as one caller may see it.

    kept : what the zone's side received; posted : by its parties, or by the enterprise that looks where the zone's side
    has nothing for it
    state : the fold of ``kept``, or of ``posted`` where the zone's side has nothing; None where no message says that
    anything happened; reported : the fold of both, where there are both
    """

    number: str
    kept: tuple[Piece, ...]
    posted: tuple[Piece, ...]
    state: ClearanceState | None
    reported: ClearanceState | None

    @property
    def held(self) -> tuple[Piece, ...]:
        """What the state rests on."""
        return self.kept or self.posted

    @property
    def confirmed(self) -> bool:
        """Whether the state rests on messages of the zone's side."""
        return bool(self.kept)

    @property
    def declaration(self) -> Declaration | None:
        """The newest declaration that the state rests on; of equal instants that with the greater digest."""
        declared = [
            (one.kept.received_at, one.kept.message.digest, one.declaration)
            for one in self.held
            if one.declaration is not None
        ]
        return max(declared, key=lambda one: one[:2])[2] if declared else None

    @property
    def simulated(self) -> bool:
        """Whether any of it is simulated."""
        return any(one.kept.simulated for one in (*self.kept, *self.posted))

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Every number of the declaration, sorted."""
        return sorted({key for one in self.held for key in one.keys})

    @property
    def several_firms(self) -> bool:
        """Whether declarations of firms that have nothing in common go under these numbers."""
        return any(one.declaration is not None for one in self.held) and not parties_of(self.held)

    def received(self) -> dict[str, dt.datetime]:
        """When each event first arrived, by its digest."""
        first: dict[str, dt.datetime] = {}
        for one in (*self.kept, *self.posted):
            if one.event is not None:
                at = one.kept.received_at
                first[one.event.digest] = min(at, first.get(one.event.digest, at))
        return first


@dataclass(frozen=True)
class Forecasts:
    """The forecasts of a release, and what an alert is worth by its parameters."""

    model: ClearanceModel
    alerts: AlertParams
    learned_from: str = "simulated"  # simulated or real declarations

    @classmethod
    def load(cls, folder: Path) -> Forecasts:
        """Of the release whose files are in ``folder``; raises NotPackedError where it comes without."""
        if not (folder / FOLDER).is_dir():
            raise NotPackedError(FOLDER)
        given = yaml.safe_load((folder / PARAMS).read_text(encoding="utf-8"))["clearance_alerts"]
        about = json.loads((folder / FOLDER / "about.json").read_text(encoding="utf-8"))
        made = cls(ClearanceModel.load(folder / FOLDER), AlertParams(**given), str(about["learned_from"]))
        settle_memory()
        return made


@dataclass(frozen=True)
class ClearanceService:
    """Opened at its first use; ``codes`` reads each table when it is first needed."""

    stores: FirstUse[MessageStore]
    forecasts: FirstUse[Forecasts]
    board: Board
    learned: Learned
    codes: Codes
    today: Callable[[], dt.date]

    @classmethod
    def of_release(cls, folder: Path, today: Callable[[], dt.date]) -> ClearanceService:
        """Of the release whose files are in ``folder``; messages lie where matching's events lie. Nothing is opened."""
        stores = FirstUse(lambda: MessageStore(EventStore(events_url()), read_message, checked_reader()), CLEARANCE_OFF)
        board = Board(stores.get)
        return cls(
            stores,
            FirstUse(lambda: Forecasts.load(folder), CLEARANCE_OFF),
            board,
            Learned(board.current),
            Codes.load(),
            today,
        )

    @cached_property
    def dates(self) -> Dates[Seen]:
        """Makes dates beside the requests."""
        return Dates(self.forecast)

    @cached_property
    def expected(self) -> Expected:
        """The next date of every declaration that runs."""
        return Expected(
            self.board.current,
            lambda: self.stores.get().store.last(MESSAGES),
            lambda now: self.learned.model(self.forecasts.get().model, now),
        )

    def next_dates(self, now: dt.datetime) -> NextDates:
        """The next date of every declaration that runs, whoever may see it; raises a Refusal as ``declarations``."""
        try:
            return self.expected.latest(now)
        except EventStoreError as fault:
            raise store_refusal(fault, CLEARANCE_OFF[1]) from fault

    def close(self) -> None:
        """Give the store's connections back."""
        self.dates.close()
        if self.stores.made is not None:
            self.stores.made.store.close()

    def receive(self, raw: bytes, caller: Caller) -> Received:
        """Keep a message; raises a Refusal with its place where it cannot be read, which is kept as well."""
        source = Source("operator" if caller.of_zone else "enterprise", caller.name)
        try:
            received = self.stores.get().receive(raw, source, dt.datetime.now(dt.UTC))
        except WithdrawnError as fault:
            raise withdrawn_refusal("(caller)", caller.name) from fault
        except EventStoreError as fault:
            raise store_refusal(fault, CLEARANCE_OFF[1]) from fault
        if received.refusal is not None:
            raise message_refusal(received.refusal)
        return received

    def check(self, raw: bytes, day: dt.date | None = None) -> tuple[ReadMessage, list[Finding]]:
        """A declaration before it is sent: every rule; raises a Refusal where it cannot be read.

        day : on which it is declared, today where left out
        """
        try:
            message = self.stores.get().checked(raw)
        except MessageError as fault:
            raise message_refusal(fault) from fault
        return message, check_message(message, self.codes, day or self.today())

    def see(
        self, number: str, viewer: str | None, known_at: dt.datetime | None = None, until: dt.datetime | None = None
    ) -> Seen:
        """A declaration by any of its numbers.

        viewer : the enterprise that looks, None for the zone's side
        known_at : leave out what arrived later; until : leave out what happened later
        raises : Refusal ``not-found`` where there is none or it is not the caller's, ``clearance-unavailable``
        """
        store, keys = self.stores.get(), [(kind, number) for kind in NUMBERS]
        try:
            kept = of_one(store.linked(keys, None), number)
            parties = parties_of(kept)
            if viewer is not None and viewer not in parties:  # whether it is there is not said
                kept, posted = [], of_one(store.linked(keys, viewer, known_at), number)
            else:
                if known_at is not None:
                    kept = of_one(store.linked(keys, None, known_at), number)
                posted = store.posted_by(parties, {key for one in kept for key in one.keys}, known_at) if kept else []
        except EventStoreError as fault:
            raise store_refusal(fault, CLEARANCE_OFF[1]) from fault
        except TooManyLinkedError as fault:
            raise Refusal(CLEARANCE_OFF[1], "the number reaches more messages than one declaration can have") from fault
        if not kept and not posted:
            raise Refusal("not-found", faults=[Fault("number", number[:40], label("clearance.allowed.known"))])
        state = _folded(events_of(kept or posted), until)
        reported = _folded(events_of([*kept, *posted]), until) if kept and posted else None
        return Seen(number, tuple(kept), tuple(posted), state, reported)

    def forecast(self, wanted: Sequence[tuple[Seen, dt.datetime]]) -> list[list[dict[str, Any]]]:
        """When the stages still to come of each of these declarations are expected, as of the instant beside it.

        raises : Refusal ``clearance-not-packed`` where the release comes without forecasts
        """
        packed = self.forecasts.get()
        held = [arrived(seen.held) for seen, _ in wanted]
        part = [number for number, messages in enumerate(held) for _ in messages]
        made = tables([message for messages in held for message in messages], part)
        model = self.learned.model(packed.model, max(now for _, now in wanted))
        instants = [wanted[int(number)][1] for number in made.declarations["declaration_id"]]
        found = forecast(made.events, made.declarations, model, instants)
        source = {"learned_from": packed.learned_from}
        return [[row | source for row in found.rows(str(number))] for number in range(len(wanted))]

    def declarations(self, viewer: str | None) -> ClearanceTables:
        """Declarations of the zone's side that the viewer may see, with their events."""
        try:
            made = self.board.current()
        except EventStoreError as fault:
            raise store_refusal(fault, CLEARANCE_OFF[1]) from fault
        if viewer is None:
            return made
        own = made.declarations[
            (made.declarations["firm_uscc"] == viewer) | (made.declarations["agent_uscc"] == viewer)
        ]
        events = made.events[made.events["declaration_id"].isin(own["declaration_id"])]
        return ClearanceTables(events, own.reset_index(drop=True), ())

    def alerts(self, viewer: str | None, now: dt.datetime) -> dict[str, Any]:
        """Alerts of the day: for the zone those shown and new ones under its budget, for a firm those of its own."""
        packed, made = self.forecasts.get(), self.declarations(viewer)
        store, day = self.stores.get().store, now.astimezone(BEIJING).date()
        try:
            running = forecast(made.events, made.declarations, self.learned.model(packed.model, now), now)
            shown = shown_alerts(store) if viewer is None else []
            new = alerts(made.declarations, cutoff_table(store), running, packed.alerts, now, shown)
            if viewer is None:  # what the zone is shown uses up its budget; a firm's own look does not
                store.append_all([alert_event(one) for one in new])
        except EventStoreError as fault:
            raise store_refusal(fault, CLEARANCE_OFF[1]) from fault
        found = [*(one for one in shown if one.alerted_at.astimezone(BEIJING).date() == day), *new]
        simulated = set(made.declarations.loc[made.declarations["simulated"].astype(bool), "declaration_id"])
        return {
            "as_of": now.isoformat(),
            "daily_budget": packed.alerts.daily_budget,
            "learned_from": packed.learned_from,
            "alerts": [one.as_dict() | {"simulated": one.declaration_id in simulated} for one in found],
        }

    def add_cutoff(self, given: Cutoff, viewer: str | None, by: str) -> bool:
        """Record a cut-off of a declaration; whether it is new. An enterprise names only declarations of its own."""
        if given.cutoff_at <= dt.datetime.now(dt.UTC):
            ahead = Fault("cutoff_at", given.cutoff_at.isoformat(), label("clearance.allowed.ahead"))
            raise Refusal.invalid(ahead)
        seen = self.see(given.number, viewer)
        if viewer is not None and not seen.confirmed:
            allowed = label("clearance.allowed.party")
            raise Refusal("not-found", faults=[Fault("number", given.number[:40], allowed)])
        own = [number for kind, number in seen.keys if kind == CLIENT_SEQ_NO]
        if not own:
            allowed = label("clearance.allowed.client_number")
            raise Refusal("not-found", faults=[Fault("number", given.number[:40], allowed)])
        event = cutoff_event(given, own[0], by, dt.datetime.now(dt.UTC), simulated=seen.simulated)
        store = self.stores.get().store
        before = store.get(CUTOFFS, event.event_id)
        if before is not None and before.payload == event.payload:  # the same again, at another time
            return False
        return append(store, event, "cutoff_id", "number")

    def findings(self, seen: Seen) -> list[Finding]:
        """The rules, on the declaration as of the day on which it was declared, else as of today."""
        declaration = seen.declaration
        return [] if declaration is None else check(declaration, self.codes, self.day_of(seen))

    def day_of(self, seen: Seen) -> dt.date:
        """The day whose tables a declaration is held against."""
        declared = None if seen.state is None else seen.state.declared_at
        return self.today() if declared is None else declared.astimezone(BEIJING).date()


def message_refusal(fault: MessageError) -> Refusal:
    """The refusal of a message that cannot be read: where, what was found, what is allowed."""
    where = f"line {fault.line}, column {fault.column}" if fault.line else "(body)"
    return Refusal(
        "unreadable-message",
        fault.code,
        [Fault(where, fault.found, allowed_text("message", fault.code, fault.allowed))],
    )


def allowed_text(of: str, name: str, english: str) -> Text:
    """What is allowed of a message, webhook or report in both languages; in English a check has its own text."""
    key = f"clearance.fault.{of}.{name}"
    return label(key if key in read_sentences() else "fault.value.other")[0], english


def _folded(events: Sequence[CaseEvent], until: dt.datetime | None) -> ClearanceState | None:
    timed = [one for one in events if until is None or (one.at is not None and one.at <= until)]
    return fold(events, until=until) if timed else None
