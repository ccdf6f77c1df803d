"""One firm, one bank: the terms, the rules that are hit, and the amount. Plain scalars; ``quota_table`` is its twin."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import compress
from math import floor, isnan
from typing import Any, NamedTuple

from data.codebook import Codebook, CreditFact, read_credit_facts
from models.quota_decision import Outcome
from models.quota_policy import BankPolicy
from models.quota_rules import RULES
from models.quota_terms import NAN, TERMS, Economics, Facts, term_amounts
from models.quota_warranty import Warranty, opened_share

TERM_NAMES = tuple(TERMS)
RULE_NAMES = tuple(RULES)
HURDLE = TERM_NAMES.index("hurdle")
NEED_FACTS = ("revenue_wan", "existing_debt_wan", "guarantees_wan")  # without them nobody knows what the firm can use


class Measured(NamedTuple):
    """What the three models say of one case, whatever the bank.

    row, known : the case as it was known; facts : what the terms take from it, with a bank's own where it told any
    values : risk features as they were measured; model_row : the same as the models read them
    shares : what each adds to the log-odds of default
    """

    row: Mapping[str, Any]
    known: Mapping[str, Any]
    facts: Facts
    values: array[float]
    model_row: array[float]
    shares: array[float]
    pd_12m: float
    pd_low: float
    pd_high: float
    grade: str
    limits: tuple[float, float]
    score: Mapping[str, Any]
    vetoes: tuple[CreditFact, ...]  # flags that stand against the firm
    flags_known: bool
    outside: tuple[str, ...]  # values beyond the codebook's range, as warnings


class Judgement(NamedTuple):
    """Outcome, every rule that was hit, what bound, and the amount; ``amounts`` in the order of TERMS.

    amounts : without the warranty's where nothing is certified; could_wan : what the terms allow, rules aside
    share : what the warranty opens
    """

    outcome: Outcome
    hit: tuple[str, ...]
    limited_by: str
    amount_wan: int
    could_wan: int
    amounts: tuple[float, ...]
    smallest: float
    share: float
    cap_wan: float
    told: Economics


def judge(case: Measured, uscc: str, requested_cny: int, policy: BankPolicy, warranty: Warranty) -> Judgement:
    """The largest whole amount in 10,000 yuan that every term allows, if no rule stands against it."""
    row, score, pd_12m = case.row, case.score, case.pd_12m
    stage = row["stage3"]
    certified = warranty.pd_zero is not None
    cap = (policy.stage_cap_wan if certified else policy.expert_cap_wan).get(stage, NAN)
    amounts, told, least = term_amounts(
        case.facts, requested_cny / 10_000, pd_12m, case.limits, score["total"], policy, cap
    )
    known = not any(map(isnan, amounts))
    smallest = min(amounts) if known else NAN
    place = amounts.index(smallest) if known else -1
    share = 1.0
    if warranty.pd_zero is not None:
        share = opened_share(pd_12m, warranty.pd_zero)
        amounts = (*amounts, share * smallest)
        if share < 1.0:
            place, smallest = len(amounts) - 1, share * smallest
    amount = floor(smallest) if known else 0
    tests = (
        bool(case.vetoes),
        uscc in policy.blacklisted,
        row["industry"] in policy.excluded_industries,
        not score["coverage"] >= policy.min_coverage,
        cap != cap or score["total"] != score["total"],
        not (known and case.flags_known),
        bool(case.outside),
        not (0.0 < case.pd_low <= pd_12m <= case.pd_high <= 1.0 and 0.0 <= case.limits[0] <= case.limits[1] < 1e9),
        case.pd_low > policy.pd_cutoff,
        case.pd_low <= policy.pd_cutoff < case.pd_high,
        score["total"] < policy.min_points,
        known and amount < policy.min_quota_wan,
        (known and amount < least) or amounts[HURDLE] == 0.0,
    )
    hit = tuple(compress(RULE_NAMES, tests))
    could = max(amount, 0)
    bound = TERM_NAMES[place] if known else ""
    if not hit:
        return Judgement("indicative_approve", hit, bound, amount, could, amounts, smallest, share, cap, told)
    limited_by = bound if hit[0] in ("min_quota", "hurdle") else hit[0]
    return Judgement(RULES[hit[0]].outcome, hit, limited_by, 0, could, amounts, smallest, share, cap, told)


def facts_of(row: Mapping[str, Any]) -> Facts:
    """What the terms take from a case."""
    return Facts(
        _number(row["revenue_wan"]),
        _number(row["revenue_growth"]),
        _number(row["rd_expense"]),
        _number(row["existing_debt_wan"]),
        _number(row["guarantees_wan"]),
    )


def plain_day(value: Any) -> date | None:
    """A date, from a date or a pandas time; None where unknown."""
    if value is None or type(value) is date:
        return value
    return value.date() if value == value else None  # NaT is unequal to itself


def vetoes_of(row: Mapping[str, Any]) -> tuple[tuple[CreditFact, ...], bool]:
    """The flags that stand against a firm, and whether every one of them is known."""
    flags = [(fact, row[fact.key]) for fact in _vetoes()]
    return tuple(fact for fact, value in flags if value == 1), all(_number(value) == value for _, value in flags)


def outside_of(row: Mapping[str, Any], book: Codebook) -> tuple[str, ...]:
    """A warning for each value beyond the codebook's range; a personal value is not shown."""
    found = []
    for key, low, high, unit, shown in _ranges(book):
        value = row[key]
        if value is not None and value == value and not low <= value <= high:
            told = f"{value:.6g} is outside" if shown else "outside"
            found.append(f"{key}: {told} [{low:g}, {high:g}] {unit}")
    return tuple(found)


@cache
def _ranges(book: Codebook) -> tuple[tuple[str, float, float, str, bool], ...]:
    indicators = tuple((item.key, item.low, item.high, item.unit, not item.personal) for item in book)
    return indicators + tuple((fact.key, fact.low, fact.high, fact.unit, True) for fact in read_credit_facts())


@cache
def _vetoes() -> tuple[CreditFact, ...]:
    return tuple(fact for fact in read_credit_facts() if fact.veto)


def _number(value: Any) -> float:
    return NAN if value is None else float(value)
