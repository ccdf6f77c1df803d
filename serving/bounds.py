"""Bounds on what people find and decide: visits, grants and overrides. What is possible but unusual is a warning.

A person may decide otherwise than the calculation, within the firm's request and the bank's policy. Each warning is
recorded with the step and is part of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from data.requests import DueDiligence, Grant, Override
from models.quota_policy import BankPolicy
from serving.access import holder_name
from serving.orders import Order
from serving.params import ServingParams
from serving.problems import Fault, ProblemError

CNY_PER_WAN = 10_000
SMALLEST_CNY = 10_000
WARNINGS: Mapping[str, tuple[str, str]] = {
    "grant_against_finding": (
        "尽职调查结论为不建议，本次批复由另一人作出。",
        "The due diligence did not recommend the loan; another person granted it.",
    ),
    "grant_above_quota": (
        "批复 {amount_wan} 万元高于当日测算额度 {quota_wan} 万元（{decision}）。",
        "The grant of CNY {amount_cny} is above the quota of CNY {quota_cny} calculated that day ({decision}).",
    ),
    "grant_without_quota": (
        "当日无法测算额度，未与批复金额比较。",
        "No quota could be calculated that day to compare the grant with.",
    ),
    "grant_rate_unusual": (
        "批复年利率 {rate} 不在授信政策的 {low}–{high} 之内。",
        "The granted rate of {rate} a year is outside the policy's {low} to {high}.",
    ),
    "grant_tenor_shorter": (
        "批复期限 {tenor} 个月，短于申请的 {asked} 个月。",
        "The granted tenor of {tenor} months is shorter than the {asked} months applied for.",
    ),
    "stage_unknown": (
        "成长阶段未知，未与该行阶段额度上限比较。",
        "The growth stage is unknown, so the bank's cap for it was not compared.",
    ),
    "override_against_decision": (
        "人工改判为同意，测算结果为 {decision}（{limited_by}）。",
        "A person approved what was calculated as {decision} ({limited_by}).",
    ),
    "override_above_quota": (
        "改判金额 {amount_wan} 万元高于测算额度 {quota_wan} 万元。",
        "The amount of CNY {amount_cny} is above the calculated quota of CNY {quota_cny}.",
    ),
}


def check_visit(given: DueDiligence, applied_on: date, today: date) -> None:
    """Refuse a visit before the day of the application or after today."""
    if not applied_on <= given.visited_on <= today:
        allowed = f"from {applied_on}, the day of the application, to {today}"
        raise _invalid([Fault("visited_on", str(given.visited_on), allowed)])


def check_grant(
    given: Grant,
    order: Order,
    holder: str,
    policy: BankPolicy,
    params: ServingParams,
    calculated: Mapping[str, Any] | None,
) -> list[dict[str, str]]:
    """The warnings of a grant; a problem when it is out of bounds or one person grants against their own finding.

    calculated : the decision that the same request gets that day; None when there is none
    """
    asked_cny, asked_months = order.request["requested_amount_cny"], order.request["tenor_months"]
    offer = policy.products.get(order.request["product"])
    cap_wan = policy.stage_cap_wan.get(str(order.seen.get("stage3")))
    if cap_wan is not None and offer is not None:
        cap_wan *= offer.cap_share
    faults = []
    if given.amount_cny > asked_cny:
        faults.append(Fault("amount_cny", str(given.amount_cny), f"at most {asked_cny}, which was applied for"))
    if cap_wan is not None and given.amount_cny > cap_wan * CNY_PER_WAN:
        allowed = f"at most {cap_wan * CNY_PER_WAN:.0f}, the policy's cap for the growth stage and product"
        faults.append(Fault("amount_cny", str(given.amount_cny), allowed))
    if given.tenor_months > asked_months:
        allowed = f"at most {asked_months}, which was applied for"
        faults.append(Fault("tenor_months", str(given.tenor_months), allowed))
    if given.annual_rate > params.grant_rate_max:
        faults.append(Fault("annual_rate", str(given.annual_rate), f"at most {params.grant_rate_max:g}"))
    if faults:
        raise _invalid(faults)
    against = [holder_name(str(step.get("by"))) for step in order.steps if step.get("recommended") is False]
    if holder_name(holder) in against:
        allowed = "another person than the one whose due diligence did not recommend it"
        raise ProblemError("four-eyes", faults=[Fault("granted by", holder, allowed)])
    found = [warning("grant_against_finding")] if against else []
    found += [] if cap_wan is not None else [warning("stage_unknown")]
    if calculated is None:
        found.append(warning("grant_without_quota"))
    elif given.amount_cny > calculated["quota"]["amount_cny"]:
        amounts = _amounts(given.amount_cny, calculated["quota"]["amount_cny"])
        found.append(warning("grant_above_quota", decision=calculated["decision"], **amounts))
    lowest = offer.annual_rate if offer else policy.lowest_annual_rate
    if not lowest <= given.annual_rate <= policy.max_annual_rate:
        rates = (("rate", given.annual_rate), ("low", lowest), ("high", policy.max_annual_rate))
        found.append(warning("grant_rate_unusual", **{name: f"{rate:.2%}" for name, rate in rates}))
    if given.tenor_months < asked_months:
        found.append(warning("grant_tenor_shorter", tenor=str(given.tenor_months), asked=str(asked_months)))
    return found


def check_override(
    given: Override, request: Mapping[str, Any], answer: Mapping[str, Any], now: datetime, valid_days: int
) -> list[dict[str, str]]:
    """The warnings of a person's decision; a problem when its end or its amount is out of bounds.

    request, answer : the recorded ones that the person decides about
    """
    faults = []
    if not now < given.expires_at <= now + timedelta(days=valid_days):
        allowed = f"after {now:%Y-%m-%dT%H:%M:%SZ}, at most {valid_days} days later"
        faults.append(Fault("expires_at", given.expires_at.isoformat(), allowed))
    quota, found = answer["quota"], []
    if given.decision != "approve":
        if given.amount_cny:
            faults.append(Fault("amount_cny", str(given.amount_cny), "0 unless approved"))
    else:
        most, which = request["requested_amount_cny"], "the amount applied for"
        if quota["cap_wan"] is None:
            found.append(warning("stage_unknown"))
        elif quota["cap_wan"] * CNY_PER_WAN < most:
            most, which = int(quota["cap_wan"] * CNY_PER_WAN), "the policy's cap for the growth stage"
        if not SMALLEST_CNY <= given.amount_cny <= most:
            faults.append(Fault("amount_cny", str(given.amount_cny), f"{SMALLEST_CNY} to {most}, {which}"))
        if answer["decision"] != "indicative_approve":
            calculated = {"decision": answer["decision"], "limited_by": quota["limited_by"]}
            found.append(warning("override_against_decision", **calculated))
        elif given.amount_cny > quota["amount_cny"]:
            found.append(warning("override_above_quota", **_amounts(given.amount_cny, quota["amount_cny"])))
    if faults:
        raise _invalid(faults)
    return found


def warning(code: str, **figures: str) -> dict[str, str]:
    """A warning as answers and records have it."""
    zh, en = WARNINGS[code]
    return {"code": code, "zh": zh.format(**figures), "en": en.format(**figures)}


def _amounts(amount_cny: int, quota_cny: int) -> dict[str, str]:
    return {
        "amount_cny": f"{amount_cny:,}",
        "quota_cny": f"{quota_cny:,}",
        "amount_wan": f"{amount_cny / CNY_PER_WAN:,.10g}",
        "quota_wan": f"{quota_cny / CNY_PER_WAN:,.10g}",
    }


def _invalid(faults: Sequence[Fault]) -> ProblemError:
    return ProblemError("invalid-request", f"{len(faults)} fault(s)", faults)
