"""Confirmations and waits beside changes: none can be left out, none can ask less."""

from __future__ import annotations

import pytest

from data.ladder.conditions import AllOf, AnyOf, Band, Category, Scored, ScoredIndicator, Threshold
from models.ladder.assumption import Context
from models.ladder.confirmations import beside_changes, by_any_means, met_at, without_a_change
from models.ladder.options import firm_options
from tests.data.ladder.one_firm import one_firm

pytestmark = pytest.mark.law
NICHE_2, NICHE_5, NICHE_9 = (Threshold("niche_years", "at_least", years, 1.0) for years in (2, 5, 9))
MAIN, BRAND = Threshold("main_ratio", "at_least", 0.7, 1.0), Threshold("own_brand", "at_least", 1, 1.0)
STAFF = Threshold("rd_staff_ratio", "at_least", 0.1, 1.0)
FACTS = one_firm({"niche_years": (0, 5), "rd_staff_ratio": 0.05, "headcount": 10, "revenue_wan": 1})


def options(*wanted):
    return firm_options(FACTS, 0, wanted)


@pytest.mark.parametrize(
    ("condition", "confirm", "waits"),
    [
        (NICHE_2, (NICHE_2,), ()),
        (NICHE_9, (), (NICHE_9,)),
        (AllOf((NICHE_2, MAIN)), (MAIN, NICHE_2), ()),
        (AnyOf((MAIN, BRAND)), (BRAND,), ()),  # one of two is enough
        (AllOf((NICHE_2, NICHE_5)), (NICHE_5,), ()),  # of one fact the threshold that asks most
        (AnyOf((NICHE_9, NICHE_2)), (NICHE_2,), ()),  # what can be confirmed need not be waited for
        (AnyOf((STAFF,), (BRAND,)), (), ()),  # a shortcut is never supposed
    ],
)
def test_no_more_than_is_needed(condition, confirm, waits):
    """Beside a change of the staff ratio to 10 %."""
    firm = options(NICHE_2, NICHE_5, NICHE_9, MAIN, BRAND, STAFF)
    changes = firm.changes["rd_staff_ratio"]
    assert beside_changes([condition], firm, changes) == (confirm, waits)


def test_facts_ask_less_in_turn():
    """8 of 20 points from two facts of four bands each: half of each instead of all of one."""
    facts = ("main_ratio", "rd_cost_ratio")
    edges = {fact: [Threshold(fact, "at_least", value, 1.0) for value in (0.1, 0.2, 0.3, 0.4)] for fact in facts}
    bands = {fact: [Band(2.0 * n, 2.0 * n, edge) for n, edge in enumerate(edges[fact], start=1)] for fact in facts}
    indicators = tuple(ScoredIndicator(fact, fact, fact, "a", 10.0, tuple(bands[fact]), 1.0) for fact in facts)
    score = Scored("at_least", 8.0, indicators, (Category("a", 20.0, None, 0.0),))
    firm = options(*edges["main_ratio"], *edges["rd_cost_ratio"])
    confirm, waits = beside_changes([score], firm, ())
    assert ([(one.fact, one.value) for one in confirm], waits) == ([("main_ratio", 0.2), ("rd_cost_ratio", 0.2)], ())


def test_where_something_may_be_supposed():
    """Not in a shortcut; time not in a score; a change by any means everywhere."""
    firm = options(NICHE_2, NICHE_9, STAFF)
    free, anything = without_a_change(firm), by_any_means(firm)
    contexts = (Context(), Context(scored=True), Context(shortcut=True))
    assert [free(NICHE_2, context) for context in contexts] == [True, True, False]
    assert [free(NICHE_9, context) for context in contexts] == [True, False, False]
    assert [free(STAFF, context) for context in contexts] == [False, False, False]
    assert [anything(STAFF, context) for context in contexts] == [True, True, True]


@pytest.mark.parametrize(("way", "value"), [("at_least", 3.0), ("above", 4.0), ("at_most", 3.0), ("below", 2.0)])
def test_the_least_value_that_meets_a_threshold(way, value):
    """A whole number beyond it where the edge itself is not enough."""
    edge = Threshold("class_i_count", way, 3.0, 1.0)
    assert met_at(edge) == value
    assert edge.holds(met_at(edge))
