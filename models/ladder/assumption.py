"""Whether a condition is met for one firm when single thresholds are supposed to be, in the places where they may be.

Nothing unknown is supposed in a shortcut, and time gives no points. Points of experts count at their upper end, points
of unread bands at nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from data.ladder.conditions import AllOf, AnyOf, ByValue, Condition, Scored, ScoredIndicator, Threshold

Known = Mapping[str, tuple[float, float]]  # fact -> ends of what is known of it


@dataclass(frozen=True, slots=True)
class Context:
    """Where a threshold is: in a shortcut, in a score."""

    shortcut: bool = False
    scored: bool = False


Supposed = Callable[[Threshold, Context], bool]


def surely(condition: Threshold, known: Known) -> bool:
    """Whether a threshold is met at the worse end of what is known."""
    low, high = known[condition.fact]
    return condition.holds(low if condition.rises else high)


def possibly(condition: Threshold, known: Known) -> bool:
    """Whether a threshold is met at the better end of what is known."""
    low, high = known[condition.fact]
    return condition.holds(high if condition.rises else low)


def applying(condition: ByValue, known: Known) -> list[Condition]:
    """What every case asks that is possible by what is known."""
    found = []
    for branch in condition.branches:
        if branch.when is None or possibly(branch.when, known):
            found.append(branch.then)
        if branch.when is not None and surely(branch.when, known):
            break
    return found


def meets(condition: Condition, known: Known, supposed: Supposed, context: Context | None = None) -> bool:
    """Whether a condition is met where each threshold is surely met or supposed to be."""
    context = context or Context()
    if isinstance(condition, Threshold):
        return surely(condition, known) or supposed(condition, context)
    if isinstance(condition, AllOf):
        return all(meets(part, known, supposed, context) for part in condition.parts)
    if isinstance(condition, AnyOf):
        shortcut = replace(context, shortcut=True)
        return any(meets(part, known, supposed, context) for part in condition.parts) or any(
            meets(part, known, supposed, shortcut) for part in condition.shortcuts
        )
    if isinstance(condition, ByValue):
        return all(meets(part, known, supposed, context) for part in applying(condition, known))
    return _score_met(condition, known, supposed, replace(context, scored=True))


def earned(indicator: ScoredIndicator, known: Known, supposed: Supposed, context: Context) -> float:
    """Points of an indicator under the supposition."""
    if indicator.unread:
        return 0.0
    met = (band.high for band in indicator.bands if band.when is None or meets(band.when, known, supposed, context))
    return max(met, default=0.0)


def _score_met(score: Scored, known: Known, supposed: Supposed, context: Context) -> bool:
    if score.given is not None and known[score.given][0] == known[score.given][1]:
        return score.whole.holds(known[score.given][0])
    total = 0.0
    for category in score.categories:
        members = [one for one in score.indicators if one.category == category.key]
        points = min(sum(earned(one, known, supposed, context) for one in members), category.most)
        if category.way is not None and not Threshold("", category.way, category.value, 1.0).holds(points):
            return False
        total += points
    return score.whole.holds(total)
