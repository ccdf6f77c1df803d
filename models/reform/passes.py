"""What is gathered in one run through the firms, part by part, so that memory holds whole numbers and no values.

Parts are evaluated by any number of threads and joined in their order: the result is the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.growth_stages import GROWTH_STAGES, UNKNOWN
from data.sizes import SIZE_CLASSES
from data.uscc import FICTITIOUS_PREFIX
from features.columns import numbers, values
from models.quota.engine import QuotaEngine
from models.reform.attribution import shapley
from models.reform.bootstrap import Groups
from models.reform.cliffs import Near
from models.reform.evaluate import PACKED, Evaluator, Outcome
from models.reform.levers import Packed
from models.reform.point_prices import PriceSums
from models.reform.result import NOT_GIVEN
from models.reform.study import BASELINE, Study

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Array = npt.NDArray[Any]
Parts = Callable[[], Iterator[Mapping[str, pd.DataFrame]]]  # values of the same firms by name, at least PACKED
Found = TypeVar("Found")
GROUPED = ("growth_stage", "size_class", "industry", "district")
_FIRST = {"growth_stage": GROWTH_STAGES, "size_class": SIZE_CLASSES}
POINTS = ""  # beside the banks


@dataclass(frozen=True)
class Gathered:
    """What n firms add to the tables of a study.

    outcomes : by scenario; groups : values by grouping, shape (n,); size : revenue_wan and age_years, shape (n, 2)
    parts : a reform's parts of each firm's move by bank (POINTS: millionths of a point) and group of levers
    indicators : sums of points by indicator, by scenario; prices : by scenario; near : by position of the border
    as_of : days that the firms are of; fictitious : whether no authority can have issued any firm's code
    """

    outcomes: Mapping[str, Outcome]
    groups: Mapping[str, Array]
    size: Floats
    parts: Mapping[str, Mapping[str, Mapping[str, Ints]]]
    indicators: Mapping[str, Floats]
    prices: Mapping[str, PriceSums]
    near: tuple[Near, ...]
    as_of: frozenset[str]
    fictitious: bool


def gather(study: Study, parts: Parts, engines: Mapping[str, QuotaEngine], workers: int,
           on_part: Callable[[pd.DataFrame, Gathered], None] | None = None) -> Gathered:  # fmt: skip
    """One run through the firms. on_part : called with each part's firms and what was gathered of it, in order."""
    found: list[Gathered] = []
    stages = [*(rules.stages for rules in study.rules.values()), study.packed.stages]
    borders = tuple(dict.fromkeys(border for one in stages for border in one.borders))

    def gathered(tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, Gathered]:
        evaluator = Evaluator(study.packed, tables, study.requested, engines)
        near = tuple(Near.of(border, tables[PACKED]) for border in borders)
        return tables[PACKED], _gathered(study, evaluator, near)

    for firms, part in in_order(gathered, parts(), workers):
        if on_part is not None:
            on_part(firms, part)
        found.append(part)
    return _joined(found)


def in_order(work: Callable[[Any], Found], given: Iterator[Any], workers: int) -> Iterator[Found]:
    """Each result in the order of what was given, ``workers`` at a time; one more lies ready at most."""
    if workers < 2:
        yield from map(work, given)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Found]] = deque()
        for one in given:
            waiting.append(pool.submit(work, one))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def refit_outcomes(study: Study, packed: Packed, engine: QuotaEngine, parts: Parts, scenarios: Sequence[str],
                   workers: int) -> dict[str, Outcome]:  # fmt: skip
    """Outcomes by scenario where other models stand in for the packed ones."""

    def evaluated(tables: Mapping[str, pd.DataFrame]) -> dict[str, Outcome]:
        evaluator = Evaluator(packed, tables, study.requested, {PACKED: engine})
        return {name: evaluator.outcome(study.rules[name], study.banks) for name in scenarios}

    found = list(in_order(evaluated, parts(), workers))
    return {name: Outcome.joined([one[name] for one in found]) for name in scenarios}


def groups_of(groups: Mapping[str, Array]) -> dict[str, Groups]:
    """Groupings with their names in a fixed order, "all" first; unknown and not given come last."""
    n = len(groups[GROUPED[0]])
    found = {"all": Groups(("all",), np.zeros(n, dtype=np.intp))}
    for name in GROUPED:
        known = [*_FIRST.get(name, ()), *sorted(set(groups[name]) - {UNKNOWN, NOT_GIVEN, *_FIRST.get(name, ())})]
        present = set(groups[name])
        names = tuple(one for one in (*known, UNKNOWN, NOT_GIVEN) if one in present)
        codes = pd.Index(names).get_indexer(pd.Index(groups[name]))
        found[name] = Groups(names, codes.astype(np.intp))
    return found


def _gathered(study: Study, evaluator: Evaluator, near: tuple[Near, ...]) -> Gathered:
    cases = evaluator.firms[PACKED]
    outcomes = {name: evaluator.outcome(rules, study.banks) for name, rules in study.rules.items()}
    base = study.rules[BASELINE]
    indicators, prices, moves = {}, {}, {}
    for name in (BASELINE, *(reform.key for reform in study.reforms)):
        rules = study.rules[name]
        same_points = (rules.models, rules.firms, rules.weight_key) == (base.models, base.firms, base.weight_key)
        if name == BASELINE or not same_points:
            indicators[name] = np.array([np.nansum(one) for one in evaluator.earned(rules).points.values()])
        if name == BASELINE or not same_points or rules.costs != base.costs:
            prices[name] = PriceSums.of(evaluator, rules, base)
        if name != BASELINE:
            moves[name] = _moves(study, evaluator, name)
    groups = {name: _text(cases, name) for name in GROUPED}
    # Groups of the baseline: its stages, where they are not the packed ones.
    groups["growth_stage"] = np.asarray(evaluator.pointed(base)["growth_stage"], dtype=object)
    size = np.stack([numbers(cases, name) for name in ("revenue_wan", "age_years")], axis=1)
    days = frozenset(str(pd.Timestamp(day).date()) for day in pd.unique(cases["as_of"]))
    made_up = bool(cases["uscc"].astype(str).str.startswith(FICTITIOUS_PREFIX).all())
    return Gathered(outcomes, groups, size, moves, indicators, prices, near, days, made_up)


def _moves(study: Study, evaluator: Evaluator, key: str) -> dict[str, dict[str, Ints]]:
    groups = study.changed(key)

    def outcome(chosen: frozenset[str], bank: str) -> Ints:
        one = evaluator.outcome(study.mixed(key, chosen), (bank,) if bank else ())
        return one.banks[bank].quota_cny if bank else np.maximum(one.points, 0)

    pointed = tuple(group for group in groups if group != "policy")
    found = {POINTS: shapley(pointed, lambda chosen: outcome(chosen, POINTS))}
    for bank in study.banks:
        found[bank] = shapley(groups, lambda chosen, bank=bank: outcome(chosen, bank))  # type: ignore[misc]
    return found


def _text(cases: pd.DataFrame, name: str) -> Array:
    if name not in cases:
        return np.full(len(cases), NOT_GIVEN, dtype=object)
    given = values(cases, name).astype(object)
    return np.where(pd.isna(given) | (given == ""), NOT_GIVEN, given)


def _joined(found: list[Gathered]) -> Gathered:
    first = found[0]
    near = tuple(
        Near.of(one.border, pd.concat([part.near[at].firms for part in found])) for at, one in enumerate(first.near)
    )
    return Gathered(
        {name: Outcome.joined([part.outcomes[name] for part in found]) for name in first.outcomes},
        {name: np.concatenate([part.groups[name] for part in found]) for name in GROUPED},
        np.concatenate([part.size for part in found]),
        {
            reform: {
                bank: {group: np.concatenate([part.parts[reform][bank][group] for part in found]) for group in groups}
                for bank, groups in banks.items()
            }
            for reform, banks in first.parts.items()
        },
        {name: np.sum([part.indicators[name] for part in found], axis=0) for name in first.indicators},
        {name: reduce(lambda one, other: one + other, (part.prices[name] for part in found)) for name in first.prices},
        near,
        frozenset().union(*(part.as_of for part in found)),
        all(part.fictitious for part in found),
    )
