"""The rules beside the amounts: what leads to a human, to "too little data" or to a refusal. Approval is what is left.

A rule that is hit can only take a decision away from approval; the first one hit in this order decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.quota_decision import Outcome

Array = npt.NDArray[Any]
# From the mildest to the strictest. Too little data grants as little as a refusal and lies beside referral; a hard
# refusal is stricter than both.
STRICTNESS: tuple[Outcome, ...] = ("indicative_approve", "refer_human", "insufficient_data", "decline")
_RANK: Mapping[str, int] = {outcome: rank for rank, outcome in enumerate(STRICTNESS)}
_OUTCOMES = np.array(STRICTNESS, dtype=object)


class Rule(NamedTuple):
    """Where a rule leads, and its words."""

    outcome: Outcome
    zh: str
    en: str


RULES: Mapping[str, Rule] = {
    "veto": Rule("decline", "触发一票否决", "a fact excludes a loan by rule"),
    "blacklist": Rule("decline", "在该行的名单内", "the bank lists this enterprise"),
    "industry": Rule("decline", "该行不做此行业", "the bank leaves out this industry"),
    "coverage": Rule("insufficient_data", "指标完整度不足", "too few indicators are known"),
    "stage_unknown": Rule("insufficient_data", "成长阶段未知", "the stage of growth is unknown"),
    "facts_missing": Rule("insufficient_data", "缺少必要的信用信息", "a needed fact is unknown"),
    "out_of_range": Rule("refer_human", "有数值超出合理范围", "a value lies outside its range"),
    "model_doubt": Rule("refer_human", "模型给不出可信的数值", "a model gave no usable figure"),
    "pd_cutoff": Rule("decline", "违约概率高于上限", "default risk above the cut-off"),
    "pd_interval": Rule(
        "refer_human", "违约概率的区间跨越上限", "the interval of default risk reaches over the cut-off"
    ),
    "points": Rule("refer_human", "积分低于准入线", "points below the bank's minimum"),
    "min_quota": Rule("decline", "可给金额低于最小额度", "the amount is below the smallest quota"),
    "hurdle": Rule("decline", "金额达不到资本回报门槛", "the amount does not reach the RAROC hurdle"),
}


def stricter(one: Any, other: Any) -> Any:
    """The stricter of two outcomes: of two texts, or element by element of arrays of them.

    raises : KeyError on what is no outcome
    """
    if isinstance(one, str) and isinstance(other, str):
        return one if _RANK[one] >= _RANK[other] else other
    return _named(np.maximum(_ranks(one), _ranks(other)))


def _ranks(outcomes: Any) -> Array:
    return np.asarray(np.vectorize(_RANK.__getitem__, otypes=[int])(np.asarray(outcomes, dtype=object)))


def _named(ranks: Array) -> Array:
    return np.asarray(_OUTCOMES[ranks])
