"""Points without the founders' data, by hand: what the personal indicators earned is in no sum."""

from __future__ import annotations

import copy

import pytest

from data.codebook import read_codebook
from serving.decide.personal_points import without_personal

pytestmark = pytest.mark.law
BOOK = read_codebook()
(PERSONAL,) = (item for item in BOOK if item.personal)
PART = "base" if PERSONAL.kind == "core" else "bonus"
DIMENSION = f"dim_{PERSONAL.dimension}"
POINTS = {
    "score": {"total": 60.0, PART: 50.0, DIMENSION: 20.0, "percentile": 0.7, "coverage": 0.9},
    "indicators": [
        {"key": PERSONAL.key, "value": 4.0, "points": 6.5},
        {"key": "rd_expense", "value": 100.0, "points": 5.0},
    ],
}


def test_what_the_founders_earned_is_taken_from_every_sum():
    """6.5 fewer in the total, in its part and in its dimension; no percentile, no value; the rest as it was."""
    given = copy.deepcopy(POINTS)
    found = without_personal(given, BOOK)
    assert found["score"] == {"total": 53.5, PART: 43.5, DIMENSION: 13.5, "percentile": None, "coverage": 0.9}
    assert found["indicators"] == [{"key": PERSONAL.key, "value": None, "points": None}, POINTS["indicators"][1]]
    assert found["personal_excluded"] is True
    assert given == POINTS


def test_it_is_taken_once():
    """An answer without them is given back as it is, and so is an empty one."""
    once = without_personal(POINTS, BOOK)
    assert without_personal(once, BOOK) == once
    assert without_personal({}, BOOK) == {}


def test_what_is_unknown_stays_unknown():
    """A sum that is null has nothing taken from it; points that are null took nothing."""
    unknown = POINTS | {"score": dict.fromkeys(POINTS["score"])}
    assert without_personal(unknown, BOOK)["score"] == dict.fromkeys(POINTS["score"])
    nothing = POINTS | {"indicators": [{"key": PERSONAL.key, "value": None, "points": None}]}
    assert without_personal(nothing, BOOK)["score"]["total"] == 60.0
