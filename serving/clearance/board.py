"""Every declaration that the zone's side knows, as tables that follow the messages: for lists, reports and alerts.

The first use reads every message; later uses read what arrived since, and make the rows of the declarations that it
concerns anew. What enterprises posted is not in these tables.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pandas as pd

from models.clearance.table import Arrived, ClearanceTables, tables
from serving.clearance.store import Kept, MessageStore

PAGE = 2_000


class Board:
    """The tables of one worker; safe to use from several threads.

    store : opened at the first use; numbers : kinds of numbers by which messages of one declaration are found
    """

    def __init__(self, store: Callable[[], MessageStore], numbers: tuple[str, ...]) -> None:
        self._store, self._numbers = store, numbers
        self._lock, self._after = threading.Lock(), 0
        self._tables: ClearanceTables | None = None

    def current(self) -> ClearanceTables:
        """Events and declarations of every message until now; raises EventStoreError."""
        with self._lock:
            store = self._store()
            new: list[Kept] = []
            while page := store.newer(self._after, PAGE):
                self._after = page[-1].sequence
                new += page
            new = [kept for kept in new if kept.source.trusted]
            if self._tables is None:
                self._tables = tables([arrived(kept) for kept in new])
            elif new:
                self._tables = self._renewed(self._tables, store, new)
            return self._tables

    def _renewed(self, before: ClearanceTables, store: MessageStore, new: list[Kept]) -> ClearanceTables:
        concerned: dict[int, Kept] = {}
        for kept in new:
            if kept.sequence not in concerned:
                concerned[kept.sequence] = kept
                for _, number in kept.message.keys:
                    concerned |= {one.sequence: one for one in store.linked(self._numbers, number, None)}
        made = tables([arrived(concerned[sequence]) for sequence in sorted(concerned)])
        numbers = {number for kept in concerned.values() for _, number in kept.message.keys}
        return ClearanceTables(
            _joined(before.events, made.events, numbers),
            _joined(before.declarations, made.declarations, numbers),
            made.remarks,
        )


def arrived(kept: Kept) -> Arrived:
    """A kept message as tables are made from it."""
    return Arrived(kept.received_at, kept.source.kind, kept.simulated, kept.message)


def _joined(before: pd.DataFrame, made: pd.DataFrame, numbers: set[str]) -> pd.DataFrame:
    """``made`` in place of the rows that go under one of these numbers; a declaration's id is one of its numbers."""
    kept = before[~before["declaration_id"].isin(numbers)]
    return pd.concat([kept, made], ignore_index=True) if len(kept) else made
