"""What would raise a quota and by how much: the constraints in the order in which they would bind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import floor
from typing import Any

from models.quota_policy import BankPolicy
from models.quota_terms import Economics

MAX_STEPS = 3
UNMOVED = ("margin", "hurdle")  # the bank's own optimum: nothing to relax, only a lower risk moves it
STEPS: Mapping[str, tuple[str, str, str]] = {  # unit, zh, en; each term as what somebody can do about it
    "learned_limit": (
        "wan_cny",
        "偿还存量贷款或提高经营现金流 {gap:,.0f} 万元",
        "repay debt, or support {gap:,.0f} wan more by cash flow",
    ),
    "need": ("wan_cny", "证明资金需求达到 {needed:,.0f} 万元", "show a need of {needed:,.0f} wan by sales or R&D"),
    "expected_loss": ("pd_12m", "违约概率降至 {needed:.2%}", "lower the default risk to {needed:.2%}"),
    "stage_cap": ("wan_cny", "银行把阶段上限提高到 {needed:,.0f} 万元", "a stage cap of {needed:,.0f} wan by the bank"),
    "points": ("points", "积分提高到 {needed:.1f}", "raise the points to {needed:.1f}"),
    "exposure": ("wan_cny", "减少存量贷款或对外担保 {gap:,.0f} 万元", "reduce debt or guarantees by {gap:,.0f} wan"),
    "requested": ("wan_cny", "申请 {needed:,.0f} 万元", "ask for {needed:,.0f} wan"),
    "warranty": ("pd_12m", "违约概率降至 {needed:.2%}", "lower the default risk to {needed:.2%}"),
    "margin": ("pd_12m", "降低违约风险：金额已是银行收益最大处", "a lower default risk: this is the bank's optimum"),
    "hurdle": ("pd_12m", "降低违约风险：金额已到资本回报门槛", "a lower default risk: this is at the RAROC hurdle"),
}


def term_advice(
    names: Sequence[str],
    amounts: Sequence[float],
    amount_wan: int,
    share: float,
    pd_12m: float,
    pd_zero: float | None,
    total_points: float,
    policy: BankPolicy,
    cap_wan: float,
) -> list[dict[str, Any]]:
    """The terms that bind first, each moved to where the next one binds; ``share`` is what the warranty opens."""
    order = sorted(range(len(amounts)), key=amounts.__getitem__)
    steps: list[dict[str, Any]] = []
    reached = amount_wan
    if share < 1.0 and pd_zero:
        whole = floor(amounts[order[0]])
        steps.append(_step("warranty", pd_12m, min(pd_12m, pd_zero / 2.0), 0.0, whole, whole - reached))
        reached = whole
    for place, following in pairwise(order):
        name, at, to = names[place], amounts[place], amounts[following]
        if name in UNMOVED:
            steps.append(_step(name, pd_12m, None, 0.0, None, None))
            break
        if name == "expected_loss":
            now, needed = pd_12m, policy.el_budget_wan / (policy.lgd * to) if to > 0.0 else None
        elif name == "points":
            now, needed = total_points, min(to / cap_wan, 1.0) * policy.full_points
        else:
            now, needed = at, to
        quota = floor(to)
        if quota > reached:
            steps.append(_step(name, now, needed, to - at, quota, quota - reached))
            reached = quota
        if len(steps) >= MAX_STEPS:
            break
    return steps


def rule_advice(name: str, now: float | None, needed: float | None, unit: str, text: tuple[str, str]) -> dict[str, Any]:
    """What would lift a rule; the amount then depends on what lifted it, so none is promised."""
    return {
        "constraint": name,
        "unit": unit,
        "now": now,
        "needed": needed,
        "quota_wan": None,
        "gain_wan": None,
        "text_zh": text[0],
        "text_en": text[1],
    }


def _step(
    name: str, now: float, needed: float | None, gap: float, quota: int | None, gain: int | None
) -> dict[str, Any]:
    unit, zh, en = STEPS[name]
    told = {"gap": gap, "needed": needed}
    after_zh, after_en = (
        ("", "") if quota is None else (f"：额度可达 {quota:,} 万元", f": the quota becomes {quota:,} wan")
    )
    return {
        "constraint": name,
        "unit": unit,
        "now": now,
        "needed": needed,
        "quota_wan": quota,
        "gain_wan": gain,
        "text_zh": zh.format_map(told) + after_zh,
        "text_en": en.format_map(told) + after_en,
    }


def shadow_price_cny(amount: float, limited_by: str, told: Economics) -> float:
    """Yuan a year that the bank would earn on 10,000 yuan more of the binding term: the margin's slope at it."""
    return 0.0 if limited_by == "margin" else max(told.gain - told.bend * amount, 0.0) * 10_000.0
