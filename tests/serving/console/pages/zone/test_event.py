"""One event: what was recorded of its pairs, their file, and a firm that withdrew in none of it."""

from __future__ import annotations

import pytest

from serving.console.pages.zone import event
from serving.console.parts.outcome_form import outcome_body
from serving.contract.refusals import Refusal
from serving.matching.feedback import withdraw_firm
from tests.serving.console.planted_views import CELL, FAN, Views, rows, words

pytestmark = pytest.mark.behaviour


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    for firm, steps in ((FAN, ["solved"]), (CELL, ["invited"])):
        made.of().api.post("/v1/match/outcomes", outcome_body("D00001", firm, steps, event_id="E001"))
    yield made
    made.close()


def page(views, number="E001", **given):
    return event.page(views.of(params={"event_id": number}, **given))


def test_pairs_are_listed_by_name_with_what_happened(views):
    """The solved one says yes in that column alone, as nobody recorded the others."""
    found = {row["firm"]: row for row in rows(page(views), "event-pairs")}
    row = found[f"企业0（{FAN}）"]
    assert (row["solved"], row["invited"], row["href"]) == ("是", "", "/console/demands/D00001")
    assert found[f"企业1（{CELL}）"]["invited"] == "是"
    assert "空余 2 个" in words(page(views))


def test_the_file_has_the_same_pairs_and_is_recorded(views):
    """One line a pair."""
    text = event.pair_file(views.of(), "E001", "csv").get_data().decode("utf-8-sig")
    assert len(text.splitlines()) == 3
    assert FAN in text
    assert b"outcomes_exported" in views.drafts[-1].body


def test_a_past_event_without_records_asks_nobody_to_plan(views, monkeypatch):
    """Where the event is still to come the way on is named."""
    monkeypatch.setattr(event, "event_pairs", lambda *_: [])
    assert "安排邀请" in words(page(views))
    held = event.one_event(views.matching, "E001", views.of().caller) | {"state": "past"}
    monkeypatch.setattr(event, "one_event", lambda *_: held)
    shown = words(page(views))
    assert "没有登记过邀请和结果" in shown
    assert "安排邀请" not in shown


def test_a_firm_that_withdrew_is_in_neither(views):
    """The other is what is left."""
    withdraw_firm(views.matching, FAN)
    assert FAN not in words(page(views)) + event.pair_file(views.of(), "E001", "csv").get_data().decode("utf-8-sig")


def test_only_the_zone_opens_it_and_an_unknown_one_is_not_found(views):
    """By the page's own check, before anything is read."""
    for call, key in (
        (lambda: page(views, role="enterprise", name=FAN), "permission-missing"),
        (lambda: page(views, "E999"), "not-found"),
    ):
        with pytest.raises(Refusal) as refusal:
            call()
        assert refusal.value.key == key
