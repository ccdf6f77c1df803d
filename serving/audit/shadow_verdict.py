"""Is the challenger better? A paired verdict on the cases that both models scored.

The measure is the logarithmic loss of the 12-month default probability, a proper score: it is smallest in
expectation for the true probability, whatever the bank's policy does with it. Each case gives one difference
(challenger minus champion) and the verdict is read off its mean's confidence interval. Without outcomes there is no
better and no worse: two probabilities do not show which of them is right, so the answer is ``too_few`` unless the
models do not differ at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

Floats = npt.NDArray[np.float64]
Word = Literal["better", "worse", "no_difference", "too_few"]
_SAME = 1e-12  # two probabilities closer than this are one


@dataclass(frozen=True)
class ShadowVerdict:
    """What the run came to.

    difference : mean log loss of the challenger less the champion's, with its interval; below 0 is better
    changed : share of the pairs whose decision differs
    """

    verdict: Word
    why: str
    n_pairs: int
    n_outcomes: int
    n_defaults: int
    difference: float | None
    low: float | None
    high: float | None
    changed: float
    amount_change_wan: float

    def as_dict(self) -> dict[str, Any]:
        """The verdict as it is recorded."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Pair:
    """One case as both saw it; ``defaulted`` is None until it is known."""

    uscc: str
    champion_pd: float
    challenger_pd: float
    champion_decision: str
    challenger_decision: str
    champion_wan: int
    challenger_wan: int
    defaulted: bool | None = None


def shadow_verdict(pairs: Sequence[Pair], minimum_defaults: int, confidence: float) -> ShadowVerdict:
    """The verdict on one pair for each enterprise: the last, as an enterprise with many requests counts once.

    minimum_defaults : fewer defaults (or fewer survivors) among the known outcomes are too few
    """
    last = list({pair.uscc: pair for pair in pairs}.values())
    known = [pair for pair in last if pair.defaulted is not None]
    n_defaults = sum(bool(pair.defaulted) for pair in known)
    same = all(abs(pair.champion_pd - pair.challenger_pd) <= _SAME for pair in last)
    changed = sum(pair.champion_decision != pair.challenger_decision for pair in last)
    moved = sum(pair.challenger_wan - pair.champion_wan for pair in last)
    difference = low = high = None
    if not last:
        verdict, why = "too_few", "no pair was scored"
    elif same and not changed:
        verdict, why = "no_difference", "both give the same probabilities and decisions"
    elif min(n_defaults, len(known) - n_defaults) < minimum_defaults:
        verdict = "too_few"
        why = f"{n_defaults} defaults and {len(known) - n_defaults} others are known; {minimum_defaults} of each needed"
    else:
        difference, low, high = _mean_interval(_loss_differences(known), confidence)
        if high < 0:
            verdict, why = "better", f"its log loss is lower, {confidence:.0%} interval below 0"
        elif low > 0:
            verdict, why = "worse", f"its log loss is higher, {confidence:.0%} interval above 0"
        else:
            verdict, why = "no_difference", f"the {confidence:.0%} interval of the difference holds 0"
    return ShadowVerdict(
        verdict, why, len(last), len(known), n_defaults, difference, low, high,  # type: ignore[arg-type]  # a Word
        changed / len(last) if last else 0.0, float(moved),
    )  # fmt: skip


def _loss_differences(pairs: Sequence[Pair]) -> Floats:
    outcome = np.array([bool(pair.defaulted) for pair in pairs])
    champion = np.array([pair.champion_pd for pair in pairs])
    challenger = np.array([pair.challenger_pd for pair in pairs])
    return _log_loss(challenger, outcome) - _log_loss(champion, outcome)


def _log_loss(probability: Floats, outcome: npt.NDArray[np.bool_]) -> Floats:
    """Log loss of each pair; a PD of exactly 0 or 1 counts as 1e-9 away from it, so that no loss is infinite."""
    inside = np.clip(probability, 1e-9, 1 - 1e-9)
    return -np.where(outcome, np.log(inside), np.log1p(-inside))


def _mean_interval(values: Floats, confidence: float) -> tuple[float, float, float]:
    """Mean and its interval by Student's t; the cases are one per enterprise, so they are independent."""
    mean = float(values.mean())
    half = (
        float(student.ppf((1 + confidence) / 2, values.size - 1)) * float(values.std(ddof=1)) / math.sqrt(values.size)
    )
    return mean, mean - half, mean + half
