from __future__ import annotations

import pytest

from serving.console.pages.analyst.lever_fields import Field
from serving.console.pages.analyst.words import allowed, figure, in_force, lever_name, lever_value, with_interval

pytestmark = pytest.mark.surface


@pytest.mark.parametrize(
    ("path", "zh", "en"),
    [
        (("weights", "growth", "rd_intensity"), "权重 · 成长期 · ", "weight · Growth · "),
        (("policies", "*", "lgd"), "全部银行 · 违约损失率", "Every bank · LGD"),
        (("policies", "standard", "products", "zheke", "annual_rate"), "标准示例银行 · 浙科贷 · 年利率", "annual rate"),
        (("stages", "stable_from_wan"), "稳定期营业收入不低于（万元）", "stable: revenue from (CNY 10,000)"),
        (("certificates",), "损失率验证", "loss certificates"),
    ],
)
def test_a_lever_is_named_from_the_general_to_the_particular(view_of, path, zh, en):
    """In both languages, with the words of the reports."""
    assert zh in lever_name(view_of(), path)
    assert en in lever_name(view_of(lang="en"), path)


def test_a_range_says_whether_its_end_is_allowed(view_of):
    """Above, from, between; with the unit."""
    view = view_of()
    assert allowed(view, Field(("a",), "wan", (1.0, 1.0), 0.0, None, above=True)) == "大于 0 万元"
    assert allowed(view, Field(("a",), "days", (1.0, 1.0), 1.0, 366.0)) == "1 天 至 366 天"
    assert in_force(view, Field(("a",), "percent", (4.0, 10.0))) == "4% 至 10%"


def test_a_small_group_has_its_interval_alone(view_of):
    """No point is shown where none may be."""
    view = view_of()
    assert with_interval(view, {"value": None, "low": 0.1, "high": 0.3}, "share") == "[10.0%, 30.0%]"
    assert with_interval(view, {"value": 0.2, "low": 0.1, "high": 0.3}, "share") == "20.0% [10.0%, 30.0%]"
    assert figure(view, "share", None) == "–"


def test_a_figure_of_too_few_firms_says_so_in_place_of_its_interval(view_of):
    """Three that moved, two with an amount; a quick run has no figure either."""
    moved = {"value": 0.2, "low": None, "high": None, "behind": 3, "no_interval": "few_moved"}
    amount = {"value": None, "low": None, "high": None, "behind": 2, "no_interval": "few_firms"}
    assert with_interval(view_of(), moved, "share") == "20.0% [变化的企业 3 家，过少，不给出区间]"
    assert with_interval(view_of(), amount, "share") == "[有数额的企业 2 家，过少，不给出区间]"
    english = with_interval(view_of(lang="en"), moved, "share")
    assert english == "20.0% [firms that moved: 3, too few for an interval]"


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        (("policies", "standard", "pd_cutoff"), 0.05, "5%"),
        (("policies", "standard", "stage_cap_wan", "startup"), 400.0, "400 万元"),
        (("policies", "standard", "products", "zheke", "annual_rate"), 0.041, "4.1%"),
        (("policies", "standard", "excluded_industries"), ["iot"], "物联网"),
        (("policies", "standard", "certificate", "expected_cap"), 0.01, "1%"),
        (("prices", "rd_intensity", "revenue_share"), 0.005, "0.5%"),
        (("weights", "growth", "rd_intensity"), 12.0, "12 分"),
        (("weight_bounds", "largest_base_share"), None, "–"),
        (("stages", "startup_to_years"), 8.0, "8 年"),
    ],
)
def test_a_levers_value_is_shown_in_the_unit_of_its_field(view_of, path, value, shown):
    """The result stores shares; a person reads percent."""
    assert lever_value(view_of(), path, value) == shown
