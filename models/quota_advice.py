"""What would raise a quota and by how much: the constraints in the order in which they would bind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import floor
from typing import Any

from models.quota_policy import BankPolicy
from models.quota_terms import TERMS

MAX_STEPS = 3
UNMOVED = ("margin", "hurdle")  # the bank's own optimum: nothing to relax, only a lower risk moves it
NAMES = tuple(TERMS)
POINTS, N_TERMS = NAMES.index("points"), NAMES.index("warranty")  # the certificate tapers and caps the others
# Each term as what somebody can do about it: unit, the figure that is told and its form, zh, en.
STEPS: Mapping[str, tuple[str, str, str, str, str]] = {
    "learned_limit": (
        "wan_cny", "gap", ",.0f",
        "偿还存量贷款或提高经营现金流 {} 万元", "repay debt, or support {} wan more by cash flow",
    ),
    "need": ("wan_cny", "needed", ",.0f", "证明资金需求达到 {} 万元", "show a need of {} wan by sales or R&D"),
    "expected_loss": ("pd_12m", "needed", ".2%", "违约概率降至 {}", "lower the default risk to {}"),
    "stage_cap": ("wan_cny", "needed", ",.0f", "银行把阶段上限提高到 {} 万元", "a stage cap of {} wan by the bank"),
    "points": ("points", "needed", ".1f", "积分提高到 {}", "raise the points to {}"),
    "exposure": ("wan_cny", "gap", ",.0f", "减少存量贷款或对外担保 {} 万元", "reduce debt or guarantees by {} wan"),
    "requested": ("wan_cny", "needed", ",.0f", "申请 {} 万元", "ask for {} wan"),
    "warranty": ("pd_12m", "needed", ".2%", "违约概率降至 {}", "lower the default risk to {}"),
    "margin": (
        "pd_12m", "needed", "",
        "降低违约风险：金额已是银行收益最大处", "a lower default risk: this is the bank's optimum",
    ),
    "hurdle": (
        "pd_12m", "needed", "",
        "降低违约风险：金额已到资本回报门槛", "a lower default risk: this is at the RAROC hurdle",
    ),
}  # fmt: skip


def term_advice(
    amounts: Sequence[float],
    amount_wan: int,
    share: float,
    pd_12m: float,
    taper_end_pd: float | None,
    total_points: float,
    policy: BankPolicy,
    cap_wan: float,
) -> list[dict[str, Any]]:
    """The terms that bind first, each moved to where the next one binds.

    amounts : in the order of TERMS; share : what the taper leaves
    """
    order = sorted(range(N_TERMS), key=amounts.__getitem__)
    if total_points >= policy.full_points:
        order.remove(POINTS)  # full points open the whole cap: then they are no term of their own
    steps: list[dict[str, Any]] = []
    reached = amount_wan
    if share < 1.0 and taper_end_pd:
        whole = floor(amounts[order[0]])
        steps.append(_step("warranty", pd_12m, min(pd_12m, taper_end_pd / 2.0), 0.0, whole, whole - reached))
        reached = whole
    for place, following in pairwise(order):
        name, at, to = NAMES[place], amounts[place], amounts[following]
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
    unit, figure, form, zh, en = STEPS[name]
    value = gap if figure == "gap" else needed
    told = "" if value is None else format(value, form)
    zh, en = zh.replace("{}", told), en.replace("{}", told)
    if quota is not None:
        whole = format(quota, ",")
        zh, en = f"{zh}：额度可达 {whole} 万元", f"{en}: the quota becomes {whole} wan"
    return {
        "constraint": name,
        "unit": unit,
        "now": now,
        "needed": needed,
        "quota_wan": quota,
        "gain_wan": gain,
        "text_zh": zh,
        "text_en": en,
    }
