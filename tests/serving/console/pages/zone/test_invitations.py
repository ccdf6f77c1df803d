"""Invitations: the plan under the event's seats in words, and its record as invitations of each pair."""

from __future__ import annotations

import pytest

from serving.console.pages.zone import invitations
from serving.contract.refusals import Refusal
from serving.matching.events import one_event
from tests.serving.console.planted_views import FAN, Views, by_id, registered, rows, words

pytestmark = pytest.mark.behaviour


@pytest.fixture
def views(tmp_path):
    made = Views(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def calls():
    return registered(invitations.register).callbacks


def test_a_plan_names_who_meets_whom_and_is_recorded_once_for_all(views, calls):
    """Two demands, three seats: the firms with the words; each pair counts as invited, one write to the ledger."""
    view = views.of()
    shown, pairs = calls["plan"](view, 1, "E001", ["D00001", "D00002"], None, None)
    text = words(shown)
    assert "会谈安排" not in text
    assert "企业0" in [row["firm"].partition("（")[0] for row in rows(shown, "plan-grid")]
    assert "席位 3 个" in text
    assert ["D00001", FAN] in pairs
    said = calls["record"](view, 1, pairs, "E001")
    assert "已登记邀请" in words(said)
    event = one_event(views.matching, "E001", view.caller)
    assert (event["invited"], event["accepted"]) == (len(pairs), 0)
    assert len(views.drafts) == len(pairs)
    assert FAN.encode() not in b"".join(draft.body for draft in views.drafts)


def test_shares_of_seats_are_said_with_their_price(views, calls):
    """A least share of start-ups of one half of three seats is two seats; more than there are is refused in words."""
    shown, _ = calls["plan"](views.of(), 1, "E001", ["D00001", "D00002"], 20, "")
    assert "初创期企业得到 1 个席位，要求至少 1 个。" in words(shown)


def test_without_demands_nothing_is_planned(views, calls):
    """The page says what to do; choosing a field takes in its open demands."""
    shown, pairs = calls["plan"](views.of(), 1, "E001", [], None, None)
    assert ("请先选择需求" in words(shown), pairs) == (True, [])
    assert sorted(calls["of_field"](views.of(), "iot")) == ["D00001", "D00002", "D00003", "D00005"]
    form = invitations.planning(views.of(), {"event_id": "E001"})
    assert by_id(form, "plan-field").data == [{"value": "iot", "label": "物联网"}]


def test_only_the_zone_records(views):
    """An enterprise is refused before anything is written."""
    with pytest.raises(Refusal) as refusal:
        invitations.record_invitations(views.of("enterprise", FAN), "E001", [["D00001", FAN]])
    assert refusal.value.key == "permission-missing"
    assert one_event(views.matching, "E001", views.of().caller)["invited"] == 0
