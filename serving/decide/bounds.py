"""Bounds on what people find and decide: visits, grants and overrides. What is possible but unusual is a warning.

A person may decide otherwise than the calculation, within the firm's request and the bank's policy. Each warning is
recorded with the action and is part of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from data.codebook import read_loan_terms
from data.members import instant_text
from data.money import CNY_PER_WAN
from data.requests import Application, DueDiligence, Grant, Override, Product
from data.texts.figures import Text
from data.texts.sentences import label, sentence
from models.quota import warnings
from models.quota.policy import CreditPolicy
from serving.applications.bank_applications import BankApplication
from serving.applications.firm_grants import FirmGrant
from serving.auth.access import holder_name
from serving.contract.refusals import Fault, Refusal
from serving.params import ServingParams

SMALLEST_CNY = 10_000


def check_application(given: Application, policy: CreditPolicy) -> list[dict[str, str]]:
    """The warnings of an application: what the chosen bank's policy does not offer. The bank itself decides."""
    names = {one.key: (one.zh, one.en) for one in read_loan_terms()}
    product, offer = names[given.product], policy.products.get(given.product)
    if offer is None:
        return [warnings.warning("product_not_offered", sentence("rule.product", product=product))]
    found, (shortest, longest) = [], (offer.min_tenor_months, offer.max_tenor_months)
    if not shortest <= given.tenor_months <= longest:
        text = sentence("rule.tenor", product=product, shortest=shortest, longest=longest, tenor=given.tenor_months)
        found.append(warnings.warning("tenor_not_offered", text))
    if given.purpose not in offer.purposes:
        text = sentence("rule.purpose", product=product, purpose=names[given.purpose])
        found.append(warnings.warning("purpose_not_offered", text))
    return found


def check_visit(given: DueDiligence, applied_on: date, today: date) -> None:
    """Refuse a visit before the day of the application or after today."""
    if not applied_on <= given.visited_on <= today:
        allowed = sentence("fault.visit_days", first=applied_on, last=today)
        raise Refusal.invalid(Fault("visited_on", str(given.visited_on), allowed))


def check_grant(
    given: Grant,
    bank_application: BankApplication,
    holder: str,
    policy: CreditPolicy,
    params: ServingParams,
    calculated: Mapping[str, Any] | None,
    granted: Sequence[FirmGrant] = (),
) -> list[dict[str, str]]:
    """The warnings of a grant; a Refusal when it is out of bounds, or when one person would do what takes two.

    Whoever did the due diligence does not grant more than was calculated, nor against their own finding.
    calculated : the decision that the same request gets that day for the granted tenor; None, as a quota of 0, for none
    granted : the bank's running grants to the firm; caps and the quota bound them and this one together
    """
    requested_cny, requested_months = (
        bank_application.request["requested_amount_cny"],
        bank_application.request["tenor_months"],
    )
    product = bank_application.request["product"]
    offer = policy.products.get(product)
    cap_wan = policy.stage_cap_wan.get(str(bank_application.seen.get("growth_stage")))
    earlier_cny = sum(one.amount_cny for one in granted)
    faults = []
    if given.amount_cny > requested_cny:
        faults.append(
            Fault("amount_cny", str(given.amount_cny), sentence("fault.at_most_requested", most=f"{requested_cny:,}"))
        )
    most_cny, allowed = _left(policy, cap_wan, product, granted)
    if given.amount_cny > most_cny:
        faults.append(Fault("amount_cny", str(given.amount_cny), allowed))
    if given.tenor_months > requested_months:
        allowed = sentence("fault.at_most_requested", most=str(requested_months))
        faults.append(Fault("tenor_months", str(given.tenor_months), allowed))
    if given.annual_rate > params.grant_rate_max:
        faults.append(
            Fault("annual_rate", str(given.annual_rate), sentence("fault.at_most", most=f"{params.grant_rate_max:g}"))
        )
    if faults:
        raise Refusal.invalid(*faults)
    against = [
        holder_name(str(action.get("by"))) for action in bank_application.actions if action.get("recommended") is False
    ]
    if holder_name(holder) in against:
        raise Refusal("four-eyes", faults=[Fault("granted by", holder, label("fault.another_person"))])
    visitors = [holder_name(str(action.get("by"))) for action in bank_application.actions if "recommended" in action]
    quota_cny = 0 if calculated is None else calculated["quota"]["amount_cny"]
    total_cny = earlier_cny + given.amount_cny
    amounts = _amounts(given.amount_cny, quota_cny) | {"earlier": earlier_cny / CNY_PER_WAN}
    beside = ".beside" if earlier_cny else ""
    if total_cny > quota_cny and holder_name(holder) in visitors:
        allowed = sentence(f"fault.not_a_visitor{beside}", **amounts)
        raise Refusal("four-eyes", faults=[Fault("granted by", holder, allowed)])
    found = [warning("grant_against_finding")] if against else []
    found += [] if cap_wan is not None else [warning("stage_unknown")]
    if calculated is None:
        found.append(warning("grant_without_quota"))
    elif total_cny > quota_cny:
        text = sentence(f"warning.grant_above_quota{beside}", decision=_outcome(calculated["outcome"]), **amounts)
        found.append(warnings.warning("grant_above_quota", text))
    lowest = offer.annual_rate if offer else policy.lowest_annual_rate
    if not lowest <= given.annual_rate <= policy.max_annual_rate:
        rates = {"rate": given.annual_rate, "low": lowest, "high": policy.max_annual_rate}
        found.append(warning("grant_rate_unusual", **rates))
    if given.tenor_months < requested_months:
        found.append(warning("grant_tenor_shorter", tenor=given.tenor_months, requested=requested_months))
    return found


def check_override(
    given: Override, request: Mapping[str, Any], answer: Mapping[str, Any], now: datetime, valid_days: int
) -> list[dict[str, str]]:
    """The warnings of a person's decision; a Refusal when its end or its amount is out of bounds.

    That it waits for a second person's is a warning of ``decisions.overrides_of``, while it does.
    request, answer : the recorded ones that the person decides about
    """
    faults = []
    if not now < given.expires_at <= now + timedelta(days=valid_days):
        allowed = sentence("fault.override_end", now=instant_text(now), days=valid_days)
        faults.append(Fault("expires_at", given.expires_at.isoformat(), allowed))
    quota, found = answer["quota"], []
    if given.outcome != "approved":
        if given.amount_cny:
            faults.append(Fault("amount_cny", str(given.amount_cny), label("fault.zero_unless_approved")))
    else:
        most, which = request["requested_amount_cny"], "fault.amount_requested"
        if quota["cap_wan"] is None:
            found.append(warning("stage_unknown"))
        elif quota["cap_wan"] * CNY_PER_WAN < most:
            most, which = int(quota["cap_wan"] * CNY_PER_WAN), "fault.amount_stage_cap"
        if not SMALLEST_CNY <= given.amount_cny <= most:
            allowed = sentence(which, low=str(SMALLEST_CNY), high=str(most))
            faults.append(Fault("amount_cny", str(given.amount_cny), allowed))
        if answer["outcome"] != "preapproved":
            found.append(warning("override_against_decision", decision=_outcome(answer["outcome"])))
        elif given.amount_cny > quota["amount_cny"]:
            found.append(warning("override_above_quota", **_amounts(given.amount_cny, quota["amount_cny"])))
    if faults:
        raise Refusal.invalid(*faults)
    return found


def warning(code: str, **figures: Any) -> dict[str, str]:
    """A warning as answers and records have it; its sentence is warning.CODE."""
    return warnings.warning(code, sentence(f"warning.{code}", **figures))


def _left(
    policy: CreditPolicy, cap_wan: float | None, product: Product, granted: Sequence[FirmGrant]
) -> tuple[float, Text]:
    """The most that the policy's caps leave beside the running grants, in CNY, and the sentence that says so.

    cap_wan : of the firm's stage, None where that is unknown; a product opens a share of it for loans of its own
    """
    in_all = sum(one.amount_cny for one in granted)
    caps = [("fault.at_most_exposure_cap", policy.exposure_cap_wan, in_all)]
    if cap_wan is not None:
        offer = policy.products.get(product)
        own = sum(one.amount_cny for one in granted if one.product == product)
        share = cap_wan if offer is None else cap_wan * offer.cap_share
        caps = [("fault.at_most_stage_cap", share, own), ("fault.at_most_stage_cap", cap_wan, in_all), *caps]
    key, cap, earlier = min(caps, key=lambda one: one[1] * CNY_PER_WAN - one[2])
    most = max(cap * CNY_PER_WAN - earlier, 0.0)
    figures = {"cap": cap, "earlier": earlier / CNY_PER_WAN}
    return most, sentence(f"{key}.beside" if earlier else key, most=f"{most:,.0f}", **figures)


def _amounts(amount_cny: int, quota_cny: int) -> dict[str, float]:
    return {"amount": amount_cny / CNY_PER_WAN, "quota": quota_cny / CNY_PER_WAN}


def _outcome(decision: str) -> Text:
    return label(f"outcome.{decision}.name")
