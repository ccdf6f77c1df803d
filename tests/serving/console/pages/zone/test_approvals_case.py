"""One case: three clocks with suspended time, as worked by hand, in words and as a picture."""

import datetime as dt
from types import SimpleNamespace

import pytest

from serving.console.api import Refused
from serving.console.pages.zone.approvals_case import clock_figure, clock_rows, layout
from tests.serving.approvals.planted_release import ENDED, NUMBER
from tests.serving.console.pages.zone.record_views import STRANGER, grid_rows, links, words

pytestmark = pytest.mark.contract
DAY_MS = 86_400_000


def test_the_clocks_are_those_worked_by_hand(seen_by):
    """Accepted on 4 June, ten working days promised, one day suspended, the 10th a holiday: due on the 20th; sixteen
    are used on Sunday the 30th, and the working day that comes is the seventh after the 20th.
    """
    view = seen_by()
    case = view.api.get(f"/v1/approvals/cases/{NUMBER}")
    statutory, promised, actual = clock_rows(view, case)
    assert promised == {
        "clock": "承诺时限", "allowed": "10 个工作日", "used": "16 个工作日", "suspended": "1 个工作日",
        "left": "已超 7 个工作日", "due_on": "2024年6月20日",
    }  # fmt: skip
    assert statutory["due_on"] == "2024年7月4日"
    assert actual["used"].startswith("16 个工作日（")
    assert actual["due_on"] == "截至 2024年6月30日"


def test_the_picture_has_a_bar_a_clock_from_acceptance_on_and_hatches_what_is_suspended(seen_by):
    view = seen_by()
    case = view.api.get(f"/v1/approvals/cases/{NUMBER}")
    bars = {(bar.y[0], bool(bar.marker.pattern.shape)): bar for bar in clock_figure(view, case).data}
    promised = bars["承诺时限", False]
    assert promised.base[0].startswith("2024-06-04")
    assert promised.x[0] == 17 * DAY_MS  # the 4th to the 20th
    assert bars["实际用时", False].x[0] == 27 * DAY_MS  # to the 30th
    assert ("实际用时", True) in bars
    assert bars["实际用时", True].base[0].startswith("2024-06-07")


def test_while_the_clock_is_suspended_the_due_day_is_open(seen_by):
    case = seen_by().api.get(f"/v1/approvals/cases/{NUMBER}")
    clocks = case["clocks"] | {"promised": case["clocks"]["promised"] | {"due_on": None}}
    open_case = case | {"clocks": clocks}
    view = seen_by()
    assert clock_rows(view, open_case)[1]["due_on"] == "中止期间未定"
    faint = [bar for bar in clock_figure(view, open_case).data if bar.opacity == 0.4]
    assert [bar.y[0] for bar in faint] == ["承诺时限"]


def test_an_expected_end_is_an_interval_with_its_median(seen_by):
    view = seen_by()
    case = view.api.get(f"/v1/approvals/cases/{NUMBER}")
    forecast = {
        "low_at": "2024-07-01T01:00:00Z",
        "median_at": "2024-07-02T01:00:00Z",
        "high_at": "2024-07-09T01:00:00Z",
    }
    *_, interval, median = clock_figure(view, case | {"forecast": forecast}).data
    assert [at.date() for at in interval.x] == [dt.date(2024, 7, 1), dt.date(2024, 7, 9)]
    assert median.y[0] == "预计办结时间"


def test_the_page_names_item_lamp_suspension_and_history(seen_by):
    page = layout(seen_by("enterprise", number=NUMBER))
    shown = words(page)
    for expected in ("建筑施工许可", "红灯：已超时", "三个时钟", "本版本未包含办结时间预计。"):
        assert expected in shown
    (stop,) = grid_rows(page, "approvals-suspensions")
    assert (stop["reason"], stop["days"], stop["counted"]) == ("鉴定", 1, "不计入时限")
    what = [line["what"] for line in grid_rows(page, "approvals-history")]
    assert what == ["提出申请", "受理", "中止计时", "恢复计时"]
    assert links(page)["打印版"] == f"/console/api/v1/approvals/cases/{NUMBER}/page.html?lang=zh"
    assert "王五" not in shown


def test_an_ended_case_was_in_time_and_another_firms_is_not_there(seen_by):
    ended = words(layout(seen_by(number=ENDED, lang="en")))
    assert "Green: closed in time" in ended
    assert "The case has ended." in ended
    with pytest.raises(Refused) as refused:
        layout(seen_by("enterprise", name=STRANGER, number=NUMBER))
    assert refused.value.status == 404


def test_a_number_with_a_slash_has_its_page(seen_by, record_shop):
    """Imported logs number as they like."""
    log = "case_id,activity,timestamp\n2024/07-1,intake,2024-06-03T09:00:00Z\n"
    seen_by().api.send("/v1/approvals/logs", log.encode(), "text/csv", source="log")
    page = layout(seen_by(number="2024/07-1"))
    assert "办件 2024/07-1" in words(page)
    printed = links(page)["打印版"]
    assert printed.startswith("/console/api/v1/approvals/cases/2024%252F07-1/page.html")


def test_steps_are_in_english_or_marked_as_the_offices_own_words(seen_by, record_shop):
    log = "case_id,activity,timestamp\n" + "".join(
        f"own-1,{step},2024-06-03T0{at}:00:00Z\n" for at, step in enumerate(("现场核查", "踏勘会"), 1)
    )
    seen_by().api.send("/v1/approvals/logs", log.encode(), "text/csv", source="log")
    page = layout(seen_by(number="own-1", lang="en"))
    lines = grid_rows(page, "approvals-history")
    assert [(line["what"], line["what_lang"]) for line in lines] == [("Site visit", ""), ("踏勘会", "zh-CN")]
    assert words(page).count("in the office's own words") == 1
    chinese = layout(seen_by(number="own-1"))
    assert [line["what"] for line in grid_rows(chinese, "approvals-history")] == ["现场核查", "踏勘会"]
    assert "自己的用语" not in words(chinese)


def test_an_event_dated_without_a_time_shows_its_day_alone(seen_by, record_shop):
    """A decision by its day is not at 00:00, which would be before the application at nine o'clock of that day."""
    log = "case_id,activity,timestamp\nday-1,intake,2024-06-03T09:00:00+08:00\nday-1,decision,2024-06-03\n"
    seen_by().api.send("/v1/approvals/logs", log.encode(), "text/csv", source="log")
    page = layout(seen_by(number="day-1"))
    assert "6月3日 00:00" not in words(page)
    times = [line["at"] for line in grid_rows(page, "approvals-history")]
    assert sorted(times) == ["2024年6月3日", "2024年6月3日 09:00"]


def test_a_case_accepted_on_a_day_without_a_time_shows_that_day(seen_by, monkeypatch):
    """Midnight in Beijing, which is 16:00 of the day before in UTC; the application keeps its time."""
    view = seen_by(number=NUMBER)
    case = view.api.get(f"/v1/approvals/cases/{NUMBER}")
    changed = case | {"applied_at": "2024-06-03T01:30:00Z", "accepted_at": "2024-06-03T16:00:00Z"}
    monkeypatch.setattr(view, "api", SimpleNamespace(get=lambda *_, **__: changed))
    shown = words(layout(view))
    assert "2024年6月3日 09:30" in shown
    assert "2024年6月4日\n" in shown
    assert "2024年6月4日 00:00" not in shown


def test_without_a_number_it_says_what_to_do(seen_by):
    assert "请输入办件编号。" in words(layout(seen_by()))
