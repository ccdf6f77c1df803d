"""One incubator: figures with their basis, reports over time, recognition, every version; to a firm what is public."""

import pytest

from serving.console.api import Refused
from serving.console.pages.zone.incubator import layout, recognition, reports
from tests.serving.console.pages.zone.record_views import STRANGER, every, grid_rows, words

pytestmark = pytest.mark.contract


def test_figures_name_their_basis_and_time(seen_by):
    lines = {line["id"]: line for line in grid_rows(layout(seen_by(id="H001")), "incubator-figures")}
    assert (lines["area_m2"]["value"], lines["area_m2"]["unit"], lines["area_m2"]["basis"]) == (
        5_000,
        "平方米",
        "时点数",
    )
    assert (lines["firms_ever"]["basis"], lines["firms_ever"]["value"]) == ("累计数", 1)
    assert lines["entered"]["period"] == "2023年1月1日 至 2023年12月31日"


def test_each_basis_has_its_pictures_and_periods_in_their_own_words(seen_by):
    """What is counted on a day has that month below it, what is counted over a period its months."""
    rows = [
        {"period_from": "2023-01-01", "period_to": "2023-12-31", "staff": 12, "joined": 5, "driven": 30},
        {"period_from": "2024-01-01", "period_to": "2024-05-31", "staff": 15, "joined": None, "driven": 44},
    ]
    parts = reports(seen_by(), rows)
    shown = words(parts)
    assert [title.children for title in every(parts, "Title")] == ["时点数", "当期数", "累计数"]
    graphs = [one.figure.data[0] for one in every(parts, "Graph")]
    assert [(list(one.x), list(one.y)) for one in graphs] == [
        (["2023年12月", "2024年5月"], [12, 15]),
        (["2023年", "2024年1–5月"], [5, None]),
        (["2023年12月", "2024年5月"], [30, 44]),
    ]
    assert [one.type for one in graphs] == ["scatter", "bar", "scatter"]
    assert "工作人员（人）" in shown
    english = reports(seen_by(lang="en"), rows)
    assert list(every(english, "Graph")[1].figure.data[0].x) == ["2023", "Jan–May 2024"]


def test_recognition_says_of_each_clause_whether_it_is_met(seen_by):
    shown = words(layout(seen_by(id="H001")))
    assert "认定条件" in shown
    assert "独立法人" in shown
    assert any(word in shown.split("\n") for word in ("符合", "不符合", "待核实"))
    history = grid_rows(layout(seen_by(id="H001")), "incubator-history")
    assert history[0]["changed"] == "首次登记"
    other = grid_rows(layout(seen_by(id="H002")), "incubator-history")
    assert any("→" in line["changed"] for line in [*history, *other])  # the planted correction


def test_a_value_near_a_threshold_that_changes_nothing_is_left_out(seen_by):
    way = {"status": "reached", "cost_cny": 0.0, "changes": [], "confirm": [], "waits": []}
    edge = {"text_zh": "近界限甲", "clauses": [["a", "met", "not_met"]], "points": []}
    rule = {
        "tier": "national_incubator", "document": "办法", "overall": "met", "clauses": [], "way": way,
        "near_edges": [edge, edge | {"text_zh": "近界限乙", "clauses": []}],
    }  # fmt: skip
    shown = words(recognition(seen_by(), {"rules_of": "tibet", "on_date": "2024-06-30", "rules": [rule]}))
    assert "近界限甲" in shown
    assert "近界限乙" not in shown
    assert "已符合条件。" in shown


def test_a_firm_sees_its_own_record_and_no_reports(seen_by, record_shop):
    page = layout(seen_by("enterprise", id="H001"))
    assert [line["uscc"] for line in grid_rows(page, "incubator-tenants")] == [record_shop.codes[0]]
    shown = words(page)
    assert "历次报表" not in shown
    assert "登记历史" not in shown
    with pytest.raises(Refused) as refused:
        layout(seen_by("enterprise", name=STRANGER, id="H001"))
    assert refused.value.status == 404
    assert "请从名单中选择一家载体。" in words(layout(seen_by()))
