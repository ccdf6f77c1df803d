"""The demonstration's records say that they are simulated, come once, and leave a store with others as it is."""

import datetime as dt
from dataclasses import replace

import pytest

from data.events import EventStore
from data.ingest.messages.read import read_message
from data.synthetic.incubators import synthesize_incubators
from data.uscc import fictitious_uscc
from serving.approvals.service import SIMULATED
from serving.approvals.store import CaseStore
from serving.clearance.store import MessageStore
from serving.console import demo_records
from serving.console.demo_records import DemoRecords, fill_demo_stores, renamed
from serving.incubators.board import RegistryBoard
from serving.incubators.store import EntryStore
from tests.serving.clearance.planted_release import ZONE, declaration

OWN = fictitious_uscc(42)


@pytest.fixture
def few(monkeypatch):
    """As few declarations and cases as the simulators make, and one incubator in twenty."""
    for name, count in {"DECLARATIONS": 60, "CASES": 120, "EARLIER_EACH": 6}.items():
        monkeypatch.setattr(demo_records, name, count)
    whole = synthesize_incubators()
    names = set(whole.tables["incubator"]["incubator_id"][::20])
    tables = {
        record: table[table["incubator_id"].isin(names)] if "incubator_id" in table else table.head(0)
        for record, table in whole.tables.items()
    }
    monkeypatch.setattr(demo_records, "synthesize_incubators", lambda: replace(whole, tables=tables, corrections=()))


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'events.sqlite'}"


def test_the_stores_are_filled_once_and_everything_is_simulated(few, url):
    parts = []
    made = fill_demo_stores(url, [OWN], parts.append)
    assert parts == ["clearance", "approvals", "incubators"]
    assert min(made.messages, made.events, made.records) > 20
    store = EventStore(url)
    cases = CaseStore(store)
    kept = list(cases.events())
    assert {one.source for one in kept} == {SIMULATED}
    assert OWN in {one.event.values.get("applicant") for one in kept}
    assert any(row.row.reason == "no_case" for row in cases.quarantined())
    messages = [row.payload for row in store.read("clearance.message")]
    assert all(one["simulated"] for one in messages)
    reader = MessageStore(store, read_message)
    firms = {
        piece.declaration.head["TradeCoScc"]
        for row in store.read("clearance.message")
        for piece in reader.kept(row).pieces
        if piece.declaration is not None
    }
    assert OWN in firms
    entries = EntryStore(store)
    registry = RegistryBoard(lambda: entries).current().registry
    assert (len(registry.incubators), bool(registry.incubators["synthetic"].all())) == (7, True)
    assert OWN in set(registry.tenants["uscc"])
    store.close()
    assert fill_demo_stores(url, [OWN]) == DemoRecords(0, 0, 0)


def test_a_store_with_records_of_its_own_is_left_as_it_is(few, url):
    store = EventStore(url)
    real = declaration(OWN, "T1")
    MessageStore(store, read_message).receive(real, ZONE, dt.datetime(2024, 6, 1, tzinfo=dt.UTC))
    store.close()
    made = fill_demo_stores(url)
    assert made.messages == 0
    assert made.events > 20


def test_an_enterprise_takes_the_place_of_the_firm_with_most_that_runs():
    """B has one running record, A and C have more that ended."""
    codes = ["A", "A", "A", "B", "C", "C", ""]
    assert renamed(codes, ["B"], ["X", "Y"]) == {"B": "X", "A": "Y"}
    assert renamed(codes, [], ["X"]) == {"A": "X"}
    assert renamed([], [], ["X"]) == {}
