"""What a clause of a tier rule may say: thresholds on facts, combined, by cases, or scored by bands.

A condition is data, read from a rule's file. Its truth for firms is found in ``models/ladder/truth.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Way = Literal["at_least", "above", "at_most", "below"]
WAYS: tuple[Way, ...] = get_args(Way)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A fact against a number in the fact's unit; a flag is 1 (yes) or 0 (no)."""

    fact: str
    way: Way
    value: float
    confidence: float  # that the number is the one of the document, 0..1
    note: str = ""

    @property
    def rises(self) -> bool:
        """Whether more of the fact is better."""
        return self.way in ("at_least", "above")

    def holds(self, value: float) -> bool:
        """Whether one known value meets it."""
        return {
            "at_least": value >= self.value,
            "above": value > self.value,
            "at_most": value <= self.value,
            "below": value < self.value,
        }[self.way]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Met when every part is met."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Met when one part or one shortcut is met; a shortcut that is unknown is never assumed on the way to a tier."""

    parts: tuple[Condition, ...]
    shortcuts: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """One case: where ``when`` is met (None: else) and no earlier one is, ``then`` is what is needed."""

    when: Threshold | None
    then: Condition


@dataclass(frozen=True, slots=True)
class ByValue:
    """A requirement that depends on a fact, as the R&D ratio on revenue; the last branch has no ``when``."""

    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """Points where ``when`` is met (None: always); ``low`` differs from ``high`` where experts give the points."""

    low: float
    high: float
    when: Condition | None


@dataclass(frozen=True, slots=True)
class ScoredIndicator:
    """One scored indicator: the points are the most that any met band gives.

    most : its full marks; unread : why its bands are not in the table, then any number of points is possible
    """

    key: str
    zh: str
    en: str
    category: str
    most: float
    bands: tuple[Band, ...]
    confidence: float
    unread: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """A part of the score with its own cap (``most``) and its own minimum; ``way`` None where there is none."""

    key: str
    most: float
    way: Way | None
    value: float


@dataclass(frozen=True, slots=True)
class Scored:
    """Met when the sum of the indicators reaches ``value`` and every category its minimum.

    given : fact that holds the total where experts have given it already; it replaces the sum
    """

    way: Way
    value: float
    indicators: tuple[ScoredIndicator, ...]
    categories: tuple[Category, ...]
    given: str | None = None

    @property
    def whole(self) -> Threshold:
        """What the total has to meet, as a threshold on the fact that may hold it."""
        return Threshold(self.given or "", self.way, self.value, 1.0)


Condition = Threshold | AllOf | AnyOf | ByValue | Scored


def children(condition: Condition) -> Iterator[Condition]:
    """The conditions that one is made of."""
    if isinstance(condition, AllOf):
        yield from condition.parts
    elif isinstance(condition, AnyOf):
        yield from condition.parts
        yield from condition.shortcuts
    elif isinstance(condition, ByValue):
        for branch in condition.branches:
            if branch.when is not None:
                yield branch.when
            yield branch.then
    elif isinstance(condition, Scored):
        for indicator in condition.indicators:
            yield from (band.when for band in indicator.bands if band.when is not None)


def thresholds(condition: Condition) -> Iterator[Threshold]:
    """Every threshold in a condition, in the order of its file."""
    if isinstance(condition, Threshold):
        yield condition
    for child in children(condition):
        yield from thresholds(child)


def scores(condition: Condition) -> Iterator[Scored]:
    """Every score in a condition."""
    if isinstance(condition, Scored):
        yield condition
    for child in children(condition):
        yield from scores(child)


def least_confidence(condition: Condition) -> float:
    """The least confidence of anything that the condition reads."""
    found = [one.confidence for one in thresholds(condition)]
    found += [indicator.confidence for score in scores(condition) for indicator in score.indicators]
    return min(found)
