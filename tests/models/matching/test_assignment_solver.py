"""The best assignment by brute force, the bound over all pairs, the safe cut, and dives where many firms are alike."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from models.matching import assignment_solver
from models.matching.assignment import Assignment, Group
from models.matching.assignment_solver import _cut, _Dive, _dived, _integer, solve


def drawn(seed, demands=3, firms=4, limit=2):
    rng = np.random.default_rng(seed)
    value = rng.random((demands, firms)) * (rng.random((demands, firms)) < 0.8)
    demand, firm = np.nonzero(value)
    members = rng.random(firms) < 0.5
    groups = [Group(members, int(rng.integers(0, 2)), firms, bool(rng.random() < 0.5))]
    return Assignment(
        demand, firm, value[demand, firm], rng.integers(1, 3, demands), rng.integers(1, limit + 1, firms),
        int(rng.integers(1, firms)), groups, np.full(len(demand), -1), np.zeros(firms, dtype=bool),
    )  # fmt: skip


def brute_force(problem):
    """Largest objective over all subsets of pairs, with the penalty of what is missing."""
    best = -np.inf
    for chosen in product((False, True), repeat=len(problem.value)):
        pair = np.flatnonzero(chosen)
        demand, firm = problem.demand[pair], problem.firm[pair]
        if (
            (np.bincount(demand, minlength=len(problem.demand_most)) > problem.demand_most).any()
            or (np.bincount(firm, minlength=len(problem.firm_most)) > problem.firm_most).any()
            or len(np.unique(firm)) > problem.seats
        ):
            continue
        best = max(best, problem.value[pair].sum() - problem.penalty * problem.missing(pair).sum())
    return best


@pytest.mark.law
@pytest.mark.parametrize("seed", range(25))
def test_the_solution_is_the_best_of_all_subsets(seed):
    """Small problems are solved to the solver's gap, and no subset is above the bound."""
    problem = drawn(seed)
    found, best = solve(problem), brute_force(problem)
    assert found.objective == pytest.approx(best, rel=assignment_solver.GAP)
    assert found.bound >= best - 1e-9
    assert found.greedy is None or found.objective >= found.greedy - 1e-12


@pytest.mark.law
@pytest.mark.parametrize("seed", range(12))
def test_the_cut_problem_has_the_same_best_and_a_bound_over_all_pairs(seed, monkeypatch):
    """With the cut forced upon a problem that is also solved whole: same value within the gap, bound above it."""
    problem = drawn(seed, demands=8, firms=60, limit=3)
    whole = solve(problem)
    monkeypatch.setattr(assignment_solver, "SMALL", 1)
    monkeypatch.setattr(assignment_solver, "ENTER", 5)
    cut = solve(problem)
    assert cut.bound >= whole.objective - 1e-9
    assert cut.objective >= whole.objective * (1 - assignment_solver.ENOUGH) - 1e-9
    assert cut.bound - cut.objective <= 1e-3 * cut.bound
    assert cut.missing.tolist() == whole.missing.tolist()


@pytest.mark.law
@pytest.mark.parametrize("seed", range(8))
def test_any_prices_bound_the_best_and_a_pairs_loss_is_never_overstated(seed):
    """Weak duality at random prices; with a pair made to meet, the best is at most bound - loss."""
    problem = drawn(seed)
    rng = np.random.default_rng(seed)
    prices = rng.random(len(problem.demand_most) + 1 + 2 * len(problem.groups))
    bound, loss, _ = assignment_solver._lagrange(problem, problem.worth, prices)
    feasible = Assignment(**{**vars(problem), "groups": ()})
    assert bound >= brute_force(problem) - 1e-9
    bound, loss, _ = assignment_solver._lagrange(feasible, feasible.worth, prices[:-2])
    for pair in range(len(problem.value)):
        forced = feasible.value.copy()
        forced[pair] += 100.0  # so that the best has it
        best = brute_force(Assignment(**{**vars(feasible), "value": forced})) - 100.0
        assert best <= bound - loss[pair] + 1e-9


@pytest.mark.contract
def test_no_pairs_and_no_seats_give_an_empty_solution():
    """Nothing to choose is a solution worth 0 with bound 0."""
    nothing = np.zeros(0, dtype=int)
    seated = np.zeros(2, dtype=bool)
    most = np.array([1, 1])
    for demand, value, seats in ((nothing, np.zeros(0), 2), (np.array([0]), np.array([0.5]), 0)):
        found = solve(Assignment(demand, demand, value, most, most, seats, (), np.full(len(demand), -1), seated))
        assert (len(found.pair), found.objective, found.bound) == (0, 0.0, 0.0)


def alike(seed, demands=20, firms=600, rounds=6):
    """Uniform values cubed: every good firm is about as good as another."""
    rng = np.random.default_rng(seed)
    demand, firm = (part.ravel() for part in np.indices((demands, firms)))
    new = rng.random(firms) < 0.3
    groups = [Group(new, 2 * demands // 5, demands), Group(new, 9 * demands // 5, rounds * demands, meetings=True)]
    return Assignment(
        demand, firm, rng.random(demands * firms) ** 3, np.full(demands, rounds), np.full(firms, rounds), demands,
        groups, np.full(len(demand), -1), np.zeros(firms, dtype=bool),
    )  # fmt: skip


@pytest.fixture(scope="module")
def hard():
    problem = alike(5)
    return problem, _cut(problem)


@pytest.mark.law
def test_a_dive_keeps_the_seats_and_the_rules_and_stays_below_the_bound(hard):
    problem, cut = hard
    dive = _Dive(problem, cut, np.inf)
    nothing = np.zeros(len(dive.firms), dtype=bool)
    value, seated = dive.from_seats(nothing)
    assert seated.sum() <= problem.seats
    assert value <= cut.bound + 1e-9
    kept = dive.part_of(seated)
    assert not (kept & ~seated).any()
    assert seated.sum() - kept.sum() == round(assignment_solver.GIVEN_UP * seated.sum())
    again, found = dive.from_seats(kept)
    assert (found | ~kept).all()
    assert found.sum() <= problem.seats
    assert again <= cut.bound + 1e-9
    outside = np.zeros(len(dive.firms), dtype=bool)
    outside[np.flatnonzero(~seated & ~found)[:3]] = True  # of no dive so far, but kept
    forced, with_them = dive.from_seats(outside)
    assert with_them[outside].all()
    assert forced < cut.bound


@pytest.mark.law
def test_a_seat_that_is_taken_in_any_case_is_never_given_up(hard):
    problem, cut = hard
    dive = _Dive(problem, cut, np.inf)
    _, seated = dive.from_seats(np.zeros(len(dive.firms), dtype=bool))
    taken = np.zeros(len(problem.firm_most), dtype=bool)
    taken[dive.firms[seated][:5]] = True
    dive = _Dive(replace(problem, seated=taken), cut, np.inf)
    for _ in range(20):
        assert dive.part_of(seated)[taken[dive.firms]].all()


@pytest.mark.truth
@pytest.mark.parametrize("seed", range(5))
def test_dives_come_within_a_thousandth_of_the_best_of_the_pairs_in_use(seed):
    """The integer programme solves this size to its end: the dives, which never see it, are hardly below."""
    problem = alike(seed, demands=12, firms=300)
    cut = _cut(problem)
    best, _ = _integer(problem, cut.used, problem.seated, 60.0)
    found = _dived(problem, cut, 60.0)
    assert not problem.missing(found.pair).any()
    assert len(np.unique(problem.firm[found.pair])) <= problem.seats
    assert found.objective >= best.objective * (1 - 1e-3)


@pytest.mark.truth
def test_where_the_integer_programme_ends_early_the_dives_give_the_plan(hard, monkeypatch):
    """With no time for the programme of all pairs in use, the plan is still near the bound; without dives it is not."""
    problem, cut = hard
    whole = assignment_solver._integer

    def hurried(problem, active, certain, time_limit_s):
        few = len(np.unique(problem.firm[active])) <= problem.seats
        if few:
            return whole(problem, active, certain, time_limit_s)
        nothing = np.zeros(0, dtype=np.int64)
        return assignment_solver._Found(nothing, nothing, -np.inf), cut.bound

    monkeypatch.setattr(assignment_solver, "_integer", hurried)
    found = solve(problem)
    assert found.bound - found.objective <= 5e-3 * found.bound
    monkeypatch.setattr(assignment_solver, "_dived", lambda *_: hurried(problem, cut.used, problem.seated, 1.0)[0])
    without = solve(problem)
    assert without.objective == without.greedy
    assert without.bound - without.objective > 0.1 * without.bound
