"""The cheapest changes that meet conditions, exactly: a small integer program, solved by HiGHS.

Every condition is built from thresholds by *and*, *or*, cases and sums of points, and none is negated, so that it is
enough to ask that what is needed is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from data.ladder.conditions import AllOf, AnyOf, ByValue, Condition, Scored, Threshold
from data.money import CNY_PER_WAN
from models.ladder.assumption import Context, Supposed, applying, earned, meets
from models.ladder.options import FirmOptions, Option

YUAN = 1e-4  # costs are in 10,000 yuan
POINT_GRAIN = 0.01  # points are given in halves at the finest


@dataclass
class _Program:
    """Variables, rows and costs of one firm's program; ``free``: thresholds that cost nothing to meet."""

    firm: FirmOptions
    free: Supposed
    costs: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    entries: list[tuple[int, int, float]] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    numbers: dict[tuple[str, float], int] = field(default_factory=dict)  # option -> variable

    def variable(self, cost: float = 0.0, upper: float = 1.0) -> int:
        """A new whole variable from 0 to ``upper``."""
        self.costs.append(cost)
        self.upper.append(upper)
        return len(self.costs) - 1

    def row(self, weights: Sequence[tuple[int, float]], at_least: float, needed: int | None = None) -> None:
        """A new constraint where variable ``needed`` is 1 (None: always): the weighted sum is at least a number."""
        terms = list(weights) if needed is None else [*weights, (needed, -at_least)]
        self.entries += [(len(self.least), variable, weight) for variable, weight in terms]
        self.least.append(at_least if needed is None else 0.0)


def cheapest(
    conditions: Sequence[Condition], firm: FirmOptions, free: Supposed, count_changes: bool
) -> tuple[Option, ...] | None:
    """The changes of least cost with which every condition is met; None where no set of changes does.

    free : thresholds that are supposed to be met without a change
    count_changes : every change costs the same, of equal numbers the smallest are taken; else its reference cost and
                    a yuan, so that of equal costs the fewest changes are taken
    """
    open_ones = [one for one in conditions if not meets(one, firm.known, free)]
    if not open_ones:
        return ()
    program = _Program(firm, free)
    options = [one for group in firm.changes.values() for one in group]
    for group in firm.changes.values():
        for larger, option in enumerate(group):
            counted = 1.0 + 1e-3 * larger
            cost = counted if count_changes else (option.cost_cny or 0.0) / CNY_PER_WAN + YUAN
            program.numbers[option.key] = program.variable(cost)
        program.row([(program.numbers[one.key], -1.0) for one in group], -1.0)
    for condition in conditions:
        _need(program, condition, None, Context())
    chosen = _solved(program)
    return None if chosen is None else tuple(one for one in options if chosen[program.numbers[one.key]])


def _need(program: _Program, condition: Condition, needed: int | None, context: Context) -> None:
    """Ask that a condition is met where variable ``needed`` is 1 (None: always)."""
    if meets(condition, program.firm.known, program.free, context) and not isinstance(condition, Scored):
        return
    if isinstance(condition, Threshold):
        program.row([(program.numbers[one.key], 1.0) for one in program.firm.enabling(condition)], 1.0, needed)
    elif isinstance(condition, AllOf):
        for part in condition.parts:
            _need(program, part, needed, context)
    elif isinstance(condition, AnyOf):
        ways = [(part, context) for part in condition.parts]
        ways += [(part, replace(context, shortcut=True)) for part in condition.shortcuts]
        chosen = [program.variable() for _ in ways]
        program.row([(one, 1.0) for one in chosen], 1.0, needed)
        for one, (part, inner) in zip(chosen, ways, strict=True):
            _need(program, part, one, inner)
    elif isinstance(condition, ByValue):
        for part in applying(condition, program.firm.known):
            _need(program, part, needed, context)
    else:
        _need_score(program, condition, needed, replace(context, scored=True))


def _need_score(program: _Program, score: Scored, needed: int | None, context: Context) -> None:
    weights: dict[str, list[tuple[int, float]]] = {one.key: [] for one in score.categories}
    base = {one.key: 0.0 for one in score.categories}
    for indicator in score.indicators:
        points = earned(indicator, program.firm.known, program.free, context)
        base[indicator.category] += points
        taken = []
        for band in indicator.bands:
            if band.high > points and band.when is not None and not indicator.unread:
                number = program.variable()
                _need(program, band.when, number, context)
                taken.append((number, band.high - points))
        if taken:
            program.row([(number, -1.0) for number, _ in taken], -1.0)
        weights[indicator.category] += taken
    total, missing = [], _least(score.way, score.value)
    for category in score.categories:
        if category.way is not None:
            program.row(weights[category.key], _least(category.way, category.value) - base[category.key], needed)
        most = sum(indicator.most for indicator in score.indicators if indicator.category == category.key)
        if category.most < most:
            capped = program.variable(upper=category.most)
            program.row([*weights[category.key], (capped, -1.0)], -base[category.key])
            total.append((capped, 1.0))
        else:
            total += weights[category.key]
            missing -= base[category.key]
    program.row(total, missing, needed)


def _least(way: str, value: float) -> float:
    return value + POINT_GRAIN if way == "above" else value


def _solved(program: _Program) -> list[bool] | None:
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
    return None if found.x is None else [bool(value > 0.5) for value in found.x]
