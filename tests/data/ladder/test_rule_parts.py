"""Parts of a rule's file: every form, and one clear error for each mistake."""

from __future__ import annotations

import pytest

from data.ladder.conditions import AllOf, AnyOf, ByValue, Threshold
from data.ladder.rule_parts import LadderError, PartReader

pytestmark = pytest.mark.surface
READER = PartReader("rule.yaml", {"rd_ratio": None, "revenue_wan": None, "listed": None}, 0.9)
INDICATOR = {"key": "rd", "zh": "研发", "en": "R&D", "category": "innovation", "most": 20, "fact": "rd_ratio"}


def score(**changed):
    return {
        "score": {"at_least": 60, "indicators": [INDICATOR | {"bands": [{"at_least": 0.05, "points": 20}]}]} | changed
    }


def test_every_form_of_a_condition():
    """A threshold, a flag, all, any, cases with an else, and shortcuts beside any of them."""
    flag = READER.condition({"fact": "listed", "is": False})
    assert flag == Threshold("listed", "at_most", 0.0, 0.9)
    both = READER.condition(
        {"all": [{"fact": "rd_ratio", "above": 0.0, "confidence": 0.4}, {"fact": "listed", "is": True}]}
    )
    assert both == AllOf((Threshold("rd_ratio", "above", 0.0, 0.4), Threshold("listed", "at_least", 1.0, 0.9)))
    with_shortcut = READER.condition({"fact": "listed", "is": True, "shortcuts": [{"fact": "rd_ratio", "at_least": 1}]})
    assert isinstance(with_shortcut, AnyOf)
    assert with_shortcut.shortcuts == (Threshold("rd_ratio", "at_least", 1.0, 0.9),)
    by_revenue = READER.condition(
        {"cases": [{"when": {"fact": "revenue_wan", "at_most": 5000}, "then": {"fact": "listed", "is": True}},
                   {"then": {"fact": "rd_ratio", "at_least": 0.03}}]}
    )  # fmt: skip
    assert isinstance(by_revenue, ByValue)
    assert [branch.when is None for branch in by_revenue.branches] == [False, True]


def test_a_score_has_categories_with_caps_and_minima():
    """The cap of a category is the sum of its indicators where no other is given."""
    found = READER.condition(score(categories={"innovation": {"at_least": 15}}))
    assert (found.categories[0].most, found.categories[0].way, found.categories[0].value) == (20.0, "at_least", 15.0)
    unread = READER.condition(score(indicators=[INDICATOR | {"unread": "left to the provinces"}]))
    assert [(band.low, band.high) for band in unread.indicators[0].bands] == [(0.0, 20.0)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"fact": "rd_share", "at_least": 1}, r"rule.yaml, fact: fact is 'rd_share', allowed: \['listed'"),
        ({"fact": "rd_ratio", "at_least": "3%"}, "at_least is '3%', allowed: a number"),
        ({"fact": "rd_ratio", "at_least": True}, "at_least is True, allowed: a number"),
        ({"fact": "rd_ratio", "at_least": 1, "at_most": 2}, "allowed: one of"),
        ({"fact": "listed", "is": 1}, "is is 1, allowed: yes or no"),
        ({"fact": "rd_ratio", "above": 1, "confidence": 95}, "confidence is 95.0, allowed: 0 to 1"),
        ({"all": []}, "allowed: a list with one row or more"),
        ({"none": []}, "form is"),
        ({"cases": [{"then": {"fact": "listed", "is": True}}] * 2}, "then alone in the last row"),
        (score(at_most=3), "key is 'at_most'"),
        (score(categories={"growth": {"at_least": 1}}), r"category is 'growth', allowed: \['innovation'\]"),
        (score(given="total"), "given is 'total'"),
        (score(indicators=[INDICATOR]), "bands, or why they are unread"),
        (score(indicators=[INDICATOR | {"bands": [{"at_least": 1, "points": 21}]}]), "points is 21, allowed: 0 to 20"),
        (score(indicators=[INDICATOR | {"bands": [{"at_least": 1, "points": [9, 8]}]}]), "the lower first"),
        (score(indicators=[INDICATOR | {"bands": [{"points": 1}]}] * 2), "allowed: each key once"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_clear_error(row, message):
    """It names the file, the key, what was found and what is allowed."""
    with pytest.raises(LadderError, match=message):
        READER.condition(row)
