"""Stage cliffs: what the same firms get just below and at a revenue where the growth stage changes.

Everything else about a firm stays as it is. Firms count whose own revenue lies within a quarter of the border and whose
age has that border; of many, those nearest to it. Where a border is moved, both rules are shown at both revenues, for
the default risk keeps the release's stage: its step stays where the release has the border.
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
from models.reform.study import BASELINE

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
    """Cliffs of each scenario beside the baseline: the baseline's, then its own, by revenue.

    near : borders of all scenarios and of the release; scenarios : BASELINE among them
    """
    base = scenarios[BASELINE]
    shown = {name: _shown((base, rules), packed) for name, rules in scenarios.items() if name != BASELINE}
    every = frozenset(border for borders in shown.values() for border in borders)
    wanted = {**shown, BASELINE: every}
    held = sorted((one for one in near if len(one.firms) and one.border in every), key=_order)
    if not held:
        return dict.fromkeys(shown, ())
    moved, parts = [], []
    for one in held:
        at = [one.border.revenue_wan - JUST_BELOW_WAN, one.border.revenue_wan]
        revenues = at + [one.border.revenue_wan * share for share in CURVE]
        for revenue in revenues:
            firms = one.firms.assign(revenue_wan=revenue)
            moved.append(firms.assign(growth_stage=packed.stages.stages(firms["revenue_wan"], firms["age_years"])))
        left = any(one.border not in rules.stages.borders for rules in scenarios.values())
        left = left and one.border in packed.stages.borders
        if left:  # at the border once more, for models that still have the stage below it
            moved.append(one.firms.assign(revenue_wan=one.border.revenue_wan, growth_stage=one.border.below))
        parts.append((revenues, len(revenues) + left))
    table = pd.concat(moved, ignore_index=True)
    evaluator = Evaluator(packed, {PACKED: table}, requested, engines)
    found: dict[str, dict[Border, list[Cliff]]] = {}
    for name, rules in scenarios.items():
        plain = rules if rules.firms == PACKED else replace(rules, firms=PACKED)
        outcome = evaluator.outcome(plain, tuple(banks))
        stage, start, found[name] = evaluator.pointed(plain)["growth_stage"], 0, {}
        for one, (revenues, blocks) in zip(held, parts, strict=True):
            n = len(one.firms)
            rows = slice(start, start + n * blocks)
            start = rows.stop
            if one.border not in wanted[name]:
                continue
            points = outcome.points[rows].reshape(-1, n)
            stages = ["+".join(sorted(set(block))) for block in stage[rows].reshape(-1, n)[: len(revenues)]]
            quotas = {bank: outcome.banks[bank].quota_cny[rows].reshape(-1, n) for bank in banks}
            begins = one.border in rules.stages.borders
            found[name][one.border] = [
                replace(cliff, begins=begins, models_step=_models_step(quotas[cliff.bank_id], revenues, begins=begins))
                for cliff in _at_border(name, one.border, points, quotas, revenues, stages, bootstrap, spread)
            ]
    return {
        name: tuple(
            cliff for of in (BASELINE, name) for one in held if one.border in borders for cliff in found[of][one.border]
        )
        for name, borders in shown.items()
    }


def _shown(compared: Sequence[Rules], packed: Packed) -> frozenset[Border]:
    """The borders of rules that are compared, and the release's where one of them has others."""
    kept = [packed.stages] if any(rules.stages != packed.stages for rules in compared) else []
    return frozenset(border for stages in (*kept, *(rules.stages for rules in compared)) for border in stages.borders)


def _order(near: Near) -> tuple[float, float, float]:
    return near.border.revenue_wan, near.border.youngest, near.border.oldest


def _models_step(quota: Ints, revenues: Sequence[float], *, begins: bool) -> bool:
    """Whether a border that the rules do not have moves a quota, by the stage that the models keep.

    quota : shape (revenues, firms), and at the border for models with the stage below it where that was asked
    """
    return not begins and len(quota) > len(revenues) and not np.array_equal(quota[1], quota[len(revenues)])


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
            border.youngest, None if np.isinf(border.oldest) else round(border.oldest, 9),
        )
        for at, (bank, quota) in enumerate(quotas.items(), start=1)
    ]  # fmt: skip
