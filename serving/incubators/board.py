"""The registry as its versions make it, in memory: now or as it was known at an instant, with what is computed of it.

The first use reads every version; a later one reads what arrived since. What is computed of a registry, such as its
statistics, is kept with it and computed again only when a version arrives.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeVar

import pandas as pd

from data.incubators.fields import RECORDS, Record
from data.incubators.journal import Entry, Journal
from data.incubators.registry import Registry, parted
from data.incubators.tables import RecordTable
from data.incubators.vouchers import VoucherLedger, voucher_ledger
from serving.incubators.store import EntryStore

MOST_KEPT, MOST_EARLIER = 64, 4  # computed answers of one registry; registries of earlier instants
T = TypeVar("T")


class Computed:
    """What was computed, the latest ``most`` of it; safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.RLock()  # one answer may need another
        self._made: OrderedDict[Hashable, Any] = OrderedDict()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for a key."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            self._made.move_to_end(key)
            while len(self._made) > self._most:
                self._made.popitem(last=False)
            made: T = self._made[key]
            return made


@dataclass(frozen=True, eq=False)
class RegistryState:
    """The registry at one instant.

    sequence : of the newest version; versions : by kind of record; given : the table that they make, by kind of record
    registry : of the rows that keep the rules and that no other contradicts; crossed : the rest with its reasons, in
    the columns of ``data.incubators.tables.QUARANTINE``; computed : what was computed of it
    """

    sequence: int
    journal: Journal
    known_at: dt.datetime | None
    versions: Mapping[Record, tuple[Entry, ...]]
    given: Mapping[Record, RecordTable]
    registry: Registry
    ledger: VoucherLedger
    crossed: pd.DataFrame
    computed: Computed = field(default_factory=lambda: Computed(MOST_KEPT))

    @classmethod
    def of(
        cls,
        journal: Journal,
        sequence: int = 0,
        known_at: dt.datetime | None = None,
        before: RegistryState | None = None,
    ) -> RegistryState:
        """Of these versions, those after ``known_at`` left out. A record that breaks a rule is parted, not served.

        before : an earlier state, whose tables are taken where they rest on the same versions
        """
        of = {record: tuple(one for one in journal.entries if one.record == record) for record in RECORDS}
        tables = {
            record: before.given[record]
            if before is not None and before.versions[record] == of[record] and known_at == before.known_at
            else journal.table(record, known_at)
            for record in RECORDS
        }
        registry, alien = parted(Registry(*(one.rows for one in tables.values())), journal.reasoned("report", known_at))
        ledger = voucher_ledger(registry.vouchers)
        taken = Registry(registry.incubators, registry.tenants, registry.reports, ledger.rows)
        faulty = (one.quarantine for one in tables.values())
        parts = [one for one in (*faulty, alien, ledger.quarantine) if len(one)]
        crossed = pd.concat(parts, ignore_index=True) if parts else alien
        return cls(sequence, journal, known_at, of, tables, taken, ledger, crossed)

    @property
    def simulated(self) -> bool:
        """Whether any row is simulated."""
        return self.registry.synthetic

    @property
    def reported_on(self) -> dt.date | None:
        """The last day that a report covers; None without reports."""
        last = self.registry.reports["period_to"].max()
        return None if pd.isna(last) else last.date()


@cache
def empty_state() -> RegistryState:
    """The registry before its first version, the same for every board of the process."""
    return RegistryState.of(Journal())


class RegistryBoard:
    """The registry of one worker; safe to use from several threads.

    store : opened at the first use
    """

    def __init__(self, store: Callable[[], EntryStore]) -> None:
        self._store, self._lock = store, threading.Lock()
        self._state = empty_state()
        self._expected: RegistryState | None = None
        self._earlier = Computed(MOST_EARLIER)

    def current(self) -> RegistryState:
        """The registry now; raises EventStoreError, RegistryError."""
        with self._lock:
            store, before = self._store(), self._state
            if (newest := store.newest()) > before.sequence:
                new = list(store.newer(before.sequence))
                journal = Journal([*before.journal.entries, *(one.entry for one in new)])
                sequence, expected = max([newest, *(one.sequence for one in new)]), self._expected
                if expected is not None and expected.journal.entries == journal.entries:
                    self._state = replace(expected, sequence=sequence)
                else:
                    self._state = RegistryState.of(journal, sequence, before=before)
                self._expected = None
            return self._state

    def expect(self, state: RegistryState) -> None:
        """Take ``state`` for the next one if its versions are those that the store then holds."""
        with self._lock:
            self._expected = state

    def at(self, known_at: dt.datetime | None) -> RegistryState:
        """The registry as it was known at an instant, None for now; raises as ``current``."""
        state = self.current()
        if known_at is None:
            return state
        key = (state.sequence, known_at)
        return self._earlier.once(key, lambda: RegistryState.of(state.journal, state.sequence, known_at))
