"""The clearance board shows where declarations are, in words, and to an enterprise its own alone."""

import datetime as dt

import pytest
from dash import no_update

from serving.console.api import Refused
from serving.console.pages.zone.clearance import alerts, is_late, layout, refreshed, refused_messages, rows
from tests.serving.clearance.planted_release import AT, CLIENT_NUMBER, ZONE, declaration, response
from tests.serving.console.pages.zone.record_views import STRANGER, grid_rows, links, words

pytestmark = pytest.mark.contract


def test_the_zone_sees_the_declaration_in_words(seen_by):
    """The planted export was released on 2 March 2026 at 09:11 in Beijing."""
    page = layout(seen_by())
    (line,) = grid_rows(page, "clearance-grid")
    assert (line["number"], line["status"], line["since"], line["direction"]) == (
        CLIENT_NUMBER, "已放行", "2026-03-02", "出口",
    )  # fmt: skip
    assert line["href"] == f"/console/clearance/declaration?number={CLIENT_NUMBER}"
    shown = words(page)
    for expected in ("报关单总数", "办理中", "拒收报文", "格式良好的 XML 1.0", "本版本未包含通关预计"):
        assert expected in shown
    assert "released" not in shown
    assert "Released" not in words(layout(seen_by(lang="zh")))


def test_in_english_nothing_is_chinese_but_names_and_notes(seen_by):
    page = layout(seen_by(lang="en"))
    (line,) = grid_rows(page, "clearance-grid")
    assert (line["status"], line["direction"]) == ("Released", "Export")
    assert "Declarations by status" in words(page)


def test_an_enterprise_sees_its_own_and_no_refused_messages(seen_by):
    own = layout(seen_by("enterprise"))
    assert len(grid_rows(own, "clearance-grid")) == 1
    assert "拒收报文" not in words(own)
    other = layout(seen_by("enterprise", name=STRANGER))
    assert grid_rows(other, "clearance-grid") == []
    assert "还没有报关单" in words(other)
    with pytest.raises(Refused) as refused:
        refused_messages(seen_by("enterprise"))
    assert refused.value.status == 403


def test_a_status_of_the_query_leaves_the_others_out_and_an_unknown_one_is_refused(seen_by):
    page = layout(seen_by(status="withdrawn"))
    assert grid_rows(page, "clearance-grid") == []
    assert links(page)["查看全部"] if "查看全部" in links(page) else "没有该状态的报关单" in words(page)
    with pytest.raises(Refused) as refused:
        layout(seen_by(status="lost"))
    assert refused.value.status == 422


def test_a_look_changes_nothing_until_a_message_comes(seen_by, record_shop):
    view = seen_by()
    _, _, mark = refreshed(view, 1, "", "")
    assert refreshed(view, 2, "", mark) == (no_update, no_update, no_update)
    store = record_shop.client.app.state.clearance.stores.get()
    for raw in (declaration(record_shop.codes[1], "T000000000000002"), response("E2", "T000000000000002")):
        store.receive(raw, ZONE, AT)
    lines, counts, later = refreshed(view, 3, "", mark)
    assert later != mark
    assert {line["number"]: line["status"] for line in lines}["T000000000000002"] == "已暂存"
    assert "2" in words(counts).split("\n")


def test_a_line_says_what_is_expected_and_how_unsure_that_is(seen_by):
    """Released two and a half days before the day of the clock, 30 June 2024."""
    now = seen_by().state.worker.service.clock.now()
    date = {"low_at": "2024-07-01T01:00:00Z", "median_at": "2024-07-02T01:00:00Z", "high_at": "2024-07-04T20:00:00Z"}
    one = {
        "number": "N", "clearance_status": "released", "status_at": (now - dt.timedelta(days=2.5)).isoformat(),
        "declared_at": "2024-06-27T01:00:00Z", "direction": None, "office": "2910",
        "expected": date | {"stage": "completed", "reliable": False},
    }  # fmt: skip
    (line,) = rows(seen_by(), {"rows": [one]})
    assert line["days"] == pytest.approx(2.5, abs=0.01)
    assert (line["next"], line["expected"]) == ("结关", "2024-07-02")
    assert line["interval"] == "2024年7月1日 至 2024年7月5日（此处预计不可靠）"
    assert line["office"] == "杭州机场（2910）"
    ends = dt.datetime(2024, 7, 4, 20, tzinfo=dt.UTC)
    assert not is_late(one, ends)
    assert is_late(one, ends + dt.timedelta(seconds=1))
    assert not is_late(one | {"expected": None}, ends)


def test_alerts_give_their_reasons_and_where_to_look(seen_by, monkeypatch):
    found = {
        "daily_budget": 5,
        "alerts": [{"declaration_id": "T1", "act_by": "2024-06-30T09:00:00Z",
                    "reasons": [{"zh": "可能赶不上。", "en": "It may be missed."}]}],
    }  # fmt: skip
    view = seen_by()
    monkeypatch.setattr(view.api, "get", lambda route, **_: found)
    card = alerts(view)
    assert links(card) == {"T1": "/console/clearance/declaration?number=T1"}
    assert "2024年6月30日 17:00 前处理" in words(card)
    assert "可能赶不上。" in words(card)


def test_a_release_without_forecasts_keeps_the_rest_of_the_board(seen_by):
    """The tests' release holds none: the alerts say so, and the list is there."""
    page = layout(seen_by())
    assert "该版本未包含通关预测" in words(page)
    assert grid_rows(page, "clearance-grid")
