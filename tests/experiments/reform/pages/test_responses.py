"""Borders, typical firms, the frontier and the prices of points."""

from __future__ import annotations

import re

import pytest

from experiments.reform.pages.responses import cliffs, frontier, prices, scenarios_key, typical
from experiments.reform.pages.writing import Writer, strip
from tests.experiments.reform.example import example
from tests.experiments.reform.reading import as_json

pytestmark = pytest.mark.behaviour
RESULT = as_json(example(("standard",), ("caps",)))
EN = Writer(RESULT, "en")


def test_each_border_has_a_picture_of_points_and_of_quota_under_both_rules():
    """Two borders: four pictures with two lines, each interrupted at the border."""
    text = cliffs(EN, 0)
    assert text.count("<figure>") == 4
    assert text.count("<polyline") == 4 * 2 * 2
    assert "border at 5.00" in text
    assert "start-up → growth" in text


def test_a_border_that_the_reform_moves_is_two_with_both_rules_at_each():
    """And a step that is left at the old one, at 5 million, is said to be of the models; so in both languages."""
    result = as_json(example(("standard",), ("caps",)))
    rows = result["reforms"][0]["cliffs"]
    old = [one for one in rows if one["revenue_wan"] == 500.0]
    for one in old:
        at_new = one["scenario"] != "baseline"
        rows.append(one | {"revenue_wan": 800.0, "begins": at_new})
        one |= {"begins": not at_new, "models_step": at_new}
    shown = {language: cliffs(Writer(result, language), 0) for language in ("en", "zh")}
    assert shown["en"].count("<figure>") == 6
    for border in ("border at 5.00<", "border at 8.00<", "border at 20.00<"):
        assert border in shown["en"]
    body = shown["en"].split("<tbody>")[1].split("</tbody>")[0]
    cells = [[strip(cell) for cell in re.split("<t[hd][^>]*>", row)[2:5]] for row in body.split("<tr>")[1:5]]
    assert cells == [
        ["baseline", "yes", "5,000,000"], ["reform", "no", "5,000,000"],
        ["baseline", "no", "8,000,000"], ["reform", "yes", "8,000,000"],
    ]  # fmt: skip
    left = "The reform&#x27;s rules move the border at a revenue of CNY 5,000,000, but a step in quota is left there"
    assert strip(shown["en"]).count(left) == 1
    assert strip(shown["zh"]).count("方案移动了营业收入 500 万元处的分界，但额度在此仍有跳变") == 1
    assert "is left there" not in cliffs(EN, 0)


def test_a_rule_that_decides_for_a_typical_firm_is_named_and_not_its_key():
    """Before and after: the sector is not supported, then an overdue spell is for a person to see."""
    result = as_json(example(("standard",), ("caps",)))
    for one in result["reforms"][0]["typical"]:
        one |= {"limited_by_baseline": "industry", "limited_by_reform": "overdue_refer"}
    assert "sector not supported → overdue spell: to a person" in typical(Writer(result, "en"), 0)
    assert "行业不支持 → 逾期达到人工审核标准" in typical(Writer(result, "zh"), 0)


def test_where_models_were_refitted_intervals_of_jumps_are_said_to_be_of_firms_alone():
    """As those of the parts of a move are; without refitted models no interval of the page has their part."""
    for refit, shown in ((True, True), (False, False)):
        result = as_json(example(("standard",), ("caps",), refit=refit))
        assert ("intervals are of which firms alone" in cliffs(Writer(result, "en"), 0)) is shown
        assert ("区间只反映是哪些企业" in cliffs(Writer(result, "zh"), 0)) is shown


def test_a_border_says_which_ages_have_it():
    """Up to an age, under one, from one; both languages."""
    result = as_json(example(("standard",), ("caps",)))
    for one in result["reforms"][0]["cliffs"]:
        one |= {"oldest_years": 8.0} if one["below"] == "startup" else {"youngest_years": 10.0}
        if one["below"] == "growth" and one["scenario"] == "reform":
            one |= {"revenue_wan": 10_000.0, "youngest_years": 0.0, "oldest_years": 10.0}
    texts = [strip(cliffs(Writer(result, language), 0)) for language in ("en", "zh")]
    for age in ("up to 8 years old", "10 years or older", "under 10 years old"):
        assert f"stable · {age}" in texts[0] or f"growth · {age}" in texts[0]
    for age in ("成立 8 年及以内", "成立 10 年及以上", "成立不满 10 年"):
        assert age in texts[1]


def test_a_typical_firm_shows_both_sides_and_what_moved_its_quota():
    """Names once where they do not change; parts of zero left out."""
    text = typical(EN, 0)
    assert text.count('<div class="card">') == 3
    assert "pre-approved → " not in text
    assert "cap by growth stage → quota by points" in text
    assert "/typical/0/quota_baseline_cny" in text
    assert "/typical/0/parts_cny/weight" in text
    still = typical(Writer(as_json(example(("standard",), ("caps",), null=True)), "en"), 0)
    assert "parts_cny" not in still


def test_the_frontier_marks_every_value_of_the_lever():
    """Two pictures, six points each; none where nothing was swept."""
    text = frontier(EN, 0)
    assert text.count("<figure>") == 2
    assert len(re.findall(r'<text [^>]*data-path="/reforms/0/frontier/\d+/value"', text)) == 12
    assert "cap by growth stage" in text
    assert frontier(Writer(as_json(example(frontier=False)), "en"), 0) == ""


def test_prices_are_cheapest_first_and_an_indicator_without_a_gain_is_left_out():
    """Five of each stage, both rules side by side."""
    text = prices(EN, 0)
    given = RESULT["reforms"][0]["point_prices"]
    first = text.split("<details>")[0]
    rows = [int(row) for row in re.findall(r"/point_prices/(\d+)/yuan_per_point", first)]
    baseline = [given[row]["yuan_per_point"] for row in rows if given[row]["scenario"] == "baseline"]
    assert len(rows) == 10
    assert baseline == sorted(baseline)
    assert all(given[row]["yuan_per_point"] is not None for row in rows)


def test_sections_without_rows_are_left_out():
    """Nothing is drawn of nothing."""
    empty = as_json(example(("standard",), ("caps",)))
    empty["reforms"][0] |= {"cliffs": [], "typical": [], "frontier": [], "point_prices": []}
    page = Writer(empty, "en")
    assert [made(page, 0) for made in (cliffs, typical, frontier, prices)] == [""] * 4
    assert scenarios_key(page).count("<li>") == 2
