"""The overview: numbers that add up to all firms, alarms that lead somewhere, and what waits for the officer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from serving.console.firms import firm_table
from serving.console.pages.zone.overview import overview_page, waiting
from tests.serving.console.components import all_of
from tests.serving.console.planted_firms import hrefs, planted_table, shown_words


@pytest.fixture
def planted(monkeypatch):
    """The six firms by hand in place of the cohort."""
    table = planted_table()
    monkeypatch.setattr("serving.console.pages.zone.overview.firm_table", lambda _: table)
    return table


def figures(page, title):
    """The figures of the chart of this title, from the table beside it, by name."""
    (found,) = (
        one for one in all_of(page)
        if type(one).__name__ == "Figure" and one.children[0].children == title
    )  # fmt: skip
    rows = [one for one in all_of(found) if type(one).__name__ == "Tr"][1:]
    return {row.children[0].children: row.children[1].children for row in rows}


def test_every_picture_counts_every_firm(office, planted):
    page = overview_page(office.view())
    for title in ("各成长阶段的企业数", "各区县的企业数", "各行业的企业数", "各风险等级的企业数"):
        assert sum(map(int, figures(page, title).values())) == len(planted)
    assert figures(page, "各区县的企业数") == {"滨江区": "3", "西湖区": "2", "未提供": "1"}
    assert figures(page, "各产业链的企业数（一家企业可在多条链上）")["未归入产业链"] == "3"


def test_cards_hold_the_sums_of_the_table(office, planted):
    shown = shown_words(overview_page(office.view()))
    for said in ("6 家", "60.0 分", "420 万元", "2 家预授信通过", "83.3%", "1 家有来源过期"):
        assert said in shown  # median of 20 40 60 60 80; 300 + 120; 5 of 6 fresh
    english = shown_words(overview_page(office.view(lang="en")))
    assert "CNY 4.20 million" in english
    assert "nan" not in english.lower()


def test_what_waits_is_counted_and_linked(office, planted):
    found = {one.href: one.count for one in waiting(office.view())}
    assert found == {"/console/firms?fresh=stale": 1, "/console/firms?alarm=yes": 3, "/console/quarantine": 3}


def test_alarms_name_what_is_out_of_order(office, planted, monkeypatch):
    page = overview_page(office.view())
    assert "/console/firms?fresh=stale" in hrefs(page)
    assert "漂移" not in shown_words(page)
    broken = replace(planted, stale_models=True, drift_alarm=True)
    monkeypatch.setattr("serving.console.pages.zone.overview.firm_table", lambda _: broken)
    shown = shown_words(overview_page(office.view()))
    assert "漂移" in shown
    assert "对照组已过期" in shown


def test_only_open_cases_count_as_late(office, planted, monkeypatch):
    """As on the board and in the list of what waits: a case that ended late can no longer be hurried."""
    view = office.view()
    counted = {"no": 2, None: 90}
    monkeypatch.setattr(type(view.api), "get", lambda _, route, **query: {"count": counted[query.get("ended")]})
    assert "红灯办件：2 件" in shown_words(overview_page(view))


def test_the_cohort_itself_is_shown(office):
    shown = shown_words(overview_page(office.view("policy_analyst")))
    assert f"{len(firm_table(office.console.state)):,} 家" in shown
