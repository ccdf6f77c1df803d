"""Match events on file, and what persons recorded of them: counts by event, one line for each pair.

A pair is a demand and a firm; of several records about it each step that happened stays, and the last reason holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from data.events import EventStoreError, StoredEvent
from data.match_feedback import OUTCOMES, STEPS
from data.match_requests import GivenEvent
from data.matching import MatchEvent
from data.texts.sentences import label, sentence
from serving.auth.access import Caller
from serving.contract.refusals import Fault, Refusal
from serving.ledger.chain import Draft
from serving.ledger.ledger import canonical_json, digest_of
from serving.matching.event_store import append, store_refusal
from serving.matching.posted import announcing_event
from serving.matching.service import MatchingService

EVENT_ANNOUNCED = "match_event"


def list_events(service: MatchingService, caller: Caller) -> list[dict[str, Any]]:
    """Every event with its counts, the latest first; a firm gets the counts of its own pairs."""
    packed, _ = service.current()
    pairs = _pairs(_records(service, caller))
    rows = [
        _row(one, [pair for pair in pairs if pair["event_id"] == one.event_id], caller, service)
        for one in service.events(packed).values()
    ]
    return sorted(rows, key=lambda row: (row["date"], row["event_id"]), reverse=True)


def one_event(service: MatchingService, event_id: str, caller: Caller) -> dict[str, Any]:
    """One event with its counts; raises a Refusal ``not-found`` for one that is not on file."""
    found = next((row for row in list_events(service, caller) if row["event_id"] == event_id), None)
    if found is None:
        raise _not_found(event_id)
    return found


def announce_event(service: MatchingService, given: GivenEvent, caller: Caller) -> dict[str, Any]:
    """Keep an event that the zone will hold; the same again changes nothing.

    raises : Refusal ``invalid-request`` for a day that is past, ``idempotency-conflict`` where the number was used
        before, ``matching-unavailable``
    """
    packed, _ = service.current()
    if given.date < service.today():
        past = Fault("date", given.date.isoformat(), sentence("fault.not_before", day=service.today()))
        raise Refusal.invalid(past)
    event = MatchEvent(**given.model_dump())
    known = service.events(packed).get(event.event_id)
    if known not in {None, event}:
        used = Fault("event_id", "used before with another body", label("match.allowed.new_identifier"))
        raise Refusal("idempotency-conflict", faults=[used])
    if known is None:
        append(service.store, announcing_event(event, datetime.now(UTC)), "event_id", "theme")
    return one_event(service, event.event_id, caller)


def event_draft(row: dict[str, Any], caller: Caller) -> Draft:
    """The ledger's record that an event was announced."""
    names = ("event_id", "theme", "date", "seats", "rounds", "per_firm_limit")
    text = canonical_json({name: row[name] for name in names})
    return Draft(EVENT_ANNOUNCED, caller.name, row["event_id"], text, f"match-event:{row['event_id']}", digest_of(text))


def event_pairs(service: MatchingService, event_id: str, caller: Caller) -> list[dict[str, Any]]:
    """Pairs of one event: demand_id, uscc, the steps, reason_not, and when the last record was.

    raises : Refusal ``not-found`` for an event that is not on file
    """
    packed, _ = service.current()
    if event_id not in service.events(packed):
        raise _not_found(event_id)
    pairs = [one for one in _pairs(_records(service, caller)) if one["event_id"] == event_id]
    return sorted(pairs, key=lambda one: (one["demand_id"] or "", one["uscc"]))


def _not_found(event_id: str) -> Refusal:
    return Refusal("not-found", faults=[Fault("event_id", event_id[:60], label("match.allowed.event"))])


def _records(service: MatchingService, caller: Caller) -> list[StoredEvent]:
    """Outcomes that name an event: of every firm, or of the firm that calls."""
    try:
        if caller.of_zone:
            found: Iterable[StoredEvent] = service.store.read(OUTCOMES)
        else:
            found = (one for one in service.store.about(caller.name) if one.stream == OUTCOMES)
        return [one for one in found if one.payload is not None and one.subject and one.payload.get("event_id")]
    except EventStoreError as fault:
        raise store_refusal(fault) from fault


def _pairs(records: Iterable[StoredEvent]) -> list[dict[str, Any]]:
    pairs: dict[tuple[str, str | None, str], dict[str, Any]] = {}
    for one in sorted(records, key=lambda record: record.at):
        payload = one.payload or {}
        key = (payload["event_id"], payload.get("demand_id"), str(one.subject))
        row = pairs.setdefault(
            key, {**dict(zip(("event_id", "demand_id", "uscc"), key, strict=True)), "reason_not": None}
        )
        row |= {step: row.get(step, False) or payload[step] for step in STEPS}
        row |= {"reason_not": payload["reason_not"] or row["reason_not"], "at": one.at.isoformat()}
    return list(pairs.values())


def _row(
    event: MatchEvent, pairs: list[dict[str, Any]], caller: Caller, service: MatchingService
) -> dict[str, Any]:  # fmt: skip
    firms = {one["uscc"] for one in pairs if one["invited"]}
    return {
        "event_id": event.event_id,
        "theme": event.theme,
        "date": event.date.isoformat(),
        "district": event.district,
        "seats": event.seats,
        "rounds": event.rounds,
        "per_firm_limit": event.per_firm_limit,
        "state": "upcoming" if event.date >= service.today() else "past",
        **{step: sum(one[step] for one in pairs) for step in STEPS},
        "free_seats": max(event.seats - len(firms), 0) if caller.of_zone else None,
        "reasons_not": dict(Counter(one["reason_not"] for one in pairs if one["reason_not"])),
    }
