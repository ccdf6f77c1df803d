"""Three loans under one budget, by hand: who gets how much, and what each limit costs."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from data.requests import PortfolioLimits
from models.quota.budget import BudgetError, share_budget

pytestmark = pytest.mark.law
POLICY = {"min_quota_wan": 10.0, "operating_cost_wan": 0.04}
# Each wan of A earns 0.03 a year, of B 0.02, of C 0.01; every loan costs 0.04. Only A may lose money: 1 % of it.
LOANS = pd.DataFrame(
    {
        "uscc": ["A", "B", "C", "D"],
        "quota_wan": [100, 50, 40, 0],
        "expected_profit_cny": [29_600.0, 9_600.0, 3_600.0, float("nan")],
        "marginal_profit_cny": [300.0, 200.0, 100.0, float("nan")],
        "expected_loss_cny": [10_000.0, 0.0, 0.0, 0.0],
        "growth_stage": ["startup", "growth", "growth", "startup"],
        "product": ["innovation_points", "innovation_points", "zheke", "zheke"],
    }
)


@pytest.fixture
def share(quick_policy):
    """Share a budget among LOANS."""

    def of(budget, loans=LOANS, least=POLICY["min_quota_wan"], **limits):
        return share_budget(
            loans,
            budget,
            PortfolioLimits.model_validate_json(json.dumps(limits)),
            quick_policy.model_copy(update=POLICY | {"min_quota_wan": least}),
        )

    return of


@pytest.mark.parametrize(
    ("budget", "amounts", "profit", "price"),
    [
        (120.0, [100, 20, 0, 0], 33_200, 200),  # 3 + 0.4 - 0.08
        (150.0, [100, 50, 0, 0], 39_200, None),  # at an end of B either price is right
        (160.0, [100, 50, 10, 0], 39_800, 100),  # 3 + 1 + 0.1 - 0.12
        (500.0, [100, 50, 40, 0], 42_800, 0),
        (105.0, [95, 10, 0, 0], 29_700, 200),  # 2.85 + 0.2 - 0.08: B needs 10, and A alone earns 2.96
        (104.0, [100, 0, 0, 0], 29_600, None),  # 10 to B earn 0.2 less 0.04 and 6 of A's: 2.94 in all, less than 2.96
        (9.0, [0, 0, 0, 0], 0, 300),
        (0.5, [0, 0, 0, 0], 0, 300),
        (60.5, [60, 0, 0, 0], 17_600, 300),  # whole amounts
    ],
)
def test_the_best_loans_first_none_above_its_quota_none_below_the_least(share, budget, amounts, profit, price):
    """Amounts, what they earn after costs, and what 10,000 yuan more would earn."""
    found = share(budget)
    assert (found.amount_wan.tolist(), found.amount_wan.dtype) == (amounts, np.int64)
    assert found.profit_cny == pytest.approx(profit)
    assert price is None or found.prices[0].marginal_profit_cny == pytest.approx(price)


def test_each_limit_has_its_price(share):
    """Start-ups at most 60: C's last wan earns 0.01, so the budget is worth 0.01 and the limit A's 0.03 less that."""
    found = share(120.0, groups=[{"column": "growth_stage", "value": "startup", "most_wan": 60}])
    assert found.amount_wan.tolist() == [60, 50, 10, 0]
    assert [(one.limit, one.most_wan, one.used_wan, one.marginal_profit_cny) for one in found.prices] == [
        ("budget", 120.0, 120.0, pytest.approx(100)), ("growth_stage: startup", 60.0, 60.0, pytest.approx(200)),
    ]  # fmt: skip
    assert found.prices[1].text == (
        "初创期贷款合计（60 万元）制约分配：每增加 1 万元，预期年收益约增加 200 元。",
        "Loans in all, start-up (CNY 600,000) limits the allocation: CNY 10,000 more would earn about CNY 200 a year.",
    )
    loss = share(500.0, expected_loss_wan=0.4)
    assert loss.amount_wan.tolist() == [40, 50, 40, 0]
    assert [one.marginal_profit_cny for one in loss.prices] == [0.0, pytest.approx(30_000)]  # 0.03 / 0.01
    assert (loss.prices[1].limit, loss.prices[1].most_wan, loss.prices[1].used_wan) == ("expected_loss", 0.4, 0.4)
    assert loss.prices[0].text == (
        "预算（500 万元）已用 130 万元，增加它不会提高预期收益。",
        "Budget (CNY 5,000,000): CNY 1,300,000 used; more of it would not raise the expected profit.",
    )
    assert loss.text[0] == (
        "预算 500 万元：分配给 3 家企业共 130 万元，预期年收益 2.5 万元；另有 0 家预授信企业未获分配。"
    )
    product = share(500.0, groups=[{"column": "product", "value": "zheke", "most_wan": 0}])
    assert product.amount_wan.tolist() == [100, 50, 0, 0]


def test_a_profit_that_falls_with_the_amount_spreads_the_budget(share):
    """Twice 100 wan that earn 2 a year, the last wan 0.01: gain 0.03, bend 0.0002, so 50 earn 1.25 and 100 earn 2."""
    twin = LOANS.iloc[[0, 0]].assign(uscc=["A", "B"], expected_profit_cny=19_600.0, marginal_profit_cny=100.0)
    found = share(100.0, twin)
    assert found.amount_wan.tolist() == [50, 50]
    assert found.profit_cny == pytest.approx(24_200)


def loan(quota_wan, gain_wan, **members):
    """A loan of which each wan earns the same, less the cost of POLICY."""
    earned = round((quota_wan * gain_wan - POLICY["operating_cost_wan"]) * 10_000, 6)
    changed = {"quota_wan": quota_wan, "expected_profit_cny": earned, "marginal_profit_cny": gain_wan * 10_000}
    return LOANS.iloc[[0]].assign(**changed | members)


def test_figures_are_rounded_to_a_fen(share):
    """77 wan at 123.456 CNY each are 9,506.112, less 400; a price below one yuan is a price."""
    found = share(77.0, loan(100, 0.0123456))
    assert (found.profit_cny, found.prices[0].marginal_profit_cny) == (9_106.11, 123.46)
    small = share(1_500.0, loan(2_000, 0.00008))
    assert (small.profit_cny, small.prices[0].marginal_profit_cny) == (800.0, 0.8)
    assert small.prices[0].text[1] == (
        "Budget (CNY 15,000,000) limits the allocation: CNY 10,000 more would earn about CNY 1 a year."
    )


def test_a_loan_of_the_least_whole_amount_is_a_loan(share):
    """A least of half a wan is one wan in whole amounts: A's earns 0.3 less 0.04, B's and C's are not reached."""
    loans = pd.concat([loan(1, 0.3), loan(1, 0.2, uscc="B"), loan(1, 0.1, uscc="C")])
    found = share(1.0, loans, least=0.5)
    assert found.amount_wan.tolist() == [1, 0, 0]
    assert found.profit_cny == pytest.approx(2_600)
    assert found.text[0] == "预算 1 万元：分配给 1 家企业共 1 万元，预期年收益 0.3 万元；另有 2 家预授信企业未获分配。"


def test_nobody_approved_gives_nothing(share):
    """Only firms without a quota: no amount, no price, no error."""
    found = share(100.0, LOANS.iloc[3:])
    assert (found.amount_wan.tolist(), found.profit_cny, found.prices[0].marginal_profit_cny) == ([0], 0.0, 0.0)


@pytest.mark.contract
def test_what_cannot_share_a_budget_is_refused(share):
    """A budget that is none, a firm twice, a group that no loan belongs to, a limit twice."""
    for budget in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(BudgetError, match="allowed: above 0"):
            share(budget)
    with pytest.raises(BudgetError, match=r"1 firms have more than one quota, as \['A'\]"):
        share(10.0, LOANS.assign(uscc=["A", "A", "C", "D"]))
    six = pd.concat([loan(1, 0.3, uscc=name) for name in "FFEEDDCCBBAA"])
    with pytest.raises(BudgetError, match=r"^6 firms .* as \['A', 'B', 'C', 'D', 'E'\]; allowed: one for each firm$"):
        share(10.0, six)
    share(10.0, LOANS.assign(uscc=["A", "B", "C", "A"]))  # refused once and approved once is one quota
    with pytest.raises(BudgetError, match=r"no loan has growth_stage 'infant'; found: \['growth', 'startup'\]"):
        share(10.0, groups=[{"column": "growth_stage", "value": "infant", "most_wan": 1}])
    twice = [{"column": "growth_stage", "value": "growth", "most_wan": most} for most in (1, 2)]
    with pytest.raises(BudgetError, match="more than once"):
        share(10.0, groups=twice)
