"""Approvals for one worker: what happened in each case, its state and clocks at any instant, and when it should end.

Only the zone's side posts events. It sees every case; an enterprise sees the cases that name it as applicant in their
``applied`` event, and whether there are others is not said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from data.approvals.calendar import WorkCalendar
from data.approvals.catalogue import Catalogue
from data.approvals.records import ApprovalEvent
from data.codebook import reference_path
from data.events import EventStore, EventStoreError, WithdrawnError
from data.ingest.case_logs.read import CaseLog, Quarantined, read_case_log
from data.ingest.source import IngestError
from data.members import IDENTIFIER
from data.texts.sentences import sentence
from models.approvals.alerts import DAYS_LEFT, MODEL, Alert, alerts
from models.approvals.cases import CaseTable, case_table
from models.approvals.statistics import Statistics, statistics
from models.clearance.reports.query import ReportError
from serving.approvals.alert_log import show
from serving.approvals.board import Board, BoardCase, Cases
from serving.approvals.expected import Expected, Outlook, State
from serving.approvals.packed import Forecasts, load_catalogue
from serving.approvals.schemas import MOST_EVENTS, ReadEvents, read_events, said
from serving.approvals.store import MOST_IN_SOURCE, CaseStore, KeptEvent, Received
from serving.auth.access import Caller
from serving.contract.parameters import Pattern, check_member
from serving.contract.refusals import Fault, Refusal
from serving.contract.table_bounds import table_fault
from serving.matching.event_store import events_url, store_refusal, withdrawn_refusal
from serving.matching.packed import FirstUse

APPROVALS_OFF = ("approvals-not-packed", "approvals-unavailable")
ZONE_SIDE = "zone"  # source of what is posted without a name of its own
INVALID = "invalid_event"  # reason of a posted event that is not kept
SIMULATED = "simulator"  # source of simulated cases
NO_ITEMS = Catalogue(())
SOURCE = Pattern(f"{IDENTIFIER.strip('^$+')}{{1,{MOST_IN_SOURCE}}}", lambda: said("allowed.source"))
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SeenCase:
    """A case as one caller sees it; row : of the table of cases.

    known_at, until : what arrived, or happened, later was left out; now : the instant that its clocks were read at
    verbatim : the zone's side looks: texts that a log has where a time or an outcome belongs are shown
    """

    case: BoardCase
    row: dict[str, Any]
    now: dt.datetime
    known_at: dt.datetime | None = None
    until: dt.datetime | None = None
    verbatim: bool = False

    @property
    def earlier(self) -> bool:
        """Whether it is the case as it was known, or as it was, and not as it is."""
        return self.known_at is not None or self.until is not None


@dataclass(frozen=True)
class ApprovalsService:
    """Opened at its first use. Without a packed catalogue cases have no statutory or promised days.

    catalogue, forecasts : of the release
    """

    stores: FirstUse[CaseStore]
    catalogue: FirstUse[Catalogue]
    forecasts: FirstUse[Forecasts]
    board: Board
    expected: Expected

    @classmethod
    def of_release(cls, folder: Path, now: Callable[[], dt.datetime]) -> ApprovalsService:
        """Of the release whose files are in ``folder``; events lie where matching's events lie. Nothing is opened."""
        stores = FirstUse(lambda: CaseStore(EventStore(events_url())), APPROVALS_OFF)
        catalogue = FirstUse(lambda: load_catalogue(folder), APPROVALS_OFF)
        forecasts = FirstUse(lambda: Forecasts.load(folder), APPROVALS_OFF)
        return cls.made_of(stores, catalogue, forecasts, now)

    @classmethod
    def made_of(
        cls,
        stores: FirstUse[CaseStore],
        catalogue: FirstUse[Catalogue],
        forecasts: FirstUse[Forecasts],
        now: Callable[[], dt.datetime],
    ) -> ApprovalsService:
        """Of these parts."""
        calendar = FirstUse(WorkCalendar.load, APPROVALS_OFF)
        board = Board(stores.get, lambda events, at: case_table(events, _items(catalogue), calendar.get(), now=at))
        return cls(stores, catalogue, forecasts, board, Expected(board, forecasts, calendar.get, now))

    def close(self) -> None:
        """Give the store's connections back."""
        if self.stores.made is not None:
            self.stores.made.store.close()

    def receive(self, given: Any, source: str | None, caller: Caller) -> tuple[ReadEvents, Received]:
        """Keep events; those that cannot be read go to quarantine, and where none can the whole is refused.

        raises : Refusal ``invalid-request`` with everything wrong
        """
        now = dt.datetime.now(dt.UTC)
        if isinstance(given, list) and not 1 <= len(given) <= MOST_EVENTS:
            wrong = Fault("(body)", f"{len(given)} events", said("allowed.events", most=MOST_EVENTS))
            raise Refusal.invalid(wrong)
        read = read_events(given, now)
        quarantine = [Quarantined(one.position + 1, 0, INVALID, one.as_values()) for one in read.refused]
        received = self._keep(read.good, source, now, quarantine, caller)
        if not read.good:
            faults = [fault for one in read.refused for fault in one.placed(alone=not isinstance(given, list))]
            raise Refusal.invalid(*faults)
        return read, received

    def import_log(
        self, raw: bytes, source: str | None, zone: str | None, mapping: str | None, caller: Caller
    ) -> tuple[CaseLog, Received]:
        """Keep the events of a log; rows that cannot be read go to quarantine.

        zone : of instants that name none, Asia/Shanghai where left out; mapping : one of ``mappings``
        raises : Refusal ``unreadable-log`` where the log as a whole cannot be read, ``invalid-request`` for what it
            is read with
        """
        if mapping is not None and mapping not in mappings():
            raise Refusal.invalid(Fault("mapping", mapping[:40], sentence("fault.one_of", list=list(mappings()))))
        try:
            if fault := table_fault(raw):
                raise IngestError(fault)
            log = read_case_log(raw, zone=zone, mapping=None if mapping is None else mappings()[mapping])
            if not log.n_rows:
                raise IngestError("the log has no rows")
        except IngestError as fault:
            raise Refusal("unreadable-log", faults=[Fault("(body)", str(fault)[:400], said("allowed.log"))]) from fault
        except ValueError as fault:
            wrong = Fault("zone", (zone or "")[:40], said("allowed.zone"))
            raise Refusal.invalid(wrong) from fault
        return log, self._keep(log.events, source, dt.datetime.now(dt.UTC), log.quarantine, caller)

    def see(
        self,
        number: str,
        source: str | None,
        viewer: str | None,
        now: dt.datetime,
        known_at: dt.datetime | None = None,
        until: dt.datetime | None = None,
    ) -> SeenCase:
        """A case by its number; source : where several systems have a case of this number, which of them.

        viewer : the enterprise that looks, None for the zone's side
        known_at : leave out what arrived later; until : leave out what happened later
        raises : Refusal ``not-found`` where there is none or it is not the caller's
        """
        every = self._done(lambda: self.board.find(number, now))
        if viewer is None and known_at is not None:  # what was retracted since is shown to the zone's side alone
            every = self._done(lambda: self._known(number, known_at, now))
        every = [one for one in every if source in (None, one.source)]
        rows = [(one, row) for one in every if viewer in (None, (row := one.row)["applicant"])]
        if len(rows) > 1:
            allowed = ", ".join(one.source for one, _ in rows)
            raise Refusal("not-found", faults=[Fault("source", "several systems have a case of this number", allowed)])
        if not rows:
            raise _unknown(number)
        case, row = rows[0]
        if known_at is None and until is None:
            return SeenCase(case, row, now, verbatim=viewer is None)
        looked_at = min(one for one in (known_at, until, now) if one is not None)
        kept = tuple(one for one in case.kept if known_at is None or one.received_at <= known_at)
        kept = tuple(one for one in kept if until is None or (one.event.at is not None and one.event.at <= until))
        if not kept:
            raise _unknown(number)
        table = self._table([one.event for one in kept], looked_at)
        then = BoardCase(case.source, number, kept, table, 0, bool(table.frame["is_closed"].iloc[0]))
        return SeenCase(then, then.row, looked_at, known_at, until, viewer is None)

    def cases(self, viewer: str | None, now: dt.datetime) -> Cases:
        """The cases that the viewer may see."""
        made = self._done(lambda: self.board.current(now))
        if viewer is None:
            return made
        return replace(made, frame=made.frame[made.frame["applicant"] == viewer])

    def outlook(self, seen: SeenCase) -> tuple[dict[str, Any] | None, str]:
        """When a case is expected to end, and what that rests on; of a case as it was nothing is made up afterwards."""
        return (None, "not_made") if seen.earlier else self._done(lambda: self.expected.of_case(seen.case, seen.now))

    def late_rule(self) -> dict[str, str]:
        """What a case's being late is read from: a model, or the days left where no model is better than they are."""
        try:
            late = self.forecasts.get().model.late
        except Refusal as refusal:
            if refusal.key != APPROVALS_OFF[0]:
                raise
            late = None
        zh, en = said("late.days_left") if late is None else late.sentence()
        return {"rule": MODEL if late is not None and late.rule == "model" else DAYS_LEFT, "zh": zh, "en": en}

    def cases_at(self, viewer: str | None, now: dt.datetime, at: dt.datetime) -> pd.DataFrame:
        """The frame of the cases that the viewer may see as they were at an instant, by what had happened by then.

        at : ``now`` or later is now; an earlier one leaves out every event after it, and those without an instant
        """
        if at >= now:
            return self.cases(viewer, now).frame
        every = self._done(lambda: self.board.current(now)).by_key
        events: dict[str, list[ApprovalEvent]] = {}
        for (source, _), case in every.items():
            known = [one.event for one in case.kept if one.event.at is not None and one.event.at <= at]
            events.setdefault(source, []).extend(known)
        tables = [self._table(some, at).frame.assign(source=source) for source, some in sorted(events.items()) if some]
        made = pd.concat(tables, ignore_index=True) if tables else self._table([], at).frame.assign(source="")
        return made if viewer is None else made[made["applicant"] == viewer]

    def statistics(self, viewer: str | None, now: dt.datetime, query: Mapping[str, str], at: dt.datetime) -> Statistics:
        """Statistics of the cases that the viewer may see, as they were at an instant and by its day's catalogue.

        query : by, first and last of ``models.approvals.statistics``; raises a Refusal for what they may not be
        """
        cases = self.cases_at(viewer, now, at)
        cases = cases.assign(simulated=cases["source"] == SIMULATED)
        try:
            return statistics(cases, _items(self.catalogue), now=at, **query)
        except ReportError as fault:
            raise Refusal.invalid(Fault(fault.key, fault.found, fault.allowed)) from fault

    def has_simulated(self, viewer: str | None, now: dt.datetime) -> bool:
        """Whether any of the cases that the viewer may see is simulated."""
        cases = self.cases(viewer, now).frame
        return bool(len(cases)) and bool((cases["source"] == SIMULATED).any())

    def alerts(self, now: dt.datetime) -> tuple[Forecasts, Outlook | None, list[Alert]]:
        """Alerts of the day, those shown before and new ones under its budget, which they use; with what they rest on.

        While the first forecast is being made there are no new ones.
        """
        packed = self.forecasts.get()
        made = self._done(lambda: self.expected.latest(now))

        def new(shown: Sequence[Alert]) -> list[Alert]:
            if made is None or made.forecast is None:
                return []
            return alerts(made.cases, made.forecast, packed.alerts, now, shown, chance=made.late, basis=made.basis)

        store = self.stores.get().store
        return packed, made, self._done(lambda: show(store, packed.alerts.daily_budget, now, new))

    def forecast_state(self, made: Outlook | None, now: dt.datetime) -> State:
        """Whether a forecast of all cases has the newest event."""
        return self._done(lambda: self.expected.state(made, now))

    def _known(self, number: str, known_at: dt.datetime, now: dt.datetime) -> list[BoardCase]:
        """The cases of this number of the events that counted at an instant, one a source, by source."""
        kept: dict[str, list[KeptEvent]] = {}
        for one in self.stores.get().of_case(number, known_at=known_at):
            kept.setdefault(one.source, []).append(one)
        made = {name: (tuple(some), self._table([one.event for one in some], now)) for name, some in kept.items()}
        return [
            BoardCase(name, number, some, table, 0, bool(table.frame["is_closed"].iloc[0]))
            for name, (some, table) in sorted(made.items())
        ]

    def _table(self, events: Sequence[ApprovalEvent], at: dt.datetime) -> CaseTable:
        return self.board.tabulate(events, at)

    def _keep(
        self,
        events: Sequence[ApprovalEvent],
        source: str | None,
        at: dt.datetime,
        quarantine: Sequence[Quarantined],
        caller: Caller,
    ) -> Received:
        name = ZONE_SIDE if source is None else source
        check_member("source", name, SOURCE)
        try:
            return self._done(lambda: self.stores.get().receive(events, name, at, quarantine))
        except WithdrawnError as fault:
            raise withdrawn_refusal("(caller)", caller.name) from fault

    def _done(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except EventStoreError as fault:
            raise store_refusal(fault, APPROVALS_OFF[1]) from fault


@cache
def mappings() -> Mapping[str, Path]:
    """What activities and columns of logs mean, by name: ``data/reference/approvals/NAME_log.yaml``."""
    folder = reference_path("approvals/sentences_service.csv").parent
    return {path.stem.removesuffix("_log"): path for path in sorted(folder.glob("*_log.yaml"))}


def _items(catalogue: FirstUse[Catalogue]) -> Catalogue:
    """The packed items; none where the release comes without."""
    try:
        return catalogue.get()
    except Refusal as refusal:
        if refusal.key != APPROVALS_OFF[0]:
            raise
        return NO_ITEMS


def _unknown(number: str) -> Refusal:
    return Refusal("not-found", faults=[Fault("number", number[:40], said("allowed.known"))])
