"""Typical firms: of each growth stage the one nearest to the middle of its points and revenue, without its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.quota.engine import QuotaEngine
from models.reform.evaluate import MICRO, PACKED, Evaluator
from models.reform.passes import Gathered, Parts
from models.reform.result import TypicalFirm
from models.reform.study import BASELINE, Study

Floats = npt.NDArray[np.float64]
FIGURES = 2  # digits of the revenue that are shown


@dataclass(frozen=True)
class Typical:
    """The typical firms of a study: their positions by growth stage, in the order of the stages, and their values."""

    rows: Mapping[str, int]
    evaluator: Evaluator

    @classmethod
    def of(cls, study: Study, gathered: Gathered, parts: Parts, engines: Mapping[str, QuotaEngine]) -> Typical:
        """Chosen under the baseline, whatever the reforms."""
        rows = _chosen(gathered)
        return cls(rows, Evaluator(study.packed, _rows(parts, list(rows.values())), study.requested, engines))


def typical_firms(study: Study, gathered: Gathered, key: str, typical: Typical) -> tuple[TypicalFirm, ...]:
    """One firm a stage and bank, in the order of the stages."""
    chosen, evaluator = typical.rows, typical.evaluator
    rules = {name: study.rules[name] for name in (BASELINE, key)}
    earned = {name: np.stack(list(evaluator.earned(one).points.values()), axis=1) for name, one in rules.items()}
    indicators = [item.key for item in study.packed.engine.points.indicators]
    found = []
    for bank in study.banks:
        decided = {name: evaluator.decided(one, bank) for name, one in rules.items()}
        for at, (stage, row) in enumerate(chosen.items()):
            before, after = (gathered.outcomes[name] for name in (BASELINE, key))
            found.append(
                TypicalFirm(
                    bank_id=bank,
                    growth_stage=stage,
                    size_class=str(gathered.groups["size_class"][row]),
                    industry=str(gathered.groups["industry"][row]),
                    revenue_wan=_rough(gathered.size[row, 0]),
                    age_years=float(round(gathered.size[row, 1])),
                    points_baseline=int(before.points[row]) / MICRO,
                    points_reform=int(after.points[row]) / MICRO,
                    quota_baseline_cny=int(before.banks[bank].quota_cny[row]),
                    quota_reform_cny=int(after.banks[bank].quota_cny[row]),
                    outcome_baseline=str(decided[BASELINE].outcome[at]),
                    outcome_reform=str(decided[key].outcome[at]),
                    limited_by_baseline=str(decided[BASELINE].limited_by[at]),
                    limited_by_reform=str(decided[key].limited_by[at]),
                    parts_cny={group: int(part[row]) for group, part in gathered.parts[key][bank].items()},
                    points_by_indicator={
                        name: round(float(earned[key][at, column] - earned[BASELINE][at, column]), 9)
                        for column, name in enumerate(indicators)
                        if earned[key][at, column] != earned[BASELINE][at, column]
                    },
                )
            )
    return tuple(found)


def _chosen(gathered: Gathered) -> dict[str, int]:
    points, stages = gathered.outcomes[BASELINE].points, gathered.groups["growth_stage"]
    revenue, found = gathered.size[:, 0], {}
    for stage in ("startup", "growth", "stable"):
        rows = np.flatnonzero((stages == stage) & (points >= 0) & ~np.isnan(gathered.size).any(axis=1))
        if len(rows):
            off = _off_middle(points[rows].astype(float)) + _off_middle(revenue[rows])
            found[stage] = int(rows[np.argmin(off)])
    return found


def _off_middle(values: Floats) -> Floats:
    ranks = pd.Series(values).rank().to_numpy()
    return np.abs(ranks / (len(values) + 1) - 0.5)


def _rows(parts: Parts, chosen: list[int]) -> dict[str, pd.DataFrame]:
    """The chosen firms, by position over all parts, in their order."""
    picked: dict[int, dict[str, pd.DataFrame]] = {}
    start = 0
    for tables in parts():
        n = len(tables[PACKED])
        for row in chosen:
            if start <= row < start + n:
                picked[row] = {name: table.iloc[[row - start]] for name, table in tables.items()}
        start += n
        if len(picked) == len(set(chosen)):
            break
    return {name: pd.concat([picked[row][name] for row in chosen], ignore_index=True) for name in picked[chosen[0]]}


def _rough(value: float) -> float:
    return float(f"{value:.{FIGURES}g}")
