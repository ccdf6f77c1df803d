"""Where events are, and what a fault of the store is to a caller."""

import datetime as dt

import pytest

from data.events import Event, EventStore
from data.uscc import fictitious_uscc
from serving.contract.refusals import Refusal
from serving.matching.event_store import EVENTS_URL, append, events_url

pytestmark = pytest.mark.contract
AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def test_events_lie_beside_the_ledger_unless_an_address_says_otherwise(monkeypatch):
    """A SQLite file in the ledger's folder; the ledger's own database in PostgreSQL; IP_EVENTS_URL before both."""
    monkeypatch.setenv("IP_LEDGER_URL", "sqlite:////srv/ledger/main.sqlite")
    monkeypatch.delenv(EVENTS_URL, raising=False)
    assert events_url() == "sqlite:////srv/ledger/events.sqlite"
    monkeypatch.setenv("IP_LEDGER_URL", "postgresql://u@h/d")
    assert events_url() == "postgresql://u@h/d"
    monkeypatch.setenv(EVENTS_URL, "sqlite:///elsewhere.sqlite")
    assert events_url() == "sqlite:///elsewhere.sqlite"


def test_each_fault_of_an_event_names_the_members_of_its_request(tmp_path):
    """The identifier used before, the firm that withdrew, and a store that is away."""
    store, firm = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}"), fictitious_uscc(3)
    assert append(store, Event("s", "a", firm, AT, {"n": 1}), "record_id", "firm_id")
    assert not append(store, Event("s", "a", firm, AT, {"n": 1}), "record_id", "firm_id")
    with pytest.raises(Refusal) as caught:
        append(store, Event("s", "a", firm, AT, {"n": 2}), "record_id", "firm_id")
    assert (caught.value.key, caught.value.faults[0].where) == ("idempotency-conflict", "record_id")
    assert "outcome_id" not in caught.value.faults[0].texts[1]
    store.withdraw(firm, AT)
    with pytest.raises(Refusal) as caught:
        append(store, Event("s", "b", firm, AT, {"n": 1}), "record_id", "firm_id")
    assert (caught.value.key, caught.value.faults[0].where) == ("firm-withdrawn", "firm_id")
    store.close()
