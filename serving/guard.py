"""Fail closed: whatever the engine says, an approval leaves only when nothing speaks against it.

The guard can only make a decision stricter. It knows the bank's deterministic rules and checks them once more, so
that no model, and no fault in the engine, ever grants what the rules alone would not. All that it read is in the
record (``GuardFacts``), so that a replay comes to the same end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from data.codebook import Codebook, read_credit_facts
from data.requests import QuotaRequest
from models.quota_policy import BankPolicy

CNY_PER_WAN = 10_000
RULES: Mapping[str, tuple[str, str]] = {
    "engine_error": ("模型计算出错，未得出结果", "the models failed and gave no result"),
    "no_reasons": ("决定没有理由", "a decision without reasons is no decision"),
    "model_stale": ("模型数据过旧", "the model learned from data that are too old for this day"),
    "drift_alarm": ("申请企业与建模总体差异过大", "the applicants no longer look like the model's population"),
    "out_of_range": ("输入超出指标范围", "an input lies outside the codebook's range"),
    "low_coverage": ("指标完整度不足", "too few indicators are known"),
    "rules_floor": ("银行规则不允许", "the bank's own rules would not grant this"),
    "not_a_number": ("结果不是有效数值", "the result is not a valid number"),
}


@dataclass(frozen=True, slots=True)
class GuardFacts:
    """What the guard knows beside the case: as recorded, so as replayed."""

    drift_alarm: bool = False
    model_day: str = ""
    model_age_days: int = 0  # the limit

    def as_dict(self) -> dict[str, Any]:
        """The facts as they stand in the record."""
        return {"drift_alarm": self.drift_alarm, "model_age_days": self.model_age_days, "model_day": self.model_day}


def out_of_range(row: Mapping[str, Any], codebook: Codebook) -> tuple[str, ...]:
    """Keys of the indicators and credit facts whose known value lies outside the codebook's range."""
    items = (*codebook, *read_credit_facts())
    return tuple(
        item.key
        for item in items
        if (value := row[item.key]) is not None and value == value and not item.low <= value <= item.high
    )


def findings(
    answer: Mapping[str, Any],
    row: Mapping[str, Any],
    outside: tuple[str, ...],
    request: QuotaRequest,
    policy: BankPolicy,
    facts: GuardFacts,
) -> tuple[str, ...]:
    """The rules that speak against letting the engine's decision out as it is, in the order of RULES."""
    found = []
    if not answer["reasons"]:
        found.append("no_reasons")
    if facts.model_day and _days_between(facts.model_day, answer["as_of"]) > facts.model_age_days:
        found.append("model_stale")
    if facts.drift_alarm:
        found.append("drift_alarm")
    if outside:
        found.append("out_of_range")
    if answer["decision"] == "indicative_approve":
        if not answer["score"]["coverage"] >= policy.min_coverage:
            found.append("low_coverage")
        if not _rules_allow(answer, row, request, policy):
            found.append("rules_floor")
        if not _is_sound(answer):
            found.append("not_a_number")
    return tuple(found)


def refer(answer: dict[str, Any], rules: tuple[str, ...]) -> dict[str, Any]:
    """The same answer, referred to a human; a veto and missing data stay what they are, as they are no model's word."""
    warnings = [f"{rule}: {RULES[rule][1]}" for rule in rules]
    changed = answer | {"warnings": [*answer["warnings"], *warnings]}
    if answer["decision"] == "insufficient_data" or answer["quota"]["limited_by"] == "veto":
        if "no_reasons" in rules:
            changed["reasons"] = [guard_reason("no_reasons")]
        return changed
    risk = answer["risk"]
    changed["decision"] = "refer_human"
    changed["quota"] = answer["quota"] | {
        "amount_wan": 0, "amount_cny": 0, "valid_until": None, "limited_by": rules[0], "shadow_price_cny": None,
        "annual_rate": None, "expected_margin_cny": None, "raroc": None,
    }  # fmt: skip
    told = risk is not None and all(math.isfinite(risk[key]) for key in ("pd_12m", "pd_low", "pd_high"))
    changed["risk"] = risk | {"ead_cny": 0, "expected_loss_cny": 0.0} if told else None
    if not math.isfinite(answer["score"]["coverage"]):
        changed["score"] = answer["score"] | {"coverage": 0.0}
    changed["constraints_hit"] = [*answer["constraints_hit"], *rules]
    changed["reasons"] = [*(guard_reason(rule) for rule in rules), *answer["reasons"]]
    return changed


def guard_reason(rule: str) -> dict[str, Any]:
    """A reason as every answer carries it, for a rule of the guard."""
    zh, en = RULES[rule]
    return {
        "code": f"guard.{rule}",
        "indicator": rule,
        "direction": "negative",
        "contribution": 0.0,
        "value": None,
        "peer_median": None,
        "text_zh": f"{zh}：转人工审核",
        "text_en": f"{en}: referred to a human",
    }


def _rules_allow(answer: Mapping[str, Any], row: Mapping[str, Any], request: QuotaRequest, policy: BankPolicy) -> bool:
    """What the bank's rules allow with no model at all: no veto, enough points, within stage cap and amount asked."""
    amount, total = answer["quota"]["amount_wan"], answer["score"]["total"]
    cap = policy.stage_cap_wan.get(str(row["stage3"]))
    return (
        all(row[key] == 0 for key in _veto_keys())  # an unknown veto is not a clear one
        and request.uscc not in policy.blacklist
        and row["industry"] not in policy.excluded_industries
        and total is not None
        and total >= policy.min_points
        and cap is not None
        and amount <= cap
        and amount * CNY_PER_WAN <= request.requested_amount_cny
    )


def _is_sound(answer: Mapping[str, Any]) -> bool:
    """Probabilities in order and finite, a positive whole amount, and no limit of the trace below it."""
    risk, quota = answer["risk"], answer["quota"]
    if risk is None or not isinstance(quota["amount_wan"], int) or quota["amount_wan"] <= 0:
        return False
    low, point, high = risk["pd_low"], risk["pd_12m"], risk["pd_high"]
    return (
        0.0 < low <= point <= high <= 1.0  # nothing of which NaN fulfils
        and quota["amount_cny"] == quota["amount_wan"] * CNY_PER_WAN
        and all(limit["amount_wan"] + 0.005 >= quota["amount_wan"] for limit in answer["quota_trace"])
    )


def _days_between(earlier: str, later: date) -> int:
    return (later - date.fromisoformat(earlier)).days


@cache
def _veto_keys() -> tuple[str, ...]:
    return tuple(fact.key for fact in read_credit_facts() if fact.veto)
