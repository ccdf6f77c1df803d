"""Values in words: amounts with their unit, names of everything that may limit, refusals by field."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from models.quota.constraints import CONSTRAINTS
from models.quota.rules import RULES
from serving.applications.bank_applications import RULES as ACTIONS
from serving.console.api import Refused
from serving.console.pages.bank.words import limited_by, money, money_cny, outcome, plain, product, refused, stage
from serving.console.texts import console_sentences, text
from serving.decide.safeguard import RULES as SAFEGUARD
from tests.serving.console.pages.enterprise.conftest import words


def view(lang="zh"):
    return SimpleNamespace(lang=lang, text=lambda key, **figures: text(key, lang, **figures))


def test_money_has_its_unit_in_both_languages():
    """30 万元 are 300,000 yuan; half a ten thousand is not rounded away."""
    assert (money(view(), 30), money(view("en"), 30)) == ("30 万元", "CNY 300,000")
    assert money_cny(view(), 1_234_500) == "123.45 万元"
    assert money(view(), None) == "–"
    assert (plain(388.97), plain(1_200.0), plain(0.5)) == ("388.97", "1,200", "0.5")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everything_that_may_limit_or_decide_has_a_name(lang):
    """No constraint, rule, safeguard check or state is shown by its key."""
    other = limited_by(view(lang), "no such rule")
    found = [limited_by(view(lang), name) for name in (*CONSTRAINTS, *RULES, *SAFEGUARD)]
    assert other not in found
    for state in {rule.leads_to for rule in ACTIONS.values()} | {"sent"}:
        assert f"bank.state.{state}" in console_sentences()
        assert f"bank.action.{state}" in console_sentences()
    assert outcome(view("en"), "preapproved") == "Pre-approved"
    assert (product(view(), "zheke"), stage(view(), "growth")) == ("浙科贷", "成长期")


def test_a_refusal_names_the_field_with_its_unit():
    """The API's bound is in yuan, and so is the name of the field; no key of the body is shown."""
    fault = {"where": "body.amount_cny", "found": "9", "allowed": "at most 3000000", "allowed_zh": "不超过 3000000"}
    problem = {"title_zh": "请求有误", "detail_zh": "请改正。", "faults": [fault, fault | {"where": "never.seen"}]}
    shown = words(refused(view(), Refused(422, problem)))
    assert "没有办理：请求有误" in shown
    assert "金额（元）：不超过 3000000" in shown
    assert "amount_cny" not in shown
    assert "never" not in shown
