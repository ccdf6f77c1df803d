"""The list of incubators: all of them to the zone, to a firm those that it is or was in."""

import pytest

from serving.console.pages.zone.incubators import layout
from tests.serving.console.pages.zone.record_views import STRANGER, every, grid_rows, words

pytestmark = pytest.mark.contract


def test_the_zone_sees_all_with_their_kinds_drawn_by_level(seen_by):
    page = layout(seen_by())
    lines = {line["number"]: line for line in grid_rows(page, "incubators-grid")}
    assert {key: (line["name"], line["kind"], line["level"]) for key, line in lines.items()} == {
        "H001": ("测试孵化器", "科技企业孵化器", "国家级"),
        "H002": ("测试众创空间", "众创空间", "其他级别"),
    }
    assert lines["H001"]["href"] == "/console/incubators/incubator?id=H001"
    (graph,) = every(page, "Graph")
    assert {bar.name: list(bar.x) for bar in graph.figure.data} == {
        "国家级": [1, 0],
        "自治区级": [0, 0],
        "其他级别": [0, 1],
    }


def test_filters_leave_the_others_out_and_say_so_where_nothing_is_left(seen_by):
    assert [line["number"] for line in grid_rows(layout(seen_by(kind="makerspace")), "incubators-grid")] == ["H002"]
    assert "没有符合条件的孵化载体" in words(layout(seen_by(level="regional")))


def test_a_firm_sees_its_own_and_an_analyst_has_no_way_to_a_single_one(seen_by):
    assert [line["number"] for line in grid_rows(layout(seen_by("enterprise")), "incubators-grid")] == ["H001"]
    assert "没有本单位入驻" in words(layout(seen_by("enterprise", name=STRANGER)))
    assert {line["href"] for line in grid_rows(layout(seen_by("policy_analyst")), "incubators-grid")} == {None}
