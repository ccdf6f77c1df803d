"""Every formula of a quota against figures that a person can check with a pocket calculator."""

from __future__ import annotations

import math

import numpy as np
import pytest

from features.quota import annuity_factor
from models.quota.constraints import (
    CONSTRAINTS,
    Economics,
    Facts,
    Loan,
    best_amount,
    cap_amounts,
    cents,
    constraint_amounts,
    economics,
    hurdle_interval,
    instalment,
    need_wan,
    offered_rate,
    pd_over,
    profit_wan,
    room_wan,
)
from models.quota.decide import decide_columns
from models.quota.engine import read_policy

pytestmark = pytest.mark.law
EXACT = {"rel": 1e-12, "abs": 1e-12}
# A bank whose figures are round.
BANK = read_policy().model_copy(
    update={
        "lgd": 0.5, "risk_premium": 0.5, "max_annual_rate": 0.10, "funding_rate": 0.02, "utilisation": 0.5,
        "strain": 1.0, "operating_cost_wan": 0.04, "capital_share": 0.08, "min_raroc": 0.05,
        "working_capital_turns": 4.0, "rd_need_share": 0.6, "base_need_wan": 50.0,
    }
)  # fmt: skip


# a year's rate, months, the loan that one yuan a year in monthly instalments repays: sum of 1 / (1 + m)^k, over 12
ANNUITIES = [
    (0.0, 12, 1.0),
    (0.0, 36, 3.0),
    (0.12, 1, 1 / 1.01 / 12),
    (0.12, 2, (1 / 1.01 + 1 / 1.0201) / 12),
    (0.12, 3, (1 / 1.01 + 1 / 1.0201 + 1 / 1.030301) / 12),
]


@pytest.mark.parametrize(("rate", "months", "factor"), ANNUITIES)
def test_an_annuity_factor_is_the_sum_of_the_discounted_payments(rate, months, factor):
    """One yuan a year, paid monthly: its present value by hand."""
    assert float(annuity_factor(rate, months)) == pytest.approx(factor, **EXACT)
    assert annuity_factor(np.array([rate, rate]), np.array([months, months])) == pytest.approx([factor] * 2, **EXACT)


@pytest.mark.parametrize(("rate", "months", "paid"), [(0.12, 1, 1010.0), (0.12, 2, 507.51), (0.0, 4, 250.0)])
def test_the_instalment_of_1000_yuan(rate, months, paid):
    """12 % over a month: 1,010.00; over two: 1,000 / (1 / 1.01 + 1 / 1.0201) = 507.51; without interest: a share."""
    assert float(cents(instalment(np.float64(1000.0), np.float64(rate), months))) == paid


@pytest.mark.parametrize("months", [1, 7, 12, 36, 60])
@pytest.mark.parametrize("rate", [0.0, 0.0435, 0.09])
def test_the_instalments_repay_the_loan_to_the_last_yuan(rate, months):
    """A plan of repayment, month by month: interest on what is owed, then the payment; nothing is owed at the end."""
    owed, paid = 1_000_000.0, float(instalment(np.float64(1_000_000.0), np.float64(rate), months))
    for _ in range(months):
        owed += owed * rate / 12 - paid
    assert owed == pytest.approx(0.0, abs=1e-5)


# 12-month PD, months, PD within them: 1 - .9^.5, .1, 1 - .9^2, 1 - .9^3
@pytest.mark.parametrize(
    ("pd_12m", "months", "default"),
    [(0.1, 6, 1 - math.sqrt(0.9)), (0.1, 12, 0.1), (0.1, 24, 0.19), (0.1, 36, 0.271), (0.02, 24, 0.0396), (1, 6, 1)],
)
def test_the_default_risk_within_a_tenor(pd_12m, months, default):
    """The same risk in each month: 10 % a year is 19 % in two years."""
    assert float(pd_over(np.float64(pd_12m), months)) == pytest.approx(default, **EXACT)


# 12-month PD, months, rate: 4 % + 1 % a year beyond the first + PD / 2, at most 10 %
@pytest.mark.parametrize(
    ("pd_12m", "months", "rate"),
    [(0.0, 12, 0.04), (0.02, 12, 0.05), (0.02, 6, 0.05), (0.02, 18, 0.055), (0.02, 36, 0.07), (0.2, 12, 0.10)],
)
def test_the_offered_rate(pd_12m, months, rate):
    """The product's rate, a premium for each year beyond the first, a premium for risk, and the bank's highest rate."""
    assert float(offered_rate(np.float64(pd_12m), Loan(1.0, months, 0.04, 0.01), BANK)) == pytest.approx(rate, **EXACT)


def test_the_economics_of_12_months():
    """PD 2 %, LGD 50 %, rate 5 %, funding 2 %, half drawn, room 100: every figure by hand."""
    got = economics(np.float64(0.02), np.float64(100.0), Loan(1.0, 12, 0.04, 0.01), BANK)
    assert float(got.rate) == pytest.approx(0.05, **EXACT)
    assert float(got.gain) == pytest.approx(0.5 * 0.03 * 0.98 - 0.01, **EXACT)  # 0.0047
    assert float(got.bend) == pytest.approx(0.0001, **EXACT)
    assert float(profit_wan(np.float64(40.0), got)) == pytest.approx(
        0.0047 * 40 - 0.0001 * 800 - 0.04, **EXACT
    )  # 0.068
    assert float(best_amount(got)) == pytest.approx(47.0, **EXACT)  # 0.0047 / 0.0001
    assert got.hurdle == pytest.approx(0.004, **EXACT)  # 8 % capital that must earn 5 %


def test_the_economics_of_24_months():
    """3.96 % default in two years, 1.98 % of it a year at LGD 50 %: 0.0099; the rate is 1 % higher."""
    got = economics(np.float64(0.02), np.float64(100.0), Loan(1.0, 24, 0.04, 0.01), BANK)
    assert float(got.rate) == pytest.approx(0.06, **EXACT)
    assert float(got.gain) == pytest.approx(0.5 * 0.04 * 0.9604 - 0.0099, **EXACT)
    assert float(got.bend) == pytest.approx(0.000099, **EXACT)


def test_the_hurdle_interval():
    """(gain - hurdle) q - bend q^2 / 2 = cost: .01 q - .0001 q^2 / 2 = .32 has the roots 40 and 160."""
    cheap = BANK.model_copy(update={"operating_cost_wan": 0.32})
    got = economics(np.float64(0.02), np.float64(100.0), Loan(1.0, 12, 0.04, 0.01), cheap)
    least, most = hurdle_interval(got._replace(gain=np.array(0.014)))
    assert (float(least), float(most)) == pytest.approx((40.0, 160.0), rel=1e-9)
    assert float(profit_wan(np.array(160.0), got._replace(gain=np.array(0.014)))) / (0.08 * 160) == pytest.approx(0.05)
    assert hurdle_interval(got) == (0.0, 0.0)  # 0.0007 a yuan never earns 0.32


def test_the_ends_of_the_hurdle_interval():
    """Gain 1/2, hurdle 1/4, bend 1/8: costs of 1/4 are met at 2 alone, none from 0 to 4; at gain = hurdle nowhere."""
    terms = Economics(np.float64(0.05), np.float64(0.5), np.float64(0.125), 0.25, 0.25)
    assert hurdle_interval(terms) == (2.0, 2.0)  # 1/4 q - 1/16 q^2 = 1/4
    assert hurdle_interval(terms._replace(cost=0.2500001)) == (0.0, 0.0)
    assert hurdle_interval(terms._replace(cost=0.0)) == (0.0, 4.0)
    assert hurdle_interval(terms._replace(cost=0.0, gain=np.float64(0.25))) == (0.0, 0.0)


def test_a_room_of_half_a_wan_still_counts(explain):
    """Debt 599.5 of a capacity of 600: profit is highest at .47 x .5; without any room nothing is."""
    terms = dict(zip(CONSTRAINTS, explain({"existing_debt_wan": 599.5}).decided.terms[0], strict=True))
    assert (terms["max_profit"], terms["raroc"]) == pytest.approx((0.235, 0.0))
    terms = dict(zip(CONSTRAINTS, explain({"existing_debt_wan": 600.0}).decided.terms[0], strict=True))
    assert (terms["max_profit"], terms["raroc"]) == (0.0, 0.0)


# revenue, growth, R&D expense, need: turned over four times a year; 60 % of R&D; at least 50
@pytest.mark.parametrize(
    ("revenue", "growth", "research", "need"),
    [
        (400.0, 0.0, 0.0, 100.0),
        (400.0, 0.2, 0.0, 120.0),
        (400.0, -0.3, 0.0, 100.0),
        (400.0, 3.0, 0.0, 150.0),
        (400.0, math.nan, 0.0, 100.0),
        (400.0, 0.0, 300.0, 180.0),
        (100.0, 0.0, 50.0, 50.0),
        (400.0, 0.0, math.nan, 100.0),
    ],
)
def test_the_funding_need(revenue, growth, research, need):
    """Sales / 4, growth of up to 50 % financed, a shrinking firm financed as it was."""
    assert float(need_wan(np.array(revenue), np.array(growth), np.array(research), BANK)) == pytest.approx(
        need, **EXACT
    )


def test_what_the_cash_flow_carries_at_another_tenor():
    """360 wan over 36 months without interest are 120 a year; 60 of them are taken; 100 a year carry 100, 200, 300."""
    room = [float(room_wan(np.array(360.0), np.array(60.0), np.array(0.0), months, 3.0)) for months in (12, 24, 36)]
    assert room == pytest.approx([100.0, 200.0, 300.0], **EXACT)
    assert float(room_wan(np.array(50.0), np.array(60.0), np.array(0.0), 24, 3.0)) == 0.0


@pytest.mark.parametrize(("points", "share"), [(0.0, 0.0), (30.0, 0.5), (60.0, 1.0), (90.0, 1.0)])
def test_points_open_a_share_of_the_cap_and_never_more_than_the_whole(points, share):
    """Full at 60 points."""
    policy = BANK.model_copy(update={"full_points": 60.0})
    cap, opened = cap_amounts(np.array([300.0]), np.array([points]), policy)
    assert (cap.tolist(), opened.tolist()) == ([300.0], [300.0 * share])


@pytest.mark.parametrize(("room", "known"), [(math.nan, False), (0.0, False), (0.5, True)])
def test_without_room_nothing_can_be_said_of_the_margin(room, known):
    """Gain and bend are unknown, and so is the best amount; half of 10,000 yuan is room."""
    got = economics(np.float64(0.02), np.array(room), Loan(1.0, 12, 0.04, 0.01), BANK)
    assert [bool(np.isnan(one)) for one in (got.gain, got.bend, best_amount(got))] == [not known] * 3
    if known:
        assert float(got.bend) == pytest.approx(0.02, **EXACT)  # .01 of loss a year over room .5
    loses = got._replace(gain=np.array([-0.01, 0.0, 0.002]), bend=np.full(3, 0.0001))
    assert best_amount(loses).tolist() == pytest.approx([0.0, 0.0, 20.0])


def test_a_need_without_sales_or_research_is_the_published_base_alone():
    """Nothing is made up where R&D is unknown."""
    none = BANK.model_copy(update={"base_need_wan": 0.0})
    assert float(need_wan(np.array(0.0), np.array(0.0), np.array(math.nan), none)) == 0.0


# median capacity -> what the profit and the hurdle allow: nothing without room, unknown where that is
@pytest.mark.parametrize(
    ("capacity", "profit", "hurdle"),
    [(0.0, 0.0, 0.0), (20.0, 0.0, 0.0), (math.nan, math.nan, math.nan), (math.inf, math.nan, math.nan)],
)
def test_constraints_of_a_firm_without_room(capacity, profit, hurdle):
    """Debt of 20 takes all of a capacity of 20; a capacity without end is none."""
    facts = Facts(*(np.array([value]) for value in (400.0, 0.0, 0.0, 20.0, 0.0)))
    both = np.array([capacity]), np.array([capacity])
    amounts, earns, least = constraint_amounts(
        facts, Loan(1.0, 12, 0.04, 0.01), np.array([0.02]), both, 1.0, np.array([60.0]), BANK, np.array([300.0])
    )
    result = dict(zip(CONSTRAINTS, amounts[0], strict=False))
    assert [result["max_profit"], result["raroc"]] == pytest.approx([profit, hurdle], nan_ok=True)
    assert np.isnan(earns.gain).all()
    assert least.tolist() == [0.0]


def in_plain_python(row, pd_12m, capacity, months, offer, policy, amount):
    """The whole calculation once more, in scalars and another order, for one approved amount."""
    rate = min(offer.annual_rate + offer.tenor_premium * max(months - 12, 0) / 12 + policy.risk_premium * pd_12m,
               policy.max_annual_rate)  # fmt: skip
    default = 1 - math.exp(months / 12 * math.log(1 - pd_12m))
    payments = sum((1 + rate / 12) ** -k for k in range(1, months + 1))
    reference = sum((1 + 0.045 / 12) ** -k for k in range(1, 37))
    room = (capacity - row["existing_debt_wan"]) * payments / reference
    yearly_loss = 12 / months * default * policy.lgd
    interest = policy.utilisation * amount * (rate - policy.funding_rate) * (1 - default)
    profit = interest - yearly_loss * amount * (1 + policy.strain * amount / room / 2) - policy.operating_cost_wan
    return {
        "annual_rate": rate,
        "pd_tenor": default,
        "instalment_cny": amount * 10_000 / payments,
        "expected_profit_cny": profit * 10_000,
        "raroc": profit / (amount * policy.capital_share),
        "expected_loss_cny": default * policy.lgd * amount * 10_000,
    }


@pytest.mark.parametrize("months", [6, 12, 36])
def test_every_figure_of_an_approval_is_what_another_calculation_gives(trained, months):
    """Rate, default risk, instalment, profit, RAROC and expected loss of real cases, to the cent."""
    frame, policy = trained.snapshot.frame, trained.policy
    measured = trained.engine.measure(frame)
    limit = trained.engine.limit
    assert (limit.reference_tenor_months, limit.reference_annual_rate) == (36, 0.045)
    requested = {"requested_amount_cny": np.full(len(frame), 10_000_000), "tenor_months": np.full(len(frame), months)}
    low_risk = {name: measured[name] / 8 for name in ("pd_12m", "pd_low", "pd_high")}
    measured = measured.with_columns(**low_risk)
    decided = decide_columns(measured, requested, policy, trained.engine.certificate(policy))
    rows, offer = frame.to_dict("records"), policy.products["innovation_points"]
    approved = np.flatnonzero(decided.outcome == "preapproved")
    assert len(approved) > 100
    for at in approved[::3]:
        by_hand = in_plain_python(
            rows[at], float(measured["pd_12m"][at]), float(measured["capacity_median_wan"][at]), months, offer, policy,
            int(decided.amount_wan[at]),
        )  # fmt: skip
        for name, value in by_hand.items():
            assert float(getattr(decided, name)[at]) == pytest.approx(value, rel=1e-9, abs=0.00501), name
