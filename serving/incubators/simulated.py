"""The simulated registry in the store: each of its records says that it is simulated, and every answer about it does.

The same registry loaded again is known. A store that holds other records is left as it is.
"""

from __future__ import annotations

import datetime as dt

from data.incubators.fields import RECORDS
from data.incubators.tables import checked_table
from data.synthetic.incubators import SyntheticIncubators, synthesize_incubators
from serving.incubators.board import RegistryBoard, RegistryState
from serving.incubators.store import EntryStore
from serving.incubators.taking import Taken, fitting, take

SOURCE = "simulator"
ENTERED = dt.datetime(2022, 6, 20, 1, tzinfo=dt.UTC)  # before the planted corrections


class SimulateError(ValueError):
    """The store already holds records that are not simulated."""


def load_simulated(store: EntryStore, made: SyntheticIncubators | None = None) -> tuple[Taken, int]:
    """Store the simulated registry; what became of its records, and how many corrections are new.

    made : another one than the default
    raises : SimulateError, EventStoreError
    """
    made = made or synthesize_incubators()
    board = RegistryBoard(lambda: store)
    if _real(board.current()):
        raise SimulateError("the store holds records that are not simulated; allowed: a store of its own")
    tables = {record: checked_table(record, made.tables[record]) for record in RECORDS}
    taken = take(store, board, tables, SOURCE, ENTERED)
    state = board.current()
    known = {one.digest for one in state.journal.entries}
    corrections = fitting(state, [one for one in made.corrections if one.digest not in known]).kept
    return taken, store.append(corrections, state.sequence)


def _real(state: RegistryState) -> bool:
    tables = (state.registry.table(record) for record in RECORDS)
    return any(not table["synthetic"].fillna(False).all() for table in tables)
