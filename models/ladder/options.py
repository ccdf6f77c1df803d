"""What a firm could do or show to meet a rule: facts to confirm, facts to change with their reference cost, and time.

Costs are those of ``data/reference/indicator_costs.csv`` where a fact is an indicator, else of ``change_costs.csv`` in
the subject's folder; all are proposals. Titles, prizes and judgements have no cost: they are not
bought. Revenue has none either, since it moves every ratio at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil, isinf
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data.codebook import read_codebook, read_rows, reference_path
from data.ladder.conditions import Threshold
from data.ladder.fact_catalogue import FOLDERS, Fact, Subject, read_fact_catalogue
from data.ladder.facts import LadderFacts
from data.ladder.rule_parts import LadderError
from models.ladder.assumption import Known, possibly, surely
from models.points.step_prices import Cost, read_costs

SIZES = ("revenue_wan", "headcount")  # that costs of a firm are shares of
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChangeCost:
    """A fact that a firm can change, in steps of ``grain``.

    moves : (ratio, its denominator) when changing an amount moves a ratio with it
    per : the ratio is the amount over the denominator, times this: 10 for mentors per 10 tenant firms
    """

    fact: str
    grain: float
    moves: tuple[str, str] | None
    per: float
    cost: Cost
    takes_years: float


@dataclass(frozen=True, slots=True)
class Option:
    """One value that a fact may be brought to, and what moves with it.

    values : fact -> value after; cost_cny : None where a size that it needs is unknown
    """

    fact: str
    values: Mapping[str, float]
    cost_cny: float | None
    takes_years: float

    @property
    def key(self) -> tuple[str, float]:
        """What tells an option from every other change of a firm."""
        return self.fact, self.values[self.fact]


@cache
def read_change_costs(path: Path | None = None, subject: Subject = "firm") -> Mapping[str, ChangeCost]:
    """The costs of changes by fact; raises LadderError naming a row whose fact, ratio or cost is unknown."""
    source = path or reference_path(f"{FOLDERS[subject]}/change_costs.csv")
    costs, catalogue = {cost.key: cost for cost in read_costs(read_codebook())}, read_fact_catalogue(subject)
    found: dict[str, ChangeCost] = {}
    for line, row in enumerate(read_rows(source), start=2):
        fact, indicator = row["fact"], row["indicator"]
        amount, _, per = row["moves"].partition("*")
        moves = tuple(amount.split("/")) if amount else None
        known = [
            fact in catalogue,
            not indicator or indicator in costs,
            moves is None or set(moves) <= set(catalogue),
        ]
        if not all(known) or (moves is not None and len(moves) != 2):
            raise LadderError(f"{source.name} line {line}: no such fact, ratio or cost in {row}")
        cost = costs[indicator] if indicator else Cost(
            fact, float(row["step"]), float(row["cost_yuan"]), float(row["revenue_share"]),
            float(row["yuan_per_head"]), row["basis"],
        )  # fmt: skip
        found[fact] = ChangeCost(
            fact,
            float(row["grain"]),
            None if moves is None else (moves[0], moves[1]),
            float(per or 1.0),
            cost,
            float(row["takes_years"]),
        )
    return found


@dataclass(frozen=True)
class FirmOptions:
    """One firm's options for the thresholds of a rule.

    changes : fact -> its changes, the smallest first, of which at most one is made
    group_of : fact -> the fact whose changes move it
    confirmable : thresholds that an unknown fact may meet; ``waitable`` : those that only time meets
    """

    known: Known
    changes: Mapping[str, tuple[Option, ...]]
    group_of: Mapping[str, str]
    confirmable: frozenset[Threshold]
    waitable: frozenset[Threshold]

    def enabling(self, condition: Threshold) -> list[Option]:
        """Changes that meet a threshold."""
        group = self.changes.get(self.group_of.get(condition.fact, ""), ())
        return [one for one in group if condition.fact in one.values and condition.holds(one.values[condition.fact])]


def firm_options(facts: LadderFacts, row: int, wanted: Iterable[Threshold], given: Iterable[str] = ()) -> FirmOptions:
    """Every option of one firm that could meet one of the thresholds, at the smallest sufficient change.

    given : facts that hold totals of experts
    """
    tests, catalogue = list(dict.fromkeys(wanted)), read_fact_catalogue(facts.subject)
    entries = read_change_costs(subject=facts.subject)
    keys = {one.fact for one in tests} | {*SIZES, *given} & set(catalogue)
    for entry in entries.values():
        if entry.moves is not None and {entry.fact, entry.moves[0]} & keys:
            keys |= {entry.fact, *entry.moves}
    known = {key: (float(facts.ends(key)[0][row]), float(facts.ends(key)[1][row])) for key in sorted(keys)}
    coupled = {
        entry.moves[0]: entry for entry in entries.values() if entry.moves is not None and _coupled(entry, known)
    }
    changes: dict[str, dict[tuple[str, float], Option]] = {}
    group_of: dict[str, str] = {}
    confirmable, waitable = [], []
    for test in tests:
        fact, ends = catalogue[test.fact], known[test.fact]
        found = coupled.get(test.fact) or entries.get(test.fact)
        group_of[test.fact] = found.fact if found is not None else test.fact
        if surely(test, known):
            continue
        if possibly(test, known) and not registered(fact, *ends):
            confirmable.append(test)
        elif fact.grows and test.rises:
            waitable.append(test)
        if found is not None and (option := _change(test, found, known, coupled)) is not None:
            changes.setdefault(option.fact, {})[option.key] = option  # equal values by equal means are one option
    return FirmOptions(
        known,
        {key: _smallest_first(key, group.values(), known) for key, group in changes.items()},
        group_of,
        frozenset(confirmable),
        frozenset(waitable),
    )


def _smallest_first(fact: str, options: Iterable[Option], known: Known) -> tuple[Option, ...]:
    low, high = known[fact]
    start = high if isinf(low) else low
    return tuple(sorted(options, key=lambda one: abs(one.values[fact] - start)))


def _coupled(entry: ChangeCost, known: Known) -> bool:
    """Whether an amount, its ratio and the denominator are all known, so that one moves the other."""
    if entry.moves is None or any(_point(known.get(key)) is None for key in (entry.fact, *entry.moves)):
        return False
    return known[entry.moves[1]][0] > 0.0


def _change(test: Threshold, entry: ChangeCost, known: Known, coupled: Mapping[str, ChangeCost]) -> Option | None:
    """The smallest change that meets a threshold; None from a value of which nothing is known."""
    low, high = known[entry.fact]
    start = low if entry.cost.step > 0.0 else high
    if isinf(start) or (entry.cost.step > 0.0) != test.rises:
        return None
    values = {test.fact: _target(test, entry.grain)}
    if test.fact in coupled:
        values = _amount_for(values[test.fact], entry, known)
    elif entry.moves is not None and entry.moves[0] in coupled:
        values[entry.moves[0]] = entry.per * values[test.fact] / known[entry.moves[1]][0]
    steps = (values[entry.fact] - start) / entry.cost.step
    return Option(entry.fact, values, _cost(entry.cost, steps, known), entry.takes_years)


def _point(ends: tuple[float, float] | None) -> float | None:
    return ends[0] if ends is not None and ends[0] == ends[1] else None


def registered(fact: Fact, low: float | Floats, high: float | Floats) -> Any:
    """Where a count's least is on a register, it is taken at that: what no register shows is not supposed."""
    return (fact.unit == "count") & ~np.isinf(low) & np.isinf(high)


def _target(test: Threshold, grain: float) -> float:
    """The nearest value that meets a threshold, in whole grains beyond it where it is strict."""
    if test.way in ("at_least", "at_most"):
        return test.value
    return round((test.value / grain) + (1.0 if test.rises else -1.0)) * grain


def _amount_for(ratio: float, entry: ChangeCost, known: Known) -> dict[str, float]:
    """The least amount, in whole grains, that brings a ratio to its target."""
    name, denominator = entry.moves or ("", "")
    grains = ceil(round(ratio * known[denominator][0] / entry.per / entry.grain, 6))
    while entry.per * (grains * entry.grain) / known[denominator][0] < ratio:
        grains += 1  # floating point
    amount = grains * entry.grain
    return {entry.fact: amount, name: entry.per * amount / known[denominator][0]}


def _cost(cost: Cost, steps: float, known: Known) -> float | None:
    revenue, headcount = (_point(known.get(key)) for key in SIZES)
    if (cost.revenue_share and revenue is None) or (cost.yuan_per_head and headcount is None):
        return None
    one = cost.of_firms(np.array([revenue or 0.0]), np.array([headcount or 0.0]))
    return float(one[0]) * steps
