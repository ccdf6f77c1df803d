"""The terms of a quota in closed form: what each would allow alone, and what an amount earns; over columns.

    pd_tenor = 1 - (1 - pd_12m) ** (tenor / 12)          the same risk in every month, an assumption
    expected loss = pd_tenor * lgd * amount               over the whole tenor, the amount counted as fully drawn
    room = (debt capacity - existing debt) * annuity(rate, tenor) / annuity(reference rate, reference tenor)
    profit(q) = gain * q - bend * q^2 / 2 - cost          a year, in 10,000 yuan
    gain = utilisation * (rate - funding) * (1 - pd_tenor) - yearly loss
    bend = yearly loss * strain / room                    yearly loss = pd_tenor * lgd / (tenor / 12)

Rate, gain, bend, cost, profit and RAROC are figures a year; expected loss and its cap are those of the whole tenor.
A loan that defaults at any time counts as having earned nothing. The debt capacity was learned for the reference
tenor and rate of its label: the yearly cash flow behind it also pays the instalments of another tenor, and existing
debt is taken off first, as debt of the reference tenor. The bend is what the last yuan risks beyond the expected loss
as the amount nears the room. So the profit is concave, has an inner optimum, and RAROC = profit / (capital * q) keeps
its hurdle on one interval of amounts. Every function takes arrays of shape (n,) or plain numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.quota import annuity_factor
from models.quota.policy import CreditPolicy

Floats = npt.NDArray[np.float64]
MONTHS = 12.0
MAX_GROWTH = 0.5
CONSTRAINTS = (  # the order in which a tie is settled; their labels and sentences are constraint.NAME
    "debt_capacity", "need", "expected_loss_cap", "stage_cap", "points_cap", "exposure_cap", "requested",
    "max_profit", "raroc", "taper", "certified_amount",
)  # fmt: skip


class Loan(NamedTuple):
    """Amount and tenor requested, and the price of the product.

    annual_rate : for 12 months or less, before the premium for risk; tenor_premium : a year, for each year beyond
    """

    requested_wan: Floats | float
    tenor_months: Floats | float
    annual_rate: Floats | float
    tenor_premium: Floats | float


class Economics(NamedTuple):
    """What an amount earns a bank a year on each firm; see the module. cost and hurdle are the bank's."""

    rate: Floats
    gain: Floats
    bend: Floats
    cost: float
    hurdle: float  # profit that a yuan must earn: capital * RAROC hurdle


def pd_over(pd_12m: Floats, tenor_months: Floats | float) -> Floats:
    """Default risk within the tenor at the hazard of the first 12 months: 1 - (1 - pd_12m) ** (tenor / 12)."""
    months = np.asarray(tenor_months, dtype=float)
    return np.where(months == MONTHS, pd_12m, 1.0 - (1.0 - pd_12m) ** (months / MONTHS))


def offered_rate(pd_12m: Floats, loan: Loan, policy: CreditPolicy) -> Floats:
    """Yearly rate offered at this risk and tenor."""
    years_beyond = np.maximum(loan.tenor_months - MONTHS, 0.0) / MONTHS
    rate = loan.annual_rate + loan.tenor_premium * years_beyond + policy.risk_premium * pd_12m
    return np.minimum(rate, policy.max_annual_rate)


def instalment(amount: Floats, annual_rate: Floats, tenor_months: Floats | float) -> Floats:
    """Level payment at each month's end that repays the amount over the tenor, in the amount's unit."""
    return amount / annuity_factor(annual_rate, tenor_months) / MONTHS


def room_wan(
    capacity_wan: Floats, debt_wan: Floats, annual_rate: Floats, tenor_months: Floats | float, reference_factor: float
) -> Floats:
    """Loan of this rate and tenor that the cash flow carries beside existing debt; NaN where either is unknown.

    capacity_wan : learned debt capacity at the reference tenor and rate, whose annuity factor is ``reference_factor``
    """
    return left(capacity_wan, debt_wan) * (annuity_factor(annual_rate, tenor_months) / reference_factor)


def economics(pd_12m: Floats, room: Floats, loan: Loan, policy: CreditPolicy) -> Economics:
    """``room``: see the module; where it is not above 0, gain and bend are NaN."""
    rate, default = offered_rate(pd_12m, loan, policy), pd_over(pd_12m, loan.tenor_months)
    yearly_loss = default * policy.lgd / (loan.tenor_months / MONTHS)
    bend = yearly_loss * policy.strain / np.where(room > 0.0, room, np.nan)
    gain = policy.utilisation * (rate - policy.funding_rate) * (1.0 - default) - yearly_loss
    gain = np.where(np.isnan(bend), np.nan, gain)
    return Economics(rate, gain, bend, policy.operating_cost_wan, policy.capital_share * policy.min_raroc)


def profit_wan(amount_wan: Floats, terms: Economics) -> Floats:
    """Expected yearly profit of an amount, in 10,000 yuan."""
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


def need_wan(revenue: Floats, growth: Floats, research: Floats, policy: CreditPolicy) -> Floats:
    """Money that the firm can use: max(revenue * (1 + growth) / turns, rd share * R&D expense, published base).

    NaN where the revenue is unknown. The regulatory formula also takes the firm's profit margin off; it is left
    out here, for a better margin must never cut a quota. A shrinking firm still finances last year's sales, and unknown
    growth counts as none, so hiding it never helps.
    source: working-capital annex of the loan rules, design facts section 1.5
    """
    growing = np.where(np.isnan(growth), 0.0, np.minimum(np.maximum(growth, 0.0), MAX_GROWTH))
    working = revenue * (1.0 + growing) / policy.working_capital_turns
    innovating = np.where(np.isnan(research), 0.0, policy.rd_need_share * research)
    return np.maximum(np.maximum(working, innovating), policy.base_need_wan)


class Facts(NamedTuple):
    """What the terms take from the cases, in 10,000 yuan and ratios; NaN where unknown."""

    revenue: Floats
    growth: Floats
    research: Floats
    debt: Floats
    guarantees: Floats


def constraint_amounts(
    facts: Facts,
    loan: Loan,
    pd_12m: Floats,
    capacity: tuple[Floats, Floats],
    reference_factor: float,
    total_points: Floats,
    policy: CreditPolicy,
    cap_wan: Floats,
) -> tuple[Floats, Economics, Floats]:
    """Every constraint but the certificate's two, shape (n, 9), in their order; economics; the least viable amount.

    NaN where unknown; capacity : cautious and median debt capacity at the reference tenor and rate
    cap_wan : of each firm's stage
    """
    revenue, growth, research, debt, guarantees = facts
    rate = offered_rate(pd_12m, loan, policy)
    low, room = (room_wan(one, debt, rate, loan.tenor_months, reference_factor) for one in capacity)
    room = np.where(np.isinf(room), np.nan, room)  # no cash flow supports that
    earns = economics(pd_12m, room, loan, policy)
    least, most = hurdle_interval(earns)
    supported = room > 0.0  # else nothing is left that the cash flow supports, or it is unknown
    amounts = (
        low,
        left(need_wan(revenue, growth, research, policy), debt),
        policy.el_budget_wan / (pd_over(pd_12m, loan.tenor_months) * policy.lgd),
        *cap_amounts(cap_wan, total_points, policy),
        left(policy.exposure_cap_wan, debt + guarantees),
        loan.requested_wan,
        np.where(supported, best_amount(earns), room),
        np.where(supported, most, room),
    )
    return np.stack(np.broadcast_arrays(*amounts)).T, earns, np.where(supported, least, 0.0)


def cap_amounts(cap_wan: Floats, total_points: Floats, policy: CreditPolicy) -> tuple[Floats, Floats]:
    """The cap of each firm's stage, and the share of it that the points open."""
    return cap_wan, cap_wan * np.minimum(total_points / policy.full_points, 1.0)


def left(amount: Floats | float, taken: Floats) -> Floats:
    """What is left of an amount, never below 0; NaN where either is."""
    return np.maximum(amount - taken, 0.0)


def cents(value_cny: Floats) -> Floats:
    """To two decimals, halves to the even cent."""
    return np.rint(np.asarray(value_cny) * 100.0) / 100.0
