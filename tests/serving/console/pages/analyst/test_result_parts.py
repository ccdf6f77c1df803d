from __future__ import annotations

import re

import pytest

from serving.console.pages.analyst.result_parts import (
    attribution,
    changes,
    compared,
    frontier,
    groupings,
    measures,
    moves,
    totals,
    warnings,
)
from tests.experiments.reform.example import example, few
from tests.serving.console.components import all_of
from tests.serving.console.pages.analyst.conftest import words

pytestmark = pytest.mark.behaviour


def result(**options):
    """A made-up result as result.json has it; a district of 8 firms is under the stated size of 10."""
    return example(**options).as_dict()


def picture(component):
    """The Plotly figure of a chart."""
    return next(one.figure for one in all_of(component) if hasattr(one, "figure"))


def test_totals_are_before_after_and_the_difference_with_its_interval(view_of):
    """2,400 million yuan and 110 million more, both in 10,000 yuan, with 95 %."""
    shown = words(totals(view_of(), result(banks=["standard"])))
    assert "240,000 → 251,000 万元" in shown
    assert "差异 +11,000 万元，95% 区间 [+3,454, +18,546]" in shown
    total = next(row for row in result(banks=["standard"])["reforms"][0]["totals"] if row["measure"] == "credit_cny")
    ends = [f"[{total[name]['low'] / 1e4:,.0f}, {total[name]['high'] / 1e4:,.0f}]" for name in ("baseline", "reform")]
    assert f"方案前 {ends[0]}，方案后 {ends[1]}" in shown  # of the levels, and not in a fold-out or a file alone


def test_a_quick_run_says_how_many_were_calculated_and_of_how_many(view_of):
    """500 calculated, 7,310 estimated; a whole run names one number, and no sentence says that 7,310 were compared."""
    whole = result()
    assert "计算并比较了全部 7,310 家企业" in words(compared(view_of(), whole))
    whole["method"]["sampled_firms"] = 500
    shown = words(compared(view_of(), whole))
    assert "计算了抽取的 500 家企业，结果推算到全部 7,310 家" in shown
    assert "比较了" not in shown
    english = words(compared(view_of(lang="en"), whole))
    assert "500 firms drawn at random were calculated" in english
    assert "estimates for all 7,310 firms" in english


def test_a_bar_is_the_shares_of_a_group_and_its_table_has_every_interval(view_of):
    """The picture's numbers are those of the result; the table names each bucket."""
    whole = result(banks=["standard"])
    row = next(
        one for one in whole["reforms"][0]["distributions"]
        if (one["grouping"], one["group"], one["bank_id"]) == ("growth_stage", "startup", "standard")
    )  # fmt: skip
    shown = moves(view_of(), whole, "standard", "growth_stage")
    by_name = {bar.name: dict(zip(bar.y, bar.x, strict=True)) for bar in picture(shown).data}
    assert by_name["增加超过 5%"]["初创期"] == row["buckets"]["gain_more_than_5pct"]["value"]
    assert sum(bars["初创期"] for bars in by_name.values()) == pytest.approx(1.0)
    assert "基本不变（0.1% 以内）" in words(shown)


def test_a_group_under_the_stated_size_has_its_count_and_intervals_only(view_of):
    """Eight firms: no bar, no point, and words that say why."""
    shown = moves(view_of(), result(banks=["standard"]), "standard", "district")
    assert not any("钱塘区" in name for bar in picture(shown).data for name in bar.y)
    text = words(shown)
    assert "钱塘区（8 家，少于 10 家，只列区间）" in text
    cells = text[text.index("钱塘区（8 家") :].split("未提供")[0]
    assert not re.search(r"\d%\s\[", cells)
    assert "[" in cells


def test_a_reform_that_moves_nobody_is_one_grey_bar(view_of):
    """Every share is that of the firms that stay as they are."""
    shown = moves(view_of(), result(banks=["standard"], null=True), "standard", "all")
    assert {bar.name: tuple(bar.x) for bar in picture(shown).data if any(bar.x)} == {"基本不变（0.1% 以内）": (1.0,)}


def test_what_the_data_cannot_prove_is_read_first(view_of):
    """Synthetic labels measure the generator; a sample is named with its population."""
    whole = result()
    whole["conditions"] = ["certificates_carried", "synthetic_data"]
    whole["method"]["sampled_firms"] = 500
    first, more = warnings(view_of(), whole).children
    assert "这些数字衡量的是数据生成器" in words(first)
    assert "7,310 家企业中的 500 家" in words(first)
    assert "不是实施后的因果效应" in words(more)
    assert "数据生成器" not in words(warnings(view_of(), result()).children[0])


def test_that_few_models_were_refitted_is_read_first(view_of):
    """Two of them."""
    whole = result()
    whole["method"]["refit_draws"] = 2
    assert "重新拟合的模型只有 2 个" in words(warnings(view_of(), whole).children[0])


def test_that_no_certificate_applies_is_read_first_and_earlier_results_open(view_of):
    """With the counts; a result of an earlier version has none, and no such condition."""
    whole = result() | {"certificates": {"policies": 2, "issued": 1, "certified": 0}}
    whole["conditions"] = ["certificates_none"]
    text = words(warnings(view_of(), whole).children[0])
    assert "没有可沿用的损失率验证" in text
    assert "验证结果的 1 项，通过验证的 0 项" in text
    earlier = {name: value for name, value in result().items() if name != "certificates"}
    assert "沿用对照规则" in words(warnings(view_of(), earlier))


def test_causes_and_the_frontier_have_their_figures_as_a_table_too(view_of):
    """31 million yuan by the weights; the frontier has a point for each of its six values and bank."""
    whole = result(banks=["standard"])
    text = words(attribution(view_of(), whole))
    assert "+3,100" in text
    shown = words(frontier(view_of(), whole))
    assert all(f" {value} 万元 " in shown for value in (300, 400, 500, 600, 700, 800))
    assert "没有选择逐值测算的参数" in words(frontier(view_of(), result(frontier=False)))


@pytest.mark.parametrize(("lang", "per"), [("zh", 1e4), ("en", 1e6)])
def test_a_picture_is_drawn_in_the_unit_that_it_names(view_of, lang, per):
    """10,000 yuan in Chinese, a million in English: bars and points are the yuan of the result divided by it."""
    whole = result(banks=["standard"])
    rows = whole["reforms"][0]["attribution"]
    bars = picture(attribution(view_of(lang=lang), whole)).data
    assert list(bars[0].x) == pytest.approx([row["gained_cny"] / per for row in rows])
    assert list(bars[1].x) == pytest.approx([row["lost_cny"] / per for row in rows])
    points = picture(frontier(view_of(lang=lang), whole)).data[0]
    first = whole["reforms"][0]["frontier"][0]
    assert (points.x[0], points.y[0]) == pytest.approx(
        (first["credit_cny"]["value"] / per, first["expected_loss_cny"]["value"] / per)
    )


def test_money_is_written_alike_and_sums_of_a_sample_are_called_so(view_of):
    """CNY before the figure; the 500 firms of a quick run are not taken for all 7,310."""
    whole = result(banks=["standard"])
    shown = words(totals(view_of(lang="en"), whole))
    assert "CNY 2,400.00 → 2,510.00 million" in shown
    assert "Difference CNY +110.00 million" in shown
    assert "of the 500 firms calculated" not in words(attribution(view_of(lang="en"), whole))
    whole["method"]["sampled_firms"] = 500
    assert "of the 500 firms calculated; the net change is the estimate for all 7,310 firms" in words(
        attribution(view_of(lang="en"), whole)
    )


def test_where_too_few_firms_moved_the_reason_stands_in_place_of_the_interval(view_of):
    """Totals, moves and the frontier: none of them fails, and a large group is not called a small one."""
    whole = result(banks=["standard"])
    reform = whole["reforms"][0]
    reform["totals"][0]["difference"] = few(1_000_000.0, 3)
    for row in reform["distributions"]:
        row["move_mean"] = few(None, 4)
    for row in reform["frontier"]:
        row["credit_cny"] |= {"low": None, "high": None, "behind": 2, "no_interval": "few_firms"}
    assert "差异 +100 万元，95% 区间 [变化的企业 3 家，过少，不给出区间]" in words(totals(view_of(), whole))
    shown = moves(view_of(), whole, "standard", "growth_stage")
    assert "[变化的企业 4 家，过少，不给出区间]" in words(shown)
    assert "初创期（" not in words(shown)
    assert len(picture(shown).data[0].y) == 3  # the group of 7 firms has no bar
    assert "[有数额的企业 2 家，过少，不给出区间]" in words(frontier(view_of(), whole))


def test_changes_and_what_can_be_chosen_are_in_words(view_of):
    """The lever with its bank and both values; measures and groupings by name."""
    whole = result(banks=["standard"])
    whole["reforms"][0]["changes"][0]["lever"] = "policies.stage_cap_wan.growth"  # as a study writes it
    text = words(changes(view_of(), whole))
    assert "标准示例银行 · 阶段额度上限（万元） · 成长期" in text
    assert "500 万元 600 万元" in text
    assert [one["label"] for one in measures(view_of(), whole)] == ["测算额度 · 标准示例银行", "创新积分"]
    assert groupings(view_of(), whole)[0]["value"] == "all"
