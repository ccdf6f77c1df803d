"""Figures with intervals whose parts add up in variance.

    var = var of which firms (or of the sample, in a quick run) + var of refitted models + Monte Carlo var
    Monte Carlo var = var firms / replicates + var refit / draws         what more replicates and draws would remove

A full run's interval is of the firms that might have been in the zone; a quick run's is of the figure that the full run
gives: the sample is drawn without replacement, so that its variance has the factor 1 - sampled / firms.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from models.reform.result import SMALLEST_GROUP, Estimate

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Spread:
    """How intervals are made. left_out : share of the firms that a quick run did not sample; None in a full run."""

    level: float = 0.95
    left_out: float | None = None

    def estimates(self, drawn: Floats, refit: Floats | None, *, firms: Ints, share: bool = False) -> list[Estimate]:
        """One estimate for each of m figures.

        drawn : shape (1 + replicates, m), row 0 the figure itself; refit : shape (draws, m), of the refitted models
        firms : behind each figure, shape (m,); share : the figures lie between 0 and 1
        """
        value, replicates = drawn[0], drawn[1:]
        of_firms = _variance(replicates)
        monte_carlo = of_firms / max(len(replicates), 1)
        of_refit = None
        if refit is not None:
            of_refit = _variance(refit)
            monte_carlo = monte_carlo + of_refit / len(refit)
        of_sample = np.zeros_like(of_firms)
        if self.left_out is not None:
            of_sample, monte_carlo = of_firms * self.left_out, monte_carlo * self.left_out
        parts = [of_sample if self.left_out is not None else of_firms, monte_carlo]
        total = np.sqrt(sum([*parts, of_refit] if of_refit is not None else parts))
        reach = NormalDist().inv_cdf((1 + self.level) / 2) * total
        low, high = value - reach, value + reach
        if share:
            low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
        return [
            Estimate(
                None if count < SMALLEST_GROUP else point, least, most, sd,
                None if self.left_out is not None else own, model, sampled, chance,
            )
            for count, point, least, most, sd, own, model, sampled, chance in zip(
                firms.tolist(), *(_plain(one) for one in (value, low, high, total, np.sqrt(of_firms))),
                [None] * len(value) if of_refit is None else _plain(np.sqrt(of_refit)),
                _plain(np.sqrt(of_sample)), _plain(np.sqrt(monte_carlo)), strict=True,
            )
        ]  # fmt: skip


def ratio(over: Floats, under: Floats) -> Floats:
    """Over / under, 0 where nothing is under it."""
    return np.divide(over, under, out=np.zeros(np.broadcast_shapes(over.shape, under.shape)), where=under > 0)


def _variance(drawn: Floats) -> Floats:
    if len(drawn) < 2:
        return np.zeros(drawn.shape[1:])
    # From the first draw, so that equal draws have no variance at all.
    moved = drawn - drawn[0]
    return np.asarray(moved.var(axis=0, ddof=1))


def _plain(values: Floats) -> list[float]:
    plain: list[float] = (values + 0.0).tolist()  # no -0
    return plain
