"""The event store of the service: where it lies, and what its faults are to a caller."""

from __future__ import annotations

import os
from pathlib import Path

from data.events import Event, EventConflictError, EventStore, EventStoreError, WithdrawnError
from data.store_url import UnavailableError
from data.texts.sentences import label
from serving.contract.refusals import Fault, Refusal
from serving.ledger.store import ledger_url, read_url

EVENTS_URL = "IP_EVENTS_URL"


def events_url() -> str:
    """Where events are: IP_EVENTS_URL, or beside a ledger in SQLite, or in the ledger's own PostgreSQL database."""
    if given := os.environ.get(EVENTS_URL):
        return given
    ledger = ledger_url()
    parsed = read_url(ledger)
    if parsed.get_backend_name() != "sqlite":
        return ledger
    return f"sqlite:///{Path(str(parsed.database)).with_name('events.sqlite')}"


def append(store: EventStore, event: Event, identifier: str, firm: str) -> bool:
    """Store one event; whether it is new.

    identifier, firm : members of the request that hold the event's identifier and its firm
    raises : Refusal ``idempotency-conflict``, ``firm-withdrawn`` or ``matching-unavailable``
    """
    try:
        return store.append(event)
    except EventConflictError as fault:
        allowed = label("match.allowed.new_identifier")
        used = Fault(identifier, "used before with another body", allowed)
        raise Refusal("idempotency-conflict", faults=[used]) from fault
    except WithdrawnError as fault:
        raise withdrawn_refusal(firm, event.subject) from fault
    except EventStoreError as fault:
        raise store_refusal(fault) from fault


def withdrawn_refusal(where: str, uscc: str) -> Refusal:
    """The refusal where a firm that has withdrawn is named or calls."""
    return Refusal("firm-withdrawn", faults=[Fault(where, uscc, label("match.allowed.taking_part"))])


def store_refusal(fault: EventStoreError | UnavailableError, key: str = "matching-unavailable") -> Refusal:
    """The refusal where the store or the index does not answer: then nothing is shown that cannot be recorded."""
    return Refusal(key, str(fault), retry_after_s=1)
