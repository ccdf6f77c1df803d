"""Corrections of placements as events: what persons decided in the service, for the next answer and the next fit.

A correction is an event of the stream ``chain.correction``; one about a firm is an event about that firm, so that a
firm which withdraws takes its corrections away. A role is written down, never a person.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from data.events import Event, EventStore

CORRECTIONS = "chain.correction"
COLUMNS = ("kind", "item_id", "chain_id", "node_id", "right", "decided_by", "decided_on", "reason")


def correction_event(
    correction_id: str, at: dt.datetime, kind: str, item_id: str, chain_id: str, node_id: str, *,
    right: bool, decided_by: str, reason: str,
) -> Event:  # fmt: skip
    """The event of a decision whether an item is on a node; ``EventStore.append`` stores it once."""
    payload = {
        "kind": kind, "chain_id": chain_id, "node_id": node_id, "right": right, "decided_by": decided_by,
        "reason": reason,
    }  # fmt: skip
    firm = item_id if kind == "firm" else ""
    return Event(CORRECTIONS, correction_id, firm, at, payload | ({} if firm else {"item_id": item_id}))


def correction_table(store: EventStore) -> pd.DataFrame:
    """Every correction in the order of time, COLUMNS; of several on one item and node the last one holds."""
    found = [(one.at, one.event_id, one) for one in store.read(CORRECTIONS) if one.payload is not None]
    rows = []
    for at, _, one in sorted(found, key=lambda row: row[:2]):
        payload = one.payload or {}
        item = one.subject or payload["item_id"]
        rows.append({**payload, "item_id": item, "decided_on": at.date()})
    return pd.DataFrame(rows, columns=list(COLUMNS))
