"""The rules beside the amounts: what leads to a human, to "too little data" or to a refusal. Approval is what is left.

Every rule that is hit counts; the strictest outcome of them holds, wherever it is in the list. A rule can only
take a decision away from approval.

One exception, for fairness: where needed data are missing or a model gave no usable figure (``figures`` is "voids"),
a rule that compares a model's figures ("reads") does not count, for they mean nothing; the outcome is then
``insufficient_data`` or referral, never approval. A hard refusal (a veto, the bank's lists, what it does not offer, a
long overdue spell) needs none of these figures and holds all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from models.quota.decision import Outcome

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
# From the mildest to the strictest. Too little data grants as little as a refusal and lies beside referral; a hard
# refusal is stricter than both.
STRICTNESS: tuple[Outcome, ...] = ("preapproved", "manual_review", "insufficient_data", "declined")
_RANK: Mapping[str, int] = {outcome: rank for rank, outcome in enumerate(STRICTNESS)}
_OUTCOMES = np.array(STRICTNESS, dtype=object)


class EligibilityRule(NamedTuple):
    """Where a rule leads, and whether it reads the models' figures or makes them void.

    Its sentence is rule.NAME, and veto.FLAG for a veto.
    """

    outcome: Outcome
    figures: Literal["", "reads", "voids"] = ""


RULES: Mapping[str, EligibilityRule] = {
    "veto": EligibilityRule("declined"),
    "exclusion_list": EligibilityRule("declined"),
    "industry": EligibilityRule("declined"),
    "product": EligibilityRule("declined"),
    "tenor": EligibilityRule("declined"),
    "purpose": EligibilityRule("declined"),
    "overdue_decline": EligibilityRule("declined"),
    "coverage": EligibilityRule("insufficient_data", "voids"),
    "stage_unknown": EligibilityRule("insufficient_data", "voids"),
    "facts_missing": EligibilityRule("insufficient_data", "voids"),
    "overdue_refer": EligibilityRule("manual_review"),
    "out_of_range": EligibilityRule("manual_review"),
    "invalid_result": EligibilityRule("manual_review", "voids"),
    "pd_cutoff": EligibilityRule("declined", "reads"),
    "pd_interval": EligibilityRule("manual_review", "reads"),
    "min_points": EligibilityRule("manual_review", "reads"),
    "min_quota": EligibilityRule("declined", "reads"),
    "min_raroc": EligibilityRule("declined", "reads"),
}
_RULE_RANK = np.array([_RANK[rule.outcome] for rule in RULES.values()], dtype=np.int8)
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


def counted(hit: Flags) -> Flags:
    """The rules that count among those that are hit, shape (n, rules): where figures are void, none that reads them."""
    counts: Flags = hit & ~(np.any(hit & _VOIDS, axis=1, keepdims=True) & _READS)
    return counts


def outcome_of(hit: Flags) -> tuple[Array, Array]:
    """Outcome of the rules that are hit, and the first rule that leads to it (position in RULES, len(RULES): none).

    hit : shape (n, rules) in the order of RULES; both results have shape (n,)
    """
    counts = counted(hit)
    rank = np.where(counts, _RULE_RANK, 0).max(axis=1)
    first = np.argmax(counts & (rank[:, None] == _RULE_RANK), axis=1)
    return _named(rank), np.where(rank > 0, first, len(RULES))
