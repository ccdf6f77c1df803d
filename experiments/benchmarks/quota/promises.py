"""What an answer advises, carried out: less debt by the models, other terms by a decision on them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from data.codebook import read_loan_terms
from data.money import CNY_PER_WAN
from data.requests import QuotaRequest
from models.quota.advice import OFFERS
from models.quota.answer import Prepared
from models.quota.decide import REQUEST_MEMBERS, Decided, decide_columns
from models.quota.engine import QuotaEngine
from models.quota.measure import Measured
from models.quota.policy import CreditPolicy

Answer = Mapping[str, Any]
PROMISED_TOGETHER = re.compile(r"the quota would be CNY ([\d,]+)")
NOTHING_ALONE = "none of these alone would raise the quota"
LOWERED = {
    "guarantees_wan": re.compile(r"[Ee]nd (all )?CNY ([\d,]+) of guarantees"),
    "existing_debt_wan": re.compile(r"[Rr]epay (all )?CNY ([\d,]+) of bank debt"),
}
TENOR_ALSO = re.compile(r"The tenor also has to be (\d+) months")


def broken_promises(
    engine: QuotaEngine,
    cases: Prepared,
    requests: Sequence[QuotaRequest],
    answers: Sequence[Answer],
    policy: CreditPolicy,
) -> tuple[int, list[str]]:
    """Every piece of advice that promises something, carried out: how many there are, and those that were not kept.

    Less debt and fewer guarantees as the sentence names them, other terms and a larger request change the case or the
    request, and the models are run again. Points and need are no inputs of a case: those columns are changed. Terms
    that promise no amount promise that a person decides or that data are missing. That none of a bank's terms would
    give a quota is tried on them all; that nothing alone would raise it, on each that is named.
    """
    promised = [(at, one) for at, answer in enumerate(answers) for one in answer["advice"] if one["change"] is not None]
    measured_again = [(at, one) for at, one in promised if one["change"] in ("existing_debt_wan", "exposure_wan")]
    amounts = _again(engine, cases, requests, measured_again, policy)
    given = {id(one): amount for (_, one), amount in zip(measured_again, amounts, strict=True)}
    broken = []
    for at, one in promised:
        quota, outcome = given.get(id(one)), ""
        if quota is None:
            quota, outcome = _moved(engine, cases, requests[at], at, one, policy)
        said = "manual_review" if "review" in one["text_en"] else "insufficient_data"
        together = PROMISED_TOGETHER.search(one["text_en"])  # of several terms no member has the amount
        if one["quota_wan"] is not None:
            kept = quota >= one["quota_wan"]
        elif together:
            kept = quota * CNY_PER_WAN == int(together[1].replace(",", ""))
        else:
            kept = outcome == said
        if not kept:
            broken.append(f"{answers[at]['uscc']} {policy.bank_id}: {quota} given for {one['text_en']}")
    denied = [
        (at, one)
        for at, answer in enumerate(answers)
        for one in answer["advice"]
        if one["change"] is None and one["constraint"] in OFFERS
    ]
    for at, one in denied:
        if any(outcome != "declined" for outcome in _every_offer(engine, cases, requests[at], at, policy)):
            broken.append(f"{answers[at]['uscc']} {policy.bank_id}: not declined, against {one['text_en']}")
    none = [
        (at, one["text_en"])
        for at, answer in enumerate(answers)
        for one in answer["advice"]
        if NOTHING_ALONE in one["text_en"]
    ]
    for at, text in none:
        most = max(_each_alone(engine, cases, requests[at], at, policy))
        if most > answers[at]["quota"]["amount_wan"]:
            broken.append(f"{answers[at]['uscc']} {policy.bank_id}: {most} given, against {text}")
    return len(promised) + len(denied) + len(none), broken


def _each_alone(
    engine: QuotaEngine, cases: Prepared, request: QuotaRequest, at: int, policy: CreditPolicy
) -> list[int]:
    """Amounts of no debt, of no guarantees and of neither by the models, then of every other tenor and product."""
    none = [{"existing_debt_wan": 0.0}, {"guarantees_wan": 0.0}, {"existing_debt_wan": 0.0, "guarantees_wan": 0.0}]
    rows = [dict(cases.rows[at]) | facts for facts in none]
    prepared = engine.prepare(rows, [cases.known[at]] * len(rows), reasons=False)
    amounts = [answer["quota"]["amount_wan"] for answer in engine.answers(prepared, [request] * len(rows), policy)]
    offer, case = policy.products[request.product], cases.measured.take(slice(at, at + 1))
    months = range(offer.min_tenor_months, offer.max_tenor_months + 1)
    terms: list[dict[str, Any]] = [{"tenor_months": one} for one in months]
    terms += [{"product": name} for name in policy.products]
    return [*amounts, *_decided(engine, case, request, terms, policy).amount_wan.tolist()]


def _every_offer(
    engine: QuotaEngine, cases: Prepared, request: QuotaRequest, at: int, policy: CreditPolicy
) -> list[str]:
    """Outcomes over all that the bank offers."""
    members = [
        {"product": name, "tenor_months": months, "purpose": purpose}
        for name, offer in policy.products.items()
        for months in range(offer.min_tenor_months, offer.max_tenor_months + 1)
        for purpose in offer.purposes
    ]
    case = cases.measured.take(slice(at, at + 1))
    return [str(outcome) for outcome in _decided(engine, case, request, members, policy).outcome]


def _named_terms(kind: str, text_en: str) -> list[str]:
    """The products or purposes that a sentence names."""
    return [term.key for term in read_loan_terms() if term.kind == kind and term.en in text_en]


def lowered(row: Mapping[str, Any], text_en: str) -> dict[str, Any]:
    """The case with its bank debt and guarantees lowered as the sentence says, and nothing else."""
    changed = dict(row)
    for name, pattern in LOWERED.items():
        if said := pattern.search(text_en):
            less = row[name] if said[1] else int(said[2].replace(",", "")) / CNY_PER_WAN
            changed[name] = max(row[name] - less, 0.0)
    return changed


def _again(
    engine: QuotaEngine,
    cases: Prepared,
    requests: Sequence[QuotaRequest],
    promised: Sequence[tuple[int, Mapping[str, Any]]],
    policy: CreditPolicy,
) -> list[int]:
    """Amounts after what each sentence says of bank debt and guarantees, with the models run again."""
    if not promised:
        return []
    rows = [lowered(cases.rows[at], one["text_en"]) for at, one in promised]
    prepared = engine.prepare(rows, [cases.known[at] for at, _ in promised], reasons=False)
    answers = engine.answers(prepared, [requests[at] for at, _ in promised], policy)
    return [answer["quota"]["amount_wan"] for answer in answers]


def _moved(
    engine: QuotaEngine, cases: Prepared, request: QuotaRequest, at: int, one: Mapping[str, Any], policy: CreditPolicy
) -> tuple[int, str]:
    """Amount and outcome where one figure of the case, or the request, is as the advice has it."""
    case, to = cases.measured.take(slice(at, at + 1)), one["needed"]
    if one["change"] == "requested_wan":
        request = request.model_copy(update={"requested_amount_cny": round(to * 10_000)})
    elif one["change"] in ("tenor_months", "product", "purpose"):
        months = round(to) if to else int(also[1]) if (also := TENOR_ALSO.search(one["text_en"])) else 0
        changed = [
            {"product": loan, "purpose": purpose, "tenor_months": months or request.tenor_months}
            for loan in _named_terms("product", one["text_en"]) or [request.product]
            for purpose in _named_terms("purpose", one["text_en"]) or [request.purpose]
        ]
        return min(_decide(engine, case, request.model_copy(update=terms), policy) for terms in changed)
    elif one["change"] == "points":
        case = case.with_columns(total=np.array([to]))
    elif one["change"] == "need_wan":
        # What it takes of R&D expense to need this much beside the debt, or of sales where R&D does not count.
        total = to + case["existing_debt_wan"]
        case = (
            case.with_columns(rd_expense=total / policy.rd_need_share * (1 + 1e-12))
            if policy.rd_need_share
            else case.with_columns(revenue_wan=total * policy.working_capital_turns * (1 + 1e-12))
        )
    return _decide(engine, case, request, policy)


def _decide(engine: QuotaEngine, case: Measured, request: QuotaRequest, policy: CreditPolicy) -> tuple[int, str]:
    """Amount and outcome of one case."""
    decided = _decided(engine, case, request, [{}], policy)
    return int(decided.amount_wan[0]), str(decided.outcome[0])


def _decided(
    engine: QuotaEngine, case: Measured, request: QuotaRequest, changes: Sequence[Mapping[str, Any]],
    policy: CreditPolicy,
) -> Decided:  # fmt: skip
    """One case with each of these changes of its request."""
    members = {name: getattr(request, name) for name in REQUEST_MEMBERS}
    columns = {name: np.array([(members | dict(one))[name] for one in changes]) for name in REQUEST_MEMBERS}
    cases = case.without_reasons().take(np.zeros(len(changes), dtype=int))
    return decide_columns(cases, columns, policy, engine.certificate(policy))
