from __future__ import annotations

import re

import pytest

from serving.console.pages.analyst.result_firms import easy_points, indicators, typical
from tests.experiments.reform.example import example
from tests.serving.console.pages.analyst.conftest import words

pytestmark = pytest.mark.behaviour
RESULT = example(["standard"]).as_dict()


def test_a_typical_firm_is_described_and_never_named(view_of):
    """Stage, size, sector, and what changes for it."""
    text = words(typical(view_of(), RESULT))
    assert "初创期 · 小型 · " in text
    assert "预授信通过" in text
    assert not re.search(r"[0-9A-Z]{18}", text)


def test_intervals_of_jumps_are_of_firms_alone_where_models_were_refitted(view_of):
    """The others have the models' part."""
    text = words(easy_points(view_of(), RESULT))
    assert "区间只反映是哪些企业" in text
    assert "区间只反映是哪些企业" not in words(easy_points(view_of(), example(["standard"], refit=False).as_dict()))


def test_an_amount_of_one_firm_is_written_to_the_yuan(view_of):
    """As on every other page: no thousands with a decimal, and the unit before the figure."""
    one = dict(RESULT["reforms"][0]["typical"][0], quota_baseline_cny=0, quota_reform_cny=4_780_000)
    whole = {**RESULT, "reforms": [{**RESULT["reforms"][0], "typical": [one]}]}
    assert "CNY 0 → CNY 4,780,000" in words(typical(view_of(lang="en"), whole))
    assert "0 万元 → 478 万元" in words(typical(view_of(), whole))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_who_could_game_it_is_firms_near_a_border_and_cheap_points(view_of, lang):
    """412 firms at each border under both rules; three indicators a stage, the cheapest first, none without a price."""
    text = words(easy_points(view_of(lang=lang), RESULT))
    assert text.count("412") == 4
    assert text.index("2,600") < text.index("5,200")
    stage = {"zh": "初创期", "en": "Start-up"}[lang]
    assert text.count(stage) >= 4
    assert not re.search(r"\b[a-z]+_[a-z_]+\b", text)


@pytest.mark.parametrize(("lang", "both"), [("zh", ["对照", "方案"]), ("en", ["baseline", "reform"])])
def test_the_baseline_is_beside_the_reform(view_of, lang, both):
    """In both tables, row by row, each indicator with its two prices."""
    found = easy_points(view_of(lang=lang), RESULT).children.children
    tables = [one.children for one in found if getattr(one, "className", "") == "scroll-table"]
    for table, column in zip(tables, (2, 2), strict=True):
        rows = [[cell.children for cell in row.children] for row in table.children[1].children]
        assert [row[column] for row in rows] == both * (len(rows) // 2)
        assert [row[1] for row in rows[::2]] == [row[1] for row in rows[1::2]]


@pytest.mark.parametrize(
    ("lang", "left", "age"),
    [
        ("en", "The reform's rules move the border at a revenue of CNY 5,000,000, but a step", "up to 8 years old"),
        ("zh", "方案移动了营业收入 500 万元处的分界，但额度在此仍有跳变", "成立 8 年及以内"),
    ],
)
def test_a_step_left_at_a_border_that_the_reform_moves_is_said(view_of, lang, left, age):
    """Once, with the ages of the border; a result that was made before knows neither."""
    assert left not in words(easy_points(view_of(lang=lang), RESULT))
    rows = [one | {"oldest_years": 8.0} for one in RESULT["reforms"][0]["cliffs"]]
    moved = {"begins": False, "models_step": True}
    old = [one | moved if (one["revenue_wan"], one["scenario"]) == (500.0, "reform") else one for one in rows]
    text = words(easy_points(view_of(lang=lang), {**RESULT, "reforms": [{**RESULT["reforms"][0], "cliffs": old}]}))
    assert text.count(left) == 1
    assert age in text
    new = ("youngest_years", "oldest_years", "begins", "models_step")
    before = [{name: value for name, value in one.items() if name not in new} for one in rows]
    text = words(easy_points(view_of(lang=lang), {**RESULT, "reforms": [{**RESULT["reforms"][0], "cliffs": before}]}))
    assert text.count("412") == 4


def test_indicators_that_move_nothing_are_said_in_words(view_of):
    """And at most ten of those that do."""
    none = {**RESULT, "reforms": [{**RESULT["reforms"][0], "indicators": []}]}
    assert "各指标的积分没有变化" in words(indicators(view_of(), none))
    assert len(indicators(view_of(), RESULT).children.children[1].children.children[1].children) <= 10
