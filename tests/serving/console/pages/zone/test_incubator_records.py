"""Reports are taken whole or refused with every reason; a correction makes a version and keeps the earlier ones."""

import base64

import pytest
from dash import no_update

from serving.console.pages.zone.incubator_records import DAYS, ENTERED, correct, enter, layout, take, value_of
from tests.serving.console.pages.zone.record_views import every, links, words

pytestmark = pytest.mark.contract
PERIOD = ("2022-01-01", "2022-12-31", "2023-01-15")


def figures(**given):
    return [given.get(name) for name in ENTERED]


def chosen(text):
    return "data:text/csv;base64," + base64.b64encode(text.encode()).decode()


def test_a_report_by_hand_is_taken_once(seen_by):
    given = (*PERIOD, *figures(staff=11, area_m2=4_900, tenants=1), "")
    said = enter(seen_by(), 1, "H001", *given)
    assert (said.title, said.color) == ("收到 1 份：新增 1，此前已有 0，未采用 0。", "green")
    assert "此前已有 1" in enter(seen_by(), 1, "H001", *given).title
    assert len(PERIOD) == len(DAYS)


def test_a_report_that_breaks_a_rule_is_refused_with_where_and_what_is_allowed(seen_by):
    said = enter(
        seen_by(), 1, "H001", "2021-01-01", "2021-12-31", "2022-01-15", *figures(staff=-4, area_m2=900, tenants=1), ""
    )
    assert said.title.startswith("文件未接收：")
    assert "工作人员" in words(said)
    empty = enter(seen_by(), 1, None, None, None, None, *figures(), None)
    assert words(empty)


def test_reports_of_a_file_are_taken_each_by_itself(seen_by):
    rows = "incubator_id,period_from,period_to,filed_on,staff,area_m2,tenants\n"
    rows += "H002,2021-01-01,2021-12-31,2022-01-15,5,900,1\nH404,2021-01-01,2021-12-31,2022-01-15,5,900,1\n"
    said, cleared = take(seen_by(), chosen(rows), "r.csv")
    assert cleared is None
    assert (said.title, said.color) == ("收到 2 份：新增 1，此前已有 0，未采用 1。", "yellow")
    assert "H404" in words(said)
    unreadable, _ = take(seen_by(), chosen("\x00\x01"), "r.csv")
    assert unreadable.title == "文件无法读取"
    assert take(seen_by(), None, None) == (no_update, no_update)


def test_a_correction_makes_a_version_with_who_and_why(seen_by):
    page = layout(seen_by(id="H001"))
    (records,) = (one for one in every(page, "Select") if getattr(one, "id", "") == "incubator-correction-record")
    record = next(one["value"] for one in records.data if one["value"].startswith("report|H001 2023-12-31"))
    made = correct(seen_by(), 1, record, "report|mentors", "9", "figure misread", False)
    assert made.title == "已更正：H001 截至 2023年12月31日 的报表。"
    found = seen_by().api.get("/v1/incubators/H001")
    newest = [one for one in found["history"] if one["key"] == "H001 2023-12-31"][-1]
    assert (newest["changed"][0]["after"], newest["why"]) == (9, "figure misread")
    assert newest["by"] == "zone_officer of the tests (zone)"
    overtaken = correct(seen_by(), 1, record, "report|mentors", "8", "again", False)
    assert overtaken.color == "red"  # of the version that has a later one
    other = correct(seen_by(), 1, record, "incubator|name", "x", "y", False)
    assert other.title == "所选项目不属于该记录，请选择同类记录的项目。"


@pytest.mark.parametrize(
    ("record", "name", "text", "value"),
    [
        ("report", "mentors", "1,200", 1_200.0),
        ("report", "mentors", "many", "many"),
        ("incubator", "remote_area", "是", True),
        ("incubator", "remote_area", "No", False),
        ("incubator", "remote_area", "maybe", "maybe"),
        ("incubator", "founded_on", " 2015-05-01 ", "2015-05-01"),
        ("incubator", "field", "", None),
    ],
)
def test_what_is_typed_becomes_the_members_own_type(record, name, text, value):
    assert value_of(record, name, text) == value


def test_every_input_has_a_label_and_the_empty_file_its_link(seen_by):
    page = layout(seen_by())
    assert links(page)["下载空白报表（CSV）"] == "/console/files/incubator-reports.csv"
    inputs = [one for kind in ("Select", "NumberInput", "DateInput", "TextInput") for one in every(page, kind)]
    assert len(inputs) >= len(DAYS) + len(ENTERED)
    assert all(one.label for one in inputs)
