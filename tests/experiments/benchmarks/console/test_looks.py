"""Faults of a page, from what a browser found on it."""

from __future__ import annotations

import pytest

from experiments.benchmarks.console.looks import alien_words, faults_of, heading_faults, raw_values

FINE = {
    "lang": "zh-CN", "width": 400, "scroll_width": 400, "beyond": [], "cut": [], "overlaps": [],
    "texts": [{"text": "企业 7,310 家", "lang": "zh-CN", "of": "p", "grid": False}],
    "headings": [[1, "概览"], [2, "积分"]],
}  # fmt: skip


def seen(text: str, lang: str = "zh-CN", grid: bool = False) -> dict:
    return FINE | {"texts": [{"text": text, "lang": lang, "of": "p", "grid": grid}]}


def test_a_page_in_order_has_no_fault():
    """Chinese text, one h1, nothing wider than the window."""
    assert faults_of(FINE) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("违约概率 nan", ["nan"]),
        ("额度 None 万元", ["None"]),
        ("limited_by", ["limited_by"]),
        ("firms.title", ["firms.title"]),
        ("{count:count} 家", ["{count:count}"]),
        ("2026-11-27T03:28:00Z", ["2026-11-27T03:28"]),
        ("0.1234567890", ["0.1234567890"]),
        ("2026年11月27日 12.5% 1,370,000", []),
        ("open the page. then go on", []),
        ("bank_officer@zone", ["bank_officer"]),
        ("False alarms: at most 1.0%", []),
        ("/v1/decisions/{audit_id}", []),
        ("python -m experiments reform baseline.yaml caps.yaml", []),
        ("None of the firms", ["None"]),
    ],
)
def test_raw_values_are_found(text, found):
    """Missing values, keys, placeholders, instants, long fractions; not names of routes. The last is a word of code."""
    assert raw_values(text) == found


def test_each_language_keeps_to_itself_but_for_codes():
    """Codes are alike in both; a text that is marked with its own language is right."""
    assert alien_words("12 个月 PD，导出 CSV", "zh") == []
    assert alien_words("点击 Search 查询", "zh") == ["Search"]
    assert alien_words("Points of 杭州 firms", "en") == ["杭州"]
    assert [one.kind for one in faults_of(seen("Apply"))] == ["English in Chinese"]
    assert faults_of(seen("English", lang="en")) == []
    assert faults_of(seen("Zhongke Ltd", grid=True)) == []


def test_layout_faults_are_named_with_where_they_are():
    """Sideways scrolling, cut and overlapping texts."""
    found = FINE | {
        "scroll_width": 460, "beyond": ["div#chart"], "cut": [{"text": "浙江省杭", "of": "td", "grid": False}],
        "overlaps": [{"first": "a", "second": "b", "of": "span"}],
    }  # fmt: skip
    assert [(one.kind, one.of) for one in faults_of(found)] == [
        ("sideways", "div#chart"), ("cut", "td"), ("overlap", "span"),
    ]  # fmt: skip
    assert [one.text for one in faults_of(FINE | {"scroll_width": 460})] == ["460 px in 400 px"]


@pytest.mark.parametrize(
    ("headings", "faults"),
    [
        ([(1, "a"), (2, "b"), (3, "c"), (2, "d")], 0),
        ([(2, "b")], 1),
        ([(1, "a"), (3, "c")], 1),
        ([(1, "a"), (1, "b")], 1),
    ],
)
def test_headings_go_down_step_by_step(headings, faults):
    """One h1, and no level left out."""
    assert len(heading_faults(headings)) == faults
