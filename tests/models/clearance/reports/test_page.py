"""The page: complete in both languages, well-formed, nobody named, nothing from outside, words of messages escaped."""

from __future__ import annotations

import re

import pytest
from lxml import html

from models.clearance.reports.gather import gather
from models.clearance.reports.groups import OWN_ROWS
from models.clearance.reports.page import ReportLinks, days, hours, money, page_of, share, whole
from models.clearance.reports.query import ReportError, ReportQuery
from tests.models.clearance.reports.conftest import AS_OF, GOLDEN, NONE_SMALL, log_of

SECTIONS = ["summary", "time", "counts", "groups", "stages", "change", "currencies", "method"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("by", ["office", "direction"])
def test_every_section_is_there_in_both_languages(lang, by):
    page = page_of(gather(log_of(400), ReportQuery(by=by, cross="transport"), lang, as_of=AS_OF))
    root = html.fromstring(page)
    assert [one.get("id") for one in root.iter("section")] == SECTIONS
    words = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert not re.search(r"nan|None|\{|\}", words)
    assert len(root.findall(".//svg")) == 6  # three pictures, each for wide and for narrow pages
    if lang == "en":
        text = " ".join(root.itertext())
        assert not re.search(r"[，。（）：]", text)  # names of codes may be Chinese, sentences are not
    assert "<script" not in page
    assert not re.search(r'(src|href)="http', page)


def test_the_golden_change_in_words():
    page = page_of(gather(GOLDEN, ReportQuery(), "en", as_of=AS_OF, disclosure=NONE_SMALL))
    text = " ".join(html.fromstring(page).text_content().split())
    assert "Without mix control: the mean went from 8.40 to 10.33 days, a change of +1.93 days (+23.0%)." in text
    assert "speed accounts for -0.14 days, mix for +2.07 days" in text
    assert "Of these 0.0% and 16.7% have no receipt of completion yet and count as 30 days" in text
    assert "Fewer than 10 firms: no intervals." in text
    assert "All of these declarations are simulated" in text


def test_the_tables_are_of_the_period_that_is_named():
    query = ReportQuery(baseline="2024Q4", current="2025Q1")
    titles = [one.text for one in html.fromstring(page_of(gather(log_of(200), query, "en"))).iter("h2")]
    assert "2025 Q1 at a glance" in titles
    assert "2025 Q2 at a glance" in [
        one.text for one in html.fromstring(page_of(gather(log_of(200), ReportQuery(), "en"))).iter("h2")
    ]


def test_no_firm_is_named_and_words_of_messages_are_escaped():
    table = log_of(300)
    table.loc[::2, "office"] = "<b>1</b>"
    page = page_of(gather(table, ReportQuery(), "en"), ReportLinks(lambda a, b: f"{a}.{b}", "?lang=zh"))
    assert "<b>1</b>" not in page
    assert "&lt;b&gt;1&lt;/b&gt;" in page
    assert not [firm for firm in set(table["firm_uscc"]) if firm in page]
    assert {"periods.csv", ".xlsx", "?lang=zh"} <= set(re.findall(r'href="([^"]+)"', page))


def test_small_and_empty_tables_have_a_page():
    assert "There are no declarations" in page_of(gather(GOLDEN.head(0), ReportQuery(), "en"))
    assert "没有两个可比较的期间" in page_of(gather(GOLDEN.head(3), ReportQuery(), "zh"))
    own = page_of(gather(GOLDEN, ReportQuery(), "en", as_of=AS_OF, disclosure=OWN_ROWS))
    assert "own declarations" in own
    with pytest.raises(ReportError, match="baseline"):
        page_of(gather(GOLDEN, ReportQuery(baseline="2020Q1", current="2025Q1"), "en", as_of=AS_OF))


def test_a_figure_that_is_missing_is_a_dash():
    assert [write(float("nan")) for write in (days, hours, whole, share, money)] == ["–"] * 5
    assert [days(1.005), hours(0.25), whole(1234.0), share(0.5), money(1234.5)] == [
        "1.00",
        "6.00",
        "1,234",
        "50.0%",
        "1,234.50",
    ]
