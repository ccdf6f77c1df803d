"""Many firms, one bank: the columnar twin of ``quota_judge``. Nothing is done row by row; the bits are the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook, read_credit_facts
from data.requests import BANK_FACTS
from features.risk import risk_matrix
from models.points import PointsCard
from models.quota_judge import HURDLE, TERM_NAMES
from models.quota_limit import LimitModel
from models.quota_policy import BankPolicy
from models.quota_rules import RULES
from models.quota_terms import CNY_PER_WAN, MAX_GROWTH
from models.quota_warranty import Warranty, opened_shares
from models.risk import RiskModel

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
MEASURED = ("pd_12m", "pd_low", "pd_high", "grade", "limit_low_wan", "limit_median_wan")
_OUTCOMES = np.array([rule.outcome for rule in RULES.values()] + ["indicative_approve"], dtype=object)
_RULES = np.array([*RULES, ""], dtype=object)
_TERMS = np.array(TERM_NAMES, dtype=object)


def measure_table(
    cases: pd.DataFrame,
    asked: pd.DataFrame,
    points: PointsCard,
    risk: RiskModel,
    limit: LimitModel,
    book: Codebook,
) -> pd.DataFrame:
    """The cases with the banks' worse facts, and beside them what the three models say, whatever the policy."""
    if len(cases) != len(asked):
        raise ValueError(f"{len(cases)} cases and {len(asked)} requests; give as many")
    worse = {}
    for column, key in BANK_FACTS.items():
        if column in asked:
            known, told = cases[key].to_numpy(dtype=float), asked[column].to_numpy(dtype=float)
            worse[key] = np.where((told > known) & (known >= 0.0), told, known)  # missing stays missing
    frame = cases.assign(**worse).reset_index(drop=True)
    matrix = risk_matrix(frame, book).to_numpy()
    parts = [frame, risk.predict_matrix(matrix), limit.predict_matrix(matrix), points.score(frame)]
    return pd.concat([part.reset_index(drop=True) for part in parts], axis=1)


def decide_columns(
    measured: pd.DataFrame, asked: pd.DataFrame, policy: BankPolicy, warranty: Warranty, book: Codebook
) -> pd.DataFrame:
    """Outcome, amount, what bound, every term, price, margin and expected loss; one row per request.

    rules_hit : bit i is rule i of RULES
    """
    pd_12m = _column(measured, "pd_12m")
    requested = asked["requested_amount_cny"].to_numpy()
    cap = _caps(measured["stage3"], policy, warranty)
    amounts, gain, bend, yearly, least = _terms(measured, requested / CNY_PER_WAN, pd_12m, cap, policy)
    table = np.stack(amounts)
    place = np.argmin(table, axis=0)
    smallest = table[place, np.arange(table.shape[1])]
    share = np.ones(len(pd_12m))
    names = TERM_NAMES[:-1]
    if warranty.pd_zero is not None:
        share = opened_shares(pd_12m, warranty.pd_zero)
        opened = share * smallest
        table, names = np.vstack([table, opened]), TERM_NAMES
        place = np.where(share < 1.0, len(TERM_NAMES) - 1, place)
        smallest = np.where(share < 1.0, opened, smallest)
    known: Flags = np.logical_not(np.isnan(table).any(axis=0))
    amount = np.floor(np.where(known, smallest, 0.0))
    hit = _rules(measured, amount, known, cap, least, amounts[HURDLE], policy, book)
    first = np.where(hit.any(axis=0), np.argmax(hit, axis=0), len(RULES))
    approved = first == len(RULES)
    bound = np.where(known, _TERMS[place], "")
    by_term = approved | np.isin(_RULES[first], ("min_quota", "hurdle"))
    given = np.where(approved, amount, 0.0)
    margin = gain * given - bend * given * given / 2.0 - policy.operating_cost_wan
    price = np.where(bound == "margin", 0.0, np.maximum(gain - bend * smallest, 0.0) * 10_000.0)
    told: dict[str, Any] = {
        "uscc": measured["uscc"].to_numpy(),
        "as_of": measured["as_of"].to_numpy(),
        "decision": _OUTCOMES[first],
        "amount_wan": given.astype(np.int64),
        "requested_cny": requested,
        "limited_by": np.where(by_term, bound, _RULES[first]),
        "rules_hit": (hit * (1 << np.arange(len(RULES)))[:, None]).sum(axis=0),
        **{f"term_{name}_wan": column for name, column in zip(names, table, strict=True)},
        "shadow_price_cny": np.where(approved, price, np.nan),
        "annual_rate": np.where(approved, yearly, np.nan),
        "expected_margin_cny": np.where(approved, _cents(margin * CNY_PER_WAN), np.nan),
        "expected_loss_cny": _cents(pd_12m * policy.lgd * (given * CNY_PER_WAN)),
        **{name: measured[name].to_numpy() for name in MEASURED},
        "points": measured["total"].to_numpy(),
        "coverage": measured["coverage"].to_numpy(),
        "percentile": measured["percentile"].to_numpy(),
        "stage3": measured["stage3"].to_numpy(),
    }
    return pd.DataFrame(told)


def _terms(
    measured: pd.DataFrame, requested_wan: Floats, pd_12m: Floats, cap: Floats, policy: BankPolicy
) -> tuple[list[Floats], Floats, Floats, Floats, Floats]:
    """The terms in their order, gain, bend, rate, and the least viable amount."""
    debt = _column(measured, "existing_debt_wan")
    loss = pd_12m * policy.lgd
    yearly = np.minimum(policy.annual_rate + policy.risk_premium * pd_12m, policy.max_annual_rate)
    room = _left(_column(measured, "limit_median_wan"), debt)
    room[np.isinf(room)] = np.nan  # no cash flow supports that
    supported = room > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = policy.utilisation * (yearly - policy.funding_rate) * (1.0 - pd_12m) - loss
        bend = loss * policy.strain / room
        gain, bend = np.where(supported, gain, 0.0), np.where(supported, bend, 0.0)
        hurdle = np.where(supported, policy.capital_share * policy.hurdle_raroc, 0.0)
        free = gain - hurdle
        square = free * free - 2.0 * bend * policy.operating_cost_wan
        viable = supported & (free > 0.0) & (square >= 0.0)
        root = np.sqrt(np.where(viable, square, 0.0))
        most = np.where(viable, (free + root) / bend, 0.0)
        least = np.where(viable, 2.0 * policy.operating_cost_wan / (free + root), 0.0)
        best = np.where(gain > 0.0, gain / bend, 0.0)
    best, most = np.where(supported, best, room), np.where(supported, most, room)
    growth, research = _column(measured, "revenue_growth"), _column(measured, "rd_expense")
    growing = np.where(np.isnan(growth), 0.0, np.minimum(np.maximum(growth, 0.0), MAX_GROWTH))
    working = _column(measured, "revenue_wan") * (1.0 + growing) / policy.working_capital_turns
    innovating = np.where(np.isnan(research), 0.0, policy.rd_need_share * research)
    need = np.maximum(np.maximum(working, innovating), policy.base_quota_wan)  # NaN where revenue is
    total = _column(measured, "total")
    amounts = [
        _left(_column(measured, "limit_low_wan"), debt),
        _left(need, debt),
        policy.el_budget_wan / loss,
        cap,
        cap * np.minimum(total / policy.full_points, 1.0),
        _left(np.full(len(debt), policy.exposure_cap_wan), debt + _column(measured, "guarantees_wan")),
        requested_wan,
        best,
        most,
    ]
    return amounts, gain, bend, yearly, least


def _rules(
    measured: pd.DataFrame,
    amount: Floats,
    known: Flags,
    cap: Floats,
    least: Floats,
    most: Floats,
    policy: BankPolicy,
    book: Codebook,
) -> Flags:
    """Which rules are hit, shape (rules, n), in the order of RULES."""
    point, low, high = (_column(measured, name) for name in ("pd_12m", "pd_low", "pd_high"))
    cautious, median = (_column(measured, name) for name in ("limit_low_wan", "limit_median_wan"))
    total, coverage = _column(measured, "total"), _column(measured, "coverage")
    vetoes = [_column(measured, fact.key) for fact in read_credit_facts() if fact.veto]
    outside = np.zeros(len(measured), dtype=bool)
    for item in (*book, *read_credit_facts()):
        values = _column(measured, item.key)
        outside |= (values < item.low) | (values > item.high)  # NaN is neither
    usable = (point > 0.0) & (low <= point) & (point <= high) & (high <= 1.0) & (low > 0.0)
    usable &= (cautious >= 0.0) & (cautious <= median) & (median < 1e9)
    return np.stack(
        [
            np.any([column == 1 for column in vetoes], axis=0),
            measured["uscc"].isin(policy.blacklist).to_numpy(),
            measured["industry"].isin(policy.excluded_industries).to_numpy(),
            ~(coverage >= policy.min_coverage),
            np.isnan(cap) | np.isnan(total),
            ~known | np.any([np.isnan(column) for column in vetoes], axis=0),
            outside,
            ~usable,
            low > policy.pd_cutoff,
            (low <= policy.pd_cutoff) & (policy.pd_cutoff < high),
            total < policy.min_points,
            known & (amount < policy.min_quota_wan),
            (known & (amount < least)) | (most == 0.0),
        ]
    )


def _caps(stage: pd.Series, policy: BankPolicy, warranty: Warranty) -> Floats:
    caps = policy.stage_cap_wan if warranty.pd_zero is not None else policy.expert_cap_wan
    codes, names = pd.factorize(stage, use_na_sentinel=False)
    return np.array([caps.get(str(name), np.nan) for name in names], dtype=float)[codes] if len(stage) else np.empty(0)


def _column(frame: pd.DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(dtype=float, na_value=np.nan)


def _left(amount: Floats, taken: Floats) -> Floats:
    return np.maximum(amount - taken, 0.0)  # NaN where either is


def _cents(value_cny: Floats) -> Floats:
    return np.rint(value_cny * 100.0) / 100.0
