"""Records of campaigns: stored once, folded in any order to one state, refused with one sentence."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import permutations

import pandas as pd
import pytest

from data.chain.campaigns import (
    CAMPAIGN_COLUMNS,
    CampaignError,
    CampaignRecord,
    campaign_event,
    campaign_records,
    campaign_table,
)
from data.events import EventConflictError, EventStore

MAY = dt.datetime(2024, 5, 6, 9, 0, tzinfo=dt.UTC)
FIRST = CampaignRecord("r1", "security", "lens", "91330108MA0000001X", "identified", MAY, "investment_office")
RECORDS = (
    FIRST,
    replace(FIRST, record_id="r2", status="contacted", at=MAY + dt.timedelta(days=3)),
    replace(FIRST, record_id="r3", status="contacted", at=MAY + dt.timedelta(days=9), role="park_office"),
    replace(FIRST, record_id="r4", status="dropped", at=MAY + dt.timedelta(days=20), reason="moves elsewhere"),
)


@pytest.fixture
def store(tmp_path):
    opened = EventStore(f"sqlite:///{tmp_path / 'events.db'}")
    yield opened
    opened.close()


def test_a_record_is_stored_once(store):
    event = campaign_event(FIRST)
    assert store.append(event)
    assert not store.append(event)
    with pytest.raises(EventConflictError):
        store.append(campaign_event(replace(FIRST, status="contacted")))
    assert campaign_records(store) == [FIRST]


def test_the_state_is_that_of_the_latest_record(store):
    store.append_all([campaign_event(one) for one in RECORDS])
    (row,) = campaign_table(store).to_dict("records")
    assert list(row) == list(CAMPAIGN_COLUMNS)
    assert (row["status"], row["reason"], row["records"]) == ("dropped", "moves elsewhere", 4)
    assert row["first_on"] == pd.Timestamp("2024-05-06")
    (before,) = campaign_table(store, until=MAY + dt.timedelta(days=10)).to_dict("records")
    assert (before["status"], before["role"], before["records"]) == ("contacted", "park_office", 3)
    assert before["since"] == pd.Timestamp("2024-05-09")  # contacted twice, since the first


def test_any_order_of_arrival_gives_one_state(tmp_path):
    states = []
    for number, order in enumerate(permutations(RECORDS[:3])):
        one = EventStore(f"sqlite:///{tmp_path / f'{number}.db'}")
        one.append_all([campaign_event(record) for record in order])
        states.append(str(campaign_table(one).to_dict("records")))
        one.close()
    assert len(set(states)) == 1


def test_of_equal_times_the_one_further_on_counts(store):
    store.append_all([campaign_event(replace(RECORDS[1], at=MAY)), campaign_event(FIRST)])
    assert campaign_table(store)["status"].tolist() == ["contacted"]


def test_nodes_and_firms_have_their_own_state(store):
    others = [replace(FIRST, record_id="r5", node_id="chip"), replace(FIRST, record_id="r6", firm_id="W1")]
    store.append_all([campaign_event(one) for one in (FIRST, *others)])
    table = campaign_table(store)
    assert table[["node_id", "firm_id"]].values.tolist() == [
        ["chip", FIRST.firm_id],
        ["lens", FIRST.firm_id],
        ["lens", "W1"],
    ]


def test_a_firm_that_withdraws_takes_its_records(store):
    store.append_all([campaign_event(one) for one in RECORDS])
    store.withdraw(FIRST.firm_id, MAY)
    assert campaign_table(store).empty
    assert campaign_table(store).columns.tolist() == list(CAMPAIGN_COLUMNS)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"status": "lost"}, "status: found 'lost'; allowed: identified, contacted"),
        ({"role": "Mr Wang"}, "role: found 'Mr Wang'; allowed: investment_office"),
        ({"at": dt.datetime(2024, 5, 6)}, "at: found 2024-05-06T00:00:00 without a time zone"),  # noqa: DTZ001
        ({"node_id": ""}, "node_id: found an empty text"),
        ({"reason": "x" * 501}, "reason: found 501 characters; allowed: at most 500"),
        ({"status": "dropped"}, "reason: found none; allowed: why the firm was dropped"),
    ],
)
def test_bad_records_are_one_sentence(change, message):
    with pytest.raises(CampaignError, match=message):
        replace(FIRST, **change)


@pytest.mark.contract
def test_an_identifier_may_not_name_the_firm(store):
    """It outlives a withdrawal."""
    with pytest.raises(ValueError, match="may not name the subject"):
        store.append(campaign_event(replace(FIRST, record_id=f"{FIRST.firm_id}-1")))
