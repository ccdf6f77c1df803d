"""Whole numbers stay whole, a section is what params.yaml takes, and today's numbers lie in their ranges."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from training.params import build_section, read_section
from training.risk.fit import RiskParams
from training.tuning.problem import Axis, OfSection, TuningError, checked_now, section, typed

SPACE = {"rounds": Axis(1, 9, whole=True), "rate": Axis(0.1, 1.0)}


@pytest.mark.law
def test_values_have_the_type_of_their_axis_and_its_order():
    found = typed(SPACE, {"rate": 1, "rounds": 3.0})
    assert list(found.items()) == [("rounds", 3), ("rate", 1.0)]
    assert [type(one) for one in found.values()] == [int, float]


@pytest.mark.contract
def test_todays_numbers_outside_their_range_are_named():
    assert checked_now(SPACE, {"rounds": 9, "rate": 0.1}) == {"rounds": 9, "rate": 0.1}
    with pytest.raises(TuningError, match=r"rounds is 12 in params\.yaml, and the search is from 1 to 9"):
        checked_now(SPACE, {"rounds": 12, "rate": 0.5})


@pytest.mark.law
def test_a_section_is_read_back_as_it_was():
    """Tuples of tuples become lists, as YAML has them."""
    params = read_section("risk", RiskParams)
    made = section(params)
    assert made["grades"][0] == ["A1", 0.005]
    assert section(build_section(made, "risk", RiskParams)) == made


@dataclass(frozen=True)
class Numbers:
    rounds: int = 3
    rate: float = 0.5
    seed: int = 7


@dataclass(frozen=True)
class Search(OfSection[Numbers]):
    params: Numbers
    space = SPACE
    section = "numbers"


@pytest.mark.law
def test_a_search_of_one_section_changes_its_numbers_and_nothing_else():
    search = Search(Numbers())
    assert search.now == {"rounds": 3, "rate": 0.5}
    assert search.with_values({"rounds": 5.0, "rate": 0.1}) == Numbers(5, 0.1, 7)
    assert search.sections({"rounds": 5.0, "rate": 0.1}) == {"numbers": {"rounds": 5, "rate": 0.1, "seed": 7}}
