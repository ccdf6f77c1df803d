"""Incubators and makerspaces for one worker: their records with every version, and what is computed of them.

The zone's side writes, and sees everything. An enterprise sees its own records as a tenant firm, and of the incubators
that it is or was in what is public; whether there are others is not said.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import pandas as pd

from data.events import EventStore, EventStoreError
from data.incubators.fields import KEYS, Record, RegistryError
from data.incubators.fields import Fault as RecordFault
from data.incubators.journal import Entry, entries_of
from data.incubators.tables import QUARANTINE
from data.ladder.rule_parts import LadderError
from data.texts.figures import Text
from models.incubators.graduation import graduation_table
from models.incubators.recognition import recognise
from models.incubators.statistics import GROUPS, per_incubator, statistics
from serving.auth.access import Caller
from serving.contract.refusals import Fault, Refusal
from serving.incubators.board import RegistryBoard, RegistryState
from serving.incubators.schemas import (
    SET_HERE,
    GivenCorrection,
    GivenReports,
    GivenVouchers,
    key_text,
    members_faults,
    posted_table,
    report_rows,
)
from serving.incubators.store import EntryStore, OvertakenError
from serving.incubators.taking import Taken, fitting, later, service_fault, service_sentences, take
from serving.matching.event_store import events_url, store_refusal
from serving.matching.packed import FirstUse

INCUBATORS_OFF = ("incubators-unavailable", "incubators-unavailable")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SeenIncubator:
    """An incubator as one caller sees it; viewer : the enterprise that looks, None for the zone's side."""

    state: RegistryState
    incubator_id: str
    viewer: str | None
    known_at: dt.datetime | None
    on: dt.date


@dataclass(frozen=True)
class IncubatorsService:
    """The registry of the service's event store; opened at its first use.

    today : of the service's clock
    """

    stores: FirstUse[EntryStore]
    board: RegistryBoard
    today: Callable[[], dt.date]
    _writing: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of_events(cls, today: Callable[[], dt.date]) -> IncubatorsService:
        """Of the store where matching's events lie. Nothing is opened."""
        return cls.made_of(FirstUse(lambda: EntryStore(EventStore(events_url())), INCUBATORS_OFF), today)

    @classmethod
    def made_of(cls, stores: FirstUse[EntryStore], today: Callable[[], dt.date]) -> IncubatorsService:
        """Of this store."""
        return cls(stores, RegistryBoard(stores.get), today)

    def close(self) -> None:
        """Give the store's connections back."""
        if self.stores.made is not None:
            self.stores.made.store.close()

    def state(self, known_at: dt.datetime | None = None) -> RegistryState:
        """The registry, now or as it was known at an instant."""
        return self._done(lambda: self.board.at(known_at))

    def day(self, state: RegistryState, on: dt.date | None) -> dt.date:
        """The day of figures: the last that a report covers where none is given, today without reports."""
        return on or state.reported_on or self.today()

    def see(
        self, incubator_id: str, viewer: str | None, known_at: dt.datetime | None = None, on: dt.date | None = None
    ) -> SeenIncubator:
        """An incubator; raises Refusal ``not-found`` where there is none or it is not the caller's."""
        state = self.state(known_at)
        if incubator_id not in visible(state, viewer):
            raise not_found("incubator_id", incubator_id, said("allowed.incubator"))
        return SeenIncubator(state, incubator_id, viewer, known_at, self.day(state, on))

    def figures(self, state: RegistryState, on: dt.date) -> pd.DataFrame:
        """Every indicator of every incubator on a day, index incubator_id."""
        return state.computed.once(("figures", on), lambda: per_incubator(state.registry, on))

    def graduation(self, state: RegistryState, on: dt.date) -> pd.DataFrame:
        """Conditions of graduation of every tenant firm on a day; empty before the first rule that is known."""

        def made() -> pd.DataFrame:
            try:
                return graduation_table(state.registry, on)
            except LadderError:
                return pd.DataFrame(columns=["tenant_id"])

        return state.computed.once(("graduation", on), made)

    def recognition(self, seen: SeenIncubator, tier: str | None, region: str | None) -> Mapping[str, Any]:
        """Clauses of recognition and the way to the next level; raises Refusal ``invalid-request``."""
        key = ("recognition", seen.incubator_id, seen.on, tier, region)
        made = partial(recognise, seen.state.registry, seen.incubator_id, seen.on, tier, region)
        with by_rules(seen.on):
            try:
                return seen.state.computed.once(key, made)
            except RegistryError as fault:  # such as an incubator that was founded later
                wrong = Fault("query", str(fault), said("allowed.value"))
                raise Refusal("invalid-request", str(fault), [wrong]) from fault

    def statistics(self, state: RegistryState, by: Sequence[str], on: dt.date, since: dt.date | None) -> pd.DataFrame:
        """Statistics of the registry by groups; raises Refusal ``invalid-request`` for another group."""
        if alien := [one for one in by if one not in GROUPS]:
            raise Refusal.invalid(Fault("by", alien[0][:40], said("allowed.group")))
        check_since(since, on)
        key = ("statistics", tuple(by), on, since)
        return state.computed.once(key, lambda: statistics(state.registry, on, by, since))

    def quarantine(self, state: RegistryState) -> pd.DataFrame:
        """Records that were not taken, the latest first: ``QUARANTINE`` with received_at and source.

        Those of the registry itself that break a newer rule or that others contradict come first, without an instant.
        """
        refused = self._done(lambda: self.stores.get().refused())[::-1]
        rows = [dict(one.row) | {"received_at": one.received_at, "source": one.source} for one in refused]
        crossed = [dict(row) | {"received_at": None, "source": ""} for row in state.crossed.to_dict("records")]
        return pd.DataFrame([*crossed, *rows], columns=[*QUARANTINE, "received_at", "source"])

    def newest_refused(self) -> int:
        """The sequence of the newest row of the quarantine."""
        return self._done(lambda: self.stores.get().newest_refused())

    def receive_reports(self, given: GivenReports, caller: Caller) -> Taken:
        """Store reports; raises Refusal with everything wrong where none is taken."""
        rows = report_rows(given)
        whys = {key_text("report", row): one.why for (row, _), one in zip(rows, given.reports, strict=True) if one.why}
        return self._receive("report", "reports", [row for row, _ in rows], [came for _, came in rows], caller, whys)

    def receive_vouchers(self, given: GivenVouchers, caller: Caller) -> Taken:
        """Store steps of vouchers; raises Refusal with everything wrong where none is taken."""
        rows = [one.model_dump(mode="json") for one in given.vouchers]
        return self._receive("voucher", "vouchers", rows, [{} for _ in rows], caller)

    def correct(self, given: GivenCorrection, caller: Caller) -> tuple[Entry, bool]:
        """Store a record's further version; whether it is new: where it says the same as the newest one, it is not.

        raises : Refusal ``not-found``, ``idempotency-conflict`` (a later version was made), ``invalid-request``
        """
        with self._writing:
            while True:
                try:
                    return self._done(lambda: self._correct(given, f"{given.by} ({caller.name})"))
                except OvertakenError:
                    continue  # checked again, against what the other writer stored

    def _correct(self, given: GivenCorrection, by: str) -> tuple[Entry, bool]:
        state = self.state()
        versions = state.journal.history(given.record, given.key)
        if not versions:
            raise not_found("key", given.key, said("allowed.record"))
        if given.version not in (None, versions[-1].digest):
            wrong = service_fault("outdated", "version", str(given.version)[:64], newest=versions[-1].digest)
            raise Refusal("idempotency-conflict", faults=[_sent(wrong)])
        entry = self._corrected(given, versions, by)
        if entry.values == versions[-1].values:
            return versions[-1], False
        kept, unfit, then = fitting(state, [entry])
        if unfit:
            raise Refusal.invalid(*(_fault(row, str(row["where"])) for row in unfit))
        self.board.expect(then)
        return entry, self.stores.get().append(kept, state.sequence) == 1

    def _corrected(self, given: GivenCorrection, versions: Sequence[Entry], by: str) -> Entry:
        """The version that a correction makes; raises Refusal ``invalid-request``."""
        now = dt.datetime.now(dt.UTC)
        if given.withdraw or not given.changes:
            if given.withdraw == bool(given.changes):
                key = "both" if given.withdraw else "nothing"
                allowed = service_sentences()[f"fault.{key}"].fill({})
                raise Refusal.invalid(Fault("changes", str(len(given.changes)), allowed))
            return later(Entry(given.record, given.key, now, by, given.why, {}), versions)
        fixed = [name for name in given.changes if name in (*KEYS[given.record], SET_HERE)]
        faults = [service_fault("fixed", name, given.changes[name]) for name in fixed]
        changes = {name: value for name, value in given.changes.items() if name not in fixed}
        faults += members_faults(given.record, changes, self.today())
        held = next(one.values for one in reversed(versions) if one.values)
        simulated = bool(held.get(SET_HERE))
        values = {name: value for name, value in held.items() if name != SET_HERE} | changes
        table = posted_table(given.record, [values], lambda _: simulated, self.today())
        found = [_sent(one, f"changes.{one.where}") for one in faults]
        if not found:
            found = [_fault(row, f"changes.{row['where']}") for row in table.quarantine.to_dict("records")]
        if found:
            raise Refusal.invalid(*found)
        return later(entries_of(given.record, table.rows, now, by, given.why)[0], versions)

    def _receive(
        self,
        record: Record,
        member: str,
        rows: Sequence[Mapping[str, Any]],
        came: Sequence[Mapping[str, str]],
        caller: Caller,
        whys: Mapping[str, str] | None = None,
    ) -> Taken:
        with self._writing:
            state = self.state()
            table = posted_table(record, rows, lambda row: _simulated(state, record, row), self.today())
            taken = self._done(
                lambda: take(
                    self.stores.get(),
                    self.board,
                    {record: table},
                    f"{caller.holder} ({caller.name})",
                    dt.datetime.now(dt.UTC),
                    whys=whys,
                )
            )
        if taken.new or taken.known:
            return taken
        faults = []
        for row in taken.refused.to_dict("records"):
            position = _position(record, row, rows)
            head = came[position].get(str(row["where"]), str(row["where"]))
            faults.append(_fault(row, f"{member}.{position}.{head}"))
        if len(taken.differs) == len(rows):
            raise Refusal("idempotency-conflict", faults=faults)
        raise Refusal.invalid(*faults)

    def _done(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except EventStoreError as fault:
            raise store_refusal(fault, INCUBATORS_OFF[1]) from fault
        except RegistryError as fault:  # a stored version is of no kind of record, or has no zone
            raise Refusal(INCUBATORS_OFF[1], str(fault)) from fault


@contextmanager
def by_rules(on: dt.date) -> Iterator[None]:
    """Refuse a day on which no rule was in force, or from which none can be counted on."""
    try:
        yield
    except (LadderError, OverflowError) as fault:
        raise Refusal("invalid-request", str(fault), [Fault("on", on.isoformat(), said("allowed.rules"))]) from fault


def check_since(since: dt.date | None, on: dt.date) -> None:
    """Refuse a period that begins after its end."""
    if since is not None and since > on:
        wrong = service_fault("ahead", "since", since, today=on.isoformat())
        raise Refusal.invalid(_sent(wrong))


def visible(state: RegistryState, viewer: str | None) -> list[str]:
    """The incubators that a caller may see: all, or those that an enterprise is or was in."""
    if viewer is None:
        return [str(one) for one in state.registry.incubators["incubator_id"]]
    return sorted({str(one) for one in own_tenants(state, viewer)["incubator_id"]})


def own_tenants(state: RegistryState, viewer: str) -> pd.DataFrame:
    """The enterprise's own records as a tenant firm."""
    rows = state.registry.tenants
    return rows.loc[rows["uscc"].eq(viewer).fillna(False).to_numpy(dtype=bool)]


def said(key: str) -> tuple[str, str]:
    """A text of the service about the registry, in Chinese and English."""
    return service_sentences()[key].fill({})


def not_found(where: str, found: str, allowed: Text) -> Refusal:
    """The refusal of what there is not, or is not the caller's."""
    return Refusal("not-found", faults=[Fault(where, found[:80], allowed)])


def _fault(row: Mapping[Any, Any], where: str) -> Fault:
    return Fault(where, str(row["found"]), (str(row["reason_zh"]), str(row["reason_en"])))


def _sent(one: RecordFault, where: str = "") -> Fault:
    """A fault of a record as the service refuses with it."""
    return Fault(where or one.where, one.found, one.text)


def _position(record: Record, row: Mapping[Any, Any], rows: Sequence[Mapping[str, Any]]) -> int:
    """Which of the posted rows a row of the quarantine is about, from 0."""
    if not pd.isna(row["line"]):
        return int(row["line"]) - 1
    keys = [" ".join(str(one.get(name)) for name in KEYS[record]) for one in rows]
    return keys.index(str(row["key"]))


def _simulated(state: RegistryState, record: Record, row: Mapping[str, Any]) -> bool:
    """Whether what a record belongs to is simulated: of a report its incubator, of a voucher its tenant firm."""
    of: Record = "incubator" if record == "report" else "tenant"
    table = state.registry.table(of)
    found = table.loc[table[f"{of}_id"] == row.get(f"{of}_id"), SET_HERE]
    return bool(len(found)) and bool(found.iloc[0])
