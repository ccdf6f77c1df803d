"""Cut-offs of declarations as events: given by the operator or by a party, read as one table."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pandas as pd

from data.clearance_requests import Cutoff
from data.events import Event, EventStore

CUTOFFS = "clearance.cutoff"
COLUMNS = (
    "client_seq_no", "kind", "milestone", "cutoff_at", "known_at", "empty_space_fee_cny", "simulated",
)  # fmt: skip


def cutoff_event(given: Cutoff, client_seq_no: str, by: str, at: dt.datetime, *, simulated: bool = False) -> Event:
    """The event of one cut-off, under the declarant's own number; its identifier is that of one caller."""
    payload: dict[str, Any] = {
        "client_seq_no": client_seq_no,
        "kind": given.kind,
        "milestone": given.milestone,
        "cutoff_at": given.cutoff_at.astimezone(dt.UTC).isoformat(),
        "empty_space_fee_cny": given.empty_space_fee_cny,
        "simulated": simulated,
    }
    scope = hashlib.sha256(by.encode()).hexdigest()[:16]  # an identifier of one caller is never another's
    return Event(CUTOFFS, f"{scope}:{given.cutoff_id}", "", at, payload, (f"client_seq_no:{client_seq_no}",))


def cutoff_table(store: EventStore) -> pd.DataFrame:
    """Every cut-off; known_at : when it was given."""
    rows = [{**one.payload, "known_at": one.at} for one in store.read(CUTOFFS) if one.payload is not None]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in ("cutoff_at", "known_at"):
        table[column] = pd.to_datetime(table[column], utc=True)
    return table.astype({"empty_space_fee_cny": float})
