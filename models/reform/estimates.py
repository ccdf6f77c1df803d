"""Figures with intervals whose parts add up in variance.

    var = var of which firms (or of the sample, in a quick run) + var of refitted models + Monte Carlo var
    Monte Carlo var = var firms / replicates + var refit / draws         what more replicates and draws would remove

A full run's interval is of the firms that might have been in the zone; a quick run's is of the figure that the full run
gives: the sample is drawn without replacement, so that its variance has the factor 1 - sampled / firms. Few sampled
firms may move, or none, though others of the zone do; so a quick run's difference counts two firms more that move as
far as those that did (as Agresti and Coull count two more successes), or as far as figures of the baseline differ.

An interval reaches to value -+ t sd, with Student's t at Welch's and Satterthwaite's degrees of freedom of the parts,
for a few draws show little of the models' variance; and farther on the side to which the figure is skewed, as a few
large firms lose much where many small ones lose little: to value - sd h(+-t) where that lies outside, with Hall's
h(y) = 3 / k ((1 + k (y - k / 6)) ^ (1/3) - 1) and the replicates' skewness k. It is never narrower for its skewness,
which few firms show badly. source: Hall 1992, on the removal of skewness by transformation
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from models.reform.result import SMALLEST_GROUP, Estimate

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEAST_SKEWNESS = 1e-6  # below it the transformation is the identity to the last digits


@dataclass(frozen=True)
class Movers:
    """Behind m differences: how many sampled firms move, and the variance that one would add; each of shape (m,)."""

    count: Floats
    each: Floats

    def with_two_more(self, seen: Floats) -> Floats:
        """The variance if two more firms moved: as far as the others, or by ``each`` where none moves."""
        moved = np.maximum(self.count, 1.0)
        return np.where(self.count > 0, seen * (1.0 + 2.0 / moved), 2.0 * self.each)


@dataclass(frozen=True)
class Spread:
    """How intervals are made. left_out : share of the firms that a quick run did not sample; None in a full run."""

    level: float = 0.95
    left_out: float | None = None

    def estimates(
        self,
        drawn: Floats,
        refit: Floats | None,
        *,
        firms: Ints,
        share: bool = False,
        movers: Movers | None = None,
    ) -> list[Estimate]:
        """One estimate for each of m figures.

        drawn : shape (1 + replicates, m), row 0 the figure itself; refit : shape (draws, m), of the refitted models
        firms : behind each figure, shape (m,); share : the figures lie between 0 and 1
        movers : of differences, which count two more in a quick run; None where a figure is no difference
        """
        value, replicates = drawn[0], drawn[1:]
        of_firms = variance(replicates)
        if self.left_out is not None and movers is not None:
            of_firms = movers.with_two_more(of_firms)
        monte_carlo = of_firms / max(len(replicates), 1)
        of_refit = None
        if refit is not None:
            of_refit = variance(refit)
            monte_carlo = monte_carlo + of_refit / len(refit)
        of_sample = np.zeros_like(of_firms)
        if self.left_out is not None:
            of_sample, monte_carlo = of_firms * self.left_out, monte_carlo * self.left_out
        parts = [of_sample if self.left_out is not None else of_firms, monte_carlo]
        total = np.sqrt(sum([*parts, of_refit] if of_refit is not None else parts))
        freedom = _freedom([(of_sample if self.left_out is not None else of_firms, len(replicates)),
                            (of_refit, 0 if refit is None else len(refit))])  # fmt: skip
        reach = t.ppf((1 + self.level) / 2, freedom)
        # Only the firms' part is skewed; what is added to it makes the sum less so.
        skewed = skewness(replicates) * ratio(of_firms, total**2) ** 1.5
        low = value - total * np.maximum(reach, _transformed(reach, skewed))
        high = value - total * np.minimum(-reach, _transformed(-reach, skewed))
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


def skewness(drawn: Floats) -> Floats:
    """Third central moment over the standard deviation's cube, by figure; 0 where there is no variance."""
    if len(drawn) < 2:
        return np.zeros(drawn.shape[1:])
    moved = drawn - drawn.mean(axis=0)
    return ratio((moved**3).mean(axis=0), ((moved**2).mean(axis=0)) ** 1.5)


def _transformed(reach: Floats, skewed: Floats) -> Floats:
    own = np.abs(skewed) > LEAST_SKEWNESS
    third = np.where(own, skewed, 1.0) / 3.0
    return np.where(own, (np.cbrt(1.0 + 3.0 * third * (reach - third / 2.0)) - 1.0) / third, reach)


def _freedom(parts: list[tuple[Floats | None, int]]) -> Floats:
    """Degrees of freedom of a sum of variances, each from so many draws; none where there is no variance."""
    held = [(part, max(draws - 1, 1)) for part, draws in parts if part is not None]
    whole = np.asarray(sum(part for part, _ in held))
    scaled = np.asarray(sum((part / np.where(whole > 0, whole, 1.0)) ** 2 / draws for part, draws in held))
    return np.where(scaled > 0, 1.0 / np.where(scaled > 0, scaled, 1.0), np.inf)


def variance(drawn: Floats) -> Floats:
    """Of draws, by figure; 0 where there are fewer than two."""
    if len(drawn) < 2:
        return np.zeros(drawn.shape[1:])
    # From the first draw, so that equal draws have no variance at all.
    moved = drawn - drawn[0]
    return np.asarray(moved.var(axis=0, ddof=1))


def _plain(values: Floats) -> list[float]:
    plain: list[float] = (values + 0.0).tolist()  # no -0
    return plain
