"""The words of a consent name exactly what its scopes hold."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from data.consents import CATEGORIES
from serving.console.parts.consents import (
    SHARES,
    bank_boxes,
    consent_words,
    data_text,
    joined,
    offered,
    scope_text,
    share_boxes,
    term_options,
)
from serving.console.texts import console_sentences, text


def view(lang="zh", permissions=()):
    caller = SimpleNamespace(permissions=frozenset(permissions))
    return SimpleNamespace(lang=lang, caller=caller, text=lambda key, **figures: text(key, lang, **figures))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_scope_names_its_data_and_no_other(lang):
    names = {one: console_sentences()[f"consents.category.{one}"].fill({})[lang == "en"]
             for share in SHARES for one in CATEGORIES[share]}  # fmt: skip
    for share in SHARES:
        shown = scope_text(view(lang), share)
        data = shown.partition("：" if lang == "zh" else "Data: ")[2]
        assert data == joined(view(lang), [names[one] for one in CATEGORIES[share]])


def test_what_is_about_to_be_given_is_written_out():
    made = consent_words(view(), ["甲银行", "乙银行"], ["quota", "points"], ["zheke"], ["equipment"], "2026年12月27日")
    texts = [made.children[0].children, *(item.children for item in made.children[1].children)]
    texts += [one.children for one in made.children[2:]]
    assert texts == [
        "本企业授权以下银行使用本企业的数据：甲银行、乙银行。",
        "银行可以查看积分及其构成，使用：创新积分指标",
        "银行可以测算额度和风险，使用：信用信息、发票汇总数据",
        "仅用于办理以下业务：浙科贷；用途：设备购置与更新。",
        "授权有效期至 2026年12月27日。",
        "无论业务是否获批，授权均有效至期满或撤销；可随时在“企业授权”中撤销。",
    ]


def test_personal_data_are_offered_by_right_alone():
    assert "personal" not in offered(())
    assert offered(("personal",)) == SHARES
    assert [box.value for box in share_boxes(view(), "x").children] == ["points", "quota", "query", "reporting"]
    assert share_boxes(view(permissions=("personal",)), "x").value == []


def test_banks_that_there_are_not_cannot_be_chosen():
    banks = [{"bank_id": "a", "name_zh": "甲", "name_en": "A", "annual_rate": 0.041}]
    made = bank_boxes(view(), "x", banks, ["a", "b"])
    assert made.value == ["a"]
    assert made.children[0].description == "参考年利率 4.10% 起"


def test_options_are_the_terms_of_the_trade():
    assert {one["value"]: one["label"] for one in term_options(view(), "product")} == {
        "innovation_points": "创新积分贷",
        "zheke": "浙科贷",
    }
    assert data_text(view("en"), ["credit_facts", "founder_team"]) == "Credit facts, founders and team"
