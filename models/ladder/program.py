"""The cheapest options that meet conditions, exactly: a small integer program, solved by HiGHS.

Every condition is built from thresholds by *and*, *or*, cases and sums of points, and none is negated, so that it is
enough to ask that what is needed is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from data.ladder.conditions import AllOf, AnyOf, Band, Cases, Condition, Scored, Threshold
from data.ladder.fact_catalogue import read_fact_catalogue
from models.ladder.options import FirmOptions, Option

Numbers = dict[tuple[str, bool, float], int]  # key of an option -> its variable
YUAN = 1e-4  # costs are in 10,000 yuan
POINT_GRAIN = 0.01  # points are given in halves at the finest


@dataclass
class Program:
    """Variables, rows and costs of one firm's program.

    options, waits : what a variable decides: an option of the firm, or to wait for a threshold that only time meets
    """

    firm: FirmOptions
    costs: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    entries: list[tuple[int, int, float]] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    options: dict[int, Option] = field(default_factory=dict)
    waits: dict[int, Threshold] = field(default_factory=dict)

    def variable(self, cost: float = 0.0, upper: float = 1.0) -> int:
        """A new whole variable from 0."""
        self.costs.append(cost)
        self.upper.append(upper)
        return len(self.costs) - 1

    def row(self, weights: Sequence[tuple[int, float]], at_least: float) -> None:
        """A new constraint: the weighted sum is at least a number."""
        self.entries += [(len(self.least), variable, weight) for variable, weight in weights]
        self.least.append(at_least)


def solve(conditions: Sequence[Condition], firm: FirmOptions, count_changes: bool) -> Program | None:
    """The program whose ``options`` are the chosen ones alone; None where no set of options meets the conditions.

    count_changes : every change costs the same; else its reference cost. A change, a wait and a confirmation count a
                    yuan more each, a hundredth more for every value of a fact that asks less, so that of equal costs
                    the fewest and least demanding are taken.
    """
    program = Program(firm)
    numbers: Numbers = {}
    for group in firm.groups.values():
        for rank, option in enumerate(group):
            cost = 0.0 if option.confirm else (1.0 if count_changes else (option.cost_cny or 0.0) / 10_000.0)
            numbers[option.key] = program.variable(cost + YUAN * (1.0 + 0.01 * rank))
            program.options[numbers[option.key]] = option
        program.row([(numbers[option.key], -1.0) for option in group], -1.0)
    for condition in conditions:
        _need(program, numbers, condition, None, _Context())
    if not program.costs:
        return program if not program.least or max(program.least) <= 0.0 else None
    chosen = _solved(program)
    if chosen is None:
        return None
    program.options = {number: one for number, one in program.options.items() if chosen[number]}
    program.waits = {number: one for number, one in program.waits.items() if chosen[number]}
    return program


@dataclass(frozen=True)
class _Context:
    """shortcut : nothing unknown is supposed; scored : time gives no points, it only opens what it is asked for."""

    shortcut: bool = False
    scored: bool = False


def _need(
    program: Program, numbers: Numbers, condition: Condition, needed: int | None, context: _Context
) -> None:
    """Ask that a condition is met where variable ``needed`` is 1 (None: always)."""
    if isinstance(condition, Threshold):
        _need_threshold(program, numbers, condition, needed, context)
    elif isinstance(condition, AllOf):
        for part in condition.parts:
            _need(program, numbers, part, needed, context)
    elif isinstance(condition, AnyOf):
        ways = [(part, context) for part in condition.parts]
        ways += [(part, _Context(shortcut=True, scored=context.scored)) for part in condition.shortcuts]
        chosen = [program.variable() for _ in ways]
        _ask(program, [(one, 1.0) for one in chosen], needed, 1.0)
        for one, (part, inner) in zip(chosen, ways, strict=True):
            _need(program, numbers, part, one, inner)
    elif isinstance(condition, Cases):
        for part in applying(condition, program.firm):
            _need(program, numbers, part, needed, context)
    else:
        _need_score(program, numbers, condition, needed, context)


def _ask(program: Program, weights: list[tuple[int, float]], needed: int | None, at_least: float) -> None:
    if needed is None:
        program.row(weights, at_least)
    else:
        program.row([*weights, (needed, -at_least)], 0.0)


def _need_threshold(
    program: Program, numbers: Numbers, condition: Threshold, needed: int | None, context: _Context
) -> None:
    if program.firm.surely(condition):
        return
    low, high = program.firm.known[condition.fact]
    enabling = [one for one in program.firm.enabling(condition) if not (one.confirm and context.shortcut)]
    possible = condition.holds(high if condition.rises else low)
    if not enabling and condition.rises and not possible and not context.shortcut and not context.scored:
        if read_fact_catalogue()[condition.fact].grows:
            waiting = program.variable(YUAN)
            program.waits[waiting] = condition
            _ask(program, [(waiting, 1.0)], needed, 1.0)
            return
    _ask(program, [(numbers[one.key], 1.0) for one in enabling], needed, 1.0)


def surely(condition: Condition, firm: FirmOptions) -> bool:
    """Whether the condition of a band is met as things are."""
    if isinstance(condition, Threshold):
        return firm.surely(condition)
    if isinstance(condition, AllOf):
        return all(surely(part, firm) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return any(surely(part, firm) for part in (*condition.parts, *condition.shortcuts))
    return isinstance(condition, Cases) and all(surely(part, firm) for part in applying(condition, firm))


def applying(condition: Cases, firm: FirmOptions) -> list[Condition]:
    """What every case asks that is possible as things are."""
    found = []
    for branch in condition.branches:
        if branch.when is None:
            found.append(branch.then)
            break
        low, high = firm.known[branch.when.fact]
        best, worst = (high, low) if branch.when.rises else (low, high)
        if branch.when.holds(best):
            found.append(branch.then)
        if branch.when.holds(worst):
            break
    return found


def _need_score(
    program: Program, numbers: Numbers, score: Scored, needed: int | None, context: _Context
) -> None:
    inner = _Context(shortcut=context.shortcut, scored=True)
    weights: dict[str, list[tuple[int, float]]] = {one.key: [] for one in score.categories}
    base = {one.key: 0.0 for one in score.categories}
    for indicator in score.indicators:
        if indicator.unread:
            continue
        met = [band.high for band in indicator.bands if band.when is None or surely(band.when, program.firm)]
        earned = max(met, default=0.0)
        base[indicator.category] += earned
        better = [band for band in indicator.bands if band.high > earned]
        taken = [(_band(program, numbers, band, inner), band.high - earned) for band in better]
        if taken:
            program.row([(one, -1.0) for one, _ in taken], -1.0)
        weights[indicator.category] += taken
    for category in score.categories:
        if category.way is not None:
            _ask(program, weights[category.key], needed, _least(category.way, category.value) - base[category.key])
    total, missing = [], _least(score.way, score.value)
    for category in score.categories:
        most = sum(indicator.most for indicator in score.indicators if indicator.category == category.key)
        if category.most < most:
            capped = program.variable(upper=category.most)
            program.row([*weights[category.key], (capped, -1.0)], -base[category.key])
            total.append((capped, 1.0))
        else:
            total += weights[category.key]
            missing -= base[category.key]
    _ask(program, total, needed, missing)


def _band(program: Program, numbers: Numbers, band: Band, context: _Context) -> int:
    taken = program.variable()
    if band.when is not None:
        _need(program, numbers, band.when, taken, context)
    return taken


def _least(way: str, value: float) -> float:
    return value + POINT_GRAIN if way == "above" else value


def _solved(program: Program) -> list[bool] | None:
    size = (len(program.least), len(program.costs))
    rows, columns, weights = zip(*program.entries, strict=True) if program.entries else ((), (), ())
    matrix = csr_array((weights, (rows, columns)), shape=size)
    found = milp(
        np.array(program.costs),
        constraints=LinearConstraint(matrix, np.array(program.least), np.inf),
        integrality=np.ones(size[1]),
        bounds=Bounds(0.0, np.array(program.upper)),
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        return None
    return [value > 0.5 for value in found.x]
