"""What a firm can change to raise its quota or to meet a bank's rules, and what that would give.

Nothing is promised by a formula of its own: every change is tried on the case by ``decide_columns``, and the advice
names the smallest change that reaches what it promises. Where no change of the firm's does, the advice says this, or
that only a lower default risk would: a firm does not choose its PD, so no amount is promised for one. None is promised
for cash flow either: what the models make of it, only a new calculation says. Less debt and fewer guarantees also lower
the PD; where nothing else helps the models measure the case again for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from data.codebook import read_loan_terms
from data.money import CNY_PER_WAN
from data.texts.figures import ROUND_FREE, Text
from data.texts.sentences import joined, label, sentence
from models.quota.decide import Decided
from models.quota.levers import (
    EVERY_LEVER,
    LEVERS,
    OF_FACTS,
    Floats,
    Lever,
    MakeLever,
    Situation,
    default_risk,
    existing_debt,
    more_capacity,
)

MAX_ADVICE = 3
LESS = ("existing_debt_wan", "exposure_wan")  # changes that lower bank debt, or guarantees and then bank debt
TRIED_AT_ONCE = 256
LARGEST_REQUEST_CNY = 1_000_000_000
TERMS = ("product", "tenor_months", "purpose")  # of a request; of several that change, the first leads the sentence
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
    if bound == "requested" and ((larger := _larger_request(case, amount)) or amount):
        return larger
    levers = (existing_debt,) if unearning else EVERY_LEVER
    own = [lever for lever in LEVERS.get(bound, ()) if lever in levers]
    found = _raised(case, own, bound, amount)
    if not (amount and bound in TENOR_FREE):
        found += _other_terms(case, bound, amount, _tenors(case))
    found = found or _raised(case, [lever for lever in levers if lever not in own], bound, amount)[:1]
    found = found or _other_terms(case, bound, amount, _products(case))
    found = found or _other_terms(case, bound, amount, _tenors(case))
    found = found or _measured_again(case, bound, amount)[:1]
    advice = [one.advice for one in sorted(found, key=lambda one: one.costly)]
    if not unearning and (bound == "debt_capacity" or not advice) and _capacity_helps(case, amount):
        advice.append(plain_advice(bound, label("advice.debt_capacity")))
    return advice or [plain_advice(bound, _why_none(case, amount, bound, least_wan))]


def offer_advice(case: Situation, rule: str) -> dict[str, Any]:
    """What the bank offers in place of a product, tenor or purpose that it does not, all tried; or that none helps.

    rule : of OFFERS
    """
    found = _other_terms(case, rule, 0, _every_offer(case))
    return found[0].advice if found else plain_advice(rule, label("advice.offer.none"))


def loan_term(key: str) -> Text:
    """What a product or a purpose is called."""
    return next((one.zh, one.en) for one in read_loan_terms() if one.key == key)


def _why_none(case: Situation, amount: int, bound: str, least_wan: float) -> Text:
    if bound == "stage_cap":
        return sentence("advice.stage_cap", stage=label(f"stage.{case.measured['growth_stage'][0]}"))
    if bound == "certified_amount":
        return sentence("advice.certified_amount", x=case.issued.largest_wan)
    if _least_change(case.decide, default_risk(case), bound, amount) is not None:
        return label("advice.pd_12m")
    return sentence("advice.none.raised" if amount else "advice.none", min=least_wan)


def _capacity_helps(case: Situation, amount: int) -> bool:
    """Whether more debt capacity would raise the amount."""
    return bool(case.decide(more_capacity(case)).amount_wan[0] > amount)


def _raised(case: Situation, levers: Iterable[MakeLever], bound: str, amount: int) -> list[Found]:
    tried = [(lever, _least_change(case.decide, lever, bound, amount)) for lever in (make(case) for make in levers)]
    return [_raised_advice(case, bound, lever, result, amount) for lever, result in tried if result is not None]


def _larger_request(case: Situation, amount: int) -> list[dict[str, Any]]:
    most = Tried.of(1, case.decide({}, requested_amount_cny=np.array([float(LARGEST_REQUEST_CNY)])), 0)
    if most.amount_wan <= amount:
        return []
    then, now = float(most.amount_wan), case.requested["requested_amount_cny"] / CNY_PER_WAN
    text = joined(sentence("advice.requested", then=then), *_beyond(case, most), label("advice.ending"))
    return [_advice("requested", "requested_wan", "wan_cny", now, then, text, most.amount_wan, amount)]


def _tenors(case: Situation) -> list[Mapping[str, Any]]:
    """The other tenors that the bank offers for the product, the nearest first."""
    offer, now = case.policy.products.get(case.requested["product"]), case.requested["tenor_months"]
    offered = range(offer.min_tenor_months, offer.max_tenor_months + 1) if offer else ()
    months = sorted((one for one in offered if one != now), key=lambda one: abs(one - now))
    return [{**case.requested, "tenor_months": one} for one in months]


def _products(case: Situation) -> list[Mapping[str, Any]]:
    """The bank's other products, for the tenor and purpose as they are."""
    return [{**case.requested, "product": name} for name in case.policy.products if name != case.requested["product"]]


def _every_offer(case: Situation) -> list[Mapping[str, Any]]:
    """All that the bank offers, the nearest first: each product over each of its tenors.

    The purpose stays where the product covers it; of those that it covers one is tried, for a bank decides alike on
    them.
    """
    purpose, now = case.requested["purpose"], case.requested["tenor_months"]
    offered: list[Mapping[str, Any]] = [
        {**case.requested, "product": name, "tenor_months": months,
         "purpose": purpose if purpose in offer.purposes else offer.purposes[0]}
        for name, offer in case.policy.products.items()
        for months in range(offer.min_tenor_months, offer.max_tenor_months + 1)
    ]  # fmt: skip
    return sorted(offered, key=lambda one: ("product" in _changed(case, one), abs(one["tenor_months"] - now)))


def _changed(case: Situation, option: Mapping[str, Any]) -> list[str]:
    """The terms of the request in which an option differs from it."""
    return [name for name in TERMS if option[name] != case.requested[name]]


def _other_terms(case: Situation, bound: str, amount: int, options: Sequence[Mapping[str, Any]]) -> list[Found]:
    """Of the options that raise the amount those that change fewest terms, the one that gives most; of several, the
    first.

    Where none raises it, the first with which a person would decide, or data would be missing, instead of a refusal; no
    amount is promised then. Nor is any given as a member where several terms have to change: the text names them.
    """
    if not options:
        return []
    decided = case.decide({}, **{name: np.array([one[name] for one in options]) for name in TERMS})
    raised = np.flatnonzero(decided.amount_wan > amount)
    if raised.size:
        count = np.array([len(_changed(case, one)) for one in options])
        fewest = raised[count[raised] == count[raised].min()]
        at = int(fewest[np.argmax(decided.amount_wan[fewest])])
    else:
        firsts = [found[0] for one in WITHOUT_AMOUNT if (found := np.flatnonzero(decided.outcome == one)).size]
        if amount or not firsts:
            return []
        at = int(firsts[0])
    option = options[at]
    member, *others = _changed(case, option)
    unit, now, needed = "rule", None, None
    if member == "tenor_months":
        unit, now, needed = "months", float(case.requested[member]), float(option[member])
    change, *notes = _terms_changed(case, option, member, others)
    if not raised.size:
        text = joined(_followed(change, label(f"advice.{decided.outcome[at]}")), *notes, label("advice.ending"))
        return [Found(False, _advice(bound, member, unit, now, needed, text))]
    tried = Tried.of(1, decided, at)
    text = _promise(case, change, tried, amount, *notes)
    quota = None if others else tried.amount_wan
    return [Found(False, _advice(bound, member, unit, now, needed, text, quota, amount))]


def _terms_changed(case: Situation, option: Mapping[str, Any], member: str, others: Sequence[str]) -> list[Text]:
    """What to apply for instead, the first term as the beginning of a sentence; of purposes all are named."""
    covered = [loan_term(one) for one in case.policy.products[option["product"]].purposes]
    months, actual = option["tenor_months"], label("advice.purpose.actual")
    if member == "purpose":
        return [sentence("advice.purpose", list=covered), actual]
    if member == "product":
        texts = [sentence("advice.product", product=loan_term(option["product"]))]
    else:
        texts = [sentence("advice.tenor_months", now=case.requested["tenor_months"], needed=months)]
    if "tenor_months" in others:
        texts.append(sentence("advice.tenor.also", needed=months))
    if "purpose" in others:
        texts += [sentence("advice.purpose.also", list=covered), actual]
    return texts


def _measured_again(case: Situation, bound: str, amount: int) -> list[Found]:
    """Less debt and fewer guarantees with the default risk that the models then see."""
    found = []
    for lever in (make(case) for make in OF_FACTS):
        whole = lever.columns(np.array([float(lever.steps)]))
        if lever.steps < 1 or case.decide_again(whole).amount_wan[0] <= amount:
            continue
        result = _least_change(case.decide_again, lever, bound, amount)
        if result is not None:
            found.append(_raised_advice(case, bound, lever, result, amount))
    return found


def _beyond(case: Situation, tried: Tried) -> tuple[Text, ...]:
    """That an amount goes beyond the policy's loss certificate, where there is one and it does."""
    if case.issued.taper_end_pd is None or tried.within:
        return ()
    return (sentence("advice.beyond_certificate", largest=case.issued.largest_wan),)


def _least_change(
    decide: Callable[[Mapping[str, Floats]], Decided], lever: Lever, bound: str, amount: int
) -> Tried | None:
    """The smallest change that gives as much as it takes until something else bounds; None where it raises nothing.

    Something else that allows no more than today does not end it: less debt may have to pass two constraints.
    A larger change never gives less.
    """
    if lever.steps < 1:
        return None
    steps = _spread(0, lever.steps)
    decided = decide(lever.columns(steps))
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
        at = int(np.argmax(decide(lever.columns(steps)).amount_wan >= reached))
        low, high = (int(steps[at - 1]) if at else low), int(steps[at])
    return given._replace(steps=high)


def _spread(low: int, high: int) -> Floats:
    """Whole steps above ``low`` up to ``high``: all of them, or as many as are tried at once."""
    return np.unique(np.linspace(low + 1, high, min(high - low, TRIED_AT_ONCE)).round())


def _raised_advice(case: Situation, bound: str, lever: Lever, tried: Tried, amount: int) -> Found:
    needed = float(lever.then(np.array([float(tried.steps)]))[0])
    costly = lever.repays(float(tried.steps)) > tried.amount_wan - amount
    notes = (label("advice.costly"),) if costly else ()
    if lever.change in LESS:
        change = less(case, lever, float(tried.steps))
    else:
        change = sentence(f"advice.{lever.change}", now=lever.now, needed=needed)
    text = _promise(case, change, tried, amount, *notes)
    return Found(costly, _advice(bound, lever.change, lever.unit, lever.now, needed, text, tried.amount_wan, amount))


def less(case: Situation, lever: Lever, steps: float) -> Text:
    """By how much which of guarantees and bank debt are lowered; the whole figure reads as it does elsewhere."""
    repaid = lever.repays(steps)
    parts = []
    for name, gap in (("guarantees_wan", min(steps, lever.now) - repaid), ("existing_debt_wan", repaid)):
        if (gap := round(gap, ROUND_FREE)) > 0.0:
            ending = ".all" if gap >= round(case.figure(name), ROUND_FREE) else ""
            parts.append(sentence(f"advice.{name}{ending}", gap=gap))
    if len(parts) < len(LESS):
        return parts[0]
    first, (zh, en) = parts
    return sentence("advice.less", first=first, then=(zh, en[:1].lower() + en[1:]))


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
