"""Every case that the service knows, in memory, as its events make it: for one case, lists, statistics and forecasts.

The first use reads every event; a later one reads what arrived since, and folds the cases that it concerns anew. After
a retraction everything is read again. The
clocks of cases that run or wait for delivery are read again each hour, since working days pass without any event.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.approvals.records import ApprovalEvent
from models.approvals.cases import CaseTable
from serving.approvals.store import CaseStore, KeptEvent

Key = tuple[str, str]  # source, number of the case there
Tabulate = Callable[[Sequence[ApprovalEvent], dt.datetime], CaseTable]


@dataclass(frozen=True, slots=True)
class BoardCase:
    """One case: what is kept of it, and its row of a table."""

    source: str
    number: str
    kept: tuple[KeptEvent, ...]
    table: CaseTable
    index: int
    closed: bool

    @property
    def sequence(self) -> int:
        """Of its newest event."""
        return self.kept[-1].sequence

    @property
    def received(self) -> dict[str, dt.datetime]:
        """When each event first arrived, by its digest."""
        return {one.event.digest: one.received_at for one in reversed(self.kept)}

    @property
    def row(self) -> dict[str, Any]:
        """Its row of the table, as values that JSON can hold."""
        return self.table.row(self.index)


@dataclass(frozen=True, slots=True)
class Cases:
    """Every case at one moment; frame : of ``CaseTable.frame`` with ``source``, one row a case."""

    sequence: int
    hour: dt.datetime
    frame: pd.DataFrame
    by_key: Mapping[Key, BoardCase]


class Board:
    """The cases of one worker; safe to use from several threads.

    store : opened at the first use; tabulate : events of cases of one source, and the instant that clocks are read at
    """

    def __init__(self, store: Callable[[], CaseStore], tabulate: Tabulate) -> None:
        self._store, self.tabulate = store, tabulate
        self._lock, self._after, self._hour = threading.Lock(), 0, dt.datetime.min.replace(tzinfo=dt.UTC)
        self._retracted = 0  # sequence of the latest retraction that is taken account of
        self._cases: dict[Key, BoardCase] = {}
        self._sources: dict[str, set[str]] = {}  # by number
        self._frame, self._pending = pd.DataFrame(), set[Key]()
        self._timed = set[Key]()  # cases of which hours change something: they run, or wait for delivery
        self._ahead: dict[Key, dt.datetime] = {}  # cases with an event that is still to come, and when it does

    def find(self, number: str, now: dt.datetime) -> list[BoardCase]:
        """The cases of this number, one a source, by source; raises EventStoreError."""
        with self._lock:
            self._follow(now)
            return [self._cases[source, number] for source in sorted(self._sources.get(number, ()))]

    def key(self, now: dt.datetime) -> tuple[int, dt.datetime]:
        """What all about the cases depends on: the newest event or retraction, and the hour; raises EventStoreError."""
        with self._lock:
            self._follow(now)
            return self._sequence, self._hour

    def current(self, now: dt.datetime) -> Cases:
        """Every case; raises EventStoreError."""
        with self._lock:
            self._follow(now)
            if not self._cases and self._frame.empty:
                self._frame = self.tabulate([], now).frame.assign(source="")
            if self._pending:
                self._frame = _joined(self._frame, [self._cases[key] for key in sorted(self._pending)])
                self._pending = set()
            return Cases(self._sequence, self._hour, self._frame, dict(self._cases))

    @property
    def _sequence(self) -> int:
        return max(self._after, self._retracted)

    def _follow(self, now: dt.datetime) -> None:
        """Read what is new; where the hour is another one, read clocks that still run again.

        Nothing is changed before every table is made: where one cannot be, the next look tries again.
        """
        store, hour = self._store(), now.replace(minute=0, second=0, microsecond=0)
        new: dict[Key, list[KeptEvent]] = {}
        is_renewed = (retracted := store.newest_retraction()) > self._retracted
        after, known = (0, {}) if is_renewed else (self._after, self._cases)
        if (newest := store.newest()) > after:
            for one in store.events(after):
                new.setdefault((one.source, one.event.case_number), []).append(one)
                newest = max(newest, one.sequence)
            after = newest
        if hour != self._hour:
            for key in self._timed & known.keys():
                new.setdefault(key, [])
        for key, at in self._ahead.items():
            if at <= now and key in known:
                new.setdefault(key, [])
        by_source: dict[str, dict[Key, tuple[KeptEvent, ...]]] = {}
        for key, events in new.items():
            before = known[key].kept if key in known else ()
            by_source.setdefault(key[0], {})[key] = (*before, *events)
        made = [
            (concerned, self.tabulate([one.event for kept in concerned.values() for one in kept], now))
            for concerned in by_source.values()
        ]
        self._after, self._hour, self._retracted = after, hour, retracted
        if is_renewed:
            self._cases, self._sources, self._ahead = {}, {}, {}
            self._frame, self._pending, self._timed = pd.DataFrame(), set(), set()
        for concerned, table in made:
            self._put(concerned, table, now)

    def _put(self, concerned: Mapping[Key, tuple[KeptEvent, ...]], table: CaseTable, now: dt.datetime) -> None:
        """Take the rows of these cases of one source anew."""
        frame = table.frame
        ends = frame["is_closed"].to_numpy(dtype=bool)
        timed = ~ends | (frame["delivery_due_on"].notna() & frame["delivered_at"].isna()).to_numpy()
        for index, number in enumerate(frame["case_number"]):
            key = next(iter(concerned))[0], str(number)
            self._cases[key] = BoardCase(*key, concerned[key], table, index, bool(ends[index]))
            self._sources.setdefault(key[1], set()).add(key[0])
            (self._timed.add if timed[index] else self._timed.discard)(key)
        self._pending |= set(concerned)
        for key, kept in concerned.items():
            later = [one.event.at for one in kept if one.event.at is not None and one.event.at > now]
            self._ahead.pop(key, None)
            if later:
                self._ahead[key] = min(later)


def _joined(before: pd.DataFrame, renewed: Iterable[BoardCase]) -> pd.DataFrame:
    """``before`` with the rows of these cases in place of their earlier ones."""
    rows: dict[int, tuple[CaseTable, str, list[int]]] = {}
    keys = set[Key]()
    for case in renewed:
        rows.setdefault(id(case.table), (case.table, case.source, []))[2].append(case.index)
        keys.add((case.source, case.number))
    parts = [table.frame.iloc[sorted(index)].assign(source=source) for table, source, index in rows.values()]
    if len(before):
        stale = [key in keys for key in zip(before["source"], before["case_number"], strict=True)]
        parts.insert(0, before[~pd.Series(stale, index=before.index)])
    return pd.concat(parts, ignore_index=True)
