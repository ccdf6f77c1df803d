"""What a firm could do or show to meet a rule: facts to confirm and facts to change, each with its reference cost.

Costs are those of ``data/reference/indicator_costs.csv`` where a fact is an indicator, else of
``data/reference/ladder/levers.csv``; all are proposals. Titles, prizes and judgements have no lever: they are not bought.
Revenue has none either, since it moves every ratio at once.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil, isinf
from pathlib import Path

import numpy as np

from data.codebook import read_codebook, reference_path
from data.ladder.conditions import Threshold
from data.ladder.fact_catalogue import Fact, read_fact_catalogue
from data.ladder.facts import LadderFacts
from data.ladder.rule_parts import LadderError
from models.points.step_prices import Cost, read_costs

CNY_PER_WAN = 10_000.0


@dataclass(frozen=True, slots=True)
class Lever:
    """A fact that a firm can change, in steps of ``grain``.

    moves : (ratio, its denominator) when changing an amount moves a ratio with it
    """

    fact: str
    grain: float
    moves: tuple[str, str] | None
    cost: Cost
    takes_years: float


@dataclass(frozen=True, slots=True)
class Option:
    """One value that a fact may be brought to, or be confirmed at, and what moves with it.

    values : fact -> value after; cost_cny : None where a size that it needs is unknown; confirm : nothing is changed
    """

    fact: str
    values: Mapping[str, float]
    cost_cny: float | None
    confirm: bool
    takes_years: float

    @property
    def key(self) -> tuple[str, bool, float]:
        """What tells an option from every other one of a firm."""
        return self.fact, self.confirm, self.values[self.fact]


@cache
def read_levers(path: Path | None = None) -> Mapping[str, Lever]:
    """The levers by fact; raises LadderError naming a row whose fact, ratio or cost is unknown or goes the wrong way."""
    source = path or reference_path("ladder/levers.csv")
    costs, catalogue = {cost.key: cost for cost in read_costs(read_codebook())}, read_fact_catalogue()
    found: dict[str, Lever] = {}
    with source.open(encoding="utf-8", newline="") as handle:
        for line, row in enumerate(csv.DictReader(handle), start=2):
            fact, indicator = row["fact"], row["indicator"]
            moves = tuple(row["moves"].split("/")) if row["moves"] else None
            known = [fact in catalogue, not indicator or indicator in costs, moves is None or set(moves) <= set(catalogue)]
            if not all(known) or (moves is not None and len(moves) != 2):
                raise LadderError(f"{source.name} line {line}: no such fact, ratio or cost in {row}")
            cost = costs[indicator] if indicator else Cost(
                fact, float(row["step"]), float(row["cost_yuan"]), float(row["revenue_share"]),
                float(row["yuan_per_head"]), row["basis"],
            )  # fmt: skip
            found[fact] = Lever(
                fact,
                float(row["grain"]),
                None if moves is None else (moves[0], moves[1]),
                cost,
                float(row["takes_years"]),
            )
    return found


@dataclass(frozen=True)
class FirmOptions:
    """One firm's options for the thresholds of a rule: of one group, the options of a fact, at most one is taken.

    groups : fact -> its options; group_of : fact -> the group that moves it
    """

    known: Mapping[str, tuple[float, float]]
    groups: Mapping[str, tuple[Option, ...]]
    group_of: Mapping[str, str]

    def surely(self, condition: Threshold) -> bool:
        """Whether a threshold is met as things are."""
        return condition.holds(conservative(condition, *self.known[condition.fact]))

    def enabling(self, condition: Threshold) -> list[Option]:
        """Options that meet a threshold."""
        group = self.groups.get(self.group_of.get(condition.fact, ""), ())
        return [one for one in group if condition.fact in one.values and condition.holds(one.values[condition.fact])]


def conservative(condition: Threshold, low: float, high: float) -> float:
    """The end of what is known that is worse for a threshold."""
    return low if condition.rises else high


def firm_options(facts: LadderFacts, row: int, wanted: Iterable[Threshold]) -> FirmOptions:
    """Every option of one firm that could meet one of the thresholds, at the smallest sufficient change."""
    tests = list(dict.fromkeys(wanted))
    keys = {one.fact for one in tests} | {"revenue_wan", "headcount"}
    keys |= {key for lever in read_levers().values() if lever.moves and lever.fact in keys for key in lever.moves}
    keys |= {lever.fact for lever in read_levers().values() if lever.moves and lever.moves[0] in keys}
    known = {key: (float(facts.ends(key)[0][row]), float(facts.ends(key)[1][row])) for key in sorted(keys)}
    coupled = {
        lever.moves[0]: lever
        for lever in read_levers().values()
        if lever.moves and all(_point(known.get(key)) is not None for key in (lever.fact, *lever.moves))
        and known[lever.moves[1]][0] > 0.0
    }  # fmt: skip
    groups: dict[str, dict[tuple[bool, float], tuple[bool, Option]]] = {}
    group_of: dict[str, str] = {}
    for test in tests:
        lever = coupled.get(test.fact) or read_levers().get(test.fact)
        name = lever.fact if test.fact in coupled and lever else test.fact
        group_of[test.fact] = name
        if test.holds(conservative(test, *known[test.fact])):
            continue
        for option in _options(test, lever, known, coupled):
            # Equal values by equal means are one option.
            groups.setdefault(name, {})[option.confirm, option.values[name]] = (test.rises, option)
    return FirmOptions(
        known,
        {name: tuple(option for _, option in sorted(found.values(), key=_demand)) for name, found in groups.items()},
        group_of,
    )


def _demand(found: tuple[bool, Option]) -> tuple[bool, float]:
    """Least demanding first."""
    rises, option = found
    value = option.values[option.fact]
    return option.confirm, value if rises else -value


def _options(
    test: Threshold, lever: Lever | None, known: Mapping[str, tuple[float, float]], coupled: Mapping[str, Lever]
) -> list[Option]:
    fact = read_fact_catalogue()[test.fact]
    low, high = known[test.fact]
    found = []
    if _possible(test, low, high) and not _registered(fact, low, high):
        target = _target(test, 1.0 if fact.whole else 1e-4)
        found.append(Option(test.fact, {test.fact: target}, 0.0, True, 0.0))
    if lever is None or fact.grows or isinf(now := conservative(test, low, high)):
        return found
    values = {test.fact: _target(test, lever.grain)}
    if test.fact in coupled:
        values = _amount_for(values[test.fact], lever, known)
    elif (pair := _ratio_of(test.fact, coupled)) is not None:
        values[pair[0]] = values[test.fact] / known[pair[1]][0]
    start = known[lever.fact][0] if test.fact in coupled else now
    steps = (values[lever.fact] - start) / lever.cost.step
    if steps > 0.0:
        found.append(Option(lever.fact, values, _cost(lever.cost, steps, known), False, lever.takes_years))
    return found


def _point(ends: tuple[float, float] | None) -> float | None:
    return ends[0] if ends is not None and ends[0] == ends[1] else None


def _possible(test: Threshold, low: float, high: float) -> bool:
    return test.holds(high if test.rises else low)


def _registered(fact: Fact, low: float, high: float) -> bool:
    """A count of which a register gives the least is taken at that: what no register shows is not supposed."""
    return fact.unit == "count" and not isinf(low) and isinf(high)


def _target(test: Threshold, grain: float) -> float:
    """The nearest value that meets a threshold, in whole grains beyond it where it is strict."""
    if test.way in ("at_least", "at_most"):
        return test.value
    return round((test.value / grain) + (1.0 if test.rises else -1.0)) * grain


def _ratio_of(fact: str, coupled: Mapping[str, Lever]) -> tuple[str, str] | None:
    return next((lever.moves for lever in coupled.values() if lever.fact == fact), None)


def _amount_for(ratio: float, lever: Lever, known: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """The least amount, in whole grains, that brings a ratio to its target."""
    name, denominator = lever.moves or ("", "")
    grains = ceil(round(ratio * known[denominator][0] / lever.grain, 6))
    while grains * lever.grain / known[denominator][0] < ratio:
        grains += 1  # floating point
    amount = grains * lever.grain
    return {lever.fact: amount, name: amount / known[denominator][0]}


def _cost(cost: Cost, steps: float, known: Mapping[str, tuple[float, float]]) -> float | None:
    revenue, headcount = _point(known["revenue_wan"]), _point(known["headcount"])
    if (cost.revenue_share and revenue is None) or (cost.yuan_per_head and headcount is None):
        return None
    one = cost.of_firms(np.array([revenue or 0.0]), np.array([headcount or 0.0]))
    return float(one[0]) * steps


