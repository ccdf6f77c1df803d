"""Conditions as data: what they read, and what a single value does."""

from __future__ import annotations

import pytest

from data.ladder.conditions import (
    AllOf,
    AnyOf,
    Band,
    Branch,
    ByValue,
    Category,
    Scored,
    ScoredIndicator,
    Threshold,
    children,
    least_confidence,
    scores,
    thresholds,
)

pytestmark = pytest.mark.law
ONE, TWO, THREE = (
    Threshold(key, "at_least", 1.0, confidence) for key, confidence in (("a", 0.9), ("b", 0.6), ("c", 0.4))
)
SCORE = Scored(
    "above",
    70.0,
    (ScoredIndicator("x", "甲", "x", "ip", 10.0, (Band(1.0, 2.0, THREE), Band(0.0, 1.0, None)), 0.5),),
    (Category("ip", 10.0, None, 0.0),),
)


@pytest.mark.parametrize(
    ("way", "below", "at", "above"),
    [
        ("at_least", False, True, True),
        ("above", False, False, True),
        ("at_most", True, True, False),
        ("below", True, False, False),
    ],
)
def test_the_four_comparisons(way, below, at, above):
    """Each on the edge and on both sides of it."""
    edge = Threshold("a", way, 3.0, 1.0)
    assert [edge.holds(value) for value in (2.0, 3.0, 4.0)] == [below, at, above]
    assert edge.rises is (way in ("at_least", "above"))


def test_every_threshold_is_found_wherever_it_is():
    """In parts, shortcuts, cases with their conditions, and bands, in the order of the file."""
    condition = AllOf((AnyOf((ONE,), (TWO,)), ByValue((Branch(TWO, ONE), Branch(None, THREE))), SCORE))
    assert [one.fact for one in thresholds(condition)] == ["a", "b", "b", "a", "c", "c"]
    assert list(scores(condition)) == [SCORE]
    assert list(children(ONE)) == []


def test_a_condition_is_as_sure_as_its_weakest_part():
    """The least of its thresholds and indicators."""
    assert least_confidence(AnyOf((ONE,), (TWO,))) == 0.6
    assert least_confidence(SCORE) == 0.4
    assert SCORE.whole.holds(70.5) is True
    assert SCORE.whole.holds(70.0) is False
