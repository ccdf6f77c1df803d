"""Refused rows: how many of how many, why, and what to do; and a release that holds no report."""

from __future__ import annotations

import pytest

from serving.console.pages.zone import clearance, clearance_messages
from serving.console.pages.zone.quarantine import quarantine_page, table_name
from serving.releases.filings import PackedFilings
from tests.serving.console.components import of_id
from tests.serving.console.planted_firms import hrefs, shown_words


def rows_of(page):
    return of_id(page, "quarantine-grid").rowData


def test_refused_rows_are_counted_of_all_and_said_in_words(office):
    page = quarantine_page(office.view())
    shown = shown_words(page)
    for said in ("共读入 10 行，隔离 3 行", "贷款", "30.00%", "“amount_wan”列 2 行", "原文件"):
        assert said in shown
    first, second, third = rows_of(page)
    assert (first["table"], first["line"], first["sheet"]) == ("贷款", 3, "–")
    assert first["reason"] == "“amount_wan”列：-5 超出允许范围 0 至 100"
    assert second["reason"] == "“uscc”列：企业登记表中没有这家企业"
    assert third["reason"] == "odd"  # as ingest wrote it, where it is of no known form


def test_services_keep_quarantines_of_their_own(office):
    page = quarantine_page(office.view(lang="en"))
    pages = {"/console/approvals/intake", "/console/incubators/quarantine", "/console/clearance"}
    assert pages <= set(hrefs(page))
    assert "Messages of customs: " in shown_words(page)


def test_refused_messages_of_customs_are_listed_where_the_link_leads(office):
    """The page of messages takes new ones; what was refused is on the board."""
    view = office.view(lang="en")
    assert "Refused messages" in shown_words(clearance.layout(view))
    assert "Refused messages" not in shown_words(clearance_messages.layout(view))


@pytest.mark.parametrize("there", [True, False])
def test_a_release_without_a_report_says_who_has_to_do_what(office, tmp_path, there):
    state, held = office.console.state, office.console.state.filings
    state.filings = PackedFilings(tmp_path) if there else None
    try:
        assert "python -m serving pack" in shown_words(quarantine_page(office.view()))
    finally:
        state.filings = held


def test_a_table_without_a_name_is_called_as_its_file(office):
    assert table_name(office.view(), "loans") == "贷款"
    assert table_name(office.view(), "new_table") == "new_table"
