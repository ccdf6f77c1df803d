"""Intervals of node scores: of a count, and of any figure made from sums over firms.

The firms of a library are taken for a draw from those that there might be. A count of firms has an exact interval; any
other figure is computed again with each firm counted as often as an exponential variable of mean 1 has it (the Bayesian
bootstrap, whose counts are not made to sum to the number of firms, for that is chance too). Where a figure divides sums
that may rest on few firms or none, half a firm is added to each sum in every draw: the figure is then that of
Jeffreys' prior, so that a share has Jeffreys' interval, and no firm seen is not taken for proof that there is none.
source: Rubin 1981, The Bayesian bootstrap; Brown, Cai, DasGupta 2001, Interval estimation for a binomial proportion;
Fay and Feuer 1997, Confidence intervals for directly standardized rates
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, hstack
from scipy.special import gammaincinv, ndtr, stdtrit

Floats = npt.NDArray[np.float64]
CELLS = 4_000_000  # weights held at once
MOST_FIRMS = 1e9  # from here on Student's t is the normal law
LARGEST_SPREAD = 3.0  # of the logarithm of an amount; a draw of more says that three firms are too few to say


def ratio(over: Floats, under: Floats) -> Floats:
    """Over / under, NaN where nothing is under it."""
    whole = np.broadcast_arrays(over, under)
    found: Floats = np.divide(whole[0], whole[1], out=np.full(whole[0].shape, np.nan), where=whole[1] > 0)
    return found


def count_interval(total: Floats, squares: Floats, largest: Floats, level: float) -> tuple[Floats, Floats]:
    """Interval of the mean of a count of firms, each with a weight in (0, 1]; every array of one shape.

    With weights 1 the exact interval of a Poisson mean; with no firm from 0 to -ln((1 - level) / 2), which is 3.0 at
    90 %, the rule of three. Weighted counts by Fay and Feuer's gamma interval.
    total, squares, largest : sum, sum of squares and maximum of the weights; largest 1 where there is no firm
    """
    tail, some = (1.0 - level) / 2.0, total > 0
    safe_total, safe_squares = np.where(some, total, 1.0), np.where(some, squares, 1.0)
    low = safe_squares / safe_total * gammaincinv(safe_total**2 / safe_squares, tail)
    one_more, spread = total + largest, squares + largest**2
    high = spread / one_more * gammaincinv(one_more**2 / spread, 1.0 - tail)
    return np.where(some, low, 0.0), high


@dataclass(frozen=True)
class FirmDraws:
    """Weights of firms in each draw. firms, draws : how many; level : of intervals, as 0.9."""

    firms: int
    draws: int
    seed: int
    level: float

    def sums(self, columns: Mapping[str, csr_array]) -> dict[str, Floats]:
        """Weighted sums over firms of each column of each matrix of shape (firms, m): by name, shape (draws, m)."""
        whole = csr_array(hstack(list(columns.values()), format="csr"))
        found = np.empty((self.draws, whole.shape[1]))
        generator = np.random.default_rng([self.seed, 0])
        rows = max(CELLS // max(self.firms, 1), 1)
        turned = csr_array(whole.T)
        for start in range(0, self.draws, rows):
            weights = generator.standard_exponential((min(rows, self.draws - start), self.firms))
            found[start : start + rows] = (turned @ weights.T).T
        ends = np.cumsum([matrix.shape[1] for matrix in columns.values()])
        return dict(zip(columns, np.split(found, ends[:-1], axis=1), strict=True))

    def halves(self, weight: Floats, number: int) -> Floats:
        """Half a firm of this weight in every draw, shape (draws, m); another ``number`` is drawn independently."""
        generator = np.random.default_rng([self.seed, 1, number])
        return generator.gamma(0.5, size=(self.draws, len(weight))) * weight

    def interval(self, value: Floats, drawn: Floats, firms: Floats | None = None) -> tuple[Floats, Floats]:
        """Quantiles of draws of shape (draws, m), widened to hold the value where it lies at an end of its range.

        firms : effective number of firms behind each figure, shape (m,), where the amounts of firms differ and their
            spread is estimated too; the quantiles then lie as far out as Student's t would. None: the level's own
            source: Hesterberg 2015, What teachers should know about the bootstrap (expanded percentile interval)
        """
        tail = np.full(len(value), (1.0 - self.level) / 2.0)
        if firms is not None:
            many = np.clip(firms, 1.0 + 1e-6, MOST_FIRMS)
            tail = ndtr(np.sqrt(many / (many - 1.0)) * stdtrit(np.maximum(many - 1.0, 1.0), tail))
        ordered = np.sort(drawn, axis=0)
        low, high = (_quantile(ordered, one) for one in (tail, 1.0 - tail))
        return np.fmin(low, value), np.fmax(high, value)

    def lognormal_herfindahls(self, amounts: Floats, firms: float, number: int) -> Floats | None:
        """Herfindahl indices of firms drawn again, whose amounts are log-normal; None with fewer than two amounts.

        The spread of the logarithms is drawn from its own distribution (sums of squares over chi-squared), the number
        of firms from Poisson's of mean ``firms``. Shape (draws,).
        """
        logs = np.log(amounts)
        if len(logs) < 2:
            return None
        generator = np.random.default_rng([self.seed, 3, number])
        freedom = len(logs) - 1
        spread = np.sqrt(((logs - logs.mean()) ** 2).sum() / generator.chisquare(freedom, self.draws))
        count = np.maximum(generator.poisson(firms, self.draws), 1)
        normals = generator.standard_normal((self.draws, int(count.max())))
        drawn = np.exp(np.minimum(spread, LARGEST_SPREAD)[:, None] * normals)
        drawn[np.arange(drawn.shape[1]) >= count[:, None]] = 0.0
        found: Floats = (drawn**2).sum(axis=1) / drawn.sum(axis=1) ** 2
        return found


def herfindahl_interval(value: float, resampled: Floats, model: Floats | None, level: float) -> tuple[float, float]:
    """Interval of a Herfindahl index: the wider, at each end, of two.

    resampled : the index under each draw of firms. It is right for few firms; for many whose sizes differ much it is
        too narrow, because a draw holds no firm larger than the largest seen
    model : ``lognormal_herfindahls``; the interval is the value over its quantiles, relative to its mean. Right where
        sizes are log-normal (Gibrat), and too narrow, as any, where their tail is a power law
    """
    tails = [(1.0 - level) / 2.0, (1.0 + level) / 2.0]
    low, high = np.quantile(np.minimum(resampled, 1.0), tails)
    if model is not None:
        below, above = np.quantile(model, tails) / model.mean()
        low, high = min(low, value / above), max(high, value / below)
    return float(min(low, value)), float(min(max(high, value), 1.0))


def _quantile(ordered: Floats, level: Floats) -> Floats:
    """Of each column at its own level, from values in rising order of shape (draws, m), straight between two draws."""
    at = level * (len(ordered) - 1)
    below = np.floor(at).astype(np.int64)
    above, column = np.minimum(below + 1, len(ordered) - 1), np.arange(ordered.shape[1])
    found: Floats = ordered[below, column] + (at - below) * (ordered[above, column] - ordered[below, column])
    return found
