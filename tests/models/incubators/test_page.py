"""The report as a page: no script, accessible, every figure with its basis."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from data.incubators.tables import QUARANTINE
from models.incubators.gathered import gather
from models.incubators.lists import listed
from models.incubators.page import ReportLinks, page_of
from tests.models.incubators.conftest import ON, incubator, made_of, report, tenant

VOID = {"meta", "path", "rect", "br"}


class Nesting(HTMLParser):
    """Whether every element is closed where it was opened, and which there are."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module", params=["zh", "en"])
def page(request, reports):
    return request.param, page_of(reports[request.param])


def test_a_page_is_whole_has_no_script_and_can_be_read_aloud(page):
    """Language, one heading, labelled sections, captioned tables with heads, a labelled picture, a way past the top."""
    lang, html = page
    found = Nesting()
    found.feed(html)
    assert found.open == []
    tags = [tag for tag, _ in found.seen]
    assert not {"script", "iframe", "object"} & set(tags)
    assert not re.search(r"\son[a-z]+=|javascript:|https?://(?!www\.w3\.org)", html)
    assert dict(found.seen)["html"]["lang"] == {"zh": "zh-CN", "en": "en"}[lang]
    assert tags.count("h1") == 1
    assert tags.count("table") == tags.count("caption") == tags.count("thead")
    assert all(attrs.get("aria-labelledby") for tag, attrs in found.seen if tag == "section")
    assert all(attrs.get("scope") == "col" for tag, attrs in found.seen if tag == "th")
    assert [attrs["role"] for tag, attrs in found.seen if tag == "svg"] == ["img"]
    assert 'class="skip"' in html


def test_it_shows_the_totals_the_remainder_and_what_lies_inside_what(page):
    """And says at the top that its rows are simulated."""
    lang, html = page
    for figure in ("138", "810,000", "2,814", "24,700", "7,056", "631", "966", "2,552"):
        assert figure in html
    assert {"zh": "国家级和自治区级合计 51，其余 87 家为其他级别", "en": "are 51 together; the other 87 are"}[
        lang
    ] in html
    assert {
        "zh": "高校毕业生就业 7,056 已包含在累计吸纳就业 24,700 之内",
        "en": "Jobs of college graduates: 7,056 are among the 24,700 jobs in firms incubated ever",
    }[lang] in html
    assert {"zh": "本报告由模拟数据计算", "en": "computed from simulated rows"}[lang] in html
    assert {"zh": "16 条记录因 17 处问题未采用", "en": "16 records were not taken, for 17 faults"}[lang] in html


def test_the_english_report_has_no_chinese_source_and_no_item(reports):
    """Sources of published figures have an English name, and what is counted is no item."""
    shown = listed(reports["en"], "reconciliation")
    sources = {str(row[-1]) for row in shown.rows}
    assert "report on the platforms of Tibet, May 2022" in sources
    assert not any("一" <= sign <= "鿿" for one in sources for sign in one)
    assert {str(row[-1]) for row in listed(reports["zh"], "reconciliation").rows} & {"西藏双创载体平台报道，2022年5月"}
    assert ("items" in page_of(reports["en"]), "of which college" in page_of(reports["en"])) == (False, False)


def test_a_small_cost_is_not_shown_as_nothing(reports):
    """300 yuan are 0.03 of 10,000."""
    made = reports["en"]
    cheap = replace(made, recognition=made.recognition.assign(cost_cny=300.0, status="reachable", overall="not_met"))
    assert {row[-1] for row in listed(cheap, "recognition").rows} == {0.03}
    assert ">0.03<" in page_of(cheap)


def test_names_are_written_as_text_and_a_changed_row_changes_the_page():
    """Whatever somebody typed into the registry."""
    row = {"record": "tenant", "line": 2, "key": "<script>alert(1)</script>", "where": "x", "found": "", "allowed": "",
           "reason_zh": "<b>错</b>", "reason_en": "x"}  # fmt: skip
    rows = {"incubator": [incubator("Z1")], "tenant": [tenant("A"), tenant("B")], "report": [report()]}
    quarantine = pd.DataFrame([row], columns=list(QUARANTINE))
    html = page_of(gather(made_of(**rows), ON, "zh", quarantine=quarantine))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    rows["tenant"] = [tenant("A")]
    other = page_of(gather(made_of(**rows), ON, "zh", quarantine=quarantine))
    assert other != html


def test_links_lead_to_the_files_and_the_other_language(reports):
    """Only where there are addresses."""
    links = ReportLinks(lambda table, kind: f"files/{table or 'all'}.{kind}", "report.en.html")
    html = page_of(reports["zh"], links)
    assert {"files/statistics.csv", "files/recognition.csv", "files/all.xlsx", "report.en.html"} <= set(
        re.findall(r'href="([^"]+)"', html)
    )
    assert 'href="files' not in page_of(reports["zh"])
