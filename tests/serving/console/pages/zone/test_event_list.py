"""Events: counts in a picture and a table, a new one that is announced, free seats that wait."""

from __future__ import annotations

import pytest

from serving.console.pages.zone import event_list
from serving.console.parts.outcome_form import outcome_body
from tests.serving.console.planted_views import CELL, FAN, Views, registered, rows, words

pytestmark = pytest.mark.behaviour


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    yield made
    made.close()


def record(view, firm, steps, reason=None):
    view.api.post("/v1/match/outcomes", outcome_body("D00001", firm, steps, reason, event_id="E001"))


def test_counts_are_those_of_pairs_and_reasons(views):
    """Two invited of three seats, one met; before a record the page says what to do."""
    view = views.of()
    assert "安排邀请后" in words(event_list.page(view))
    record(view, FAN, ["met"])
    record(view, CELL, ["invited"], "price")
    shown = event_list.page(view)
    (row,) = rows(shown, "events-grid")
    assert (row["invited"], row["met"], row["free_seats"], row["state"]) == (2, 1, 1, "未举行")
    assert "从邀请到签约" in words(shown)
    assert "价格" in words(shown)
    text = event_list.event_file(view, "csv").get_data().decode("utf-8-sig")
    assert text.splitlines()[1].startswith("E001,智能制造,2024-09-01")


def test_an_event_is_announced_and_its_seats_wait(views):
    """Both events have free seats; the form leads to the new one's page."""
    made = registered(event_list.register)
    view = views.of()
    values = ("新材料对接会", "2024-08-01", "", 20, 4, 2)
    assert made.callbacks["announce"](view, 1, "V-1", *values) == "/console/events/V-1"
    assert {row["id"]: row["free_seats"] for row in rows(event_list.page(view), "events-grid")} == {
        "E001": 3,
        "V-1": 20,
    }
    (waits,) = made.sources[0](view)
    assert (waits.count, waits.href) == (2, "/console/events")
    assert made.allowed["announce"] == (("zone_officer",), "match_write")
    assert "每家企业最多会谈次数" in words(event_list.new_page(view))
