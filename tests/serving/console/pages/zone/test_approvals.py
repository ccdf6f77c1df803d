"""The approvals board shows lamps by group and the cases that press most first, and to a firm its own alone."""

import pytest
from dash import no_update

from serving.console.api import Refused
from serving.console.pages.zone.approvals import alerts, layout, refreshed, rows, wanted_of
from tests.serving.approvals.planted_release import ENDED, NUMBER, OTHER
from tests.serving.console.pages.zone.record_views import STRANGER, every, grid_rows, links, words

pytestmark = pytest.mark.contract


def test_running_cases_come_first_and_those_that_press_most_before_others(seen_by):
    """On Sunday the 30th both permits are late since the 20th; the working day that comes is the seventh after it."""
    page = layout(seen_by())
    lines = grid_rows(page, "approvals-grid")
    assert [line["number"] for line in lines] == [NUMBER, OTHER]
    assert (lines[0]["lamp"], lines[0]["left"], lines[0]["due"]) == ("红灯", -7, "2024-06-20")
    assert (lines[0]["item"], lines[0]["office"]) == ("建筑施工许可", "行政审批局东区分局")
    assert lines[0]["href"] == f"/console/approvals/case?number={NUMBER}&source=zone"
    assert [line["number"] for line in grid_rows(layout(seen_by(ended="yes")), "approvals-grid")] == [ENDED]
    assert len(grid_rows(layout(seen_by(ended="all")), "approvals-grid")) == 3


def test_lines_are_sorted_by_lamp_and_then_by_the_days_left(seen_by):
    one = {
        "source": "zone", "item_zh": "甲", "item_en": "a", "office": "", "handling": "", "status": "accepted",
        "promised_due_on": None, "accepted_at": None, "closed_at": None,
    }  # fmt: skip
    given = [("A", "green", 9.0), ("B", "yellow", 1.0), ("C", "red", 0.0), ("D", "red", -3.0), ("E", "none", None)]
    found = {"rows": [one | {"number": n, "lamp": lamp, "promised_left_days": left} for n, lamp, left in given]}
    assert "".join(line["number"] for line in rows(seen_by(), found)) == "DCBAE"


def test_lamps_are_drawn_by_group_with_the_figures_beside(seen_by):
    page = layout(seen_by(by="office"))
    (graph,) = every(page, "Graph")
    by_name = {bar.name: ([name.replace("<br>", "") for name in bar.y], list(bar.x)) for bar in graph.figure.data}
    assert by_name["红灯"] == (["行政审批局东区分局"], [2])
    assert by_name["绿灯"][1] == [0]
    assert "各承办机构的灯" in words(page)
    assert "行政审批局东区分局" in words(every(page, "Table"))


def test_an_enterprise_sees_its_own_cases_and_no_alerts_of_the_zone(seen_by):
    page = layout(seen_by("enterprise"))
    assert [line["number"] for line in grid_rows(page, "approvals-grid")] == [NUMBER]
    assert "今日值得核查的办件" not in words(page)
    other = layout(seen_by("enterprise", name=STRANGER))
    assert grid_rows(other, "approvals-grid") == []
    assert "本单位申请的事项" in words(other)


def test_a_filter_that_there_is_not_is_refused_in_words(seen_by):
    with pytest.raises(Refused) as refused:
        layout(seen_by(lamp="blue"))
    assert refused.value.status == 422
    assert wanted_of({"lamp": "red", "page": "2"}) == {"ended": "no", "lamp": "red"}
    assert wanted_of({"ended": "all"}) == {"ended": "all"}


def test_a_look_without_news_changes_nothing(seen_by):
    view = seen_by()
    lines, _, mark = refreshed(view, 1, {}, "")
    assert len(lines) == 2
    assert refreshed(view, 2, {}, mark) == (no_update, no_update, no_update)


def test_an_alert_gives_its_reasons(seen_by, monkeypatch):
    found = {
        "daily_budget": 5, "forecast_state": "current",
        "alerts": [{"case_number": "A/1", "source": "zone", "act_by": "2024-06-30T09:00:00Z",
                    "reasons": [{"zh": "可能超时。", "en": "It may be late."}]}],
    }  # fmt: skip
    view = seen_by(lang="en")
    monkeypatch.setattr(view.api, "get", lambda route, **_: found)
    card = alerts(view)
    assert links(card) == {"A/1": "/console/approvals/case?number=A%2F1&source=zone"}
    assert "Act by 30 Jun 2024 17:00" in words(card)
