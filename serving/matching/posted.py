"""Demands and match events that were posted to the service after its release was made, as events that are only added.

A demand is an event about its firm, and so is its closing: a firm that withdraws takes both away, and what is left is
the demand's number. Nothing of a demand is changed; who wants other words closes it and posts another one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from data.events import Event, EventStore, StoredEvent
from data.match_feedback import OUTCOMES, QUERIES
from data.matching import Demand, MatchEvent

POSTED, CLOSED, ANNOUNCED = "match.demand", "match.demand_closed", "match.event"
BY_FIRM, BY_ZONE = "enterprise", "zone"  # who posted it: its ``source``
_DAYS = ("deadline", "as_of")
_NOT_KEPT = ("demand_id", "enterprise_id")  # the event's own identifier and subject


@dataclass(frozen=True, slots=True)
class PostedDemand:
    """A demand as it was posted; closed_on : the day on which its firm or the zone closed it, None while it is not."""

    demand: Demand
    closed_on: date | None = None
    closed_reason: str = ""

    @property
    def in_force(self) -> Demand:
        """The demand; of a closed one the last day of use is at latest the day before it was closed."""
        if self.closed_on is None:
            return self.demand
        last = self.closed_on - timedelta(days=1)
        return replace(self.demand, deadline=min(self.demand.deadline or last, last))


def posting_event(demand: Demand, at: datetime) -> Event:
    """The event of a demand that is posted."""
    payload = {name: value for name, value in asdict(demand).items() if name not in _NOT_KEPT}
    payload |= {name: None if payload[name] is None else payload[name].isoformat() for name in _DAYS}
    return Event(POSTED, demand.demand_id, demand.enterprise_id, at, payload)


def closing_event(demand: Demand, on: date, reason: str, by: str) -> Event:
    """The event that closes a demand; ``by`` is a role and no person."""
    payload = {"on": on.isoformat(), "reason": reason, "by": by}
    return Event(CLOSED, demand.demand_id, demand.enterprise_id, datetime.now(UTC), payload)


def posted_demand(store: EventStore, demand_id: str) -> PostedDemand | None:
    """One demand; None where none of this number was posted or its firm has withdrawn."""
    found = store.get(POSTED, demand_id)
    if found is None or found.payload is None:
        return None
    return _folded(found, store.get(CLOSED, demand_id))


def posted_demands(store: EventStore) -> list[PostedDemand]:
    """Every demand in the order in which they were posted, without those of firms that have withdrawn."""
    closed = {one.event_id: one for one in store.read(CLOSED)}
    return [_folded(one, closed.get(one.event_id)) for one in store.read(POSTED) if one.payload is not None]


def blanked_numbers(store: EventStore) -> list[str]:
    """Numbers of posted demands whose firms have withdrawn since."""
    return [one.event_id for one in store.read(POSTED) if one.payload is None]


def announcing_event(event: MatchEvent, at: datetime) -> Event:
    """The event of a match event that the zone announces; it is about no firm."""
    payload = {name: value for name, value in asdict(event).items() if name != "event_id"}
    return Event(ANNOUNCED, event.event_id, "", at, payload | {"date": event.date.isoformat()})


def announced_events(store: EventStore) -> dict[str, MatchEvent]:
    """Match events that were announced, by number."""
    found = {one.event_id: dict(one.payload) for one in store.read(ANNOUNCED) if one.payload is not None}
    return {
        number: MatchEvent(number, **{**payload, "date": date.fromisoformat(payload["date"])})
        for number, payload in found.items()
    }


def invited_to(store: EventStore, uscc: str) -> Iterator[str]:
    """Numbers of the demands for which somebody recorded that this firm was invited."""
    for one in store.about(uscc):
        if one.stream == OUTCOMES and one.payload and one.payload["invited"] and one.payload.get("demand_id"):
            yield one.payload["demand_id"]


@dataclass
class Searches:
    """Of each demand on file whether the last list for it proposed a firm; reads only what is new since the last call.

    One object belongs to one store.
    """

    _proposed: dict[str, bool] = field(default_factory=dict)
    _after: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def proposed(self, store: EventStore) -> dict[str, bool]:
        """By number; a demand that nobody searched suppliers for is not there."""
        with self._lock:
            for one in store.read(QUERIES, self._after):
                self._after = one.sequence
                if one.payload and one.payload.get("kind") == "suppliers" and one.payload.get("demand_id"):
                    self._proposed[one.payload["demand_id"]] = bool(one.payload["count"])
            return dict(self._proposed)


def _folded(posted: StoredEvent, closed: StoredEvent | None) -> PostedDemand:
    payload = dict(posted.payload or {})
    days = {name: None if payload[name] is None else date.fromisoformat(payload[name]) for name in _DAYS}
    demand = Demand(posted.event_id, str(posted.subject), **{**payload, **days})
    if closed is None or closed.payload is None:
        return PostedDemand(demand)
    return PostedDemand(demand, date.fromisoformat(closed.payload["on"]), closed.payload["reason"])
