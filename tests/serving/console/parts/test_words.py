"""Names and values in the language of the session."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from data.texts.sentences import read_sentences
from models.quota.constraints import CONSTRAINTS
from models.quota.rules import RULES
from serving.console.parts.words import broken, capital, limit_text, loan_term, named, own, quantity_text
from serving.console.texts import text

ZH, EN = (SimpleNamespace(lang=lang, text=lambda key, lang=lang, **figures: text(key, lang, **figures))
          for lang in ("zh", "en"))  # fmt: skip


def test_names_follow_the_language():
    row = {"zh": "甲", "en": "A", "name_zh": "甲行", "name_en": "Bank A"}
    assert (named(ZH, row), named(EN, row), named(EN, row, "name")) == ("甲", "A", "Bank A")
    assert (own(ZH, ("甲", "A")), own(EN, ("甲", "A"))) == ("甲", "A")
    assert (loan_term(ZH, "product", "zheke"), loan_term(EN, "purpose", "equipment")) == ("浙科贷", "Equipment")


def test_what_begins_a_cell_begins_with_a_capital():
    """The rest of the words stays as it is, and so do Chinese and nothing."""
    assert (capital("not yet begun by R&D"), capital("Done"), capital("进行中"), capital("")) == (
        "Not yet begun by R&D", "Done", "进行中", "",
    )  # fmt: skip


def test_a_value_has_its_unit_and_nothing_is_a_dash():
    assert (quantity_text(ZH, "rd_expense", 30.0), quantity_text(EN, "rd_expense", 30.0)) == ("30 万元", "CNY 300,000")
    assert quantity_text(ZH, "rd_expense", None) == "–"


@pytest.mark.parametrize("view", [ZH, EN], ids=["zh", "en"])
def test_whatever_may_limit_an_indication_has_words(view):
    checks = [key.split(".")[1] for key in read_sentences() if key.startswith("safeguard.")]
    for key in {*CONSTRAINTS, *RULES, *checks} - {"referred"}:
        assert len(limit_text(view, key)) > 3
        assert "_" not in limit_text(view, key)


def test_a_label_is_broken_into_lines_that_fit():
    assert broken(EN, "background of founder and team") == "background of founder and<br>team"
    assert broken(ZH, "一二三四五六七八九十一二") == "一二三四五六七八九十一<br>二"
    assert broken(ZH, "") == ""
