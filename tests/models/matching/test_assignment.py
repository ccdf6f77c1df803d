"""Greedy choice and rounds, on tables that a person can check."""

from __future__ import annotations

import numpy as np
import pytest

from models.matching.assignment import Assignment, Group, best_first, rounds_of


def problem(value, seats, demand_most, firm_most, groups=()):
    value = np.array(value, dtype=float)
    demand, firm = np.nonzero(value > 0)
    return Assignment(
        demand, firm, value[demand, firm], np.array(demand_most), np.array(firm_most), seats, groups,
        np.full(len(demand), -1), np.zeros(value.shape[1], dtype=bool),
    )  # fmt: skip


@pytest.mark.law
def test_the_largest_value_comes_first_and_takes_the_seat():
    """.9 is taken; .8 needs a second seat, so the seated firm's .1 follows."""
    one = problem([[0.9, 0.8], [0.1, 0.8]], seats=1, demand_most=[1, 1], firm_most=[2, 2])
    pair, when = best_first(one)
    assert one.value[pair].tolist() == [0.9, 0.1]
    assert when.tolist() == [-1, -1]


@pytest.mark.law
def test_a_group_below_its_least_comes_before_everybody():
    """The second firm has the better value, and the only seat goes to the group."""
    group = Group(np.array([True, False]), 1, 2)
    one = problem([[0.2, 0.9]], seats=1, demand_most=[1], firm_most=[1, 1], groups=[group])
    pair, _ = best_first(one)
    assert one.firm[pair].tolist() == [0]
    assert one.missing(pair).tolist() == [0]
    assert one.missing(np.zeros(0, dtype=int)).tolist() == [1]


@pytest.mark.law
def test_a_group_at_its_most_is_passed_over():
    """Seats 2, but at most one of the two best firms."""
    group = Group(np.array([True, True, False]), 0, 1)
    one = problem([[0.9, 0.8, 0.1]], seats=2, demand_most=[3], firm_most=[1, 1, 1], groups=[group])
    assert one.firm[best_first(one)[0]].tolist() == [0, 2]


@pytest.mark.law
@pytest.mark.parametrize("seed", range(30))
def test_rounds_exist_whenever_nobody_meets_more_often_than_there_are_rounds(seed):
    """König: as many rounds as the largest number of meetings, and no double booking."""
    rng = np.random.default_rng(seed)
    demand, firm = np.nonzero(rng.random((rng.integers(1, 15), rng.integers(1, 15))) < rng.random())
    most = max(np.bincount(demand, minlength=1).max(), np.bincount(firm, minlength=1).max())
    when = rounds_of(demand, firm, int(most))
    assert len({*zip(demand, when, strict=True)}) == len({*zip(firm, when, strict=True)}) == len(demand)
    assert ((when >= 0) & (when < most)).all()
    if len(demand):
        with pytest.raises(ValueError, match="more meetings than the"):
            rounds_of(demand, firm, int(most) - 1)


@pytest.mark.law
def test_agreed_meetings_leave_the_other_rounds():
    """Demand 0 meets firm 0 in round 1, so firm 1 can meet it in round 0 alone, and demand 1 in both."""
    one = problem([[1, 1], [0, 1]], seats=2, demand_most=[2, 2], firm_most=[2, 2])
    one = Assignment(**{**vars(one), "agreed_round": np.array([1, -1, -1]), "rounds": 2})
    pair, when = one.in_rounds(np.arange(3))
    assert list(zip(pair.tolist(), when.tolist(), strict=True)) == [(0, 1), (1, 0), (2, 0), (2, 1)]
