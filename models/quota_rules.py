"""The rules beside the amounts: what leads to a human, to "too little data" or to a refusal. Approval is what is left.

Every rule that is hit counts; the strictest outcome of them holds, wherever it stands in the list. A rule can only
take a decision away from approval.

One exception, for fairness: where needed data are missing or a model gave no usable figure (``figures`` is "voids"),
a refusal that compares a model's figures ("reads") does not count, for they mean nothing; the outcome is then
``insufficient_data`` or referral, never approval. A hard refusal (a veto, the bank's lists, what it does not offer, a
long overdue spell) needs none of these figures and holds all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from models.quota_decision import Outcome

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
# From the mildest to the strictest. Too little data grants as little as a refusal and lies beside referral; a hard
# refusal is stricter than both.
STRICTNESS: tuple[Outcome, ...] = ("indicative_approve", "refer_human", "insufficient_data", "decline")
_RANK: Mapping[str, int] = {outcome: rank for rank, outcome in enumerate(STRICTNESS)}
_OUTCOMES = np.array(STRICTNESS, dtype=object)


class Rule(NamedTuple):
    """Where a rule leads, its words, and whether it reads the models' figures or says that they are void."""

    outcome: Outcome
    zh: str
    en: str
    figures: Literal["", "reads", "voids"] = ""


RULES: Mapping[str, Rule] = {
    "veto": Rule("decline", "触发一票否决", "a fact excludes a loan by rule"),
    "blacklist": Rule("decline", "在该行的名单内", "the bank lists this enterprise"),
    "industry": Rule("decline", "该行不做此行业", "the bank leaves out this industry"),
    "product": Rule("decline", "该行未开办此产品", "the bank does not offer this product"),
    "tenor": Rule("decline", "贷款期限不在该产品的期限范围内", "the product is not offered for this tenor"),
    "purpose": Rule("decline", "该产品不支持此用途", "the product does not cover this purpose"),
    "overdue_decline": Rule("decline", "最长逾期天数达到拒绝标准", "overdue for too long"),
    "coverage": Rule("insufficient_data", "指标完整度不足", "too few indicators are known", "voids"),
    "stage_unknown": Rule("insufficient_data", "成长阶段未知", "the stage of growth is unknown", "voids"),
    "facts_missing": Rule("insufficient_data", "缺少必要的信用信息", "a needed fact is unknown", "voids"),
    "overdue_refer": Rule("refer_human", "最长逾期天数达到人工审核标准", "overdue for so long that a human decides"),
    "out_of_range": Rule("refer_human", "有数值超出合理范围", "a value lies outside its range"),
    "model_doubt": Rule("refer_human", "模型给不出可信的数值", "a model gave no usable figure", "voids"),
    "pd_cutoff": Rule("decline", "违约概率高于上限", "default risk above the cut-off", "reads"),
    "pd_interval": Rule(
        "refer_human", "违约概率的区间跨越上限", "the interval of default risk reaches over the cut-off"
    ),
    "points": Rule("refer_human", "积分低于准入线", "points below the bank's minimum"),
    "min_quota": Rule("decline", "可给金额低于最小额度", "the amount is below the smallest quota", "reads"),
    "hurdle": Rule("decline", "金额达不到资本回报门槛", "the amount does not reach the RAROC hurdle", "reads"),
}
_RULE_RANK = np.array([_RANK[rule.outcome] for rule in RULES.values()])
_READS, _VOIDS = (np.array([rule.figures == what for rule in RULES.values()]) for what in ("reads", "voids"))


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


def outcome_of(hit: Flags) -> tuple[Array, Array]:
    """Outcome of the rules that are hit, and the first rule that leads to it (place in RULES, len(RULES): none).

    hit : shape (n, rules) in the order of RULES; both results have shape (n,)
    """
    counts = hit & ~(np.any(hit & _VOIDS, axis=1, keepdims=True) & _READS)
    rank = np.where(counts, _RULE_RANK, 0).max(axis=1)
    first = np.argmax(counts & (rank[:, None] == _RULE_RANK), axis=1)
    return _named(rank), np.where(rank > 0, first, len(RULES))
