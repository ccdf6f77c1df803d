"""What one step of an indicator costs a firm, and the points that it adds: the price of a point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook, reference_path
from data.money import CNY_PER_WAN
from features.columns import Array, Columns, numbers
from models.points.card import Earned, PointsCard

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step of an indicator costs: a sum, a share of revenue, and a sum per head."""

    key: str
    step: float
    cost_yuan: float
    revenue_share: float
    yuan_per_head: float
    basis: str

    def of_firms(self, revenue_wan: Floats, headcount: Floats) -> Floats:
        """Yuan that one step costs each firm, shape (n,)."""
        return self.cost_yuan + self.revenue_share * revenue_wan * CNY_PER_WAN + self.yuan_per_head * headcount


@dataclass(frozen=True)
class StepPrices:
    """One step of each priced indicator, by firm; shape (n, k) in the order of the costs.

    gain : points that the step adds; price : yuan; both NaN where the indicator is unknown
    """

    gain: Floats
    price: Floats


def read_costs(codebook: Codebook, path: Path | None = None) -> tuple[Cost, ...]:
    """The cost table; raises ValueError naming indicators the codebook lacks and steps in the wrong direction."""
    source = path or reference_path("indicator_costs.csv")
    table = pd.read_csv(source)
    costs = tuple(Cost(**{str(name): value for name, value in row.items()}) for row in table.to_dict("records"))
    alien = sorted({cost.key for cost in costs} - set(codebook.keys))
    wrong = [cost.key for cost in costs if cost.key not in alien and cost.step * codebook[cost.key].direction <= 0]
    if alien or wrong:
        raise ValueError(f"{source.name}: not in the codebook: {alien}; step does not better the value: {wrong}")
    return costs


def step_prices(
    card: PointsCard,
    firms: Mapping[str, Array],
    costs: tuple[Cost, ...],
    size: Columns,
    earned: Earned | None = None,
) -> StepPrices:
    """Points and yuan of one step of each indicator for each firm, every other value unchanged.

    size : revenue_wan and headcount by firm, both known; earned : ``card.earned(firms)`` where it is there
    """
    stepped = {cost.key: numbers(firms, cost.key) + cost.step for cost in costs}
    # Points add up over indicators, so that all steps at once give each one's own points.
    after = card.earned({**firms, **stepped}).points
    before = (card.earned(firms) if earned is None else earned).points
    gain = np.stack([after[key] - before[key] for key in stepped], axis=1)
    unknown = np.isnan(np.stack(list(stepped.values()), axis=1))
    revenue, headcount = numbers(size, "revenue_wan"), numbers(size, "headcount")
    price = np.stack([cost.of_firms(revenue, headcount) for cost in costs], axis=1)
    return StepPrices(np.where(unknown, np.nan, gain), np.where(unknown, np.nan, price))
