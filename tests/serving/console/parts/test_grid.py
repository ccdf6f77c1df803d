"""Grids: kinds of columns, language, and no code from data."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

from serving.console.parts.grid import Column, grid
from serving.console.texts import text


def view_in(lang):
    return SimpleNamespace(lang=lang, text=lambda key, **figures: text(key, lang, **figures))


VIEW = view_in("zh")
COLUMNS = (
    Column("name", "企业", link="href"),
    Column("points", "积分", "number", decimals=1),
    Column("on", "日期", "date"),
)


def test_a_column_is_shown_by_its_kind():
    """Numbers to the right and by their decimals, days as days, a link by the renderer that makes text nodes."""
    name, points, day = (column.definition() for column in COLUMNS)
    assert (name["cellRenderer"], name["cellRendererParams"]) == ("CellLink", {"link": "href"})
    assert points["type"] == "rightAligned"
    assert points["valueFormatter"] == {"function": "figure(params, 'number', 1)"}
    assert (day["valueFormatter"], day["minWidth"]) == ({"function": "day(params)"}, 145)


def test_words_that_may_be_in_another_language_say_which():
    words = Column("what", "Step", lang_of="what_lang").definition()
    assert (words["cellRenderer"], words["cellRendererParams"]) == ("CellWords", {"lang": "what_lang"})


def test_no_latin_word_of_a_heading_is_broken_and_a_wide_column_stays_as_it_is():
    """The word "Requested" takes 9 x 8 px and 66 px of room; Chinese words wrap anywhere, so they ask for no width."""
    widths = {
        heading: Column("any", heading, "number", least_px=least).definition()["minWidth"]
        for heading, least in (("Requested (CNY 10,000)", 110), ("申请金额（万元）", 90), ("State", 120))
    }
    assert widths == {"Requested (CNY 10,000)": 138, "申请金额（万元）": 90, "State": 120}


def test_a_grid_has_a_name_rows_or_blocks_and_runs_no_code_of_data():
    """With ``infinite`` no row is sent beforehand."""
    made = grid(VIEW, "firms-grid", COLUMNS, [{"id": "1", "name": "<script>"}], label="企业列表")
    assert made.to_plotly_json()["props"]["aria-label"] == "企业列表"
    inner = made.children
    assert inner.rowData == [{"id": "1", "name": "<script>"}]
    assert inner.dangerously_allow_code is False
    assert inner.dashGridOptions["getLocaleText"]["function"].startswith("gridText(params, 'zh', ")
    blocks = grid(VIEW, "million", COLUMNS, label="企业列表", infinite=True).children
    assert (blocks.rowModelType, getattr(blocks, "rowData", None)) == ("infinite", None)
    assert blocks.defaultColDef["sortable"] is True
    fixed = grid(VIEW, "fixed", COLUMNS, label="企业列表", infinite=True, sortable=False).children
    assert fixed.defaultColDef["sortable"] is False


def test_a_grid_without_rows_says_what_to_do_in_the_language_of_the_page():
    """The words are literals of the function that AG Grid calls, in double quotes."""
    for lang, words in (("zh", "请放宽或清除"), ("en", "widen or clear them")):
        inner = grid(view_in(lang), "empty", COLUMNS, [], label="list").children
        _, language, none, filtered = re.fullmatch(
            r"gridText\((\w+), '(\w+)', (\".+\"), (\".+\")\)", inner.dashGridOptions["getLocaleText"]["function"]
        ).groups()
        assert (language, json.loads(none)) == (lang, text("grid.no_rows", lang))
        assert words in none
        assert json.loads(filtered) == text("grid.no_matching_rows", lang)


def test_a_column_is_as_wide_as_its_words_up_to_a_bound():
    """Chinese letters take 14.5 px, others 8 and the margins 36; an address, a number and a passage ask for no more."""
    rows = [
        {
            "id": "1",
            "office": "杭州机场（2910）",
            "href": "x" * 200,
            "days": 12345678901234567890,
            "why": "依据" * 100,
            "said": "因" * 40,
        },
        {"id": "2", "office": None, "href": "", "days": None, "why": ""},
    ]
    columns = (
        Column("office", "海关", link="href", least_px=90), Column("days", "天数", "number", least_px=90),
        Column("why", "原因", least_px=110), Column("none", "备注", least_px=110), Column("said", "说明"),
    )  # fmt: skip
    made = grid(VIEW, "offices", columns, rows, label="海关").children
    assert [one["minWidth"] for one in made.columnDefs] == [155, 90, 330, 110, 330]  # 6 x 14.5 + 4 x 8 + 36, no less
    wrapped = {one["field"] for one in made.columnDefs if one.get("wrapText") and one.get("autoHeight")}
    assert wrapped == {"said"}  # 616 px are two lines; the 2,936 of a long passage would be nine
    blocks = grid(VIEW, "offices", columns, label="海关", infinite=True).children
    assert [one["minWidth"] for one in blocks.columnDefs] == [90, 90, 110, 110, 110]
