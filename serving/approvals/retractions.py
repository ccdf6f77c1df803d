"""What a source sent by mistake, such as a log that was read with a wrong mapping, and that counts no more.

Nothing is deleted: a retraction is an event of its own, of a source up to a sequence, with who and why. What the source
sends later counts, but an event that says the same as a retracted one is known and stays retracted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from data.events import Event, EventStore

RETRACTIONS = "approvals.retraction"
MOST_IN_REASON = 500


@dataclass(frozen=True, slots=True)
class Retraction:
    """Events of ``source`` with a sequence of at most ``upto`` count no more from ``at`` on."""

    source: str
    upto: int
    at: dt.datetime
    by: str
    reason: str


def add_retraction(store: EventStore, made: Retraction) -> None:
    """Store a retraction; raises ValueError where nobody, no reason or a long one is named, EventStoreError."""
    for name, text in (("by", made.by), ("reason", made.reason)):
        if not text.strip() or len(text) > MOST_IN_REASON:
            raise ValueError(f"{name} has {len(text)} characters; allowed: 1 to {MOST_IN_REASON}, not only blanks")
    payload = {"source": made.source, "upto": made.upto, "by": made.by.strip(), "reason": made.reason.strip()}
    store.append(Event(RETRACTIONS, f"{made.source}:{made.upto}", "", made.at, payload))


def retractions(store: EventStore) -> dict[str, list[Retraction]]:
    """Every retraction by source, in the order in which they were made."""
    found: dict[str, list[Retraction]] = {}
    for row in store.read(RETRACTIONS):
        if row.payload:
            found.setdefault(row.payload["source"], []).append(Retraction(at=row.at, **row.payload))
    return found


def retracted_at(every: Mapping[str, list[Retraction]], source: str, sequence: int) -> dt.datetime | None:
    """Since when an event counts no more; None where it counts."""
    return min((one.at for one in every.get(source, ()) if sequence <= one.upto), default=None)
