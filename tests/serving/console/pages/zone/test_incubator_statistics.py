"""Statistics with what each figure counts, drawn by group, and beside the published figures."""

import pytest

from serving.console.pages.zone.incubator_statistics import layout
from tests.serving.console.pages.zone.record_views import every, grid_rows, links, words

pytestmark = pytest.mark.contract


def test_every_figure_has_its_basis_and_the_groups_add_up(seen_by):
    page = layout(seen_by(by="kind", indicator="area_m2"))
    lines = {line["id"]: line for line in grid_rows(page, "incubator-statistics")}
    assert (lines["area_m2"]["value"], lines["area_m2"]["basis"], lines["area_m2"]["period"]) == (
        5_900, "时点数", "2023年12月31日",
    )  # fmt: skip
    (bars,) = every(page, "Graph")[0].figure.data
    assert dict(zip(bars.y, bars.x, strict=True)) == {"科技企业孵化器": 5_000, "众创空间": 900}
    assert "场地面积（平方米 · 时点数 · 2023年12月31日）" in words(page)
    assert links(page)["下载 CSV"] == "/console/api/v1/incubators/statistics/table.csv?lang=zh"


def test_published_figures_stand_beside_computed_ones_with_why_they_differ(seen_by):
    page = layout(seen_by())
    line = next(one for one in grid_rows(page, "incubator-reconciliation") if one["indicator"] == "孵化载体")
    assert (line["published"], line["computed"], line["difference"]) == (138, 2, -136)
    assert "拉萨市是西藏自治区的一部分。" in words(page)
    assert "可同时成立" in words(page)


def test_an_analyst_gets_the_statistics_without_the_published_figures(seen_by):
    page = layout(seen_by("policy_analyst"))
    assert grid_rows(page, "incubator-statistics")
    assert "与公开数字核对" not in words(page).split("\n")
