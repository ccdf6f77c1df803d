"""Every declaration that the zone's side knows, as tables that follow the messages: for lists, reports and alerts.

The first use reads every message; later uses read what arrived since, and make the rows of the declarations that it
concerns anew. What enterprises posted is not in these tables.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import pandas as pd

from models.clearance.table import ClearanceTables, tables
from serving.clearance.linked import arrived
from serving.clearance.store import MESSAGES, MessageStore, Piece

PAGE, NO_LIMIT = 2_000, 2**62


class Board:
    """The tables of one worker; safe to use from several threads.

    store : opened at the first use
    """

    def __init__(self, store: Callable[[], MessageStore]) -> None:
        self._store = store
        self._lock, self._after = threading.Lock(), 0
        self._tables: ClearanceTables | None = None

    def current(self) -> ClearanceTables:
        """Events and declarations of every message until now; raises EventStoreError."""
        with self._lock:
            store, after = self._store(), self._after
            new: list[Piece] = []
            while rows := list(store.store.read(MESSAGES, after, PAGE)):
                after = rows[-1].sequence
                for row in store.counting(rows):  # what enterprises posted is left out before it is read
                    if row.payload is not None and row.payload["source"]["kind"] != "enterprise":
                        new += store.kept(row).pieces
            if self._tables is None:
                self._tables = tables(arrived(new))
            elif new:
                self._tables = self._renewed(self._tables, store, new)
            self._after = after
            return self._tables

    def _renewed(self, before: ClearanceTables, store: MessageStore, new: list[Piece]) -> ClearanceTables:
        concerned = store.linked({key for one in new for key in one.keys}, None, most=NO_LIMIT)
        made = tables(arrived(concerned))
        numbers = {number for one in concerned for _, number in one.keys}
        return ClearanceTables(
            _joined(before.events, made.events, numbers),
            _joined(before.declarations, made.declarations, numbers),
            made.remarks,
        )


def _joined(before: pd.DataFrame, made: pd.DataFrame, numbers: set[str]) -> pd.DataFrame:
    """``made`` in place of the rows that go under one of these numbers; a declaration's id is one of its numbers."""
    kept = before[~before["declaration_id"].isin(numbers)]
    return pd.concat([kept, made], ignore_index=True) if len(kept) else made
