"""What one firm meets when thresholds are supposed, and that without any it is the truth over columns."""

from __future__ import annotations

import numpy as np
import pytest

from data.ladder.conditions import AllOf, AnyOf, Band, Branch, ByValue, Category, Scored, ScoredIndicator, Threshold
from data.ladder.facts import LadderFacts
from data.ladder.rules import read_rules
from models.ladder.assumption import Context, applying, earned, meets, possibly, surely
from models.ladder.truth import truth

pytestmark = pytest.mark.law
RD, NICHE = Threshold("rd_ratio", "at_least", 0.03, 1.0), Threshold("niche_years", "at_least", 4.0, 1.0)
UNKNOWN = {"rd_ratio": (-np.inf, np.inf), "niche_years": (0.0, 9.0), "revenue_wan": (9_000.0, 11_000.0)}


def nothing(_one, _context):
    return False


def everything(_one, _context):
    return True


def test_both_ends_of_what_is_known():
    """The worse end decides surely, the better possibly, each by the threshold's direction."""
    debt = Threshold("rd_ratio", "at_most", 0.7, 1.0)
    known = {"rd_ratio": (0.02, 0.8)}
    assert (surely(RD, known), possibly(RD, known), surely(debt, known), possibly(debt, known)) == (
        False,
        True,
        False,
        True,
    )


def test_where_a_threshold_is_supposed():
    """Its context says whether it is in a shortcut and in a score; all of all, one of any."""
    seen = []

    def outside_shortcuts(one, context):
        seen.append((one.fact, context))
        return not context.shortcut

    assert meets(AnyOf((RD,), (NICHE,)), UNKNOWN, outside_shortcuts)
    assert not meets(AnyOf((), (NICHE,)), UNKNOWN, outside_shortcuts)
    assert seen == [("rd_ratio", Context()), ("niche_years", Context(shortcut=True))]
    assert not meets(AllOf((RD, NICHE)), UNKNOWN, lambda one, _: one is RD)


def test_every_case_that_is_possible_is_needed():
    """A revenue of 90 to 110 m needs both rates, of 110 m the first alone."""
    big = Threshold("revenue_wan", "at_least", 10_000.0, 1.0)
    cases = ByValue((Branch(big, RD), Branch(None, NICHE)))
    assert applying(cases, UNKNOWN) == [RD, NICHE]
    assert applying(cases, UNKNOWN | {"revenue_wan": (11_000.0, 11_000.0)}) == [RD]
    assert applying(cases, UNKNOWN | {"revenue_wan": (9_000.0, 9_000.0)}) == [NICHE]
    assert not meets(cases, UNKNOWN, lambda one, _: one is RD)


def test_points_count_at_their_upper_end_and_unread_ones_at_nothing():
    """Experts' 3 to 8 are 8; 15 unread are 0; a category keeps cap and minimum; a given total replaces the sum."""
    experts = ScoredIndicator("e", "e", "e", "a", 8.0, (Band(3.0, 8.0, None),), 1.0)
    unread = ScoredIndicator("u", "u", "u", "b", 15.0, (Band(0.0, 15.0, None),), 1.0, "left to the provinces")
    assert (earned(experts, UNKNOWN, nothing, Context()), earned(unread, UNKNOWN, nothing, Context())) == (8.0, 0.0)
    for total, cap, least, met in (
        (8.0, 8.0, 0.0, True),
        (9.0, 8.0, 0.0, False),
        (6.0, 5.0, 0.0, False),
        (1.0, 8.0, 9.0, False),
    ):
        score = Scored(
            "at_least", total, (experts, unread), (Category("a", cap, "at_least", least), Category("b", 15, None, 0.0))
        )
        assert meets(score, UNKNOWN, nothing) is met
    given = Scored("above", 70.0, (experts,), (Category("a", 8.0, None, 0.0),), "hnte_score")
    assert meets(given, {"hnte_score": (71.0, 71.0)}, nothing)
    assert not meets(given, {"hnte_score": (70.0, 70.0)}, everything)


def test_without_suppositions_it_is_the_truth_over_columns():
    """On every clause of every rule with known random facts, experts and unread bands apart."""
    rng = np.random.default_rng(0)
    for rule in read_rules().rules:
        for clause in rule.clauses:
            keys = sorted({one.fact for one in rule.thresholds()})
            values = {key: rng.choice([0.0, 0.05, 0.3, 1.0, 3.0, 900.0, 20_000.0], 20) for key in keys}
            facts = LadderFacts.unknown([str(row) for row in range(20)]).with_facts(
                {key: (value, value) for key, value in values.items()}, None, ""
            )
            given = {"hnte_score": (-np.inf, np.inf)}
            found = truth(clause.condition, facts)
            for row in range(20):
                known = given | {key: (values[key][row],) * 2 for key in keys}
                one = meets(clause.condition, known, nothing)
                assert found.surely[row] <= one <= found.possibly[row]
