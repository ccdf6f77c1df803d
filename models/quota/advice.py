"""What a firm can change to raise its quota or to meet a bank's rules, and what that would give.

Nothing is promised by a formula of its own: every change is tried on the case by ``decide_columns``, and the advice
names the smallest change that reaches what it promises. Where no change of the firm's does, the advice says this, or
that only a lower default risk would: a firm does not choose its PD, so no amount is promised for one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import ceil, floor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from data.money import CNY_PER_WAN
from data.texts.figures import Text
from data.texts.sentences import joined, label, sentence
from models.quota.certificate import LossCertificate
from models.quota.constraints import need_wan
from models.quota.decide import Decided, decide_columns
from models.quota.measure import Measured
from models.quota.policy import CreditPolicy

Floats = npt.NDArray[np.float64]
MAX_ADVICE = 3
TRIED_AT_ONCE = 256
LARGEST_REQUEST_CNY = 1_000_000_000
PD_STEP, POINTS_STEP = 0.0001, 0.1  # as fine as these figures are shown
DEBT_SERVICE_COVER = 1.2  # yearly cash flow for each yuan of yearly debt service, as the debt capacity's label counts
LARGEST_CASH_FLOW_SHARE = 0.1  # of a year's revenue: no more additional yearly cash flow is advised
TENOR_FREE = ("need", "points_cap", "exposure_cap", "requested")  # these allow as much over any tenor


class Situation(NamedTuple):
    """One firm at one bank: ``measured`` holds the firm's case alone, ``requested`` one value a request member."""

    measured: Measured
    requested: Mapping[str, Any]
    policy: CreditPolicy
    issued: LossCertificate

    def decide(
        self, changes: Mapping[str, Floats], requested_cny: Floats | None = None, tenor_months: Floats | None = None
    ) -> Decided:
        """Decisions on the case with these columns, amounts and tenors in place of its own, k at once."""
        members = {"requested_amount_cny": requested_cny, "tenor_months": tenor_months}
        other = {name: values for name, values in members.items() if values is not None}
        count = len(next(iter((*other.values(), *changes.values()))))
        requested = {name: np.full(count, value) for name, value in self.requested.items()} | other
        tried = self.measured.without_reasons().take(np.zeros(count, dtype=int)).with_columns(**changes)
        return decide_columns(tried, requested, self.policy, self.issued)

    def figure(self, name: str) -> float:
        """A column of the case."""
        return float(self.measured[name][0])


class Lever(NamedTuple):
    """One figure that a firm can move, from 0 (nothing changed) to ``steps`` whole steps.

    change : existing_debt_wan, debt_capacity_wan, need_wan, exposure_wan or points, whose sentence has that key; pd_12m
    now : the figure today; then : after so many steps; columns : those of the case, after so many steps
    """

    change: str
    unit: str
    now: float
    steps: int
    then: Callable[[Floats], Floats]
    columns: Callable[[Floats], Mapping[str, Floats]]


MakeLever = Callable[[Situation], Lever]


class Tried(NamedTuple):
    """What a change gives: its number of steps, the amount, what bounds any larger amount then.

    within : whether the loss certificate covers all that could then be lent
    """

    steps: int
    amount_wan: int
    limited_by: str
    within: bool

    @classmethod
    def of(cls, steps: int, decided: Decided, at: int) -> Tried:
        """By decision ``at`` of those that were tried."""
        found = int(decided.amount_wan[at]), str(decided.limited_by[at]), bool(decided.within[at])
        return cls(steps, *found)


def amount_advice(
    case: Situation, amount: int, bound: str, least_wan: float, *, unearning: bool = False
) -> list[dict[str, Any]]:
    """Changes of which each alone raises the amount; or the one sentence why there is none.

    amount : decided, in 10,000 yuan, 0 where it was too little; bound : the constraint that bounds it
    least_wan : what a quota has to be at least, in 10,000 yuan
    unearning : the reason says that no amount earns enough as PD, costs, debt and tenor are, so others are not advised
    """
    if bound == "requested" and (found := _larger_request(case, amount)):
        return found
    levers = (_debt,) if unearning else EVERY_LEVER
    own = [lever for lever in LEVERS.get(bound, ()) if lever in levers]
    found = _raised(case, own, bound, amount)
    if not (amount and bound in TENOR_FREE):
        found += _other_tenor(case, bound, amount)
    found.sort(key=lambda one: one["change"] == "debt_capacity_wan")  # what a firm can do at once comes first
    found = found or _raised(case, [lever for lever in levers if lever not in own], bound, amount)[:1]
    if found or (amount and bound == "requested"):
        return found[:MAX_ADVICE]
    return [plain_advice(bound, _why_none(case, amount, bound, least_wan))]


def _why_none(case: Situation, amount: int, bound: str, least_wan: float) -> Text:
    if bound == "stage_cap":
        return sentence("advice.stage_cap", stage=label(f"stage.{case.measured['growth_stage'][0]}"))
    if bound == "certified_amount":
        return sentence("advice.certified_amount", x=case.issued.largest_wan)
    if _least_change(case, _pd(case), bound, amount) is not None:
        return label("advice.pd_12m")
    return sentence("advice.none.raised" if amount else "advice.none", min=least_wan)


def _raised(case: Situation, levers: Iterable[MakeLever], bound: str, amount: int) -> list[dict[str, Any]]:
    tried = [(lever, _least_change(case, lever, bound, amount)) for lever in (make(case) for make in levers)]
    return [_raised_advice(case, bound, lever, result, amount) for lever, result in tried if result is not None]


def _larger_request(case: Situation, amount: int) -> list[dict[str, Any]]:
    most = Tried.of(1, case.decide({}, np.array([float(LARGEST_REQUEST_CNY)])), 0)
    if most.amount_wan <= amount:
        return []
    then, now = float(most.amount_wan), case.requested["requested_amount_cny"] / CNY_PER_WAN
    text = joined(sentence("advice.requested", then=then), *_beyond(case, most), label("advice.ending"))
    return [_advice("requested", "requested_wan", "wan_cny", now, then, text, most.amount_wan, amount)]


def _other_tenor(case: Situation, bound: str, amount: int) -> list[dict[str, Any]]:
    """The tenor of those that the bank offers for the product that gives the largest amount; of several, the nearest.

    Where none gives any, the nearest with which a person would decide instead of a refusal; no amount is promised then.
    """
    offer, now = case.policy.products.get(case.requested["product"]), case.requested["tenor_months"]
    offered = range(offer.min_tenor_months, offer.max_tenor_months + 1) if offer else ()
    months = np.array(sorted(set(offered) - {now}, key=lambda one: abs(one - now)))
    if not months.size:
        return []
    decided = case.decide({}, tenor_months=months)
    at = int(np.argmax(decided.amount_wan))
    if decided.amount_wan[at] > amount:
        lever = Lever("tenor_months", "months", float(now), 1, lambda _: months[at : at + 1], lambda _: {})
        return [_raised_advice(case, bound, lever, Tried.of(1, decided, at), amount)]
    referred = np.flatnonzero(decided.outcome == "manual_review")
    if amount or not referred.size:
        return []
    needed = float(months[referred[0]])
    text = joined(sentence("advice.tenor.referred", now=float(now), needed=needed), label("advice.ending"))
    return [_advice(bound, "tenor_months", "months", float(now), needed, text)]


def _beyond(case: Situation, tried: Tried) -> tuple[Text, ...]:
    """That an amount goes beyond the policy's loss certificate, where there is one and it does."""
    if case.issued.taper_end_pd is None or tried.within:
        return ()
    return (sentence("advice.beyond_certificate", largest=case.issued.largest_wan),)


def _least_change(case: Situation, lever: Lever, bound: str, amount: int) -> Tried | None:
    """The smallest change that gives as much as it takes until something else bounds; None where it raises nothing.

    Something else that allows no more than today does not end it: less debt may have to pass two constraints.
    A larger change never gives less.
    """
    if lever.steps < 1:
        return None
    steps = _spread(0, lever.steps)
    decided = case.decide(lever.columns(steps))
    freed = np.flatnonzero((decided.limited_by != bound) & (decided.amount_wan > amount))
    end = int(freed[0]) if freed.size else len(steps) - 1
    given = Tried.of(0, decided, end)
    reached = given.amount_wan
    if reached <= amount:
        return None
    at = int(np.argmax(decided.amount_wan >= reached))
    low, high = (int(steps[at - 1]) if at else 0), int(steps[at])
    while high - low > 1:
        steps = _spread(low, high)
        at = int(np.argmax(case.decide(lever.columns(steps)).amount_wan >= reached))
        low, high = (int(steps[at - 1]) if at else low), int(steps[at])
    return given._replace(steps=high)


def _spread(low: int, high: int) -> Floats:
    """Whole steps above ``low`` up to ``high``: all of them, or as many as are tried at once."""
    return np.unique(np.linspace(low + 1, high, min(high - low, TRIED_AT_ONCE)).round())


def _debt(case: Situation) -> Lever:
    debt = case.figure("existing_debt_wan")
    return Lever(
        "existing_debt_wan", "wan_cny", debt, floor(debt),
        lambda steps: debt - steps,
        lambda steps: {"existing_debt_wan": debt - steps},
    )  # fmt: skip


def _capacity(case: Situation) -> Lever:
    """More operating cash flow, in 10,000 yuan a year; what it carries at the tenor and rate of the debt capacity."""
    low, median = case.figure("capacity_low_wan"), case.figure("capacity_median_wan")
    carried = case.measured.capacity_factor / DEBT_SERVICE_COVER
    plausible = np.nan_to_num(LARGEST_CASH_FLOW_SHARE * case.figure("revenue_wan"))
    farthest = ceil((case.figure("existing_debt_wan") + case.policy.exposure_cap_wan) / carried)
    return Lever(
        "debt_capacity_wan", "wan_cny", low, floor(min(plausible, farthest)),
        lambda steps: low + carried * steps,
        lambda steps: {"capacity_low_wan": low + carried * steps, "capacity_median_wan": median + carried * steps},
    )  # fmt: skip


def _need(case: Situation) -> Lever:
    debt, policy = case.figure("existing_debt_wan"), case.policy
    revenue, growth, research = (case.measured[name] for name in ("revenue_wan", "revenue_growth", "rd_expense"))
    need = float(need_wan(revenue, growth, research, policy)[0])
    return Lever(
        "need_wan", "wan_cny", max(need - debt, 0.0), ceil(policy.exposure_cap_wan),
        lambda steps: steps,
        # What contracts or a budget prove is taken as if sales had shown it.
        lambda steps: {
            "revenue_wan": (debt + steps) * policy.working_capital_turns,
            "revenue_growth": np.zeros(len(steps)),
        },
    )  # fmt: skip


def _points(case: Situation) -> Lever:
    total, full = case.figure("total"), case.policy.full_points
    start = floor(round(total / POINTS_STEP, 6))
    return Lever(
        "points", "points", total, ceil(round(full / POINTS_STEP, 6)) - start,
        lambda steps: (start + steps) * POINTS_STEP,
        lambda steps: {"total": (start + steps) * POINTS_STEP},
    )  # fmt: skip


def _exposure(case: Situation) -> Lever:
    debt, guarantees = case.figure("existing_debt_wan"), case.figure("guarantees_wan")
    return Lever(
        "exposure_wan", "wan_cny", debt + guarantees, floor(debt + guarantees),
        lambda steps: debt + guarantees - steps,
        # Guarantees first: less debt helps at least as much.
        lambda steps: {
            "guarantees_wan": np.maximum(guarantees - steps, 0.0),
            "existing_debt_wan": debt - np.maximum(steps - guarantees, 0.0),
        },
    )  # fmt: skip


def _pd(case: Situation) -> Lever:
    point = case.figure("pd_12m")
    start = ceil(round(point / PD_STEP, 6))

    def columns(steps: Floats) -> Mapping[str, Floats]:
        return lower_pd(case.measured, (start - steps) * PD_STEP)

    return Lever("pd_12m", "pd_12m", point, start - 1, lambda steps: (start - steps) * PD_STEP, columns)


EVERY_LEVER = (_debt, _capacity, _need, _points, _exposure)  # what a firm can move; its PD it cannot choose
# Those that move what a constraint reads first; where these raise nothing, the first of the others that does.
LEVERS: Mapping[str, tuple[MakeLever, ...]] = {
    "debt_capacity": (_debt, _capacity),
    "need": (_need,),
    "points_cap": (_points,),
    "exposure_cap": (_exposure,),
    **dict.fromkeys(("expected_loss_cap", "max_profit", "raroc", "taper"), (_debt,)),
}


def lower_pd(case: Measured, pd_12m: Floats) -> Mapping[str, Floats]:
    """The columns of one case's default risk as they would be at another PD: its interval moves with it."""
    share, moved = pd_12m / case["pd_12m"], logit(pd_12m) - logit(case["pd_12m"])
    return {
        "pd_low": case["pd_low"] * share,
        "pd_12m": pd_12m,
        "pd_high": np.minimum(case["pd_high"] * share, 1.0),
        **{name: case[name] + moved for name in ("log_odds_mid", "log_odds_hidden_mid")},
    }


def _raised_advice(case: Situation, bound: str, lever: Lever, tried: Tried, amount: int) -> dict[str, Any]:
    needed = float(lever.then(np.array([float(tried.steps)]))[0])
    change = sentence(
        f"advice.{lever.change}", gap=float(tried.steps), now=lever.now, needed=needed, carried=needed - lever.now,
    )  # fmt: skip
    gives = sentence(
        "advice.raised" if amount else "advice.approved",
        now=float(amount), then=float(tried.amount_wan), next=label(f"constraint.{tried.limited_by}.label"),
    )  # fmt: skip
    promise = change[0] + gives[0], change[1] + gives[1]
    text = joined(promise, *_beyond(case, tried), label("advice.ending"))
    return _advice(bound, lever.change, lever.unit, lever.now, needed, text, tried.amount_wan, amount)


def plain_advice(
    constraint: str, text: Text, unit: str = "rule", now: float | None = None, needed: float | None = None
) -> dict[str, Any]:
    """Advice that promises no amount."""
    return _advice(constraint, None, unit, now, needed, text)


def _advice(
    constraint: str,
    change: str | None,
    unit: str,
    now: float | None,
    needed: float | None,
    text: Text,
    quota_wan: int | None = None,
    amount_wan: int = 0,
) -> dict[str, Any]:
    return {
        "constraint": constraint,
        "change": change,
        "unit": unit,
        "now": now,
        "needed": needed,
        "quota_wan": quota_wan,
        "gain_wan": None if quota_wan is None else quota_wan - amount_wan,
        "text_zh": text[0],
        "text_en": text[1],
    }
