"""One bank's decision on n measured cases: terms, rules, outcome, amount, what bound, price, margin, expected loss."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.quota_measure import Measured
from models.quota_policy import BankPolicy
from models.quota_rules import RULES
from models.quota_terms import (
    CNY_PER_WAN,
    TERM_NAMES,
    Economics,
    Facts,
    cents,
    margin_wan,
    term_amounts,
)
from models.quota_warranty import Warranty, opened_shares

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
HURDLE, WARRANTY = TERM_NAMES.index("hurdle"), TERM_NAMES.index("warranty")
MEASURED = ("pd_12m", "pd_low", "pd_high", "grade", "limit_low_wan", "limit_median_wan")
NEEDED = ("revenue_wan", "revenue_growth", "rd_expense", "existing_debt_wan", "guarantees_wan")  # as in Facts
AMOUNT_RULES = ("min_quota", "hurdle")  # what bound the amount took the decision away, not the rule
_OUTCOMES = np.array([rule.outcome for rule in RULES.values()] + ["indicative_approve"], dtype=object)
_RULES = np.array([*RULES, ""], dtype=object)
_TERMS = np.array([*TERM_NAMES, ""], dtype=object)


@dataclass(frozen=True)
class Decided:
    """n decisions; every field of shape (n,) but ``hit`` (n, rules) and ``terms`` (n, terms).

    terms : 10,000 yuan in the order of TERMS, NaN where unknown; the warranty's is NaN where nothing is certified
    could_wan : what the terms allow, rules aside
    smallest : the smallest term before it is cut to whole 10,000 yuan; share : what the warranty opens
    shadow_price_cny, annual_rate, expected_margin_cny, raroc : NaN where nothing is approved
    """

    outcome: Array
    hit: Flags
    limited_by: Array
    amount_wan: Ints
    could_wan: Ints
    terms: Floats
    smallest: Floats
    share: Floats
    cap_wan: Floats
    economics: Economics
    shadow_price_cny: Floats
    annual_rate: Floats
    expected_margin_cny: Floats
    raroc: Floats
    expected_loss_cny: Floats

    def table(self, measured: Measured, requested_cny: Array) -> pd.DataFrame:
        """The decisions as a table; rules_hit : bit i is rule i of RULES."""
        certified = not np.isnan(self.terms[:, WARRANTY]).all()
        names = TERM_NAMES if certified else TERM_NAMES[:-1]
        return pd.DataFrame(
            {
                "uscc": measured["uscc"],
                "as_of": measured["as_of"],
                "decision": self.outcome,
                "amount_wan": self.amount_wan,
                "requested_cny": requested_cny,
                "limited_by": self.limited_by,
                "rules_hit": (self.hit * (1 << np.arange(len(RULES)))).sum(axis=1),
                **{f"term_{name}_wan": self.terms[:, place] for place, name in enumerate(names)},
                "shadow_price_cny": self.shadow_price_cny,
                "annual_rate": self.annual_rate,
                "expected_margin_cny": self.expected_margin_cny,
                "expected_loss_cny": self.expected_loss_cny,
                **{name: measured[name] for name in MEASURED},
                "points": measured["total"],
                "coverage": measured["coverage"],
                "percentile": measured["percentile"],
                "stage3": measured["stage3"],
            }
        )


def decide_columns(measured: Measured, asked: Mapping[str, Array], policy: BankPolicy, warranty: Warranty) -> Decided:
    """The largest whole amount in 10,000 yuan that every term allows, where no rule is hit.

    asked : ``requested_amount_cny``, shape (n,)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _decide(measured, np.asarray(asked["requested_amount_cny"]), policy, warranty)


def _decide(measured: Measured, requested_cny: Array, policy: BankPolicy, warranty: Warranty) -> Decided:
    pd_12m = measured["pd_12m"]
    cap = _caps(measured["stage3"], policy, warranty)
    facts = Facts(*(measured[name] for name in NEEDED))
    limits = measured["limit_low_wan"], measured["limit_median_wan"]
    terms, earns, least = term_amounts(
        facts, requested_cny / CNY_PER_WAN, pd_12m, limits, measured["total"], policy, cap
    )
    known = np.logical_not(np.isnan(terms).any(axis=1))
    place = np.where(known, np.argmin(terms, axis=1), len(TERM_NAMES))
    smallest = np.where(known, terms.min(axis=1), np.nan)
    share, opened = np.ones(len(pd_12m)), np.full(len(pd_12m), np.nan)
    if warranty.pd_zero is not None:
        share = opened_shares(pd_12m, warranty.pd_zero)
        opened = share * smallest
        place = np.where(known & (share < 1.0), WARRANTY, place)
        smallest = np.where(share < 1.0, opened, smallest)
    terms = np.column_stack([terms, opened])
    could = np.floor(np.where(known, smallest, 0.0))
    hit = _rules(measured, could, known, cap, least, terms[:, HURDLE], policy)
    first = np.where(hit.any(axis=1), np.argmax(hit, axis=1), len(RULES))
    approved = first == len(RULES)
    bound, rule = _TERMS[place], _RULES[first]
    given = np.where(approved, could, 0.0)
    margin = np.where(approved, margin_wan(given, earns), np.nan)
    price = np.where(bound == "margin", 0.0, np.maximum(earns.gain - earns.bend * smallest, 0.0) * CNY_PER_WAN)
    return Decided(
        outcome=_OUTCOMES[first],
        hit=hit,
        limited_by=np.where(approved | _among(rule, AMOUNT_RULES), bound, rule),
        amount_wan=given.astype(np.int64),
        could_wan=could.astype(np.int64),
        terms=terms,
        smallest=smallest,
        share=share,
        cap_wan=cap,
        economics=earns,
        shadow_price_cny=np.where(approved, price, np.nan),
        annual_rate=np.where(approved, earns.rate, np.nan),
        expected_margin_cny=cents(margin * CNY_PER_WAN),
        raroc=margin / (policy.capital_share * given),
        expected_loss_cny=cents(pd_12m * policy.lgd * (given * CNY_PER_WAN)),
    )


def _rules(
    measured: Measured, amount: Floats, known: Flags, cap: Floats, least: Floats, most: Floats, policy: BankPolicy
) -> Flags:
    """Which rules are hit, shape (n, rules), in the order of RULES."""
    point, low, high = (measured[name] for name in ("pd_12m", "pd_low", "pd_high"))
    cautious, median = measured["limit_low_wan"], measured["limit_median_wan"]
    total = measured["total"]
    usable = (point > 0.0) & (low <= point) & (point <= high) & (high <= 1.0) & (low > 0.0)
    usable &= (cautious >= 0.0) & (cautious <= median) & (median < 1e9)
    hit = {
        "veto": measured.veto.any(axis=1),
        "blacklist": _among(measured["uscc"], policy.blacklist),
        "industry": _among(measured["industry"], policy.excluded_industries),
        "coverage": ~(measured["coverage"] >= policy.min_coverage),
        "stage_unknown": np.isnan(cap) | np.isnan(total),
        "facts_missing": ~(known & measured.flags_known),
        "out_of_range": measured.outside.any(axis=1),
        "model_doubt": ~usable,
        "pd_cutoff": low > policy.pd_cutoff,
        "pd_interval": (low <= policy.pd_cutoff) & (policy.pd_cutoff < high),
        "points": total < policy.min_points,
        "min_quota": known & (amount < policy.min_quota_wan),
        "hurdle": (known & (amount < least)) | (most == 0.0),
    }
    return np.stack([hit[name] for name in RULES], axis=-1)


def _caps(stage: Array, policy: BankPolicy, warranty: Warranty) -> Floats:
    caps = policy.stage_cap_wan if warranty.pd_zero is not None else policy.expert_cap_wan
    return np.fromiter((caps.get(name, np.nan) for name in stage), dtype=float, count=len(stage))


def _among(values: Array, listed: Collection[str]) -> Flags:
    held = frozenset(listed)
    return np.fromiter((value in held for value in values), dtype=bool, count=len(values))
