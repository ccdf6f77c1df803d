"""What points cost: who could buy them most cheaply, and through which indicator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.points.step_prices import step_prices
from models.reform.evaluate import Evaluator
from models.reform.result import PointPrice
from models.reform.rules import Rules

Floats = npt.NDArray[np.float64]
LEAST_GAIN = 1e-12


@dataclass(frozen=True)
class PriceSums:
    """Sums over firms by growth stage and indicator, shape (stages, k); firms : of each stage, shape (stages,)."""

    stages: tuple[str, ...]
    yuan: Floats
    points: Floats
    known: Floats
    gaining: Floats
    cheapest: Floats
    firms: Floats

    @classmethod
    def of(cls, evaluator: Evaluator, rules: Rules, grouped: Rules | None = None) -> PriceSums:
        """Sums over the evaluator's firms of known stage; of another no step's gain is known.

        grouped : the rules whose stages the firms are grouped by; the same rules by default
        """
        card, firms = evaluator.card(rules), evaluator.staged(rules)
        stages = tuple(card.points)
        steps = step_prices(card, firms, rules.costs, firms, evaluator.earned(rules))
        priced = ~np.isnan(steps.price + steps.gain)
        price, gain = np.where(priced, steps.price, 0.0), np.where(priced, steps.gain, 0.0)
        gains = gain > LEAST_GAIN
        each = np.where(gains, price / np.where(gains, gain, 1.0), np.inf)
        cheapest = np.zeros_like(gains)
        cheapest[np.arange(len(each)), each.argmin(axis=1)] = np.isfinite(each.min(axis=1))
        of_groups = evaluator.pointed(grouped or rules)["growth_stage"]
        own = np.stack([of_groups == stage for stage in stages]).astype(float)
        yuan, points, known, gaining, cheap = (
            own @ one.astype(float) for one in (price, gain, priced, gains, cheapest)
        )
        return cls(stages, yuan, points, known, gaining, cheap, own.sum(axis=1))

    def __add__(self, other: PriceSums) -> PriceSums:
        """Sums over both tables."""
        names = ("yuan", "points", "known", "gaining", "cheapest", "firms")
        return PriceSums(self.stages, *(getattr(self, name) + getattr(other, name) for name in names))

    def prices(self, scenario: str, rules: Rules) -> tuple[PointPrice, ...]:
        """Prices by stage, cheapest indicator first; those that gain nobody a point come last."""
        rows = []
        for at, stage in enumerate(self.stages):
            if not self.firms[at]:
                continue
            for column, cost in enumerate(rules.costs):
                points, known = float(self.points[at, column]), float(self.known[at, column])
                rows.append(
                    PointPrice(
                        scenario, stage, cost.key,
                        round(float(self.yuan[at, column]) / points, 2) if points > LEAST_GAIN * known else None,
                        round(points / known, 9) if known else 0.0,
                        float(self.gaining[at, column] / self.firms[at]),
                        float(self.cheapest[at, column] / self.firms[at]),
                    )
                )  # fmt: skip
        return tuple(sorted(rows, key=lambda one: (one.growth_stage, one.yuan_per_point is None,
                                                   one.yuan_per_point or 0.0, one.indicator)))  # fmt: skip
