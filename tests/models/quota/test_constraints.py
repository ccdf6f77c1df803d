from __future__ import annotations

import math

import numpy as np
import pytest
import yaml
from scipy.optimize import brentq, minimize_scalar

from models.quota.constraints import (
    CONSTRAINTS,
    Facts,
    Loan,
    best_amount,
    constraint_amounts,
    economics,
    hurdle_interval,
    need_wan,
    profit_wan,
)
from models.quota.engine import read_policies, read_policy
from models.quota.policy import CreditPolicy, PolicyError

pytestmark = pytest.mark.law
POLICY = read_policy()


def year(policy: CreditPolicy = POLICY, requested: float = 1000.0) -> Loan:
    """The bank's innovation points loan over 12 months."""
    offer = policy.products["innovation_points"]
    return Loan(requested, 12.0, offer.annual_rate, offer.tenor_premium)


def case(rng: np.random.Generator) -> tuple[float, float]:
    return float(np.exp(rng.uniform(np.log(0.001), np.log(0.06)))), float(np.exp(rng.uniform(np.log(5), np.log(3000))))


@pytest.mark.parametrize("policy", read_policies(), ids=lambda policy: policy.bank_id)
def test_closed_form_and_solver_agree_on_the_best_amount(policy):
    """The inner optimum and the hurdle's ends in closed form are those that a numerical solver finds."""
    rng = np.random.default_rng(3)
    for _ in range(60):
        pd_12m, room = case(rng)
        result = economics(pd_12m, room, year(policy), policy)
        found = minimize_scalar(
            lambda q, result=result: -profit_wan(q, result), bounds=(0, 50 * room), method="bounded"
        )
        assert best_amount(result) == pytest.approx(found.x, rel=1e-3, abs=1e-2) or best_amount(result) > 49 * room
        least, most = hurdle_interval(result)

        def excess(q: float, result=result) -> float:
            return profit_wan(q, result) - result.hurdle * q

        top = minimize_scalar(lambda q, excess=excess: -excess(q), bounds=(0, 100 * room), method="bounded").x
        if excess(top) < -1e-9:
            assert most == 0.0
        elif most < 90 * room:
            assert most == pytest.approx(brentq(excess, top, 1e6 * room), rel=1e-6)
            assert least == pytest.approx(brentq(excess, 0, top), rel=1e-6, abs=1e-9)


def test_the_profit_is_concave_and_its_slope_is_the_price_of_a_yuan():
    """Second differences are negative; gain - bend * q is the finite difference."""
    result = economics(0.02, 300.0, year(), POLICY)
    grid = np.linspace(0, 600, 61)
    values = np.array([profit_wan(q, result) for q in grid])
    assert (np.diff(values, 2) < 0).all()
    slope = (profit_wan(200.0 + 1e-4, result) - profit_wan(200.0 - 1e-4, result)) / 2e-4
    assert slope == pytest.approx(result.gain - result.bend * 200.0, rel=1e-6)


def test_a_higher_risk_or_less_room_never_raises_any_amount():
    """Optimum and hurdle fall with default risk and rise with the debt that the cash flow supports."""
    for policy in read_policies():
        for room in (20.0, 300.0):
            result = [economics(pd_12m, room, year(policy), policy) for pd_12m in np.linspace(0.0005, 0.12, 240)]
            for amounts in ([best_amount(one) for one in result], [hurdle_interval(one)[1] for one in result]):
                assert (np.diff(amounts) <= 1e-12).all()
            least = [hurdle_interval(one)[0] for one in result if hurdle_interval(one)[1] > 0]
            assert (np.diff(least) >= -1e-12).all()
        wide = [hurdle_interval(economics(0.01, room, year(policy), policy)) for room in np.linspace(5, 2000, 100)]
        assert (np.diff([most for _, most in wide]) >= 0).all()


def test_the_base_lifts_the_need_and_nothing_else():
    """The published 500,000 yuan are in for a small need; no other term moves with them."""
    facts = Facts(revenue=40.0, growth=math.nan, research=10.0, debt=20.0, guarantees=0.0)
    high = POLICY.model_copy(update={"base_need_wan": 80.0})
    one, two = (
        dict(
            zip(
                CONSTRAINTS,
                constraint_amounts(facts, year(policy), 0.02, (90.0, 150.0), 1.0, 50.0, policy, 300.0)[0],
                strict=False,
            )
        )
        for policy in (POLICY, high)
    )
    assert {name for name in one if one[name] != two[name]} == {"need"}
    assert one["need"] == 30.0


def test_a_need_never_falls_when_sales_growth_or_research_rise_and_hiding_growth_never_helps():
    """Each input of the need is monotone, and unknown growth counts as none."""
    grid = np.linspace(0, 5000, 50)
    assert (np.diff([need_wan(revenue, 0.1, 5.0, POLICY) for revenue in grid]) >= 0).all()
    assert (np.diff([need_wan(400.0, growth, 5.0, POLICY) for growth in np.linspace(-0.9, 3, 50)]) >= 0).all()
    assert (np.diff([need_wan(400.0, 0.1, research, POLICY) for research in grid]) >= 0).all()
    assert all(
        need_wan(400.0, math.nan, 5.0, POLICY) <= need_wan(400.0, growth, 5.0, POLICY) for growth in (-0.9, 0.0, 1.0)
    )


REFERENCE = 0.98  # about the factor of 12 months, so that the limits below are what they say
# pd, (cautious, median limit), points, revenue, requested, cap -> the term that must bind
REACHED = {
    "debt_capacity": (0.01, (30.0, 300.0), 80.0, 5000.0, 1000.0, 300.0),
    "need": (0.01, (900.0, 1200.0), 80.0, 300.0, 1000.0, 500.0),
    "expected_loss_cap": (0.03, (2000.0, 90_000.0), 80.0, 20_000.0, 5000.0, 1000.0),
    "stage_cap": (0.01, (900.0, 1200.0), 80.0, 5000.0, 1000.0, 300.0),
    "points_cap": (0.01, (900.0, 1200.0), 30.0, 5000.0, 1000.0, 300.0),
    "exposure_cap": (0.002, (9000.0, 12_000.0), 80.0, 50_000.0, 5000.0, 3000.0),
    "requested": (0.01, (900.0, 1200.0), 80.0, 5000.0, 60.0, 300.0),
    "max_profit": (0.030, (300.0, 305.0), 80.0, 5000.0, 1000.0, 500.0),
    "raroc": (0.020, (300.0, 305.0), 80.0, 5000.0, 1000.0, 500.0),
}


@pytest.mark.parametrize("name", REACHED)
def test_every_term_can_bind(name):
    """There is a firm for each term whose amount that term alone decides."""
    pd_12m, limits, points, revenue, requested, cap = REACHED[name]
    facts = Facts(revenue, 0.1, 10.0, 0.0, 0.0)
    policy = POLICY.model_copy(update={"strain": 3.0}) if name in ("max_profit", "raroc") else POLICY
    policy = policy.model_copy(update={"min_raroc": 0.13}) if name == "raroc" else policy
    amounts, _, _ = constraint_amounts(facts, year(policy, requested), pd_12m, limits, REFERENCE, points, policy, cap)
    result = dict(zip(CONSTRAINTS, amounts, strict=False))
    assert min(result, key=result.get) == name, result
    assert result[name] > 0


PRODUCT = POLICY.products["zheke"].model_dump(mode="json")


@pytest.mark.contract
@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"risk_premium": 0.9}, "below lgd"),
        ({"stage_cap_wan": {"startup": 1, "growth": 2}}, "lacks stable"),
        ({"expert_cap_wan": {"startup": 400, "growth": 1, "stable": 1}}, "above its stage_cap_wan"),
        ({"excluded_industries": ["banking"]}, "industries are"),
        ({"max_annual_rate": 0.01}, "must rise in this order"),
        ({"products": {}}, "at least 1"),
        ({"products": {"mortgage": PRODUCT}}, "innovation_points"),
        ({"products": {"zheke": PRODUCT | {"purposes": ["gambling"]}}}, "working_capital"),
        ({"products": {"zheke": PRODUCT | {"min_tenor_months": 48}}}, "is above its max_tenor_months"),
        ({"products": {"zheke": PRODUCT | {"annual_rate": 0.5}}}, "must rise in this order"),
        ({"overdue_refer_days": 120}, "is above overdue_decline_days"),
        ({"lgd": 0}, "greater than 0"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused_with_the_reason(change, result, tmp_path):
    """Every fault of a policy file is named; none is repaired."""
    path = tmp_path / "bank.yaml"
    path.write_text(yaml.safe_dump(POLICY.model_dump(mode="json") | change), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"bank\.yaml") as caught:
        read_policy(path)
    assert result in str(caught.value)


@pytest.mark.surface
def test_ten_example_banks_ship_and_differ():
    """Ten policies, one per bank, and no two banks want the same."""
    policies = read_policies()
    assert len(policies) == 10
    appetite = {tuple(sorted(policy.model_dump(exclude={"version", "bank_id", "name_zh", "name_en"}).items(), key=str))
                .__repr__() for policy in policies}  # fmt: skip
    assert len(appetite) == 10
    assert all("xample" in policy.name_en for policy in policies)
    assert CreditPolicy.model_validate(policies[0].model_dump()) == policies[0]
