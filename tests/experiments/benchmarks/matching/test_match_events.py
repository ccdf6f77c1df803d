"""Broken rules are counted from meetings, and the summary by hand."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.matching.match_events import broken, one_event, planted, summary
from models.matching.invitations import EventRules, InvitationPlan


def plan(demand, firm, when, invited, exposure=None):
    arrays = (np.array(one, dtype=int) for one in (invited, demand, firm, when))
    return InvitationPlan(*arrays, 1.0, 1.0, 1.0, 0.0, exposure or {})


@pytest.mark.law
def test_each_broken_rule_has_its_name():
    """A plan that keeps all, and one that breaks each."""
    rules = EventRules(2, 2, 1)
    assert broken(plan([0, 0], [0, 1], [0, 1], [0, 1]), rules, 3) == []
    found = {
        "more firms than seats": plan([0], [0], [0], [0, 1, 2]),
        "meeting of a firm without seat": plan([0], [1], [0], [0]),
        "firm above its limit": plan([0, 1], [0, 0], [0, 1], [0]),
        "demand twice in a round": plan([0, 0], [0, 1], [0, 0], [0, 1]),
        "round outside": plan([0], [0], [2], [0]),
        "exposure": plan([0], [0], [0], [0], {"new": (1, 2, 0)}),
    }
    for name, one in found.items():
        assert broken(one, rules, 3) == [name]
    assert broken(plan([0, 1], [0, 0], [0, 0], [0]), EventRules(2, 2), 3) == ["firm twice in a round"]
    assert broken(plan([0, 0], [0, 0], [0, 1], [0]), EventRules(2, 2), 3) == ["pair meets twice"]


@pytest.mark.law
def test_the_summary_counts_and_means_gains():
    """Gains of 10 % and 20 %; one event whose exposure cannot be had."""
    one = {"value": 1.1, "greedy": 1.0, "gap": 1e-4, "price_of_fairness": 0.11, "broken": [], "replan_broken": []}
    other = one | {"value": 1.2, "price_of_fairness": 0.0, "broken": ["exposure"]}
    found = summary([one, other, {"cannot_be_had": {"new": 1}}])
    assert (found["events"], found["cannot_be_had"], found["below_greedy"], found["rules_broken"]) == (3, 1, 0, 1)
    gain = found["gain_over_greedy"]
    assert (gain["value"], gain["high"] - gain["value"]) == pytest.approx((0.15, 6.3137515 * 0.05))
    assert found["mean_price_of_fairness"] == pytest.approx(0.05)


@pytest.mark.behaviour
def test_a_drawn_event_is_reproducible_and_keeps_its_rules():
    """Same seed, same record; probabilities within (0, 1)."""
    assert one_event(3) == one_event(3)
    assert one_event(3)["broken"] == one_event(3)["replan_broken"] == []
    chance = planted(5, 9, np.random.default_rng(0))
    assert chance.shape == (5, 9)
    assert ((chance > 0) & (chance < 1)).all()
