from __future__ import annotations

import pytest

from models.reform.levers import LeverError
from models.reform.study import BASELINE, Study, interactions


def study(packed, proposed, reforms, banks=("standard",), stacked=True) -> Study:
    return Study(
        packed,
        proposed({}, BASELINE),
        tuple(proposed(raw, key) for key, raw in reforms.items()),
        banks,
        stacked=stacked,
    )


LOSS = {"policies": {"standard": {"el_budget_wan": 6}}}
CUTOFF = {"policies": {"standard": {"pd_cutoff": 0.05}}}


@pytest.mark.law
def test_an_interaction_of_two_is_the_whole_less_both():
    assert interactions(["a", "b"], [("a", "b")]) == {("a", "b"): {"a+b": 1, "a": -1, "b": -1}}


@pytest.mark.law
def test_interactions_of_three_are_the_moebius_inverse():
    """(A+B+C) - (A+B) - (A+C) - (B+C) + A + B + C."""
    got = interactions(["a", "b", "c"], [("a", "b"), ("a", "c"), ("b", "c"), ("a", "b", "c")])
    assert got["a", "b", "c"] == {"a+b+c": 1, "a+b": -1, "a+c": -1, "b+c": -1, "a": 1, "b": 1, "c": 1}


@pytest.mark.law
def test_provisions_and_interactions_add_up_to_the_whole_for_any_sets_shown():
    names = ["a", "b", "c", "d", "e"]
    pairs = [(one, other) for at, one in enumerate(names) for other in names[at + 1 :]]
    got = interactions(names, [*pairs, tuple(names)])
    added: dict[str, int] = dict.fromkeys(names, 1)
    for weights in got.values():
        for scenario, weight in weights.items():
            added[scenario] = added.get(scenario, 0) + weight
    assert {name: weight for name, weight in added.items() if weight} == {"a+b+c+d+e": 1}


@pytest.mark.law
def test_a_stack_has_the_changes_of_all_and_the_rules_of_each(packed, proposed):
    made = study(packed, proposed, {"a": LOSS, "b": CUTOFF})
    assert made.stacks == (("a", "b"),)
    policy = made.rules["a+b"].policies["standard"]
    assert (policy.el_budget_wan, policy.pd_cutoff) == (6.0, 0.05)
    assert set(made.rules) == {BASELINE, "a", "b", "a+b"}
    assert study(packed, proposed, {"a": LOSS}, stacked=True).stacks == ()


@pytest.mark.law
def test_groups_that_differ_and_the_baseline_with_some_of_them(packed, proposed):
    both = {**LOSS, "weights": {"growth": {"rd_intensity": 12}}, "prices": {"rd_expense": {"cost_yuan": 1}}}
    made = study(packed, proposed, {"a": both})
    assert made.changed("a") == ("weight", "policy")
    mixed = made.mixed("a", frozenset({"weight"}))
    assert mixed.policies["standard"] is packed.policies["standard"]
    assert mixed.card(packed.engine.points).weights["growth"]["rd_intensity"] == 12.0


@pytest.mark.contract
@pytest.mark.parametrize(
    ("reforms", "banks", "message"),
    [
        ({"a": LOSS}, ("nobody",), r"bank: found nobody; allowed: one of"),
        ({"baseline": LOSS}, ("standard",), r"reform: found baseline"),
        ({"a+b": LOSS}, ("standard",), r"without \+ and @"),
    ],
    ids=str,
)
def test_a_study_that_cannot_be_made_is_refused(packed, proposed, reforms, banks, message):
    with pytest.raises(LeverError, match=message):
        study(packed, proposed, reforms, banks)
