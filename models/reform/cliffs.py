"""Stage cliffs: what the same firms get just below and at a revenue where the growth stage changes.

Everything else about a firm stays as it is. Firms count whose own revenue lies within a quarter of the border and whose
age has that border; of many, those nearest to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.growth_stages import Border
from features.columns import numbers
from models.quota.engine import QuotaEngine
from models.reform.bootstrap import Bootstrap, Groups
from models.reform.estimates import Behind, Spread, ratio
from models.reform.evaluate import MICRO, PACKED, Evaluator, Requested
from models.reform.levers import Packed
from models.reform.result import Cliff, CliffPoint
from models.reform.rules import Rules

Ints = npt.NDArray[np.int64]
NEAR_SHARE = 0.25
MOST_FIRMS = 200
JUST_BELOW_WAN = 0.01
CURVE = (0.75, 0.85, 0.95, 1.05, 1.15, 1.25)


@dataclass(frozen=True)
class Near:
    """Firms near one border, nearest first."""

    border: Border
    firms: pd.DataFrame

    @classmethod
    def of(cls, border: Border, firms: pd.DataFrame) -> Near:
        """The nearest of these firms; of equally near ones the first."""
        away, age = np.abs(numbers(firms, "revenue_wan") / border.revenue_wan - 1.0), numbers(firms, "age_years")
        rows = np.flatnonzero((away <= NEAR_SHARE) & (age >= border.youngest) & (age <= border.oldest))
        nearest = rows[np.argsort(away[rows], kind="stable")[:MOST_FIRMS]]
        return cls(border, firms.iloc[nearest].reset_index(drop=True))


def cliffs(
    near: Sequence[Near],
    scenarios: Mapping[str, Rules],
    packed: Packed,
    requested: Requested,
    banks: Sequence[str],
    bootstrap: Bootstrap,
    spread: Spread,
    engines: Mapping[str, QuotaEngine],
) -> dict[str, tuple[Cliff, ...]]:
    """Cliffs by scenario. near : borders of all scenarios; a scenario has those of its own stages."""
    held = [one for one in near if len(one.firms)]
    if not held:
        return dict.fromkeys(scenarios, ())
    moved, parts = [], []
    for one in held:
        at = [one.border.revenue_wan - JUST_BELOW_WAN, one.border.revenue_wan]
        revenues = at + [one.border.revenue_wan * share for share in CURVE]
        parts.append(revenues)
        for revenue in revenues:
            firms = one.firms.assign(revenue_wan=revenue)
            moved.append(firms.assign(growth_stage=packed.stages.stages(firms["revenue_wan"], firms["age_years"])))
    table = pd.concat(moved, ignore_index=True)
    evaluator = Evaluator(packed, {PACKED: table}, requested, engines)
    found: dict[str, tuple[Cliff, ...]] = {}
    for name, rules in scenarios.items():
        plain = rules if rules.firms == PACKED else replace(rules, firms=PACKED)
        outcome = evaluator.outcome(plain, tuple(banks))
        stage, start, own = evaluator.pointed(plain)["growth_stage"], 0, []
        for one, revenues in zip(held, parts, strict=True):
            n = len(one.firms)
            rows = slice(start, start + n * len(revenues))
            start = rows.stop
            if one.border not in rules.stages.borders:
                continue
            points = outcome.points[rows].reshape(-1, n)
            stages = [str(stage[rows.start + at * n]) for at in range(len(revenues))]
            quotas = {bank: outcome.banks[bank].quota_cny[rows].reshape(-1, n) for bank in banks}
            own += _at_border(name, one.border, points, quotas, revenues, stages, bootstrap, spread)
        found[name] = tuple(own)
    return found


def _at_border(
    name: str, border: Border, points: Ints, quotas: Mapping[str, Ints], revenues: Sequence[float],
    stages: Sequence[str], bootstrap: Bootstrap, spread: Spread,
) -> list[Cliff]:  # fmt: skip
    """One for each bank. points, quotas : shape (revenues, firms), just below the border and at it first."""
    jumps = [values[1] - values[0] for values in (points, *quotas.values())]
    m, n = len(jumps), len(jumps[0])
    columns = [np.ones(n, dtype=np.int64), *jumps, *((jump < 0).astype(np.int64) for jump in jumps)]
    drawn = bootstrap.sums(columns, {"all": Groups(("all",), np.zeros(n, dtype=np.intp))})["all"][:, 0]
    means, count = ratio(drawn[:, 1:], drawn[:, :1]), np.full(m, n)
    moved = Behind(np.array([np.count_nonzero(jump) for jump in jumps]), moved=True)
    by_bank = spread.means(means[:, :m] / [MICRO, *(1 for _ in quotas)], None, moved, firms=count)
    falling = spread.shares(means[:, m:], None, firms=count)
    order = np.argsort(revenues, kind="stable")
    return [
        Cliff(
            name, bank, border.below, border.above, border.revenue_wan, NEAR_SHARE, n, by_bank[0], by_bank[at],
            falling[0], falling[at],
            tuple(
                CliffPoint(revenues[to], stages[to], float(points[to].mean() / MICRO), float(quota[to].mean()))
                for to in order
            ),
        )
        for at, (bank, quota) in enumerate(quotas.items(), start=1)
    ]  # fmt: skip
