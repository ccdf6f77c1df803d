"""Truth of a condition for n firms whose facts are intervals: three values, from one implementation over columns.

A condition is *surely* met where it is met at every value that the intervals allow, *possibly* where at some. Met is
surely; not met is not even possibly; unknown is possibly and not surely. Thresholds on different facts are taken as
independent, so that a result is never more certain than the facts are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.ladder.conditions import AllOf, AnyOf, ByValue, Condition, Scored, ScoredIndicator, Threshold, Way
from data.ladder.facts import LadderFacts

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Truth:
    """Whether a condition is surely and possibly met, both (n,); surely implies possibly."""

    surely: Flags
    possibly: Flags


@dataclass(frozen=True, eq=False)
class Points:
    """Ends of the points of an indicator, a category or a score, both (n,)."""

    low: Floats
    high: Floats


def truth(condition: Condition, facts: LadderFacts) -> Truth:
    """Truth of a condition for every firm."""
    if isinstance(condition, Threshold):
        return _threshold(condition, facts)
    if isinstance(condition, AllOf):
        parts = [truth(part, facts) for part in condition.parts]
        return Truth(_all([one.surely for one in parts]), _all([one.possibly for one in parts]))
    if isinstance(condition, AnyOf):
        parts = [truth(part, facts) for part in (*condition.parts, *condition.shortcuts)]
        return Truth(_any([one.surely for one in parts]), _any([one.possibly for one in parts]))
    if isinstance(condition, ByValue):
        return _by_value(condition, facts)
    return _scored(condition, facts)


def compared(way: Way, value: float, low: Floats, high: Floats) -> Truth:
    """Truth of a comparison with one number for intervals."""
    if way == "at_least":
        return Truth(low >= value, high >= value)
    if way == "above":
        return Truth(low > value, high > value)
    if way == "at_most":
        return Truth(high <= value, low <= value)
    return Truth(high < value, low < value)


def points(indicator: ScoredIndicator, facts: LadderFacts) -> Points:
    """Points of one indicator: the most that any met band gives, low over bands surely met, high over possible ones."""
    low, high = np.zeros(len(facts)), np.zeros(len(facts))
    for band in indicator.bands:
        if band.when is None:
            low, high = np.maximum(low, band.low), np.maximum(high, band.high)
            continue
        met = truth(band.when, facts)
        low = np.maximum(low, np.where(met.surely, band.low, 0.0))
        high = np.maximum(high, np.where(met.possibly, band.high, 0.0))
    return Points(low, high)


def category_points(score: Scored, facts: LadderFacts) -> dict[str, Points]:
    """Points of every category, cut at its cap."""
    ends = {one.key: points(one, facts) for one in score.indicators}
    found = {}
    for category in score.categories:
        members = [ends[one.key] for one in score.indicators if one.category == category.key]
        low = np.sum([one.low for one in members], axis=0)
        high = np.sum([one.high for one in members], axis=0)
        found[category.key] = Points(np.minimum(low, category.most), np.minimum(high, category.most))
    return found


def total_points(score: Scored, facts: LadderFacts) -> Points:
    """The total: the sum of the categories, or what experts have given already."""
    parts = category_points(score, facts).values()
    low, high = np.sum([one.low for one in parts], axis=0), np.sum([one.high for one in parts], axis=0)
    if score.given is None:
        return Points(low, high)
    known, (least, most) = facts.known(score.given), facts.ends(score.given)
    return Points(np.where(known, least, low), np.where(known, most, high))


def _all(parts: list[Flags]) -> Flags:
    return np.asarray(np.logical_and.reduce(parts))


def _any(parts: list[Flags]) -> Flags:
    return np.asarray(np.logical_or.reduce(parts))


def _threshold(condition: Threshold, facts: LadderFacts) -> Truth:
    return compared(condition.way, condition.value, *facts.ends(condition.fact))


def _by_value(condition: ByValue, facts: LadderFacts) -> Truth:
    """Met surely where every case that is possible is; so an unknown revenue is no hindrance at an R&D ratio of 6 %."""
    surely, possibly = np.ones(len(facts), bool), np.zeros(len(facts), bool)
    reachable = np.ones(len(facts), bool)  # no earlier case is sure
    for branch in condition.branches:
        when = truth(branch.when, facts) if branch.when is not None else Truth(reachable, reachable)
        then = truth(branch.then, facts)
        applies = reachable & when.possibly
        surely &= ~applies | then.surely
        possibly |= applies & then.possibly
        reachable = reachable & ~when.surely
    return Truth(surely, possibly)


def _scored(condition: Scored, facts: LadderFacts) -> Truth:
    by_category, whole = category_points(condition, facts), total_points(condition, facts)
    parts = [compared(condition.way, condition.value, whole.low, whole.high)]
    for category in condition.categories:
        if category.way is not None:
            ends = by_category[category.key]
            parts.append(compared(category.way, category.value, ends.low, ends.high))
    return Truth(_all([one.surely for one in parts]), _all([one.possibly for one in parts]))
