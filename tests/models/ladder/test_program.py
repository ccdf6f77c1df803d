"""The integer program: cheapest sets by hand, and none where there is none."""

from __future__ import annotations

import pytest

from data.ladder.conditions import AllOf, AnyOf, Band, Branch, ByValue, Category, Scored, ScoredIndicator, Threshold
from models.ladder.options import firm_options
from models.ladder.program import cheapest
from tests.data.ladder.one_firm import one_firm

pytestmark = pytest.mark.law
# Reference costs: quality 60,000 an item, digital level 300,000, class II 1,500, class I 50,000, certificate 60,000.
QUALITY = [Threshold("quality_count", "at_least", value, 1.0) for value in (1, 2)]
DIGITAL = [Threshold("digital_level", "at_least", value, 1.0) for value in (2, 3)]
CLASS_II, CLASS_I = Threshold("class_ii_count", "at_least", 4, 1.0), Threshold("class_i_count", "at_least", 1, 1.0)
CERTIFIED = Threshold("certified", "at_least", 1, 1.0)
EVERY = [*QUALITY, *DIGITAL, CLASS_II, CLASS_I, CERTIFIED]
FACTS = {"quality_count": 0, "digital_level": 1, "class_ii_count": 0, "class_i_count": 0, "certified": 0}


def indicator(key, category, most, *bands):
    return ScoredIndicator(
        key, key, key, category, most, tuple(Band(points, points, when) for points, when in bands), 1.0
    )


QUALITY_POINTS = indicator("quality", "a", 5, (5, QUALITY[1]), (3, QUALITY[0]))
DIGITAL_POINTS = indicator("digital", "a", 5, (5, DIGITAL[1]), (3, DIGITAL[0]))
IP_POINTS = indicator("ip", "b", 10, (10, CLASS_I), (8, CLASS_II))


def score(total, least_b=0.0, most_a=10.0, way="at_least"):
    categories = (Category("a", most_a, None, 0.0), Category("b", 10.0, "at_least", least_b))
    return Scored(way, total, (QUALITY_POINTS, DIGITAL_POINTS, IP_POINTS), categories)


def chosen(*conditions, count=False, free=lambda one, context: False, **values):
    """Fact -> value of the cheapest changes, None where there are none."""
    firm = firm_options(one_firm(FACTS | values), 0, EVERY)
    found = cheapest(conditions, firm, free, count)
    return None if found is None else {one.fact: one.values[one.fact] for one in found}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (AllOf((CLASS_I, CERTIFIED)), {"class_i_count": 1, "certified": 1}),
        (AnyOf((CLASS_I, CERTIFIED)), {"class_i_count": 1}),  # 50,000 against 60,000
        (
            AnyOf((AllOf((CLASS_I, CERTIFIED)), DIGITAL[0])),
            {"class_i_count": 1, "certified": 1},
        ),  # 110,000 against 300,000
        (AnyOf((DIGITAL[0],), (CERTIFIED,)), {"certified": 1}),  # a shortcut may be changed to
        (ByValue((Branch(CERTIFIED, DIGITAL[0]), Branch(None, CLASS_II))), {"class_ii_count": 4}),
        (score(8), {"class_ii_count": 4}),  # 6,000
        (score(9), {"class_i_count": 1}),  # 50,000 against 6,000 + 60,000 for 11
        (score(11), {"class_ii_count": 4, "quality_count": 1}),  # 66,000 against 110,000
        (score(13), {"class_i_count": 1, "quality_count": 1}),  # 110,000 against 126,000
        (score(13, way="above"), {"class_i_count": 1, "quality_count": 2}),  # 13 itself is not enough: 15 at 170,000
        (score(8, least_b=9), {"class_i_count": 1}),
        (score(15, most_a=4), None),  # the cap of 4 leaves 14
        (score(14, most_a=4), {"class_i_count": 1, "quality_count": 2}),
        (score(20), {"class_i_count": 1, "quality_count": 2, "digital_level": 3}),
        (score(21), None),
        (AllOf((score(8), CLASS_I)), {"class_i_count": 1}),  # one change for the clause and for the score
    ],
)
def test_the_cheapest_set_by_hand(condition, expected):
    """Each choice with its cost beside it."""
    assert chosen(condition) == expected


def test_what_is_free_is_not_bought():
    """A threshold that is supposed costs nothing, and what is met already neither."""
    assert chosen(AllOf((CLASS_I, CERTIFIED)), free=lambda one, _: one is CERTIFIED) == {"class_i_count": 1}
    assert chosen(score(8), class_ii_count=4) == {}
    assert chosen() == {}


def test_counting_changes_instead_of_costs():
    """One change of 300,000 is then nearer than two of 110,000 together."""
    condition = AnyOf((AllOf((CLASS_I, CERTIFIED)), DIGITAL[0]))
    assert chosen(condition, count=True) == {"digital_level": 2}


def test_several_conditions_share_their_changes():
    """Two certificates are one."""
    assert chosen(CERTIFIED, AnyOf((CERTIFIED, CLASS_II)), score(8)) == {"certified": 1, "class_ii_count": 4}
