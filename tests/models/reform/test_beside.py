from __future__ import annotations

import pytest

from models.reform.beside import borders, cheapest, of_both

pytestmark = pytest.mark.behaviour


def _cliff(scenario, revenue, **ages):
    return {"scenario": scenario, "below": "growth", "above": "stable", "revenue_wan": revenue, **ages}


def test_a_border_has_both_rules_and_one_pair_of_stages_may_have_two():
    """Growth to stable at two revenues, of young and of old firms; the baseline first."""
    old, young = ({"youngest_years": 10.0, "oldest_years": None}, {"youngest_years": 0.0, "oldest_years": 10.0})
    rows = [_cliff(rules, revenue, **ages) for rules in ("reform", "baseline")
            for revenue, ages in ((9_000.0, young), (2_000.0, old))]  # fmt: skip
    found = borders(rows)
    assert [[(one["scenario"], one["revenue_wan"]) for one in both] for both in found] == [
        [("baseline", 2_000.0), ("reform", 2_000.0)], [("baseline", 9_000.0), ("reform", 9_000.0)],
    ]  # fmt: skip
    same = [_cliff(rules, 2_000.0, **ages) for ages in (old, young) for rules in ("baseline", "reform")]
    assert [len(both) for both in borders(same)] == [2, 2]
    assert [len(both) for both in borders([_cliff("reform", 2_000.0), _cliff("baseline", 2_000.0)])] == [2]


def _price(scenario, indicator, yuan, stage="growth"):
    return {"scenario": scenario, "growth_stage": stage, "indicator": indicator, "yuan_per_point": yuan}


PRICES = [
    _price("baseline", "a", 9.0), _price("baseline", "b", 1.0), _price("baseline", "c", None),
    _price("reform", "a", 2.0), _price("reform", "b", 5.0), _price("reform", "c", 3.0),
    _price("reform", "d", 0.1, "stable"),
]  # fmt: skip


def test_the_cheapest_are_the_reforms_and_then_the_baselines():
    """Under the reform a is cheapest, under the baseline b; another stage has its own."""
    assert cheapest(PRICES, "growth", 1) == ["a", "b"]
    assert cheapest(PRICES, "growth", 3) == ["a", "c", "b"]
    assert cheapest(PRICES, "stable", 3) == ["d"]


def test_both_rules_have_a_row_where_both_have_a_price():
    """What gains nobody a point has none."""
    rows = [(one["scenario"], one["indicator"]) for one in of_both(PRICES, "growth", 3)]
    assert rows == [("baseline", "a"), ("reform", "a"), ("reform", "c"), ("baseline", "b"), ("reform", "b")]
