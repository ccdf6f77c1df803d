"""The form of results: steps imply those before them, and a record counts at once."""

from __future__ import annotations

import pytest

from serving.console.parts.outcome_form import outcome_body, outcome_form, register_outcome_form
from serving.matching.events import event_pairs
from tests.serving.console.planted_views import CELL, FAN, Views, by_id, registered, words

pytestmark = pytest.mark.behaviour


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    yield made
    made.close()


def steps(body):
    return {name for name, value in body.items() if value is True}


def test_a_step_implies_those_before_it():
    """Who met again met and kept it; at an event who met accepted and was invited."""
    assert steps(outcome_body("D1", FAN, ["second_meeting"])) == {"second_meeting", "kept", "met"}
    at_event = outcome_body("D1", FAN, ["kept"], event_id="E001")
    assert steps(at_event) == {"kept", "met", "accepted", "invited"}
    assert FAN not in at_event["outcome_id"]
    assert "reason_not" not in at_event


def test_a_record_of_an_event_counts_at_once(views):
    """The officer reads whose it was; an empty form records nothing."""
    record = registered(register_outcome_form, "event", roles=("zone_officer",), permission="match_write").callbacks[
        "record"
    ]
    about = {"query_id": None, "event_id": "E001"}
    said, kept, _ = record(views.of(), 1, None, ["met"], None, about)
    assert "请选择企业" in words(said)
    assert kept == ["met"]
    said, kept, reason = record(views.of(), 1, f"D00001|{FAN}", ["met"], "price", about)
    assert ("企业0" in words(said), kept, reason) == (True, [], None)
    (pair,) = event_pairs(views.matching, "E001", views.of().caller)
    assert (pair["uscc"], pair["accepted"], pair["kept"], pair["reason_not"]) == (FAN, True, False, "price")


def test_outside_events_nobody_is_invited(views):
    """The steps offered are those that can happen there; pairs of several demands name their demand."""
    outside = outcome_form(views.of(), "demand", [("D00001", FAN)], query_id="q")
    assert "已邀请" not in words(outside)
    at_event = outcome_form(views.of(), "event", [("D00001", FAN), ("D00002", CELL)], event_id="E001")
    assert "已邀请" in words(at_event)
    assert by_id(at_event, "event-pair").data[1]["label"].startswith("D00002 ↔ 企业1")
