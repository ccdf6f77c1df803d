"""How many points a part of the card has to give, and the most that one indicator may take of it.

The published form of the points is base 100 and bonus 30. Learned effects set how the points of a part are divided
among its indicators; a bound on one indicator's share keeps the card from resting on a single figure, which whoever
wants points could then buy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.codebook import POINTS_TOTAL, Codebook

Floats = npt.NDArray[np.float64]
POINTS_SUM = sum(POINTS_TOTAL.values())


class BoundError(ValueError):
    """A bound that the indicators of a part cannot fill together."""


@dataclass(frozen=True)
class Part:
    """``total`` points for the indicators ``columns``, none of which takes more than ``largest_share`` of them.

    largest_share : in (0, 1]; 1 is no bound
    raises : BoundError where the indicators together cannot reach the total
    """

    columns: tuple[int, ...]
    total: float
    largest_share: float = 1.0

    def __post_init__(self) -> None:
        least = 1.0 / len(self.columns) if self.columns else 1.0
        if not least <= self.largest_share <= 1.0:
            raise BoundError(
                f"largest share {self.largest_share:g} of {self.total:g} points among {len(self.columns)} indicators; "
                f"allowed: {least:.4g} to 1"
            )

    def divide(self, effects: Floats) -> Floats:
        """Points of each indicator, shape (..., m), in proportion to its positive effect, capped and summing to total.

        What a cap takes from one indicator goes to the others in proportion to their effects; where no other has a
        positive effect, evenly to those without. All effects at or under zero: the same points for each.
        """
        m, cap = len(self.columns), self.total * self.largest_share
        positive = np.maximum(effects.reshape(-1, m), 0.0)
        order = np.argsort(-positive, axis=1, kind="stable")
        ranked = np.take_along_axis(positive, order, axis=1)
        points = np.empty_like(ranked)
        open_rows = np.ones(len(ranked), dtype=bool)
        for capped in range(m):  # the largest effects reach the cap first
            rest = ranked[:, capped:]
            left, weight = self.total - capped * cap, rest.sum(axis=1, keepdims=True)
            share = np.where(weight > 0.0, rest / np.where(weight > 0.0, weight, 1.0), 1.0 / (m - capped))
            fits = open_rows & (left * share[:, 0] <= cap * (1.0 + 1e-12))
            points[fits, :capped] = cap
            points[fits, capped:] = left * share[fits]
            open_rows &= ~fits
        divided = np.empty_like(points)
        np.put_along_axis(divided, order, points, axis=1)
        return divided.reshape(effects.shape)


def to_points(effects: Floats, parts: Sequence[Part]) -> Floats:
    """Effects (..., k) as points that earn and never cost; every column belongs to exactly one part."""
    points = np.empty_like(effects)
    for part in parts:
        columns = list(part.columns)
        points[..., columns] = part.divide(effects[..., columns])
    return points


def free_parts(k: int) -> tuple[Part, ...]:
    """All points in one part without a bound: what the outcomes alone would give."""
    return (Part(tuple(range(k)), POINTS_SUM),)


def bounded_parts(codebook: Codebook, largest_base_share: float, largest_bonus_share: float) -> tuple[Part, ...]:
    """Base 100 over the core indicators, bonus 30 over the auxiliary ones; a codebook without either has one part."""
    core = tuple(position for position, item in enumerate(codebook) if item.kind == "core")
    rest = tuple(position for position in range(len(codebook)) if position not in core)
    if not core or not rest:
        return free_parts(len(codebook))
    return (
        Part(core, POINTS_TOTAL["core"], largest_base_share),
        Part(rest, POINTS_TOTAL["auxiliary"], largest_bonus_share),
    )
