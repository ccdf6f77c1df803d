"""Invitations on small events: optimum by hand, rules, exposure, declines, bad input."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.special import expit

from models.matching.invitations import (
    Candidates,
    EventRules,
    Exposure,
    ExposureError,
    even_limit,
    plan_invitations,
    replan,
)

# Two demands, three firms. Greedy takes .9 and is left with .1; the best is .8 + .8.
TABLE = np.array([[0.9, 0.8, 0.0], [0.8, 0.1, 0.1]])


def meetings(plan):
    return {*zip(plan.demand.tolist(), plan.firm.tolist(), strict=True)}


def checked(plan, rules, limit):
    assert len(plan.invited) <= rules.seats
    assert {*plan.firm.tolist()} <= {*plan.invited.tolist()}
    assert (np.bincount(plan.firm, minlength=1) <= limit).all()
    for side in (plan.demand, plan.firm):
        assert len({*zip(side.tolist(), plan.round.tolist(), strict=True)}) == len(plan.round)
    assert ((plan.round >= 0) & (plan.round < rules.rounds)).all()
    assert all(least <= had <= most for least, most, had in plan.exposure.values())


@pytest.mark.law
def test_the_plan_is_the_best_by_hand_and_greedy_is_not():
    """1.6 against .9 + .1; with acceptance .5 of firm 1 the other way round is as good as .9 + .1 or .8 + .4."""
    plan = plan_invitations(Candidates.from_matrix(TABLE), EventRules(3, 1))
    assert meetings(plan) == {(0, 1), (1, 0)}
    assert (plan.value, plan.bound, plan.greedy_value) == pytest.approx((1.6, 1.6, 1.0))
    assert plan.invited.tolist() == [0, 1]
    plan = plan_invitations(Candidates.from_matrix(TABLE), EventRules(3, 1), np.array([1.0, 0.5, 1.0]))
    assert plan.value == pytest.approx(1.2)
    plan = plan_invitations(Candidates.from_matrix(TABLE), EventRules(3, 1), np.array([1.0, 0.2, 1.0]))
    assert meetings(plan) == {(0, 0), (1, 2)}


@pytest.mark.law
def test_exposure_costs_what_the_best_plan_without_it_is_worth_more():
    """A third of three seats for firm 2: the best with it is .9 + .1, so fairness costs .6."""
    rule = Exposure("new", np.array([False, False, True]), least_share=0.3)
    plan = plan_invitations(Candidates.from_matrix(TABLE), EventRules(3, 1, exposure=[rule]))
    assert meetings(plan) == {(0, 0), (1, 2)}
    assert plan.price_of_fairness == pytest.approx(0.6)
    assert plan.exposure == {"new": (1, 3, 1)}


@pytest.mark.law
@pytest.mark.parametrize(
    ("able", "seats", "rounds", "firm_limit", "limit"),
    [
        ([3, 3], 3, 3, 1, 2),  # three meetings of two demands
        ([3, 1], 3, 3, 1, 2),  # 1 + 2
        ([3, 0], 3, 3, 1, 3),  # the first has all of them
        ([3, 3, 3], 3, 2, 1, 1),
        ([3, 3], 3, 2, 2, 2),  # two rounds of two demands are four meetings
        ([1, 1], 3, 4, 4, 1),  # no demand has a second firm
    ],
)
def test_the_even_limit_is_the_least_that_leaves_no_seat_empty(able, seats, rounds, firm_limit, limit):
    """Firms that can solve each demand, by hand."""
    table = np.array([[0.5] * count + [0.0] * (3 - count) for count in able])
    assert even_limit(Candidates.from_matrix(table), EventRules(seats, rounds, firm_limit)) == limit


@pytest.mark.contract
def test_a_bound_that_cannot_be_had_names_the_most_that_can():
    """One firm of the group, two seats wanted."""
    rule = Exposure("new", np.array([False, False, True]), least_share=0.6)
    with pytest.raises(ExposureError, match="at least 2 seats wanted, 1 can be had") as caught:
        plan_invitations(Candidates.from_matrix(TABLE), EventRules(3, 2, exposure=[rule]))
    assert caught.value.most == {"new": 1}


@pytest.mark.law
def test_an_invited_firm_meets_somebody():
    """A seat without a meeting would serve the group's bound and nobody else: demand 0 has one round for it."""
    rule = Exposure("new", np.array([False, True]), least_share=0.5)
    plan = plan_invitations(Candidates.from_matrix(np.array([[0.9, 0.2]])), EventRules(2, 1, exposure=[rule]))
    assert meetings(plan) == {(0, 1)}


@pytest.mark.law
@pytest.mark.parametrize("seed", range(25))
def test_drawn_events_keep_every_rule_and_are_never_below_greedy(seed):
    """Within .1 % of the bound, also after a fifth of the firms has declined and half of the rest is kept."""
    rng = np.random.default_rng(seed)
    demands, firms = rng.integers(2, 8), rng.integers(5, 25)
    candidates = Candidates.from_matrix(rng.random((demands, firms)) * (rng.random((demands, firms)) < 0.7))
    limit = rng.integers(1, 4, firms)
    rules = EventRules(int(rng.integers(1, firms)), int(rng.integers(1, 5)), limit,
                       exposure=[Exposure("new", rng.random(firms) < 0.5, 0.2, 0.9)])  # fmt: skip
    acceptance = rng.uniform(0.2, 1, firms)
    try:
        plan = plan_invitations(candidates, rules, acceptance)
    except ExposureError:
        return
    checked(plan, rules, limit[: plan.firm.max(initial=0) + 1])
    assert plan.gap <= 1e-3
    assert plan.greedy_value is None or plan.value >= plan.greedy_value - 1e-12
    declined = plan.invited[rng.random(len(plan.invited)) < 0.2]
    kept = ~np.isin(plan.firm, declined) & (rng.random(len(plan.firm)) < 0.5)
    try:
        again = replan(plan, candidates, rules, declined, kept, acceptance)
    except ExposureError:
        return
    checked(again, rules, limit[: again.firm.max(initial=0) + 1])
    before = [*zip(plan.demand.tolist(), plan.firm.tolist(), plan.round.tolist(), strict=True)]
    after = {*zip(again.demand.tolist(), again.firm.tolist(), again.round.tolist(), strict=True)}
    assert {one for one, fixed in zip(before, kept, strict=True) if fixed} <= after
    assert {*plan.invited.tolist()} - {*declined.tolist()} <= {*again.invited.tolist()}
    assert not {*declined.tolist()} & {*again.invited.tolist()}


@pytest.mark.law
def test_on_a_tie_nothing_moves_and_only_the_declined_are_replaced():
    """All probabilities equal: every meeting of those who stay keeps its firm and its round."""
    candidates, rules = Candidates.from_matrix(np.full((4, 12), 0.5)), EventRules(8, 3, 2)
    plan = plan_invitations(candidates, rules)
    again = replan(plan, candidates, rules, plan.invited[:2])
    before = {*zip(plan.demand.tolist(), plan.firm.tolist(), plan.round.tolist(), strict=True)}
    after = {*zip(again.demand.tolist(), again.firm.tolist(), again.round.tolist(), strict=True)}
    assert {one for one in before if one[1] not in plan.invited[:2]} <= after
    assert (len(after), again.value) == (len(before), pytest.approx(plan.value))


@pytest.mark.contract
def test_nothing_to_plan_is_an_empty_plan():
    """No seats, no rounds, no chance, no demands."""
    for table, seats, rounds in ((TABLE, 0, 2), (TABLE, 2, 0), (np.zeros((2, 3)), 2, 2), (np.zeros((0, 3)), 2, 2)):
        plan = plan_invitations(Candidates.from_matrix(table), EventRules(seats, rounds))
        assert (len(plan.invited), len(plan.round), plan.value, plan.bound, plan.gap) == (0, 0, 0.0, 0.0, 0.0)


@pytest.mark.contract
def test_input_that_makes_no_sense_is_refused():
    """Probabilities, indexes, pairs, limits, shares, and declines against kept meetings."""
    ones = np.array([0, 0])
    for probability in (np.array([[1.2]]), np.array([[np.nan]]), np.array([[-0.1]])):
        with pytest.raises(ValueError, match="probability is missing or outside"):
            Candidates.from_matrix(probability)
    with pytest.raises(ValueError, match="given twice"):
        Candidates(ones, ones, np.array([0.5, 0.5]), 1, 1)
    with pytest.raises(ValueError, match="index is outside"):
        Candidates(ones, np.array([0, 1]), np.array([0.5, 0.5]), 1, 1)
    candidates = Candidates.from_matrix(TABLE)
    with pytest.raises(ValueError, match="not negative"):
        plan_invitations(candidates, EventRules(-1, 2))
    with pytest.raises(ValueError, match="limit of meetings is negative"):
        plan_invitations(candidates, EventRules(1, 2, -1))
    with pytest.raises(ValueError, match="one probability for each firm"):
        plan_invitations(candidates, EventRules(1, 2), np.array([0.5]))
    with pytest.raises(ValueError, match="shares rise within"):
        plan_invitations(candidates, EventRules(1, 2, exposure=[Exposure("new", np.ones(3, dtype=bool), 0.5, 0.2)]))
    plan = plan_invitations(candidates, EventRules(3, 1))
    with pytest.raises(ValueError, match="have declined and have kept meetings"):
        replan(plan, candidates, EventRules(3, 1), np.array([0]), np.ones(2, dtype=bool))


@pytest.mark.behaviour
@pytest.mark.parametrize("shape", [(6, 154), (154, 6)])
def test_the_published_size_is_quick(shape):
    """154 firms and six demands, and the reverse; the processor's seconds, so that a busy machine does not matter."""
    rng = np.random.default_rng(1)
    table = expit(-2 + rng.normal(size=(1, shape[1])) + rng.normal(size=shape))
    rules = EventRules(min(26, shape[1]), 6, 3, exposure=[Exposure("new", rng.random(shape[1]) < 0.5, 0.3)])
    began = time.process_time()
    plan = plan_invitations(Candidates.from_matrix(table), rules)
    assert time.process_time() - began < 1.0
    assert plan.gap <= 1e-3
