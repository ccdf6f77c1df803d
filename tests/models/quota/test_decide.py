"""One made-up firm with round figures: each figure of its decision, and each rule at its border, by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from data.codebook import read_credit_facts
from data.uscc import fictitious_uscc
from features.quota import annuity_factor
from models.quota.certificate import not_assessed
from models.quota.constraints import CONSTRAINTS
from models.quota.decide import decide_columns
from models.quota.engine import read_policy
from models.quota.measure import Measured
from models.quota.rules import RULES

pytestmark = pytest.mark.law
LISTED = fictitious_uscc(1)
EXACT = {"rel": 1e-9, "abs": 1e-9}
OFFER = {
    "min_tenor_months": 6, "max_tenor_months": 24, "purposes": ["working_capital"], "annual_rate": 0.04,
    "tenor_premium": 0.01, "cap_share": 0.5,
}  # fmt: skip
ROUND = {
    "min_points": 20, "full_points": 60, "min_coverage": 0.6, "pd_cutoff": 0.08, "refer_level": 0.6,
    "overdue_refer_days": 30, "overdue_decline_days": 90, "exclusion_list": [LISTED],
    "excluded_industries": ["services"],
    "base_need_wan": 50, "min_quota_wan": 10, "stage_cap_wan": dict.fromkeys(("startup", "growth", "stable"), 2_000),
    "expert_cap_wan": dict.fromkeys(("startup", "growth", "stable"), 1_200), "exposure_cap_wan": 2_000,
    "el_budget_wan": 4.0, "lgd": 0.5, "working_capital_turns": 4.0, "rd_need_share": 0.6, "risk_premium": 0.4,
    "max_annual_rate": 0.1, "funding_rate": 0.018, "utilisation": 1.0, "strain": 1.0, "operating_cost_wan": 0.04,
    "capital_share": 0.08, "min_raroc": 0.05, "products": {"innovation_points": OFFER},
}  # fmt: skip
BANK = type(read_policy()).model_validate(read_policy().model_dump() | ROUND)
NOTHING = not_assessed(BANK.bank_id, BANK.version, BANK.digest)
FIRM = {
    "uscc": "firm", "as_of": 0, "industry": "software", "growth_stage": "growth", "revenue_wan": 4_000.0,
    "revenue_growth": 0.0, "rd_expense": 0.0, "existing_debt_wan": 0.0, "guarantees_wan": 0.0,
    "overdue_days_max_24m": 0.0, "overdue_days": 0.0, "pd_12m": 0.02, "pd_low": 0.015, "pd_high": 0.03,
    "risk_grade": "B",
    "capacity_low_wan": 200.0, "capacity_median_wan": 300.0, "total": 60.0, "coverage": 1.0, "percentile": 0.5,
}  # fmt: skip
Z90 = 1.6448536269514722  # of the standard normal, 90 % lie within it
VETOES = sum(fact.veto for fact in read_credit_facts())


def firm(**change) -> Measured:
    """The firm as the models would measure it; its debt capacity counts in 12 months at 4.8 %, its own rate."""
    given = FIRM | change
    low, high = (
        math.log(end / (1 - end)) for end in (min(max(given[key], 1e-9), 0.999) for key in ("pd_low", "pd_high"))
    )
    given |= {"log_odds_mid": (low + high) / 2, "log_odds_sd": (high - low) / 2 / Z90}
    given |= {"log_odds_hidden_mid": 99.0, "log_odds_hidden_sd": 1.0}  # without invoices: limits nothing
    columns = {name: np.array([value]) for name, value in given.items()}
    none = np.zeros((1, VETOES), dtype=bool)
    factor = float(annuity_factor(0.048, 12))
    return Measured(columns, none, np.array([True]), none, np.empty((1, 0)), np.empty((0, 0)), factor)


def decide(measured: Measured, policy=BANK, certificate=NOTHING, **requested):
    given = {"requested_amount_cny": 10_000_000, **requested}
    return decide_columns(measured, {name: np.array([value]) for name, value in given.items()}, policy, certificate)


def hit(decided) -> set[str]:
    return {name for name, is_hit in zip(RULES, decided.hit[0], strict=True) if is_hit}


def test_every_term_and_figure_of_12_months():
    """PD 2 %, LGD 50 %, rate 4 % + 0.4 x 2 % = 4.8 %, funding 1.8 %; the cautious debt capacity of 200 limits."""
    result = decide(firm())
    terms = dict(zip(CONSTRAINTS, result.terms[0], strict=True))
    gain, bend = 0.03 * 0.98 - 0.01, 0.01 / 300
    wanted = {
        "debt_capacity": 200.0, "need": 1_000.0, "expected_loss_cap": 400.0, "stage_cap": 600.0, "points_cap": 600.0,
        "exposure_cap": 2_000.0, "requested": 1_000.0, "max_profit": gain / bend,
        "raroc": (gain - 0.004 + math.sqrt((gain - 0.004) ** 2 - 2 * bend * 0.04)) / bend,
    }  # fmt: skip
    assert {name: terms[name] for name in wanted} == pytest.approx(wanted, **EXACT)
    assert math.isnan(terms["taper"])
    profit = gain * 200 - bend * 200 * 200 / 2 - 0.04  # 3.1733 wan
    assert (result.outcome[0], result.limited_by[0], result.amount_wan[0]) == (
        "preapproved", "debt_capacity", 200,
    )  # fmt: skip
    assert result.annual_rate[0] == pytest.approx(0.048, **EXACT)
    assert result.expected_profit_cny[0] == 31_733.33
    assert result.raroc[0] == pytest.approx(profit / 16, **EXACT)  # 19.8 % of 8 % capital
    assert result.marginal_profit_cny[0] == pytest.approx((gain - bend * 200) * 10_000, **EXACT)  # 127.33 a wan
    assert result.expected_loss_cny[0] == 20_000.0
    assert result.pd_tenor[0] == 0.02
    assert result.instalment_cny[0] == 171_031.71  # 2,000,000 over 12 months at 4.8 %
    assert not hit(result)


def test_the_same_over_24_months():
    """3.96 % default in two years, 5.8 % interest, 1.9 times the debt capacity; the loss budget is for the tenor."""
    result = decide(firm(), tenor_months=24)
    terms = dict(zip(CONSTRAINTS, result.terms[0], strict=True))
    payments = {months: sum((1 + rate / 12) ** -k for k in range(1, months + 1)) for months, rate in
                ((12, 0.048), (24, 0.058))}  # fmt: skip
    assert terms["debt_capacity"] == pytest.approx(200 * payments[24] / payments[12], **EXACT)  # 378.8
    assert terms["expected_loss_cap"] == pytest.approx(4 / (0.0396 * 0.5), **EXACT)  # 202.02
    assert (result.limited_by[0], result.amount_wan[0]) == ("expected_loss_cap", 202)
    assert result.expected_loss_cny[0] == 0.0396 * 0.5 * 2_020_000
    assert result.pd_tenor[0] == pytest.approx(0.0396, **EXACT)
    assert result.annual_rate[0] == pytest.approx(0.058, **EXACT)


# a change of the firm -> the term that then limits, and the amount
@pytest.mark.parametrize(
    ("change", "name", "amount"),
    [
        ({"existing_debt_wan": 60.5}, "debt_capacity", 139),
        ({"revenue_wan": 400.0}, "need", 100),
        ({"revenue_wan": 400.0, "existing_debt_wan": 30.0}, "need", 70),
        ({"revenue_wan": 400.0, "rd_expense": 200.0}, "need", 120),
        ({"revenue_wan": 400.0, "revenue_growth": 0.5}, "need", 150),
        ({"total": 20.0, "capacity_low_wan": 300.0}, "points_cap", 200),
        ({"guarantees_wan": 1_900.0}, "exposure_cap", 100),
        ({"total": 90.0, "capacity_low_wan": 290.0}, "debt_capacity", 290),
    ],
)
def test_the_smallest_term_limits(change, name, amount):
    """One figure of the firm changed: which term that makes the smallest, and the whole wan under it."""
    result = decide(firm(**change))
    assert (result.limited_by[0], result.amount_wan[0]) == (name, amount)


def test_the_smallest_request_that_is_requested_limits():
    """300,000 yuan requested: 30 wan."""
    result = decide(firm(), requested_amount_cny=305_000)
    assert (result.limited_by[0], result.amount_wan[0]) == ("requested", 30)


@pytest.mark.parametrize(
    ("pd_12m", "months", "share", "cap"), [(0.02, 12, 1.0, 1_000.0), (0.03, 12, 0.5, 1_000.0), (0.03, 13, 1.0, 600.0)]
)
def test_a_certificate_tapers_and_opens_the_caps_of_12_months_and_no_more(pd_12m, months, share, cap):
    """Zero at a PD of 4 %, whole up to half of it; a longer loan gets the expert caps, untapered."""
    certified = replace(NOTHING, status="certified", taper_end_pd=0.04, largest_wan=1_000.0)
    result = decide(firm(pd_12m=pd_12m, pd_high=0.035), certificate=certified, tenor_months=months)
    assert result.share[0] == pytest.approx(share, **EXACT)
    assert result.cap_wan[0] == cap
    assert (result.limited_by[0] == "taper") == (share < 1)
    if share < 1:
        assert result.amount_wan[0] == 99  # half of 199.6, for the rate is 5.2 %


def cut(pd_12m: float) -> dict[str, float]:
    return {"pd_12m": pd_12m, "pd_low": pd_12m, "pd_high": pd_12m}


# rule -> changes just before its border and just over it: of the firm, of the policy, of the request
BORDERS = [
    ("exclusion_list", ({"uscc": fictitious_uscc(2)}, {}, {}), ({"uscc": LISTED}, {}, {})),
    ("industry", ({"industry": "iot"}, {}, {}), ({"industry": "services"}, {}, {})),
    ("product", ({}, {}, {}), ({}, {}, {"product": "zheke"})),
    ("tenor", ({}, {}, {"tenor_months": 6}), ({}, {}, {"tenor_months": 5})),
    ("tenor", ({}, {}, {"tenor_months": 24}), ({}, {}, {"tenor_months": 25})),
    ("purpose", ({}, {}, {"purpose": "working_capital"}), ({}, {}, {"purpose": "equipment"})),
    ("overdue_decline", ({"overdue_days": 89.0}, {}, {}), ({"overdue_days": 90.0}, {}, {})),
    ("overdue_refer", ({"overdue_days": 29.0}, {}, {}), ({"overdue_days": 30.0}, {}, {})),
    ("overdue_refer", ({"overdue_days": 90.0}, {}, {}), ({"overdue_days": 89.0}, {}, {})),
    ("coverage", ({"coverage": 0.6}, {}, {}), ({"coverage": 0.599}, {}, {})),
    ("coverage", ({}, {}, {}), ({"coverage": math.nan}, {}, {})),
    ("stage_unknown", ({}, {}, {}), ({"growth_stage": "unknown"}, {}, {})),
    ("stage_unknown", ({}, {}, {}), ({"total": math.nan}, {}, {})),
    *(("facts_missing", ({}, {}, {}), ({name: math.nan}, {}, {})) for name in
      ("revenue_wan", "existing_debt_wan", "guarantees_wan", "overdue_days_max_24m")),
    ("invalid_result", ({}, {}, {}), ({"pd_12m": math.nan}, {}, {})),
    ("invalid_result", ({"pd_low": 0.02}, {}, {}), ({"pd_low": 0.0201}, {}, {})),
    ("invalid_result", ({"pd_high": 0.02}, {}, {}), ({"pd_high": 0.0199}, {}, {})),
    ("invalid_result", ({"pd_low": 1e-9}, {}, {}), ({"pd_low": 0.0}, {}, {})),
    ("invalid_result", ({"pd_high": 1.0}, {}, {}), ({"pd_high": 1.1}, {}, {})),
    ("invalid_result", ({"capacity_low_wan": 300.0}, {}, {}), ({"capacity_low_wan": 300.1}, {}, {})),
    ("invalid_result", ({"capacity_low_wan": 0.0}, {}, {}), ({"capacity_low_wan": -1.0}, {}, {})),
    ("invalid_result", ({"capacity_median_wan": 9e8}, {}, {}), ({"capacity_median_wan": 1e9}, {}, {})),
    ("pd_cutoff", (cut(0.0799999), {}, {}), (cut(0.0800001), {}, {})),
    ("pd_interval", ({"pd_high": 0.035}, {"pd_cutoff": 0.029}, {}), ({"pd_high": 0.035}, {"pd_cutoff": 0.028}, {})),
    ("pd_interval", (cut(0.0799), {}, {}), ({**cut(0.0799), "pd_high": 0.081}, {}, {})),
    ("min_points", ({"total": 20.0}, {}, {}), ({"total": 19.99}, {}, {})),
    ("min_quota", ({"capacity_low_wan": 10.0}, {}, {}), ({"capacity_low_wan": 9.99}, {}, {})),
    ("min_raroc", ({"capacity_low_wan": 3.0}, {}, {}), ({"capacity_low_wan": 2.0}, {}, {})),
    ("min_raroc", ({}, {}, {}), ({"capacity_median_wan": 0.0, "capacity_low_wan": 0.0}, {}, {})),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "before", "over"), BORDERS)
def test_each_rule_at_its_border(rule, before, over):
    """Just before it the rule is not hit, just over it it is, and the outcome is no approval."""
    for (of_firm, of_bank, of_request), is_hit in ((before, False), (over, True)):
        result = decide(firm(**of_firm), BANK.model_copy(update=of_bank), **of_request)
        assert (rule in hit(result)) == is_hit
    assert result.outcome[0] != "preapproved"
    assert result.amount_wan[0] == 0


def test_flags_and_ranges_lead_to_their_rules():
    """A raised flag declines, an unknown one is too little data, a value out of its range goes to a human."""
    one = firm()
    raised, outside = one.veto.copy(), one.outside.copy()
    raised[0, 1], outside[0, 0] = True, True
    for measured, rule, outcome in (
        (replace(one, veto=raised), "veto", "declined"),
        (replace(one, flags_known=np.array([False])), "facts_missing", "insufficient_data"),
        (replace(one, outside=outside), "out_of_range", "manual_review"),
    ):
        result = decide(measured)
        assert (hit(result), result.outcome[0], result.limited_by[0]) == ({rule}, outcome, rule)


def test_each_request_has_the_purposes_of_its_own():
    """Two requests for one product: working capital is lent for, equipment is not; amounts are whole numbers."""
    requested = {
        "requested_amount_cny": np.array([10_000_000, 10_000_000]),
        "purpose": np.array(["working_capital", "equipment"], dtype=object),
    }
    result = decide_columns(firm().without_reasons().take(np.zeros(2, dtype=int)), requested, BANK, NOTHING)
    assert result.outcome.tolist() == ["preapproved", "declined"]
    assert result.hit[:, list(RULES).index("purpose")].tolist() == [False, True]
    assert result.amount_wan.dtype == np.int64


def test_a_request_must_say_how_much():
    """The amount has no default; the rest of a request has."""
    with pytest.raises(KeyError, match=r"^'requested_amount_cny must be given'$"):
        decide_columns(firm(), {"tenor_months": np.array([12])}, BANK, NOTHING)
