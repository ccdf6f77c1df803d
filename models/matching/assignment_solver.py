"""The best assignment, by HiGHS, with a bound over all pairs that does not rest on the solver's word.

Large problems are cut to pairs that can matter. For any prices of the bounds on demands, seats and groups, the best
that each firm adds alone is known, and the sum bounds every assignment of ALL pairs (Lagrange, weak duality). Pairs
enter as long as the bound can fall; a pair stays out only if the bound, with that pair in, is below the best found.

Where many firms are alike the integer programme alone does not come near that bound in time. Dives do: shares of a seat
in the linear programme are rounded up a few at a time, with some noise, until every firm is in or out; then a part of
the best dive's firms give their seats up, and a dive from there is kept where it is better.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_array, coo_array, csr_array, diags_array, eye_array

from models.matching.assignment import Assignment, Bools, Floats, Ints, best_first

SMALL = 5_000  # pairs; a problem up to that size is solved as it is
GAP = 2e-4  # relative, at which an integer programme stops
ENOUGH = 5e-4  # relative, at which no further pairs are tried
LARGE = 100_000  # pairs; beyond them no programme is tried, and the bound says what that may cost
CERTAIN = {"rounded": 0.6, "used": 1 - 1e-6}  # by stage: share of a seat above which a firm is invited in any case
TOLERANCE = 1e-9
ENTER = 1_000  # pairs that come in at a time, those of the firms that add the most
DIVES, DIVES_AGAIN = 6, 40  # from nothing, and from the best so far
DIVE_STEP, DIVE_NOISE = 0.1, 0.2  # share of the open firms that is rounded up at a time; noise of their shares
GIVEN_UP = 0.15  # share of the seats that is given up before a dive from the best
STAGES = {"rounded": 0.1, "used": 0.2, "dives": 0.9, "active": 1.0, "near": 1.0}  # share of the time left, at most
LEAST_S = 0.1
WHOLE = 1e-6  # a share as near to 0 or 1 is whole


@dataclass(frozen=True)
class Solved:
    """Who meets, and the bound.

    pair, round : indexes of pairs, and their rounds (-1 where the problem has none); shape (meetings,)
    objective, bound : values with what staying adds, less the penalty of what is missing; none is above ``bound``
    greedy : objective of the largest gain first; None where it misses a group's least
    missing : what each group lacks to its least; shape (groups,)
    """

    pair: Ints
    round: Ints
    objective: float
    bound: float
    greedy: float | None
    missing: Ints


def solve(problem: Assignment, time_limit_s: float = 20.0) -> Solved:
    """The best assignment and never less than the greedy one; what groups lack in sum is as little as can be.

    time_limit_s : of all integer programmes and dives together, beside the linear programmes of the bound; where it
                   ends early the bound says how far the rest is
    """
    greedy = best_first(problem)
    best, bound, upper = _Found(*greedy, _objective(problem, *greedy)), np.inf, np.inf
    every = np.arange(len(problem.value))
    cut = _cut(problem) if len(every) > SMALL and problem.seats > 0 else None
    ends = time.monotonic() + time_limit_s
    for stage, share in STAGES.items() if len(every) else ():
        left = share * max(ends - time.monotonic(), LEAST_S)
        if cut is None:
            active, bound, left = every, np.inf, time_limit_s
        elif stage == "near":
            # A pair that loses more than bound - best has no part in a better assignment: the cut is safe.
            active = np.union1d(cut.active, np.flatnonzero(cut.loss <= cut.bound - best.objective + TOLERANCE))
            if len(active) > LARGE:
                break
        else:
            active, bound = cut.active if stage == "active" else cut.used, cut.bound
        if cut is not None and stage == "dives":
            if upper - best.objective <= ENOUGH * abs(upper):
                continue  # with these pairs there is hardly a better assignment
            found = _dived(problem, cut, left)
        else:
            certain = problem.seated
            if cut is not None and stage in CERTAIN:
                certain = cut.share > CERTAIN[stage]
            found, upper = _integer(problem, active, certain, left)
        best = max(best, found, key=lambda one: one.objective)
        if cut is None or stage == "near":
            bound = min(bound, max(upper, best.objective))
        ended_early = upper - best.objective > ENOUGH * abs(upper)
        enough = bound - best.objective <= ENOUGH * abs(bound)
        if cut is None or enough or (stage in ("dives", "active") and ended_early):
            break
    missing = problem.missing(greedy[0]).any()
    bound = max(bound, best.objective) if len(every) else best.objective
    return Solved(best.pair, best.round, best.objective, bound, None if missing else _objective(problem, *greedy),
                  problem.missing(best.pair))  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """Pairs, their rounds, and the objective that they reach."""

    pair: Ints
    round: Ints
    objective: float


def _objective(problem: Assignment, pair: Ints, when: Ints) -> float:
    return float(problem.gain(pair, when).sum() - problem.penalty * problem.missing(pair).sum())


@dataclass(frozen=True)
class _Programme:
    """Columns: meetings, seats of the firms among them, what groups lack. The first ``priced`` rows link firms."""

    matrix: csr_array
    most: Floats
    low: Floats
    high: Floats
    cost: Floats
    priced: int


def _programme(problem: Assignment, pair: Ints, when: Ints) -> _Programme:
    demand, firm = problem.demand[pair], problem.firm[pair]
    firms = np.union1d(firm, np.flatnonzero(problem.seated))
    meetings, seats, groups = len(pair), len(firms), len(problem.groups)
    x = np.arange(meetings)
    own = _incidence(np.searchsorted(firms, firm), x, (seats, meetings))
    rows: list[list[object]] = [
        [_incidence(demand, x, (len(problem.demand_most), meetings)), None, None],
        [None, csr_array(np.ones((1, seats))), None],
    ]
    most: list[Ints | Floats | list[int]] = [problem.demand_most, [problem.seats]]
    for at, group in enumerate(problem.groups):
        lack = _incidence(np.zeros(1, dtype=np.int64), np.array([at]), (1, groups))
        of = csr_array(group.members[firm if group.meetings else firms].astype(float)[None, :])
        least: list[object] = [-of, None, -lack] if group.meetings else [None, -of, -lack]
        rows += [least, [of, None, None] if group.meetings else [None, of, None]]
        most += [[-group.least], [group.most]]
    priced = sum(map(len, most))
    several = np.flatnonzero(problem.firm_most[firm] > 1)
    rows += [
        [own, -diags_array(problem.firm_most[firms].astype(float)), None],
        [eye_array(meetings, format="csr")[several], -own.T.tocsr()[several], None],
        # Whoever is invited meets somebody: an empty seat serves no group.
        [-own, diags_array((~problem.seated[firms]).astype(float)), None],
    ]
    most += [np.zeros(2 * seats + len(several))]
    if problem.rounds is not None and (when >= 0).all():
        rounds = problem.rounds
        for index in (pair, demand * rounds + when, firm * rounds + when):
            used, at = np.unique(index, return_inverse=True)
            rows.append([_incidence(at, x, (len(used), meetings)), None, None])
            most.append(np.ones(len(used)))
    widths = (meetings, seats, groups)
    rows.append([csr_array((1, width)) for width in widths])  # gives every column its width
    most.append([0])
    return _Programme(
        csr_array(block_array(rows)),
        np.concatenate(most).astype(float),
        np.concatenate([problem.agreed_round[pair] >= 0, problem.seated[firms], np.zeros(groups)]).astype(float),
        np.concatenate([np.ones(meetings + seats), np.full(groups, np.inf)]),
        np.concatenate([-problem.gain(pair, when), np.zeros(seats), np.full(groups, problem.penalty)]),
        priced,
    )


def _incidence(row: Ints, column: Ints, shape: tuple[int, int]) -> csr_array:
    return coo_array((np.ones(len(row)), (row, column)), shape=shape).tocsr()


def _integer(problem: Assignment, active: Ints, certain: Bools, time_limit_s: float) -> tuple[_Found, float]:
    """The best found and the solver's bound of the problem with these pairs alone and the certain firms invited."""
    pair, when = problem.in_rounds(active)
    made = _programme(problem, pair, when)
    firms = np.union1d(problem.firm[pair], np.flatnonzero(problem.seated))
    made.low[len(pair) : len(pair) + len(firms)] = certain[firms] | problem.seated[firms]
    whole = np.ones(len(made.cost))
    whole[len(whole) - len(problem.groups) :] = 0  # what groups lack is whole when the seats are
    solved = milp(
        made.cost,
        constraints=LinearConstraint(made.matrix, -np.inf, made.most),
        integrality=whole,
        bounds=Bounds(made.low, made.high),
        options={"mip_rel_gap": GAP if problem.planned_round is None else 0.0, "time_limit": time_limit_s},
    )
    upper = np.inf if solved.mip_dual_bound is None else -float(solved.mip_dual_bound)
    if solved.x is None:
        return _Found(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), -np.inf), upper
    chosen = np.flatnonzero(solved.x[: len(pair)] > 0.5)
    return _Found(pair[chosen], when[chosen], _objective(problem, pair[chosen], when[chosen])), upper


def _dived(problem: Assignment, cut: _Cut, time_limit_s: float) -> _Found:
    """The best assignment of the firms that the best dive has come to."""
    ends = time.monotonic() + 0.9 * time_limit_s
    dive = _Dive(problem, cut, ends)
    best, seated = -np.inf, np.zeros(len(dive.firms), dtype=bool)
    for number in range(DIVES + DIVES_AGAIN):
        kept = np.zeros(len(seated), dtype=bool) if number < DIVES else dive.part_of(seated)
        value, found = dive.from_seats(kept)
        if value > best:
            best, seated = value, found
        if cut.bound - best <= ENOUGH * abs(cut.bound) or time.monotonic() > ends:
            break
    chosen = np.zeros(len(problem.firm_most), dtype=bool)
    chosen[dive.firms[seated]] = True
    active = cut.used[chosen[problem.firm[cut.used]]]
    found_pairs, _ = _integer(problem, active, chosen, max(ends + 0.1 * time_limit_s - time.monotonic(), LEAST_S))
    return found_pairs


class _Dive:
    """The linear programme with the pairs in use, from which firms are rounded up to a seat."""

    def __init__(self, problem: Assignment, cut: _Cut, ends: float) -> None:
        self._made = _programme(problem, cut.used, np.full(len(cut.used), -1))
        self.firms = np.union1d(problem.firm[cut.used], np.flatnonzero(problem.seated))
        self._seats = slice(len(cut.used), len(cut.used) + len(self.firms))
        self._sure = cut.share[self.firms]
        self._fixed = problem.seated[self.firms]
        self._rng = np.random.default_rng(0)
        self._ends = ends

    def part_of(self, seated: Bools) -> Bools:
        """All but GIVEN_UP of the firms with a seat, rather those of a small share in the linear programme."""
        open_firms = np.flatnonzero(seated & ~self._fixed)
        count = min(len(open_firms), max(1, round(GIVEN_UP * seated.sum())))
        if not count:
            return seated
        weight = 1.0 + GAP - self._sure[open_firms].clip(0, 1)
        kept = seated.copy()
        kept[self._rng.choice(open_firms, count, replace=False, p=weight / weight.sum())] = False
        return kept

    def from_seats(self, kept: Bools) -> tuple[float, Bools]:
        """Value and seats at the end of one dive that keeps these; -inf where it breaks a rule or time ends."""
        low = self._made.low.copy()
        low[self._seats] = np.maximum(low[self._seats], kept)
        while time.monotonic() < self._ends:
            solved = linprog(
                self._made.cost, A_ub=self._made.matrix, b_ub=self._made.most, bounds=np.c_[low, self._made.high]
            )
            if solved.x is None:
                break
            share = solved.x[self._seats]
            open_firms = np.flatnonzero((share > WHOLE) & (share < 1 - WHOLE))
            if not len(open_firms):
                return -float(solved.fun), share > 0.5
            noisy = share[open_firms] + self._rng.normal(0, DIVE_NOISE, len(open_firms))
            up = open_firms[np.argsort(-noisy)[: max(1, int(DIVE_STEP * len(open_firms)))]]
            low[self._seats] = np.maximum(low[self._seats], share > 1 - WHOLE)
            low[self._seats.start + up] = 1.0
        return -np.inf, kept


@dataclass(frozen=True)
class _Cut:
    """Pairs that the linear programme uses, those that it may use, its bound over ALL pairs, and loss of each pair.

    share : of a seat that each firm has in it, shape (firms,)
    loss : how far the bound falls when the pair meets, shape (pairs,)
    """

    used: Ints
    share: Floats
    active: Ints
    bound: float
    loss: Floats


def _cut(problem: Assignment) -> _Cut:
    worth, firms = problem.worth, len(problem.firm_most)
    by_demand = _rank_within(problem.demand, np.lexsort((-worth, problem.demand)))
    by_firm = _rank_within(problem.firm, np.lexsort((-worth, problem.firm)))
    own = by_firm < problem.firm_most[problem.firm]
    few = np.zeros(firms, dtype=bool)  # firms that would add the most if every demand had room
    few[np.argsort(-np.bincount(problem.firm[own], worth[own], firms), kind="stable")[: 2 * problem.seats]] = True
    meetings = np.sort(problem.firm_most)[::-1][: problem.seats].sum()  # at most
    a_demand = 1 + 2 * np.minimum(problem.demand_most, meetings / len(problem.demand_most))[problem.demand]
    active = (by_demand < a_demand) | (own & few[problem.firm]) | (problem.agreed_round >= 0)
    best, best_loss = np.inf, np.zeros(len(worth))
    while True:
        pair = np.flatnonzero(active)
        made = _programme(problem, pair, np.full(len(pair), -1))
        solved = linprog(made.cost, A_ub=made.matrix, b_ub=made.most, bounds=np.c_[made.low, made.high])
        prices = np.maximum(-np.asarray(solved.ineqlin.marginals)[: made.priced], 0.0)
        bound, loss, gain = _lagrange(problem, worth, prices)
        if bound < best:
            best, best_loss = bound, loss
        new = np.flatnonzero((gain > TOLERANCE) & ~active)
        if best <= -solved.fun + GAP / 10 * abs(solved.fun) or not len(new):
            met = np.unique(problem.firm[pair[solved.x[: len(pair)] > TOLERANCE]])
            seats = np.union1d(problem.firm[pair], np.flatnonzero(problem.seated))
            share = np.zeros(firms)
            share[seats] = solved.x[len(pair) : len(pair) + len(seats)]
            # A pair whose loss alone is more than the gap that is allowed has no part in the first, small programme.
            likely = np.isin(problem.firm[pair], met) & (best_loss[pair] <= ENOUGH * abs(best))
            return _Cut(pair[likely | (problem.agreed_round[pair] >= 0)], share, pair, best, best_loss)
        active[new[np.argsort(-gain[new], kind="stable")[:ENTER]]] = True


def _rank_within(key: Ints, order: Ints) -> Ints:
    """Of each item among those of its key, 0 first, in an order sorted by key; shape (n,)."""
    ordered = key[order]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(ordered, ordered)
    return rank


def _lagrange(problem: Assignment, worth: Floats, prices: Floats) -> tuple[float, Floats, Floats]:
    """Bound over all pairs at these prices, how far it falls when each pair meets, and the pairs that attain it."""
    demands, firms = len(problem.demand_most), len(problem.firm_most)
    seat, meeting = np.full(firms, prices[demands]), np.zeros(firms)
    bound = float(prices[:demands] @ problem.demand_most + prices[demands] * problem.seats)
    for group, (least, most) in zip(problem.groups, prices[demands + 1 :].reshape(-1, 2), strict=True):
        least = min(least, problem.penalty)
        target = meeting if group.meetings else seat
        target += (most - least) * group.members
        bound += float(most * group.most - least * group.least)
    net = worth - prices[problem.demand] - meeting[problem.firm]
    agreed, seated, firm_most = problem.agreed_round >= 0, problem.seated[problem.firm], problem.firm_most[problem.firm]
    rank = _rank_within(problem.firm, np.lexsort((-net, ~agreed, problem.firm)))
    used = agreed | ((rank == 0) & ~seated) | ((net > 0) & (rank < firm_most))
    alone = np.bincount(problem.firm[used], net[used], firms) - seat
    part = np.where(problem.seated, alone, np.maximum(alone, 0.0))
    absent = np.bincount(problem.firm, minlength=firms) == 0
    part[absent & ~problem.seated] = 0.0
    leaves = used & ~agreed & ((rank == firm_most - 1) | (net < 0))  # the pair that makes room for another one
    last = np.zeros(firms)
    last[problem.firm[leaves]] = net[leaves]
    loss = (part - alone)[problem.firm] + np.where(used, 0.0, last[problem.firm] - net)
    return (
        bound + float(part.sum()),
        loss,
        np.where(used, np.where(problem.seated[problem.firm], net, part[problem.firm]), 0.0),
    )
