"""The terms of a quota in closed form: what each would allow alone, and what an amount earns; over columns.

    margin(q) = gain * q - bend * q^2 / 2 - cost          a year, in 10,000 yuan
    gain = utilisation * (rate(pd) - funding) * (1 - pd) - pd * lgd
    bend = pd * lgd * strain / supportable debt left

Expected loss is reported as pd * lgd * ead; the bend is what the last yuan risks beyond that as the amount nears the
debt that the cash flow supports. So the margin is concave, has an inner optimum, and RAROC = margin / (capital * q)
keeps its hurdle on one interval of amounts. Every function takes arrays of shape (n,) or plain numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.quota_policy import BankPolicy

Floats = npt.NDArray[np.float64]
CNY_PER_WAN = 10_000
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
TERM_NAMES = tuple(TERMS)


class Economics(NamedTuple):
    """What an amount earns a bank on each firm; see the module. cost and hurdle are the bank's, the rest by firm."""

    rate: Floats
    gain: Floats
    bend: Floats
    cost: float
    hurdle: float  # margin that a yuan must earn: capital * RAROC hurdle


def rate(pd_12m: Floats, policy: BankPolicy) -> Floats:
    """Yearly rate offered at this risk."""
    return np.minimum(policy.annual_rate + policy.risk_premium * pd_12m, policy.max_annual_rate)


def economics(pd_12m: Floats, room_wan: Floats, policy: BankPolicy) -> Economics:
    """``room_wan``: supportable debt (median) less existing debt; where it is not above 0, gain and bend are NaN."""
    room = np.where(room_wan > 0.0, room_wan, np.nan)
    yearly, loss = rate(pd_12m, policy), pd_12m * policy.lgd
    gain = policy.utilisation * (yearly - policy.funding_rate) * (1.0 - pd_12m) - loss
    bend = loss * policy.strain / room
    gain = np.where(np.isnan(bend), np.nan, gain)
    return Economics(yearly, gain, bend, policy.operating_cost_wan, policy.capital_share * policy.hurdle_raroc)


def margin_wan(amount_wan: Floats, terms: Economics) -> Floats:
    """Expected yearly margin of an amount, in 10,000 yuan."""
    return terms.gain * amount_wan - terms.bend * amount_wan * amount_wan / 2.0 - terms.cost


def best_amount(terms: Economics) -> Floats:
    """Where one more yuan earns nothing: gain / bend, 0 where no yuan earns anything; NaN where gain is."""
    return np.where(terms.gain > 0.0, terms.gain / terms.bend, np.where(np.isnan(terms.gain), np.nan, 0.0))


def hurdle_interval(terms: Economics) -> tuple[Floats, Floats]:
    """Amounts between which RAROC >= hurdle: the roots of (gain - hurdle) q - bend q^2 / 2 = cost; (0, 0) if none."""
    free = terms.gain - terms.hurdle
    square = free * free - 2.0 * terms.bend * terms.cost
    viable = (free > 0.0) & (square >= 0.0)
    free = np.where(viable, free, 1.0)
    root = np.sqrt(np.where(viable, square, 0.0))
    least, most = 2.0 * terms.cost / (free + root), (free + root) / terms.bend
    return np.where(viable, least, 0.0), np.where(viable, most, 0.0)


def need_wan(revenue: Floats, growth: Floats, research: Floats, policy: BankPolicy) -> Floats:
    """Money that the firm can use: max(revenue * (1 + growth) / turns, rd share * R&D expense, published base).

    NaN where the revenue is unknown. The regulatory formula also takes the margin off; we leave it, for a better
    margin must never cut a quota. A shrinking firm still finances last year's sales, and unknown growth counts as
    none, so hiding it never helps.
    source: working-capital annex of the loan rules, design facts section 1.5
    """
    growing = np.where(np.isnan(growth), 0.0, np.minimum(np.maximum(growth, 0.0), MAX_GROWTH))
    working = revenue * (1.0 + growing) / policy.working_capital_turns
    innovating = np.where(np.isnan(research), 0.0, policy.rd_need_share * research)
    return np.maximum(np.maximum(working, innovating), policy.base_quota_wan)


class Facts(NamedTuple):
    """What the terms take from the cases, in 10,000 yuan and ratios; NaN where unknown."""

    revenue: Floats
    growth: Floats
    research: Floats
    debt: Floats
    guarantees: Floats


def term_amounts(
    facts: Facts,
    requested_wan: Floats,
    pd_12m: Floats,
    limits: tuple[Floats, Floats],
    total_points: Floats,
    policy: BankPolicy,
    cap_wan: Floats,
) -> tuple[Floats, Economics, Floats]:
    """Every term but the warranty, shape (n, 9) in the order of TERMS, NaN where unknown; economics; least viable.

    limits : cautious and median supportable debt
    cap_wan : the cap of each firm's stage
    """
    revenue, growth, research, debt, guarantees = facts
    low, median = limits
    room = left(median, debt)
    room = np.where(np.isinf(room), np.nan, room)  # no cash flow supports that
    earns = economics(pd_12m, room, policy)
    least, most = hurdle_interval(earns)
    supported = room > 0.0  # else nothing is left that the cash flow supports, or it is unknown
    amounts = (
        left(low, debt),
        left(need_wan(revenue, growth, research, policy), debt),
        policy.el_budget_wan / (pd_12m * policy.lgd),
        cap_wan,
        cap_wan * np.minimum(total_points / policy.full_points, 1.0),
        left(policy.exposure_cap_wan, debt + guarantees),
        requested_wan,
        np.where(supported, best_amount(earns), room),
        np.where(supported, most, room),
    )
    return np.stack(np.broadcast_arrays(*amounts), axis=-1), earns, np.where(supported, least, 0.0)


def left(amount: Floats | float, taken: Floats) -> Floats:
    """What is left of an amount, never below 0; NaN where either is."""
    return np.maximum(amount - taken, 0.0)


def cents(value_cny: Floats) -> Floats:
    """To two decimals, halves to the even cent."""
    return np.rint(np.asarray(value_cny) * 100.0) / 100.0
