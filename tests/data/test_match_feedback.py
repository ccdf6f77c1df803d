"""What was shown, clicked and achieved comes back as one table."""

from __future__ import annotations

import datetime as dt

import pytest

from data.events import EventStore
from data.match_feedback import (
    OUTCOMES,
    QUERIES,
    SHOWN,
    STEPS,
    ShownFirm,
    Versions,
    click_event,
    feedback_table,
    list_events,
    outcome_event,
)
from data.uscc import fictitious_uscc

pytestmark = pytest.mark.law
A, B, C = (fictitious_uscc(number) for number in (1, 2, 3))
AT = dt.datetime(2024, 6, 30, tzinfo=dt.UTC)
VERSIONS = Versions("match-1", "e" * 64, "i" * 64)


@pytest.fixture
def store(tmp_path):
    made = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    made.append_all(list_events("q1", AT, VERSIONS, [ShownFirm(A, 1, 0.8), ShownFirm(B, 2, 0.3, 0.5)], asker=C))
    made.append_all(list_events("q2", AT, VERSIONS, [], query={"abstained": True}))
    yield made
    made.close()


def test_each_shown_firm_is_a_row_with_its_rank_probability_and_versions(store):
    """A list of nothing has a query and no row."""
    table = feedback_table(store)
    assert table["enterprise_id"].tolist() == [A, B]
    assert table["rank"].tolist() == [1, 2]
    assert table["probability"].tolist() == [0.8, 0.3]
    assert table["propensity"].tolist() == [1.0, 0.5]
    assert set(table["model_version"]) == {"match-1"}
    assert not table[["clicks", "has_outcome", *STEPS]].any().any()
    queries = list(store.read(QUERIES))
    assert [one.subject for one in queries] == [C, ""]
    assert [one.payload["count"] for one in queries] == [2, 0]
    assert queries[1].payload["abstained"] is True


def test_outcomes_add_up_and_the_latest_reason_counts_whatever_came_first(store):
    """Steps never go back; records may arrive in any order; of another list or firm they are left out."""
    later = outcome_event("o2", "q1", A, AT + dt.timedelta(days=9), {"kept": True}, "terms")
    earlier = outcome_event("o1", "q1", A, AT + dt.timedelta(days=1), {"invited": True, "met": True}, "price")
    strange = outcome_event("o3", "q9", B, AT, {"signed": True})
    store.append_all([later, earlier, strange, click_event("c1", "q1", B, AT), click_event("c2", "q1", B, AT)])
    table = feedback_table(store).set_index("enterprise_id")
    assert [name for name in STEPS if table.loc[A, name]] == ["invited", "met", "kept"]
    assert table.loc[A, "reason_not"] == "terms"
    assert table["has_outcome"].tolist() == [True, False]
    assert table["clicks"].tolist() == [0, 2]
    assert not table.loc[B, list(STEPS)].any()


def test_a_firm_that_withdraws_takes_its_rows_away_and_no_others(store):
    """As a supplier its lines; as an asker its query; the other firm's line keeps its rank."""
    store.append(outcome_event("o1", "q1", A, AT, {"met": True}))
    store.withdraw(A, AT)
    table = feedback_table(store)
    assert table["enterprise_id"].tolist() == [B]
    assert table["rank"].tolist() == [2]
    assert [one.payload for one in store.read(OUTCOMES)] == [None]
    store.withdraw(C, AT)
    assert next(iter(store.read(QUERIES))).payload is None
    assert len(feedback_table(store)) == 1


def test_two_demands_shown_to_one_firm_are_two_lines(tmp_path):
    """A record that names the demand is about its line alone, one that names none about both."""
    store = EventStore(f"sqlite:///{tmp_path / 'demands.sqlite'}")
    lines = [ShownFirm(A, 1, 0.8, demand_id="D1"), ShownFirm(A, 2, 0.3, demand_id="D2")]
    store.append_all(list_events("q1", AT, VERSIONS, lines))
    store.append(outcome_event("o1", "q1", A, AT, {"met": True}, demand_id="D2"))
    store.append_all([click_event("c1", "q1", A, AT, "D1"), click_event("c2", "q1", A, AT)])
    table = feedback_table(store).set_index("demand_id")
    assert table["met"].to_dict() == {"D1": False, "D2": True}
    assert table["clicks"].to_dict() == {"D1": 2, "D2": 1}
    store.close()


def test_an_empty_store_gives_a_table_of_no_rows(tmp_path):
    """With every column."""
    store = EventStore(f"sqlite:///{tmp_path / 'none.sqlite'}")
    assert feedback_table(store).empty
    assert {"query_id", "rank", "reason_not", *STEPS} <= set(feedback_table(store))
    assert list(store.read(SHOWN)) == []
    store.close()


def test_a_step_that_there_is_not_is_named():
    """The message lists what is allowed."""
    with pytest.raises(ValueError, match=r"unknown steps \['liked'\]; allowed: \['invited'"):
        outcome_event("o1", "q1", A, AT, {"liked": True})
