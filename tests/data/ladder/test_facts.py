"""Facts as intervals with their days: unknown is no zero, and years go on with the days."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from data.ladder.fact_catalogue import read_fact_catalogue
from data.ladder.facts import LadderFacts, checked
from data.ladder.rule_parts import LadderError
from tests.data.ladder.one_firm import one_firm

pytestmark = pytest.mark.law
DAY = date(2024, 6, 30)


def test_known_bounded_and_unknown():
    """A value is an interval of one point, a pair keeps its ends, None is everything."""
    facts = one_firm({"rd_ratio": 0.026, "class_i_count": (2, None), "main_ratio": None}, DAY, "form", "A")
    assert [end[0] for end in facts.ends("rd_ratio")] == [0.026, 0.026]
    assert [end[0] for end in facts.ends("class_i_count")] == [2.0, np.inf]
    assert [end[0] for end in facts.ends("main_ratio")] == [-np.inf, np.inf]
    assert facts.known("rd_ratio").tolist() == [True]
    assert facts.origin("rd_ratio", 0) == ("2024-06-30", "form")
    assert facts.origin("main_ratio", 0) == (None, None)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("rd_ratio", 2.6, "rd_ratio is 2.6, allowed: 0 to 1 ratio; a ratio is a fraction: write 2.6 % as 0.026"),
        ("debt_ratio", 55, "write 55 % as 0.55"),
        ("class_i_count", 1.5, "a whole number"),
        ("headcount", -1, "allowed: 0 to"),
        ("revenue_wan", float("nan"), "allowed: 0 to"),
        ("revenue_wan", "much", "revenue_wan is 'much'"),
    ],
)
def test_a_value_out_of_its_unit_is_refused(key, value, message):
    """The percent that was meant as a fraction is named."""
    with pytest.raises(LadderError, match=message):
        checked(read_fact_catalogue()[key], value)


def test_days_and_years_go_on():
    """300 days on 30 June are 365 on 3 September; what is dated later is not known yet; revenue stays as it is."""
    facts = one_firm({"registered_days": 300, "niche_years": (1.0, 2.0), "revenue_wan": 5}, DAY)
    later = facts.at(date(2024, 9, 3))
    assert later.ends("registered_days")[0][0] == 365.0
    assert later.ends("niche_years")[1][0] == pytest.approx(2.0 + 65 / 365.25)
    assert later.ends("revenue_wan")[0][0] == 5.0
    assert facts.at(date(2024, 6, 29)).ends("revenue_wan")[0][0] == -np.inf
    undated = one_firm({"registered_days": 300})
    assert undated.at(date(2030, 1, 1)).ends("registered_days")[0][0] == 300.0


def test_firms_are_taken_by_position_or_mask():
    """With their identifiers."""
    facts = LadderFacts.unknown(("A", "B", "C")).with_facts(
        {"headcount": (np.array([1.0, 2.0, np.nan]), np.array([1.0, 3.0, np.nan]))}, DAY, "x"
    )
    assert facts.take([2, 1]).firm_ids == ("C", "B")
    assert facts.take(facts.known("headcount")).firm_ids == ("A",)
    assert len(facts) == 3
    with pytest.raises(LadderError, match="headcount"):
        facts.with_facts({"headcount": (np.full(3, 2.0), np.full(3, 1.0))}, DAY, "x")
