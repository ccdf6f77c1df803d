"""The list of firms: what the address asks for, block by block, and the files of the same rows."""

from __future__ import annotations

import csv
import io
import json

import pytest
from werkzeug.exceptions import NotFound

from serving.console.firm_filter import FirmFilter
from serving.console.firms import firm_table
from serving.console.page import PREFIX
from serving.console.pages.zone.firm_list import MEMBERS, block, cleared, filtered, firm_file, list_page, register
from tests.serving.console.planted_firms import SCRIPT, hrefs, shown_words


@pytest.fixture
def table(office):
    return firm_table(office.console.state)


def controls(**given):
    """Values of the page's controls in their order."""
    empty = {"alarm": False, "text": "", "points_from": "", "points_to": "", "fresh": None}
    return [given.get(name, empty.get(name, [])) for name in MEMBERS]


def test_a_block_holds_the_rows_asked_for_and_the_count_of_all(office, table):
    first = block(office.view(), {"startRow": 0, "endRow": 50, "sortModel": []}, {})
    second = block(office.view(), {"startRow": 50, "endRow": 100, "sortModel": []}, {})
    assert first["rowCount"] == second["rowCount"] == len(table)
    points = [row["points"] for row in (*first["rowData"], *second["rowData"])]
    assert len(points) == 100
    assert points == sorted(points, reverse=True)  # by falling points where nothing is asked for


def test_a_block_follows_filter_and_order_together(office, table):
    query = {"stage": "growth"}
    model = [{"colId": "oldest_days", "sort": "asc"}]
    got = block(office.view(), {"startRow": 0, "endRow": 20, "sortModel": model}, query)
    assert got["rowCount"] == int((table.frame["stage"] == "growth").sum())
    assert {row["stage"] for row in got["rowData"]} == {"成长期"}
    days = [row["oldest_days"] for row in got["rowData"]]
    assert days == sorted(days)


@pytest.mark.parametrize(
    "asked",
    [None, {}, {"startRow": -5, "endRow": 10**9}, {"startRow": 0, "endRow": 5, "sortModel": [{"colId": "__class__"}]}],
)
def test_a_strange_request_gives_a_bounded_block(office, asked):
    assert len(block(office.view(), asked, {"stage": "no such"})["rowData"]) <= 200


def test_each_row_links_to_the_firms_portrait(office):
    row = block(office.view(), {"startRow": 0, "endRow": 1}, {"text": office.shop.codes[0]})["rowData"][0]
    assert row["href"] == f"{PREFIX}/firms/{office.shop.codes[0]}"
    assert row["name"] == SCRIPT  # a text of JSON, which the grid shows as a text


def test_controls_become_the_address_the_words_and_the_files(office, table):
    query, found, files, search = filtered(
        office.view(), *controls(stage=["growth"], points_from=40, fresh="fresh", alarm=True)
    )
    assert query == {"stage": "growth", "points_from": "40", "fresh": "fresh", "alarm": "yes"}
    assert search == "?stage=growth&points_from=40&fresh=fresh&alarm=yes"
    count = int(FirmFilter(("growth",), points_from=40.0, fresh="fresh", alarm="yes").mask(table).sum())
    assert (f"符合条件 {count:,} 家" in shown_words(found)) or count == 0
    assert all(search in href for href in hrefs(files))


def test_no_control_set_is_the_plain_address(office):
    assert filtered(office.view(), *controls())[::3] == ({}, "")
    assert filtered(office.view(), *cleared(office.view(), 1))[0] == {}


def test_no_firm_found_says_what_to_do(office):
    _, found, _, _ = filtered(office.view(), *controls(text="没有这样的企业"))
    assert "请减少条件" in shown_words(found)


def test_the_page_opens_with_the_filter_of_its_address(office, table):
    shown = shown_words(list_page(office.view(stage="growth", grade="Z9")))
    assert f"符合条件 {int((table.frame['stage'] == 'growth').sum()):,} 家" in shown
    assert "风险等级" in shown
    assert "无法识别" in shown  # the grade that there is not


def test_the_file_equals_what_the_filter_shows_and_is_recorded(office):
    view = office.view(stage="startup")
    with office.console.dash_app.server.app_context():
        answer = firm_file(view, "csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    shown = block(view, {"startRow": 0, "endRow": 200}, {"stage": "startup"})
    assert len(rows) == shown["rowCount"]
    assert [row["统一社会信用代码"] for row in rows[: len(shown["rowData"])]] == [
        one["uscc"] for one in shown["rowData"]
    ]
    record = office.shop.worker.ledger.find(kind="console_act", subject="firms.csv")[-1]
    assert json.loads(record.body)["filter"] == {"stage": "startup"}
    assert json.loads(record.body)["holder"] == "zone_officer 1"


def test_another_form_of_file_is_not_there(office):
    with office.console.dash_app.server.app_context(), pytest.raises(NotFound):
        firm_file(office.view(), "exe")


def test_the_list_is_for_the_zones_officers_and_analysts(office):
    register(office.console)
    (page,) = (one for one in office.console.pages if one.path == "/firms")
    for role, allowed in (("zone_officer", True), ("policy_analyst", True), ("bank", False), ("enterprise", False)):
        assert page.is_for(office.view(role).account) is allowed
    mine = [one for one in (*office.console.callbacks, *office.console.downloads) if "firm" in one.name]
    assert mine
    assert all(one.permission == "firms" for one in mine)
