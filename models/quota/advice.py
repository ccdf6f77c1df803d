"""What a firm can change to raise its quota or to meet a bank's rules, and what that would give.

Nothing is promised by a formula of its own: every change is tried on the case by ``decide_columns``, and the advice
names the smallest change that reaches what it promises. Where no change of the firm's does, the advice says this, or
that only a lower default risk would: a firm does not choose its PD, so no amount is promised for one. None is promised
for cash flow either: what the models make of it, only a new calculation says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from data.codebook import read_loan_terms
from data.money import CNY_PER_WAN
from data.texts.figures import Text
from data.texts.sentences import joined, label, sentence
from models.quota.decide import Decided
from models.quota.levers import (
    EVERY_LEVER,
    LEVERS,
    Floats,
    Lever,
    MakeLever,
    Situation,
    default_risk,
    existing_debt,
    more_capacity,
)

MAX_ADVICE = 3
TRIED_AT_ONCE = 256
LARGEST_REQUEST_CNY = 1_000_000_000
TENOR_FREE = ("need", "points_cap", "exposure_cap", "requested")  # these allow as much over any tenor
OFFERS = ("product", "tenor", "purpose")  # rules on what the bank offers: another of the same kind is tried
WITHOUT_AMOUNT = ("manual_review", "insufficient_data")  # neither a quota nor a refusal, each with a sentence


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


class Found(NamedTuple):
    """One piece of advice; costly : it repays more debt than it gains quota, so it comes after the others."""

    costly: bool
    advice: dict[str, Any]


def amount_advice(
    case: Situation, amount: int, bound: str, least_wan: float, *, unearning: bool = False
) -> list[dict[str, Any]]:
    """Changes of which each alone raises the amount; or the one sentence why there is none.

    amount : decided, in 10,000 yuan, 0 where it was too little; bound : the constraint that bounds it
    least_wan : what a quota has to be at least, in 10,000 yuan
    unearning : the reason says that no amount earns enough as PD, costs, debt and tenor are, so others are not advised
    """
    if bound == "requested" and (larger := _larger_request(case, amount)):
        return larger
    levers = (existing_debt,) if unearning else EVERY_LEVER
    own = [lever for lever in LEVERS.get(bound, ()) if lever in levers]
    found = _raised(case, own, bound, amount)
    if not (amount and bound in TENOR_FREE):
        found += _other_tenor(case, bound, amount)
    found = found or _raised(case, [lever for lever in levers if lever not in own], bound, amount)[:1]
    advice = [one.advice for one in sorted(found, key=lambda one: one.costly)]
    if not unearning and (bound == "debt_capacity" or not advice) and _capacity_helps(case, amount):
        advice.append(plain_advice(bound, label("advice.debt_capacity")))
    if advice or (amount and bound == "requested"):
        return advice
    return [plain_advice(bound, _why_none(case, amount, bound, least_wan))]


def offer_advice(case: Situation, rule: str, *, other_purpose: bool = False) -> dict[str, Any]:
    """What the bank offers in place of a product, tenor or purpose that it does not, each tried; or that none helps.

    rule : of OFFERS; other_purpose : the bank does not lend for the purpose either, so a tenor is tried with one of its
    """
    offer = case.policy.products.get(case.requested["product"])
    if rule == "tenor" and offer and other_purpose:
        also = sentence("advice.purpose.also", list=[loan_term(one) for one in offer.purposes])
        case = case._replace(requested={**case.requested, "purpose": offer.purposes[0]})
        found = _other_tenor(case, rule, 0, also)
    elif rule == "tenor":
        found = _other_tenor(case, rule, 0)
    else:
        found = _other(case, rule, 0, rule, offer.purposes if offer else tuple(case.policy.products))
    if found:
        return found[0].advice
    months = {"shortest": offer and offer.min_tenor_months, "longest": offer and offer.max_tenor_months}
    return plain_advice(rule, sentence(f"advice.{rule}.none", **months))


def loan_term(key: str) -> Text:
    """What a product or a purpose is called."""
    return next((one.zh, one.en) for one in read_loan_terms() if one.key == key)


def _why_none(case: Situation, amount: int, bound: str, least_wan: float) -> Text:
    if bound == "stage_cap":
        return sentence("advice.stage_cap", stage=label(f"stage.{case.measured['growth_stage'][0]}"))
    if bound == "certified_amount":
        return sentence("advice.certified_amount", x=case.issued.largest_wan)
    if _least_change(case, default_risk(case), bound, amount) is not None:
        return label("advice.pd_12m")
    return sentence("advice.none.raised" if amount else "advice.none", min=least_wan)


def _capacity_helps(case: Situation, amount: int) -> bool:
    """Whether more debt capacity would raise the amount."""
    return bool(case.decide(more_capacity(case)).amount_wan[0] > amount)


def _raised(case: Situation, levers: Iterable[MakeLever], bound: str, amount: int) -> list[Found]:
    tried = [(lever, _least_change(case, lever, bound, amount)) for lever in (make(case) for make in levers)]
    return [_raised_advice(case, bound, lever, result, amount) for lever, result in tried if result is not None]


def _larger_request(case: Situation, amount: int) -> list[dict[str, Any]]:
    most = Tried.of(1, case.decide({}, requested_amount_cny=np.array([float(LARGEST_REQUEST_CNY)])), 0)
    if most.amount_wan <= amount:
        return []
    then, now = float(most.amount_wan), case.requested["requested_amount_cny"] / CNY_PER_WAN
    text = joined(sentence("advice.requested", then=then), *_beyond(case, most), label("advice.ending"))
    return [_advice("requested", "requested_wan", "wan_cny", now, then, text, most.amount_wan, amount)]


def _other_tenor(case: Situation, bound: str, amount: int, *notes: Text) -> list[Found]:
    """Of the tenors that the bank offers for the product the one with the largest amount; of several, the nearest."""
    offer, now = case.policy.products.get(case.requested["product"]), case.requested["tenor_months"]
    offered = range(offer.min_tenor_months, offer.max_tenor_months + 1) if offer else ()
    months = sorted((one for one in offered if one != now), key=lambda one: abs(one - now))
    return _other(case, bound, amount, "tenor_months", months, *notes)


def _other(case: Situation, bound: str, amount: int, member: str, options: Sequence[Any], *notes: Text) -> list[Found]:
    """The option, in place of what was requested as ``member``, that gives the largest amount; of several, the first.

    Where none gives any, the first with which a person would decide, or data would be missing, instead of a refusal;
    no amount is promised then. Of purposes all are named: a bank decides alike on those that it lends for.
    """
    if not options:
        return []
    decided = case.decide({}, **{member: np.array(options)})
    at = int(np.argmax(decided.amount_wan))
    gains = bool(decided.amount_wan[at] > amount)
    if not gains:
        firsts = [found[0] for one in WITHOUT_AMOUNT if (found := np.flatnonzero(decided.outcome == one)).size]
        if amount or not firsts:
            return []
        at = int(firsts[0])
    unit, now, needed = "rule", None, None
    if member == "tenor_months":
        unit, now, needed = "months", float(case.requested[member]), float(options[at])
        change = sentence("advice.tenor_months", now=now, needed=needed)
    elif member == "product":
        change = sentence("advice.product", product=loan_term(options[at]))
    else:
        change = sentence("advice.purpose", list=[loan_term(one) for one in options])
        notes = (label("advice.purpose.actual"),)
    if not gains:
        text = joined(_followed(change, label(f"advice.{decided.outcome[at]}")), *notes, label("advice.ending"))
        return [Found(False, _advice(bound, member, unit, now, needed, text))]
    tried = Tried.of(1, decided, at)
    text = _promise(case, change, tried, amount, *notes)
    return [Found(False, _advice(bound, member, unit, now, needed, text, tried.amount_wan, amount))]


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


def _raised_advice(case: Situation, bound: str, lever: Lever, tried: Tried, amount: int) -> Found:
    needed = float(lever.then(np.array([float(tried.steps)]))[0])
    costly = lever.repays(float(tried.steps)) > tried.amount_wan - amount
    notes = (label("advice.costly"),) if costly else ()
    change = sentence(f"advice.{lever.change}", gap=float(tried.steps), now=lever.now, needed=needed)
    text = _promise(case, change, tried, amount, *notes)
    return Found(costly, _advice(bound, lever.change, lever.unit, lever.now, needed, text, tried.amount_wan, amount))


def _promise(case: Situation, change: Text, tried: Tried, amount: int, *notes: Text) -> Text:
    """A change and the amount that it gives."""
    gives = sentence(
        "advice.raised" if amount else "advice.approved",
        now=float(amount), then=float(tried.amount_wan), next=label(f"constraint.{tried.limited_by}.label"),
    )  # fmt: skip
    return joined(_followed(change, gives), *notes, *_beyond(case, tried), label("advice.ending"))


def _followed(beginning: Text, end: Text) -> Text:
    """One sentence of its two parts."""
    return beginning[0] + end[0], beginning[1] + end[1]


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
