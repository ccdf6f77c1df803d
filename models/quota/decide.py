"""One bank's decision on n measured cases: constraints, rules, outcome, amount, expected profit and loss."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.money import CNY_PER_WAN
from data.requests import QuotaRequest
from models.quota.certificate import PRODUCT, TENOR_MONTHS, LossCertificate, taper_factor
from models.quota.constraints import (
    CONSTRAINTS,
    Economics,
    Facts,
    Loan,
    cap_amounts,
    cents,
    constraint_amounts,
    instalment,
    pd_over,
    profit_wan,
)
from models.quota.measure import Measured
from models.quota.policy import CreditPolicy, ProductTerms
from models.quota.rules import RULES, counted, outcome_of
from models.risk.interval import interval_at

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
STAGE_CAP, POINTS, HURDLE, TAPER, CERTIFIED = (
    CONSTRAINTS.index(name) for name in ("stage_cap", "points_cap", "raroc", "taper", "certified_amount")
)
MEASURED = ("pd_12m", "pd_low", "pd_high", "risk_grade", "capacity_low_wan", "capacity_median_wan")
MUST_BE_KNOWN = ("revenue_wan", "existing_debt_wan", "guarantees_wan", "overdue_days_max_24m")
NEEDED = ("revenue_wan", "revenue_growth", "rd_expense", "existing_debt_wan", "guarantees_wan")  # as in Facts
AMOUNT_RULES = ("min_quota", "min_raroc")  # a constraint, not the rule, is what limited the decision
REQUEST_MEMBERS = ("requested_amount_cny", "tenor_months", "product", "purpose")  # members of a request that decide
_RULES = np.array([*RULES, ""], dtype=object)
_BOUND_LIMITS = np.array([name in ("", *AMOUNT_RULES) for name in _RULES])
_CONSTRAINTS = np.array([*CONSTRAINTS, ""], dtype=object)


@dataclass(frozen=True)
class Decided:
    """n decisions; every field of shape (n,) but ``hit`` (n, rules) and ``terms`` (n, terms).

    requested : the members of the requests that decide, by name
    terms : 10,000 yuan in the order of CONSTRAINTS; NaN where unknown, and the last two where no certificate covers
    smallest : the smallest term before it is cut to whole 10,000 yuan; share : what the taper leaves of the others
    least_wan : the least amount that covers the fixed costs at the hurdle
    covered_wan : what of the amount the policy's loss certificate covers
    within : whether it covers all that could be lent; else the expert caps applied
    pd_tenor : default risk within the tenor; expected_loss_cny : over the tenor, 0 where nothing is approved
    marginal_profit_cny, annual_rate, instalment_cny, expected_profit_cny, raroc : NaN where nothing is approved; all a
        year but the instalment, which is a month's
    """

    requested: Mapping[str, Array]
    outcome: Array
    hit: Flags
    limited_by: Array
    amount_wan: Ints
    terms: Floats
    smallest: Floats
    least_wan: Floats
    share: Floats
    covered_wan: Floats
    within: Flags
    cap_wan: Floats
    economics: Economics
    marginal_profit_cny: Floats
    annual_rate: Floats
    instalment_cny: Floats
    expected_profit_cny: Floats
    raroc: Floats
    pd_tenor: Floats
    expected_loss_cny: Floats

    def table(self, measured: Measured) -> pd.DataFrame:
        """The decisions as a table; rules_hit : bit i is rule i of RULES, of those that count."""
        certified = not np.isnan(self.terms[:, TAPER]).all()
        names = CONSTRAINTS if certified else CONSTRAINTS[:TAPER]
        return pd.DataFrame(
            {
                "uscc": measured["uscc"],
                "as_of": measured["as_of"],
                "outcome": self.outcome,
                "amount_wan": self.amount_wan,
                "requested_cny": self.requested["requested_amount_cny"],
                **{name: self.requested[name] for name in REQUEST_MEMBERS[1:]},
                "limited_by": self.limited_by,
                "covered_wan": self.covered_wan,
                "rules_hit": (counted(self.hit) * (1 << np.arange(len(RULES)))).sum(axis=1),
                **{f"constraint_{name}_wan": self.terms[:, position] for position, name in enumerate(names)},
                "marginal_profit_cny": self.marginal_profit_cny,
                "annual_rate": self.annual_rate,
                "instalment_cny": self.instalment_cny,
                "expected_profit_cny": self.expected_profit_cny,
                "expected_loss_cny": self.expected_loss_cny,
                "pd_tenor": self.pd_tenor,
                **{name: measured[name] for name in MEASURED},
                "points": measured["total"],
                "coverage": measured["coverage"],
                "percentile": measured["percentile"],
                "growth_stage": measured["growth_stage"],
            }
        )


def decide_columns(
    measured: Measured, requested: Mapping[str, Array], policy: CreditPolicy, certificate: LossCertificate
) -> Decided:
    """The largest whole amount in 10,000 yuan that every term allows, where no rule is hit.

    requested : members of REQUEST_MEMBERS, each of shape (n,); what is left out, or missing in a row, is as a request
        has it by default, the amount never

    A loss certificate covers loans of its product of up to twelve months, each up to its largest amount. They are
    opened up to the caps of the stages and to that amount, and tapered; the expert caps may open them further. What it
    does not cover gets the expert caps.
    """
    columns = {name: _given(requested, name, len(measured)) for name in REQUEST_MEMBERS}
    with np.errstate(divide="ignore", invalid="ignore"):
        return _decide(measured, columns, policy, certificate)


def _decide(
    measured: Measured, requested: Mapping[str, Array], policy: CreditPolicy, certificate: LossCertificate
) -> Decided:
    pd_12m, months = measured["pd_12m"], requested["tenor_months"].astype(float)
    offer = _Offer.of(requested, policy)
    stage, expert = offer.cap_share * _caps(measured["growth_stage"], policy.stage_cap_wan, policy.expert_cap_wan)
    loan = Loan(requested["requested_amount_cny"] / CNY_PER_WAN, months, offer.annual_rate, offer.tenor_premium)
    facts = Facts(*(measured[name] for name in NEEDED))
    capacity = measured["capacity_low_wan"], measured["capacity_median_wan"]
    terms, earns, least = constraint_amounts(
        facts, loan, pd_12m, capacity, measured.capacity_factor, measured["total"], policy, expert
    )
    share, covered, within = np.ones(len(pd_12m)), *np.zeros((2, len(pd_12m)), dtype=bool)
    largest = tapered = np.full(len(pd_12m), np.nan)
    most = certificate.largest_wan or 0.0
    if certificate.taper_end_pd is not None:
        covered = (months <= TENOR_MONTHS) & (requested["product"] == PRODUCT)
        opened = terms.copy(order="K")
        opened[:, STAGE_CAP], opened[:, POINTS] = cap_amounts(stage, measured["total"], policy)
        share = np.where(covered, taper_factor(pd_12m, certificate.taper_end_pd), 1.0)
        tapered = np.where(covered, share * opened.min(axis=1), np.nan)
        within = covered & ~((tapered > most) & (terms.min(axis=1) > most))
        terms = np.where(within[:, None], opened, terms)
        largest = np.where(within, most, np.nan)
    cap = np.where(within, stage, expert)
    known = np.logical_not(np.isnan(terms).any(axis=1))
    position = np.where(known, np.argmin(terms, axis=1), len(CONSTRAINTS))
    smallest = np.where(known, terms.min(axis=1), np.nan)
    position = np.where(known & (tapered < smallest), TAPER, position)
    smallest = np.fmin(smallest, np.where(known, tapered, np.nan))
    position = np.where(known & (smallest > largest), CERTIFIED, position)
    smallest = np.where(smallest > largest, largest, smallest)
    terms = np.vstack([terms.T, tapered, largest]).T
    could = np.floor(np.where(known, smallest, 0.0))
    hit = _rules(measured, could, known, cap, least, terms[:, HURDLE], offer, policy)
    outcome, first = outcome_of(hit)
    approved = first == len(RULES)
    bound = _CONSTRAINTS[position]
    given = np.where(approved, could, 0.0)
    profit = np.where(approved, profit_wan(given, earns), np.nan)
    price = np.where(bound == "max_profit", 0.0, np.maximum(earns.gain - earns.bend * smallest, 0.0) * CNY_PER_WAN)
    default = pd_over(pd_12m, months)
    return Decided(
        requested=requested,
        outcome=outcome,
        hit=hit,
        limited_by=np.where(_BOUND_LIMITS[first], bound, _RULES[first]),
        amount_wan=given.astype(np.int64),
        terms=terms,
        smallest=smallest,
        least_wan=least,
        share=share,
        covered_wan=np.where(covered, np.minimum(given, most), 0.0),
        within=within & known,
        cap_wan=cap,
        economics=earns,
        marginal_profit_cny=np.where(approved, price, np.nan),
        annual_rate=np.where(approved, earns.rate, np.nan),
        instalment_cny=np.where(approved, cents(instalment(given * CNY_PER_WAN, earns.rate, months)), np.nan),
        expected_profit_cny=cents(profit * CNY_PER_WAN),
        raroc=profit / (policy.capital_share * given),
        pd_tenor=default,
        expected_loss_cny=np.where(approved, cents(default * policy.lgd * (given * CNY_PER_WAN)), 0.0),
    )


class _Offer(NamedTuple):
    """What the policy offers for each request, NaN and False where it does not; each of shape (n,)."""

    product: Flags
    tenor: Flags
    purpose: Flags
    annual_rate: Floats
    tenor_premium: Floats
    cap_share: Floats

    @classmethod
    def of(cls, requested: Mapping[str, Array], policy: CreditPolicy) -> _Offer:
        held: list[ProductTerms] = list(policy.products.values())
        product, purpose, months = (requested[name] for name in ("product", "purpose", "tenor_months"))
        which = np.full(len(product), len(held))  # the last: not offered
        suited = np.zeros(len(product), dtype=bool)
        for number, (name, terms) in enumerate(policy.products.items()):
            own = product == name
            which[own] = number
            suited |= own & np.any([purpose == one for one in terms.purposes], axis=0)
        low, high, rate, premium, share = (
            np.array([*(getattr(one, name) for one in held), np.nan])[which]
            for name in ("min_tenor_months", "max_tenor_months", "annual_rate", "tenor_premium", "cap_share")
        )
        return cls(which < len(held), (low <= months) & (months <= high), suited, rate, premium, share)


def _rules(
    measured: Measured,
    amount: Floats,
    known: Flags,
    cap: Floats,
    least: Floats,
    most: Floats,
    offer: _Offer,
    policy: CreditPolicy,
) -> Flags:
    """Which rules are hit, shape (n, rules), in the order of RULES."""
    point, low, high = (measured[name] for name in ("pd_12m", "pd_low", "pd_high"))
    cautious, median = measured["capacity_low_wan"], measured["capacity_median_wan"]
    total, days = measured["total"], measured["overdue_days"]
    usable = (point > 0.0) & (low <= point) & (point <= high) & (high <= 1.0) & (low > 0.0)
    usable &= (cautious >= 0.0) & (cautious <= median) & (median < 1e9)
    stageless = np.isnan(total) | (offer.product & np.isnan(cap))
    facts = np.any([np.isnan(measured[name]) for name in MUST_BE_KNOWN], axis=0)
    lacking = facts | ~measured.flags_known
    likely_low, likely_high = interval_at(measured.columns, policy.refer_level)
    hit = {
        "veto": measured.veto.any(axis=1),
        "exclusion_list": _among(measured["uscc"], policy.exclusion_list),
        "industry": _among(measured["industry"], policy.excluded_industries),
        "product": ~offer.product,
        "tenor": offer.product & ~offer.tenor,
        "purpose": offer.product & ~offer.purpose,
        "overdue_decline": days >= policy.overdue_decline_days,
        "coverage": ~(measured["coverage"] >= policy.min_coverage),
        "stage_unknown": stageless,
        "facts_missing": lacking,
        "overdue_refer": (days >= policy.overdue_refer_days) & (days < policy.overdue_decline_days),
        "out_of_range": measured.outside.any(axis=1),
        "invalid_result": ~usable | ~(known | lacking | stageless | ~offer.product),
        "pd_cutoff": likely_low > policy.pd_cutoff,
        "pd_interval": (likely_low <= policy.pd_cutoff) & (policy.pd_cutoff < likely_high),
        "min_points": total < policy.min_points,
        "min_quota": known & (amount < policy.min_quota_wan),
        "min_raroc": (known & (amount < least)) | (most == 0.0),
    }
    return np.stack([hit[name] for name in RULES]).T


def _given(requested: Mapping[str, Array], name: str, count: int) -> Array:
    """A member of the requests, with the default of a request where it is left out."""
    member = QuotaRequest.model_fields[name]
    if member.is_required():
        if name not in requested:
            raise KeyError(f"{name} must be given")
        return np.asarray(requested[name])
    if name not in requested:
        return np.full(count, member.default)
    values = np.asarray(requested[name])
    missing = pd.isna(values)
    return np.where(missing, member.default, values) if missing.any() else values


def _caps(stage: Array, *given: Mapping[str, float]) -> Floats:
    """Each mapping's caps of the cases' stages, NaN where it has none, shape (mappings, n)."""
    found = np.full((len(given), len(stage)), np.nan)
    for name in set().union(*given):
        found[:, stage == name] = [[caps.get(name, np.nan)] for caps in given]
    return found


def _among(values: Array, listed: Collection[str]) -> Flags:
    held = frozenset(listed)
    if not held:
        return np.zeros(len(values), dtype=bool)
    return np.fromiter((value in held for value in values), dtype=bool, count=len(values))
