"""Values of one case that contradict each other: the bound of every rule by hand, its edge, and what is said of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from data.codebook import read_codebook, read_credit_facts
from data.contradictions import MEMBERS, RULES, contradiction_text, contradictions, unchecked, unchecked_text

pytestmark = pytest.mark.law
# What each rule allows, computed by hand: member, values of the others, bound. Amounts in 10,000 yuan.
BY_HAND = [
    ("existing_debt_wan", {"debt_to_asset_ratio": 0.4, "assets_wan": 1_000.0}, 400.0),
    ("rd_expense", {"rd_intensity": 0.05, "revenue_wan": 2_000.0}, 100.0),
    ("rd_intensity", {"rd_expense": 300.0, "revenue_wan": 2_000.0}, 0.15),
    ("rd_expense", {"revenue_wan": 1_000.0, "net_profit_margin": 0.2}, 800.0),
    ("rd_expense", {"revenue_wan": 1_000.0, "net_profit_margin": -1.0}, 2_000.0),
    ("rd_super_deduction", {"rd_expense": 200.0}, 60.0),
    ("operating_cash_flow_wan", {"revenue_wan": 1_000.0}, 1_130.0),
    ("net_profit_margin", {"revenue_wan": 0.0}, 0.0),
    ("hightech_revenue_ratio", {"revenue_wan": 0.0}, 0.0),
    ("rd_staff_ratio", {"headcount": 0.0}, 0.0),
    ("fresh_graduates_hired", {"headcount": 40.0}, 40.0),
    (
        "patent_quality_index",
        {"invention_patents_valid": 0.0, "invention_applications_3y": 0.0, "other_ip_count": 0.0},
        0.0,
    ),
    ("revenue_growth", {"age_years": 1.9}, 0.0),
    ("rd_expense_growth", {"age_years": 1.9}, 0.0),
    ("headcount_growth", {"age_years": 0.9}, 0.0),
]
ROUNDED = {"wan_cny": 1.0, "ratio": 0.005}


def case(**known):
    return {key: np.array([known.get(key, math.nan)]) for key in MEMBERS}


def broken(values, sent=MEMBERS):
    found = contradictions(values, {key: np.array([True]) for key in sent})
    return [rule for rule, hit in found if hit[0]]


@pytest.mark.parametrize(("member", "others", "bound"), BY_HAND)
def test_a_value_above_what_the_others_allow_is_found(member, others, bound):
    """A tenth and the rounding of filed values are allowed; a little more is found, by that rule alone."""
    units = {item.key: item.unit for item in (*read_codebook(), *read_credit_facts())}
    edge = bound * 1.1 + ROUNDED.get(units[member], 0.0)
    assert broken(case(**others, **{member: edge - 1e-6})) == []
    (rule,) = broken(case(**others, **{member: edge + 1e-6}))
    assert (rule.member, set(rule.by)) == (member, set(others))
    assert broken(case(**others)) == []
    for key in others:  # what is not known contradicts nothing
        assert broken(case(**{**others, key: math.nan}, **{member: edge * 9.0 + 9.0})) == []


def test_only_what_was_sent_is_held_against_a_caller():
    """The same values, all of the record: not this check's; any one of them sent: it is."""
    values = case(existing_debt_wan=500.0, debt_to_asset_ratio=0.4, assets_wan=1_000.0)
    assert broken(values, sent=()) == []
    for key in ("existing_debt_wan", "debt_to_asset_ratio", "assets_wan"):
        assert [rule.member for rule in broken(values, sent=(key,))] == ["existing_debt_wan"]


def test_a_value_at_the_end_of_its_range_may_have_been_cut_off():
    """A margin of -300 % or less is filed as -300 %: nothing follows from it; nor from a ratio to no revenue."""
    assert broken(case(rd_expense=9_000.0, revenue_wan=1_000.0, net_profit_margin=-3.0)) == []
    assert broken(case(existing_debt_wan=9_000.0, debt_to_asset_ratio=2.0, assets_wan=1_000.0)) == []
    assert broken(case(rd_expense=20.0, rd_intensity=0.2, revenue_wan=10.0)) == []


def test_every_rule_has_a_case_above_and_a_sentence_with_every_member():
    """Both members, what was found and what is allowed, in both languages."""
    assert {(rule.member, frozenset(rule.by)) for rule in RULES} == {
        (member, frozenset(others)) for member, others, _ in BY_HAND
    }
    row = {"existing_debt_wan": 500.0, "debt_to_asset_ratio": 0.4, "assets_wan": 1_000.0}
    zh, en = contradiction_text(RULES[0], row)
    assert zh == "银行借款余额为 500 万元，而按资产负债率（40.0%）、资产总额（1,000 万元），最多为 400 万元，请核对。"
    assert en == (
        "Bank debt: CNY 5,000,000, while debt-to-asset ratio (40.0%), total assets (CNY 10,000,000) allow no more than "
        "CNY 4,000,000; please verify."
    )


def lacking(values, vouched=MEMBERS):
    return set(unchecked(values, {key: np.array([True]) for key in vouched}))


@pytest.mark.parametrize(("member", "others", "bound"), BY_HAND)
def test_a_rule_that_a_missing_value_could_break_is_named_by_that_value(member, others, bound):
    """The bounded value left out, or one of those that bound a positive one; the rule with all of them is checked."""
    full = dict.fromkeys(MEMBERS, 1.0) | others | {member: bound * 0.5}
    ranges = {item.key: item.high for item in (*read_codebook(), *read_credit_facts())}
    assert lacking(case(**full)) == set()
    if ranges[member] > bound * 1.1 + 1.0:
        assert member in lacking(case(**{**full, member: math.nan}))
    for key in others:
        assert key in lacking(case(**{**full, member: 9.0, key: math.nan}))
        assert key not in lacking(case(**{**full, member: 9.0, key: math.nan}), vouched=())


def test_a_rule_that_no_value_could_break_is_not_held_against_a_firm():
    """Growth of a firm of three years may be anything; nothing of revenue is needed to check a cash flow below 0."""
    assert lacking(case(age_years=3.0), ("age_years",)) == set()
    assert lacking(case(age_years=0.5), ("age_years",)) == {"revenue_growth", "rd_expense_growth", "headcount_growth"}
    assert lacking(case(operating_cash_flow_wan=-5.0), ("operating_cash_flow_wan",)) == set()
    assert lacking(case(operating_cash_flow_wan=5.0), ("operating_cash_flow_wan",)) == {"revenue_wan"}
    assert unchecked_text(["revenue_wan", "rd_expense"]) == ("营业收入、研发费用", "revenue, R&D expense")
