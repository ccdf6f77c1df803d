"""The terms of a quota in closed form: what each would allow alone, and what an amount earns.

    margin(q) = gain * q - bend * q^2 / 2 - cost          a year, in 10,000 yuan
    gain = utilisation * (rate(pd) - funding) * (1 - pd) - pd * lgd
    bend = pd * lgd * strain / supportable debt left

Expected loss is reported as pd * lgd * ead; the bend is what the last yuan risks beyond that as the amount nears the
debt that the cash flow supports. So the margin is concave, has an inner optimum, and RAROC = margin / (capital * q)
keeps its hurdle on one interval of amounts. Only + - * / and square roots: rows and tables agree to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, sqrt
from typing import NamedTuple

from models.quota_policy import BankPolicy

CNY_PER_WAN = 10_000
NAN = float("nan")
MAX_GROWTH = 0.5
TERMS: Mapping[str, tuple[str, str]] = {
    "learned_limit": ("模型学习的可承受债务，减存量贷款", "learned supportable debt less existing debt"),
    "need": ("资金需求，减存量贷款", "working-capital or R&D need less existing debt"),
    "expected_loss": ("预期损失预算 / (PD × LGD)", "expected-loss budget / (PD x LGD)"),
    "stage_cap": ("成长阶段上限", "cap of the stage of growth"),
    "points": ("积分打开的阶段上限份额", "share of the stage's cap that the points open"),
    "exposure": ("单户敞口上限，减存量贷款与对外担保", "single-firm exposure cap less existing debt and guarantees"),
    "requested": ("申请金额", "requested amount"),
    "margin": ("预期收益最大的金额", "amount of the largest expected margin"),
    "hurdle": ("仍达风险调整资本回报门槛的最大金额", "largest amount that keeps the RAROC hurdle"),
    "warranty": ("组合损失保证按违约概率打开的份额", "share that the loss warranty opens at this PD"),
}


class Economics(NamedTuple):
    """What an amount earns a bank on one firm; see the module."""

    rate: float
    gain: float
    bend: float
    cost: float
    hurdle: float  # margin that a yuan must earn: capital * RAROC hurdle


def rate(pd_12m: float, policy: BankPolicy) -> float:
    """Yearly rate offered at this risk."""
    return min(policy.annual_rate + policy.risk_premium * pd_12m, policy.max_annual_rate)


def economics(pd_12m: float, room_wan: float, policy: BankPolicy) -> Economics:
    """``room_wan``: supportable debt (median) less existing debt, above 0."""
    yearly = rate(pd_12m, policy)
    loss = pd_12m * policy.lgd
    gain = policy.utilisation * (yearly - policy.funding_rate) * (1.0 - pd_12m) - loss
    bend = loss * policy.strain / room_wan
    return Economics(yearly, gain, bend, policy.operating_cost_wan, policy.capital_share * policy.hurdle_raroc)


def margin_wan(amount_wan: float, told: Economics) -> float:
    """Expected yearly margin of an amount, in 10,000 yuan."""
    return told.gain * amount_wan - told.bend * amount_wan * amount_wan / 2.0 - told.cost


def best_amount(told: Economics) -> float:
    """Where one more yuan earns nothing: gain / bend, 0 where no yuan earns anything."""
    return told.gain / told.bend if told.gain > 0.0 else 0.0


def hurdle_interval(told: Economics) -> tuple[float, float]:
    """Amounts between which RAROC >= hurdle: the roots of (gain - hurdle) q - bend q^2 / 2 = cost; (0, 0) if none."""
    free = told.gain - told.hurdle
    square = free * free - 2.0 * told.bend * told.cost
    if not (free > 0.0 and square >= 0.0):
        return 0.0, 0.0
    root = sqrt(square)
    return 2.0 * told.cost / (free + root), (free + root) / told.bend


def need_wan(revenue: float, growth: float, research: float, policy: BankPolicy) -> float:
    """Money that the firm can use: max(revenue * (1 + growth) / turns, rd share * R&D expense, published base).

    The regulatory formula also takes the margin off; we leave it, for a better margin must never cut a quota.
    A shrinking firm still finances last year's sales, and unknown growth counts as none, so hiding it never helps.
    source: working-capital annex of the loan rules, design facts section 1.5
    """
    growing = min(max(growth, 0.0), MAX_GROWTH) if growth == growth else 0.0  # NaN
    working = revenue * (1.0 + growing) / policy.working_capital_turns
    innovating = policy.rd_need_share * research if research == research else 0.0
    return max(working, innovating, policy.base_quota_wan)


class Facts(NamedTuple):
    """What the terms take from a case, in 10,000 yuan and ratios; NaN where unknown."""

    revenue: float
    growth: float
    research: float
    debt: float
    guarantees: float


def term_amounts(
    facts: Facts,
    requested_wan: float,
    pd_12m: float,
    limits: tuple[float, float],
    total_points: float,
    policy: BankPolicy,
    cap_wan: float,
) -> tuple[tuple[float, ...], Economics, float]:
    """Every term but the warranty in the order of TERMS, NaN where it cannot be known; economics; least viable amount.

    limits : cautious and median supportable debt
    cap_wan : the cap of the firm's stage
    """
    revenue, growth, research, debt, guarantees = facts
    low, median = limits
    room = _left(median, debt)
    if room == inf:
        room = NAN  # no cash flow supports that
    if room > 0.0:
        told = economics(pd_12m, room, policy)
        least, most = hurdle_interval(told)
        best = best_amount(told)
    else:  # nothing left that the cash flow supports, or unknown
        told, least = Economics(rate(pd_12m, policy), 0.0, 0.0, policy.operating_cost_wan, 0.0), 0.0
        best = most = room
    amounts = (
        _left(low, debt),
        _left(need_wan(revenue, growth, research, policy), debt) if revenue == revenue else NAN,
        policy.el_budget_wan / (pd_12m * policy.lgd),
        cap_wan,
        cap_wan * min(total_points / policy.full_points, 1.0) if total_points == total_points else NAN,
        _left(policy.exposure_cap_wan, debt + guarantees),
        requested_wan,
        best,
        most,
    )
    return amounts, told, least


def _left(amount: float, taken: float) -> float:
    left = amount - taken
    return max(left, 0.0) if left == left else NAN
