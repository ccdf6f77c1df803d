"""The page of a case: what a person reads on it, in both languages."""

import re
from dataclasses import replace

import pytest

from models.approvals.page import case_page
from models.approvals.texts import templates
from tests.models.approvals.events import event, resumed, suspended
from tests.models.approvals.items import table
from tests.models.approvals.test_cases import WHOLE

FORECAST = {
    "low_at": "2026-03-12T08:00:00Z", "median_at": "2026-03-17T08:00:00Z", "high_at": "2026-03-30T08:00:00Z",
    "text": {"zh": "预计三月", "en": "expected in March"},
}  # fmt: skip


def page(*events, lang="en", now="2026-03-26T12:00", **options):
    return case_page(table(*events, now=now), 0, lang, **options)


def words(html):
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL))


def test_what_where_and_the_three_clocks():
    html = page(*WHOLE, now="2026-04-01T12:00")
    said = words(html)
    for part in (
        "Case A1", "food business licence", "handled within a promise", "Administrative Approval Bureau",
        "green: closed in time", "5 working days (7 calendar days)", "4 working days (6 calendar days)", "2026-03-16",
        "2026-04-07", "test", "left out", "granted", "This item is simulated",
    ):  # fmt: skip
        assert part in said
    assert html.count("<svg") == 2
    assert "<script" not in html
    assert 'lang="en"' in html
    chinese = words(page(*WHOLE, lang="zh"))
    assert "办件 A1" in chinese
    assert "时间为北京时间" in chinese  # no name of a time zone that a clerk would have to look up
    assert "Asia/Shanghai" not in chinese + said
    assert re.search("时间 环节 机构", chinese)  # 事项 is what is applied for, not what happened


def test_a_lamp_is_a_word_and_a_shape():
    for now, word, shape in (
        ("2026-03-04T12:00", "green: well within its time", "●"), ("2026-03-09T12:00", "yellow: near its due day", "▲"),
        ("2026-03-10T12:00", "red: due today", "■"), ("2026-03-11T12:00", "red: late", "■"),
    ):  # fmt: skip
        assert f"{shape} {word}" in words(page(event("accepted", "03"), now=now)).replace("  ", " ")


def test_a_day_without_a_time_is_written_as_a_day():
    """No clerk accepted it at midnight."""
    html = page(event("applied", "02", ""), event("accepted", "03", ""))
    assert "00:00" not in html
    assert words(html).count("2026-03-02") == 2  # beside the case, and in its history


def test_a_name_that_the_office_gave_in_chinese_is_marked_and_explained_once():
    own = replace(event("step", "04"), activity="踏勘会")
    html = page(event("accepted", "03"), own)
    assert '<span lang="zh-CN">踏勘会</span>' in html
    assert html.count("in the office&#x27;s own words") == 1
    assert "site visit" in words(page(replace(own, activity="现场核查")))
    assert "own words" not in page(replace(own, activity="现场核查"))
    assert "自己的用语" not in page(own, lang="zh")


def test_flags_and_suspensions_say_why_in_plain_words():
    said = words(page(event("accepted", "03"), suspended("05", reason="hearing"), resumed("09", reason="")))
    assert said.count("The item does not allow the reason of a suspension: it is counted.") == 2
    deemed = words(page(event("applied", "02"), now="2026-03-10T12:00"))
    assert "by law it counts as accepted on its receipt: the clock begins on 2 March 2026" in deemed
    assert "a person has to verify them" in words(
        page(event("accepted", "03"), event("decided", "04", outcome="granted"), event("decided", "05", outcome="x"))
    )


def test_the_forecast_of_a_running_case_alone():
    running = words(page(event("accepted", "03"), forecast=FORECAST, notes=[("按剩余天数", "by the days left")]))
    assert "by the days left" in running
    assert "expected in March" in running
    assert "Expected: 2026-03-17 (2026-03-12 to 2026-03-30)" in running
    assert "expected in March" not in words(page(*WHOLE, forecast=[FORECAST]))


def test_no_officer_and_no_attribute_of_a_log_is_on_it():
    secret = replace(event("step", "03", e_resource="王某", c_responsible="李某", leak_x="张某"), officer="赵某")
    html = page(secret, event("accepted", "04", list="身份证"))
    assert not re.search("王某|李某|张某|赵某", html)
    assert "身份证" in html


def test_texts_of_a_record_are_escaped():
    html = page(event("accepted", "03", reason="<b>x</b>", item="<i>"), event("step", "04", office='"><u>'))
    assert not re.search("<b>x|<i>|<u>", html)


def test_records_without_a_time_say_how_they_came():
    events = [event("accepted", "03", ""), replace(event("step"), at_text="昨天")]
    assert "time not known (as it came: 昨天)" in words(page(*events, verbatim=True))
    said = words(page(*events))
    assert "time not known (as it came: unreadable, 2 characters)" in said
    assert re.search(r"2026-03-03 (?!\d\d:)", said)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_part_is_written_for_cases_of_every_kind(lang):
    cases = [
        [event("step", "02", item="", deadline="2026-03-13")], [event("applied", "25")], [event("step")],
        [event("accepted", "06"), suspended("09"), event("joint_begun", "10", **{"with": "water;housing"})],
        [event("accepted", "06"), event("extended", "09", by="head", informed="1")],
        [event("accepted", "2031-03-03")], [event("refused", "03")], [event("delivered", "03", "")],
    ]  # fmt: skip
    for events in cases:
        html = page(*events, lang=lang, simulated=True, other_language="x")
        assert html.count("<section") >= 5
        assert templates()["simulated"].fill({})[lang == "en"] in words(html)


def test_a_caption_that_repeats_its_heading_is_read_out_and_not_shown_twice():
    html = page(*WHOLE)
    assert "<caption>" in html
    assert "caption{position:absolute;width:1px" in html
