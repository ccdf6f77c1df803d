"""Whom to invite to a match event 对接活动, who meets whom in which round, and the new plan when firms decline.

The value of a meeting is the probability that the firm accepts times the calibrated probability that the meeting,
once held, solves the demand; the plan has the largest sum, the expected number of meetings that solve. Assumed: firms
accept independently of each other and of what the meetings would bring, and one meeting's result leaves the others'
probabilities as they are. Invitations that are out and not declined never exceed the seats, so nobody is turned away
whoever accepts; seats of those who decline are filled by ``replan``, never by inviting more than there are seats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Literal

import numpy as np

from models.matching.assignment import Assignment, Bools, Floats, Group, Ints, rounds_of
from models.matching.assignment_solver import Solved, solve

STAY = 1e-3  # expected solutions that moving one planned meeting must gain at least


class ExposureError(ValueError):
    """The bounds of exposure cannot be had together; the message says what can.

    most : by rule that falls short, the seats or meetings that can be had with all other bounds kept as far as can be
    """

    def __init__(self, message: str, most: Mapping[str, int]) -> None:
        super().__init__(message)
        self.most = dict(most)


@dataclass(frozen=True)
class Exposure:
    """A group's share of what the event has room for: the seats that firms can fill, or the meetings.

    members : of the group, new or small firms as an example; shape (firms,)
    least_share, most_share : in [0, 1]; the least is rounded up, the most down
    """

    name: str
    members: Bools
    least_share: float = 0.0
    most_share: float = 1.0
    of: Literal["seats", "meetings"] = "seats"


@dataclass(frozen=True)
class EventRules:
    """What an event has room for.

    seats : firms that can take part; rounds : meetings one after the other
    per_firm_limit, per_demand_limit : most meetings of each, a number for all or an array; None: the rounds alone
    """

    seats: int
    rounds: int
    per_firm_limit: int | Ints | None = None
    per_demand_limit: int | Ints | None = None
    exposure: Sequence[Exposure] = ()


@dataclass(frozen=True)
class Candidates:
    """Pairs that may meet, each once; arrays of shape (pairs,).

    probability : calibrated, that the meeting solves the demand; a pair at 0 is no candidate
    demands, firms : how many there are; indexes are below them
    """

    demand: Ints
    firm: Ints
    probability: Floats
    demands: int
    firms: int

    def __post_init__(self) -> None:
        """Raise ValueError where a probability, an index or a repeated pair makes no sense."""
        if not len(self.demand) == len(self.firm) == len(self.probability):
            raise ValueError("demand, firm and probability differ in length")
        if not ((self.probability >= 0) & (self.probability <= 1)).all():  # NaN is refused as well
            raise ValueError("a probability is missing or outside [0, 1]")
        inside = (self.demand >= 0) & (self.demand < self.demands) & (self.firm >= 0) & (self.firm < self.firms)
        if not inside.all():
            raise ValueError(f"an index is outside the {self.demands} demands or {self.firms} firms")
        if len(np.unique(self.demand * self.firms + self.firm)) < len(self.demand):
            raise ValueError("a pair of demand and firm is given twice")

    @classmethod
    def from_matrix(cls, probability: Floats) -> Candidates:
        """All pairs above 0 of a matrix of shape (demands, firms); raises ValueError as above."""
        demand, firm = np.nonzero(probability)
        return cls(demand, firm, np.asarray(probability, dtype=float)[demand, firm], *probability.shape)


@dataclass(frozen=True)
class InvitationPlan:
    """Who is invited and who meets whom.

    invited : firms, rising; demand, firm, round : of each meeting, rounds from 0, shape (meetings,)
    value : expected number of meetings that solve; no plan under the same rules is above ``bound``
    greedy_value : of the largest value first under the same rules; None where it misses a bound of exposure
    price_of_fairness : what the plan without bounds of exposure is worth more, to the accuracy of ``gap``
    exposure : by rule the least, the most, and what the plan has
    """

    invited: Ints
    demand: Ints
    firm: Ints
    round: Ints
    value: float
    bound: float
    greedy_value: float | None
    price_of_fairness: float
    exposure: Mapping[str, tuple[int, int, int]]

    @property
    def gap(self) -> float:
        """How far the plan may be below the best, as a share of the bound."""
        return 0.0 if self.bound <= 0 else max(self.bound - self.value, 0.0) / self.bound


def even_limit(candidates: Candidates, rules: EventRules) -> int:
    """The least limit of meetings of one demand under which no seat or round of a firm stays empty for it.

    Without a limit the demands that are easiest to solve take every meeting, and the others have none.
    """
    able = np.bincount(candidates.demand[candidates.probability > 0], minlength=candidates.demands)
    firm_most = _limits(rules.per_firm_limit, rules.rounds, candidates.firms)
    most = int(np.minimum(able, rules.rounds).sum())
    room = min(int(np.sort(firm_most)[::-1][: rules.seats].sum()), most)
    return next((limit for limit in range(1, rules.rounds) if np.minimum(able, limit).sum() >= room), rules.rounds)


def plan_invitations(
    candidates: Candidates, rules: EventRules, acceptance: Floats | None = None, time_limit_s: float = 20.0
) -> InvitationPlan:
    """The plan of the largest value under the rules.

    acceptance : probability that each firm accepts, shape (firms,); None: all do
    time_limit_s : of the integer programmes and dives of each of the two problems, with the bounds of exposure and
                   without them; the gap says what was reached
    raises : ExposureError where the bounds of exposure cannot be had; ValueError for rules that make no sense
    """
    problem = _problem(candidates, rules, acceptance)
    found, price = _solved(problem, rules, time_limit_s)
    demand, firm = problem.demand[found.pair], problem.firm[found.pair]
    return _plan(problem, rules, found, price, rounds_of(demand, firm, rules.rounds))


def replan(
    plan: InvitationPlan,
    candidates: Candidates,
    rules: EventRules,
    declined: Ints,
    kept: Bools | None = None,
    acceptance: Floats | None = None,
    time_limit_s: float = 20.0,
) -> InvitationPlan:
    """The plan after firms have declined: their seats and rounds go to others.

    Meetings that are kept stay in their round. Every invitation that is out and not declined stays. Any other planned
    meeting moves only where that gains more than ``STAY`` expected solutions, so never on a tie; in problems too
    large to be solved whole (``assignment_solver.SMALL`` pairs) this holds to the accuracy of the gap.

    declined : firms; kept : which meetings of ``plan`` are fixed, shape (meetings,); None: those of no firm
    raises : as plan_invitations; ValueError where a declined firm has a kept meeting or a kept pair is no candidate
    """
    kept = np.zeros(len(plan.firm), dtype=bool) if kept is None else kept
    if (gone := np.intersect1d(plan.firm[kept], declined)).size:
        raise ValueError(f"firms {gone.tolist()} have declined and have kept meetings")
    problem = _problem(candidates, rules, acceptance, without=declined)
    code = problem.demand * candidates.firms + problem.firm
    planned = plan.demand * candidates.firms + plan.firm
    stays = np.isin(planned, code)
    if (kept & ~stays).any():
        raise ValueError("a kept meeting is no candidate any more")
    order = np.argsort(code)
    at = order[np.searchsorted(code, planned[stays], sorter=order)]
    planned_round = np.full(len(code), -1)
    planned_round[at] = plan.round[stays]
    agreed_round = np.where(np.isin(code, planned[kept]), planned_round, -1)
    seated = np.zeros(candidates.firms, dtype=bool)
    seated[np.setdiff1d(plan.invited, declined)] = True
    problem = replace(problem, agreed_round=agreed_round, seated=seated, rounds=rules.rounds,
                      planned_round=planned_round, stay=STAY)  # fmt: skip
    found, price = _solved(problem, rules, time_limit_s)
    return _plan(problem, rules, found, price, found.round)


def _problem(
    candidates: Candidates, rules: EventRules, acceptance: Floats | None, without: Ints | None = None
) -> Assignment:
    accepts = np.ones(candidates.firms) if acceptance is None else np.asarray(acceptance, dtype=float)
    if accepts.shape != (candidates.firms,) or not ((accepts >= 0) & (accepts <= 1)).all():
        raise ValueError("acceptance is one probability for each firm")
    if rules.seats < 0 or rules.rounds < 0:
        raise ValueError("seats and rounds are not negative")
    if without is not None and len(without):
        accepts = accepts.copy()
        accepts[without] = 0.0
    value = candidates.probability * accepts[candidates.firm]
    able = value > 0
    demand_most = _limits(rules.per_demand_limit, rules.rounds, candidates.demands)
    firm_most = _limits(rules.per_firm_limit, rules.rounds, candidates.firms)
    able &= (demand_most[candidates.demand] > 0) & (firm_most[candidates.firm] > 0)
    return Assignment(
        candidates.demand[able], candidates.firm[able], value[able], demand_most, firm_most, rules.seats, (),
        np.full(int(able.sum()), -1), np.zeros(candidates.firms, dtype=bool),
    )  # fmt: skip


def _limits(limit: int | Ints | None, rounds: int, count: int) -> Ints:
    limits = np.broadcast_to(np.asarray(rounds if limit is None else limit, dtype=np.int64), (count,))
    if (limits < 0).any():
        raise ValueError("a limit of meetings is negative")
    return np.minimum(limits, rounds)


def _groups(problem: Assignment, rules: EventRules) -> list[Group]:
    """The bounds of exposure as numbers of the seats and meetings that the event has room for."""
    by_demand = np.bincount(problem.demand, minlength=len(problem.demand_most))
    by_firm = np.minimum(np.bincount(problem.firm, minlength=len(problem.firm_most)), problem.firm_most)
    seats = min(problem.seats, int(((by_firm > 0) | problem.seated).sum()))
    meetings = min(int(np.minimum(by_demand, problem.demand_most).sum()), int(np.sort(by_firm)[::-1][:seats].sum()))
    groups = []
    for rule in rules.exposure:
        if not 0 <= rule.least_share <= rule.most_share <= 1 or rule.members.shape != by_firm.shape:
            raise ValueError(f"exposure {rule.name!r}: shares rise within [0, 1], members is one flag for each firm")
        room = seats if rule.of == "seats" else meetings
        taken = (rule.members & problem.seated).sum() if rule.of == "seats" else (
            rule.members[problem.firm] & (problem.agreed_round >= 0)).sum()  # fmt: skip
        least, most = ceil(rule.least_share * room - 1e-9), floor(rule.most_share * room + 1e-9)
        groups.append(Group(rule.members, least, max(most, int(taken)), rule.of == "meetings"))
    return groups


def _solved(problem: Assignment, rules: EventRules, time_limit_s: float) -> tuple[Solved, float]:
    """The solution within the bounds of exposure, and how much the one without them is worth more."""
    if not rules.exposure:
        return solve(problem, time_limit_s), 0.0
    groups = _groups(problem, rules)
    found = solve(replace(problem, groups=groups), time_limit_s)
    if found.missing.any():
        short = [(rule, group, int(lacks)) for rule, group, lacks in
                 zip(rules.exposure, groups, found.missing, strict=True) if lacks]  # fmt: skip
        most = {rule.name: group.least - lacks for rule, group, lacks in short}
        words = "; ".join(
            f"{rule.name}: at least {group.least} {rule.of} wanted, {group.least - lacks} can be had"
            for rule, group, lacks in short
        )
        raise ExposureError(f"the bounds of exposure cannot be had together: {words}", most)
    return found, max(solve(problem, time_limit_s).objective - found.objective, 0.0)


def _plan(problem: Assignment, rules: EventRules, found: Solved, price: float, rounds: Ints) -> InvitationPlan:
    demand, firm = problem.demand[found.pair], problem.firm[found.pair]
    value = float(problem.value[found.pair].sum())
    staying = found.objective - value  # what meetings that stay add to the objective, not to the value
    invited = np.union1d(firm, np.flatnonzero(problem.seated))
    had = {}
    for rule, group in zip(rules.exposure, _groups(problem, rules), strict=True):
        count = rule.members[firm if group.meetings else invited].sum()
        had[rule.name] = (group.least, group.most, int(count))
    order = np.lexsort((firm, rounds, demand))
    return InvitationPlan(
        invited, demand[order], firm[order], rounds[order], value, max(found.bound - staying, value),
        None if found.greedy is None else found.greedy - staying, price, had,
    )  # fmt: skip
