"""Which pairs of a demand and a firm meet: the problem, its greedy solution, and rounds without double booking.

A pair (demand i, firm j) has a value v. A firm takes part (z_j = 1) when it has a seat; x_ij = 1 when the pair meets:

    max sum v_ij x_ij   with   sum_j x_ij <= demand_most_i,   x_ij <= z_j <= sum_i x_ij <= firm_most_j z_j,
    sum_j z_j <= seats,   and for each group   least <= its seats (or its meetings) <= most.

No demand and no firm meets more often than there are rounds, so rounds without double booking always exist (König's
theorem: a bipartite graph needs as many colours as its largest degree); where rounds are already agreed they are kept,
and the others are part of the problem. ``models.matching.assignment_solver`` solves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Group:
    """Bounds of some firms' seats, or of their meetings.

    members : shape (firms,)
    meetings : whether meetings are counted, else seats
    """

    members: Bools
    least: int
    most: int
    meetings: bool = False


@dataclass(frozen=True)
class Assignment:
    """A problem; pairs differ. Arrays of pairs have shape (pairs,).

    agreed_round : round of a pair that meets in any case, else -1
    seated : firms whose seat is taken in any case, those of agreed pairs among them; shape (firms,)
    rounds : where some meetings have a round already, else None
    planned_round, stay : what is added to the value of a pair that meets in that round (-1: in none)
    """

    demand: Ints
    firm: Ints
    value: Floats
    demand_most: Ints
    firm_most: Ints
    seats: int
    groups: Sequence[Group]
    agreed_round: Ints
    seated: Bools
    rounds: int | None = None
    planned_round: Ints | None = None
    stay: float = 0.0

    @property
    def worth(self) -> Floats:
        """The most that a pair can add: its value, and what staying in its round adds; shape (pairs,)."""
        if self.planned_round is None:
            return self.value
        return self.value + self.stay * (self.planned_round >= 0)

    @property
    def penalty(self) -> float:
        """Of one seat or meeting that a group lacks to its least: more than all values together can gain."""
        return 1.0 + float((self.demand_most * self.worth.max(initial=0.0)).sum())

    def in_rounds(self, pair: Ints) -> tuple[Ints, Ints]:
        """The pairs, each repeated for every round in which neither has an agreed meeting; without rounds as -1."""
        if self.rounds is None:
            return pair, np.full(len(pair), -1)
        agreed = self.agreed_round >= 0
        demand_free = np.ones((len(self.demand_most), self.rounds), dtype=bool)
        demand_free[self.demand[agreed], self.agreed_round[agreed]] = False
        firm_free = np.ones((len(self.firm_most), self.rounds), dtype=bool)
        firm_free[self.firm[agreed], self.agreed_round[agreed]] = False
        free = demand_free[self.demand[pair]] & firm_free[self.firm[pair]]
        own = np.flatnonzero(agreed[pair])
        free[own] = False
        free[own, self.agreed_round[pair[own]]] = True
        row, when = np.nonzero(free)
        return pair[row], when

    def gain(self, pair: Ints, when: Ints) -> Floats:
        """Value of each pair in its round, with what staying in that round adds; shape as ``pair``."""
        if self.planned_round is None:
            return self.value[pair]
        planned = self.planned_round[pair]
        stays = (planned >= 0) & ((planned == when) | (when < 0))
        return np.where(stays, self.value[pair] + self.stay, self.value[pair])

    def missing(self, pair: Ints) -> Ints:
        """What each group lacks to its least when these pairs meet; shape (groups,)."""
        seated = self.seated.copy()
        seated[self.firm[pair]] = True
        had = [group.members[self.firm[pair]].sum() if group.meetings else (group.members & seated).sum()
               for group in self.groups]  # fmt: skip
        least = [group.least for group in self.groups]
        return np.maximum(np.array(least, dtype=np.int64) - np.array(had, dtype=np.int64), 0)


def best_first(problem: Assignment) -> tuple[Ints, Ints]:
    """Pairs and rounds (-1: none agreed yet) by the largest gain first, under the same rules; shapes (meetings,).

    Groups that lack seats or meetings come first, then everybody; a pair that a rule forbids is passed over. It may
    end with a group below its least although a better choice would reach it.
    """
    pair, when = problem.in_rounds(np.arange(len(problem.value)))
    gain = problem.gain(pair, when)
    order = np.argsort(-gain, kind="stable")
    state = _Chosen(problem)
    agreed = problem.agreed_round[pair] >= 0
    for at in order[agreed[order]].tolist():
        state.take(int(pair[at]), int(when[at]))
    short = np.zeros(len(problem.firm_most), dtype=bool)
    for group in problem.groups:
        short |= group.members if group.least > 0 else False
    pair_of, when_of = pair.tolist(), when.tolist()
    for at in order[(short[problem.firm[pair]] & ~agreed)[order]].tolist():
        if state.lacking(pair_of[at]) and state.allowed(pair_of[at], when_of[at]):
            state.take(pair_of[at], when_of[at])
    for at in order[~agreed[order]].tolist():
        if state.room <= 0:
            break
        if state.allowed(pair_of[at], when_of[at]):
            state.take(pair_of[at], when_of[at])
    return np.array(state.pairs, dtype=np.int64), np.array(state.rounds, dtype=np.int64)


class _Chosen:
    """Meetings chosen so far, and what the rules leave."""

    def __init__(self, problem: Assignment) -> None:
        self.pairs: list[int] = []
        self.rounds: list[int] = []
        self._demand, self._firm = problem.demand.tolist(), problem.firm.tolist()
        self._demand_left, self._firm_left = problem.demand_most.tolist(), problem.firm_most.tolist()
        self._seated, self._seats = problem.seated.tolist(), problem.seats - int(problem.seated.sum())
        self._groups = [(group.members.tolist(), group.least, group.most, group.meetings) for group in problem.groups]
        self._had = [0 if group.meetings else int((group.members & problem.seated).sum()) for group in problem.groups]
        self._met: set[int] = set()
        self._busy: set[tuple[str, int, int]] = set()
        self.room = sum(self._demand_left)

    def _counts(self, firm: int) -> Iterable[int]:
        """Groups of which a meeting of this firm takes a seat or a meeting."""
        return (at for at, (members, _, _, meetings) in enumerate(self._groups)
                if members[firm] and (meetings or not self._seated[firm]))  # fmt: skip

    def lacking(self, pair: int) -> bool:
        return any(self._had[at] < self._groups[at][1] for at in self._counts(self._firm[pair]))

    def allowed(self, pair: int, when: int) -> bool:
        demand, firm = self._demand[pair], self._firm[pair]
        return (
            self._demand_left[demand] > 0
            and self._firm_left[firm] > 0
            and (self._seated[firm] or self._seats > 0)
            and pair not in self._met
            and (when < 0 or not {("demand", demand, when), ("firm", firm, when)} & self._busy)
            and all(self._had[at] < self._groups[at][2] for at in self._counts(firm))
        )

    def take(self, pair: int, when: int) -> None:
        demand, firm = self._demand[pair], self._firm[pair]
        for at in self._counts(firm):
            self._had[at] += 1
        self._seats -= not self._seated[firm]
        self._seated[firm] = True
        self._demand_left[demand] -= 1
        self._firm_left[firm] -= 1
        self.room -= 1
        self._met.add(pair)
        self._busy |= {("demand", demand, when), ("firm", firm, when)}
        self.pairs.append(pair)
        self.rounds.append(when)


def rounds_of(demand: Ints, firm: Ints, rounds: int) -> Ints:
    """A round of each meeting such that no demand and no firm has two in one; shape (meetings,).

    Each meeting takes a round that is free for its demand; where the firm is busy then, the rounds of the path that
    alternates between the two are exchanged (the proof of König's theorem).
    raises : ValueError where a demand or firm has more meetings than there are rounds
    """
    if len(demand) and max(np.bincount(demand).max(), np.bincount(firm).max()) > rounds:
        raise ValueError(f"a demand or firm has more meetings than the {rounds} rounds")
    met: dict[tuple[int, int], dict[int, int]] = {}  # (side, index) -> round -> meeting
    ends = [((0, one), (1, other)) for one, other in zip(demand.tolist(), firm.tolist(), strict=True)]
    chosen = [0] * len(ends)
    for meeting, (left, right) in enumerate(ends):
        mine, theirs = met.setdefault(left, {}), met.setdefault(right, {})
        first = next(one for one in range(rounds) if one not in mine)
        other = next(one for one in range(rounds) if one not in theirs)
        path, node, want = [], right, first
        while want in met[node]:
            path.append(met[node][want])
            node = ends[path[-1]][node[0] == 0]
            want = other if want == first else first
        for one in path:
            for end in ends[one]:
                if met[end].get(chosen[one]) == one:
                    del met[end][chosen[one]]
            chosen[one] = other if chosen[one] == first else first
        for one in path:
            for end in ends[one]:
                met[end][chosen[one]] = one
        chosen[meeting] = first
        mine[first] = theirs[first] = meeting
    return np.array(chosen, dtype=np.int64)
