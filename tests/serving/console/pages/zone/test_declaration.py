"""One declaration: its stages and dates as a picture with the same figures beside it, and nobody else's."""

import datetime as dt

import pytest

from data.beijing import BEIJING
from serving.console.api import Refused
from serving.console.pages.zone.clearance import ONE
from serving.console.pages.zone.declaration import _picture, add_cutoff, layout
from tests.serving.clearance.planted_release import NUMBER
from tests.serving.console.pages.zone.record_views import STRANGER, every, grid_rows, links, words

pytestmark = pytest.mark.contract
DATES = [
    {"stage": "completed", "low_at": "2026-03-03T01:00:00Z", "median_at": "2026-03-04T01:00:00Z",
     "high_at": "2026-03-06T01:00:00Z"}
]  # fmt: skip


def test_receipts_stages_and_the_sheet_are_shown(seen_by):
    page = layout(seen_by(number=NUMBER))
    shown = words(page)
    for expected in (f"报关单 {NUMBER}", "已放行", "2026年3月2日 09:11", "统一编号", "没有预计时间", "报关单核对单"):
        assert expected in shown
    receipts = grid_rows(page, "declaration-receipts")
    assert [line["what"] for line in receipts] == [
        "申报成功", "海关入库成功（已接收）", "通关无纸化审结", "海关已放行", "导入成功（暂存）",
    ]  # fmt: skip
    assert receipts[3]["marks"] == "回执所署时间比收到时间晚一小时以上，请核实"
    (frame,) = every(page, "Iframe")
    assert frame.src == f"/console/api/v1/clearance/declarations/{NUMBER}/sheet.html?lang=zh"
    assert frame.title == "报关单核对单"
    assert links(page)["报关单（PDF）"].endswith("/sheet.pdf?lang=zh")


def test_the_picture_and_its_table_say_the_same(seen_by):
    view = seen_by()
    found = view.api.get(f"/v1/clearance/declarations/{NUMBER}")
    picture = _picture(view, found, DATES)
    (graph,) = every(picture, "Graph")
    reached, interval, median = graph.figure.data
    assert (reached.name, list(reached.y)) == ("已到达", ["申报", "接单", "审结", "放行"])
    assert [at.day for at in interval.x] == [3, 6]
    assert list(median.y) == ["结关"]
    table = words(every(picture, "Table"))
    assert "2026年3月4日 09:00" in table
    assert "2026年3月3日 09:00 至 2026年3月6日 09:00" in table


def test_an_enterprise_finds_its_own_and_another_firms_is_not_there(seen_by):
    assert "已放行" in words(layout(seen_by("enterprise", number=NUMBER)))
    for number in (NUMBER, "nothing"):
        with pytest.raises(Refused) as refused:
            layout(seen_by("enterprise", name=STRANGER, number=number))
        assert refused.value.status == 404


def test_without_a_number_it_says_what_to_do(seen_by):
    assert "请输入报关单编号。" in words(layout(seen_by()))


def test_a_cutoff_is_kept_and_one_in_the_past_is_refused(seen_by):
    view = seen_by("enterprise")
    ahead = (dt.datetime.now(BEIJING) + dt.timedelta(days=9)).strftime("%Y-%m-%d 18:30:00")
    kept = add_cutoff(view, 1, NUMBER, "ship", "completed", ahead, 6_000)
    assert kept.title.startswith("已登记：")
    assert "18:30" in kept.title
    with pytest.raises(Refused) as refused:
        add_cutoff(view, 1, NUMBER, "ship", "completed", "2024-01-01 08:00:00", 0)
    assert "将来的时间" in refused.value.text("zh")
    with pytest.raises(Refused) as hidden:
        add_cutoff(seen_by("enterprise", name=STRANGER), 1, NUMBER, "ship", "completed", ahead, 0)
    assert hidden.value.status == 404
    assert ONE == "/clearance/declaration"
