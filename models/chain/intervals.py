"""Intervals of node scores: of a count, of a share of firms, and of any figure made from sums over firms.

The firms of a library are taken for a draw from those that there might be. A count of firms has a mid-P interval and a
share of firms Jeffreys' interval, both without draws; any other figure is computed again with each firm counted as
often as an exponential variable of mean 1 has it (the Bayesian bootstrap, whose counts are not made to sum to the
number of firms, for that is chance too). Where a figure divides sums that may rest on few firms or none, half a firm is
added to each sum in every draw: the figure is then that of Jeffreys' prior, and no firm seen is not taken for proof
that there is none.
source: Rubin 1981, The Bayesian bootstrap; Brown, Cai, DasGupta 2001, Interval estimation for a binomial proportion;
Fay and Feuer 1997, Confidence intervals for directly standardized rates; Fay and Kim 2017, Confidence intervals for
directly standardized rates using mid-p gamma intervals
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, hstack
from scipy.special import betaincinv, gammainc, gammaincinv, ndtr, stdtrit

Floats = npt.NDArray[np.float64]
CELLS = 4_000_000  # weights held at once
HALVINGS = 60  # of the range of an end, which is then known to its last digits
MOST_FIRMS = 1e9  # from here on Student's t is the normal law
LARGEST_SPREAD = 3.0  # of the logarithm of an amount; a draw of more says that three firms are too few to say


def ratio(over: Floats, under: Floats) -> Floats:
    """Over / under, NaN where nothing is under it."""
    whole = np.broadcast_arrays(over, under)
    found: Floats = np.divide(whole[0], whole[1], out=np.full(whole[0].shape, np.nan), where=whole[1] > 0)
    return found


def count_interval(total: Floats, squares: Floats, largest: Floats, level: float) -> tuple[Floats, Floats]:
    """Interval of the mean of a count of firms, each with a weight in (0, 1]; every array of one shape.

    Fay and Kim's mid-P gamma interval: with weights 1 that of a Poisson mean, in which the count seen counts half to
    either side; with no firm from 0 to -ln(1 - level), which is 2.3 at 90 %.
    total, squares, largest : sum, sum of squares and maximum of the weights; largest 1 where there is no firm
    """
    tail, some = (1.0 - level) / 2.0, total > 0
    safe_total, safe_squares = np.where(some, total, 1.0), np.where(some, squares, 1.0)
    lower = safe_total**2 / safe_squares, safe_squares / safe_total  # shape and scale of the law below
    upper = (total + largest) ** 2 / (squares + largest**2), (squares + largest**2) / (total + largest)

    def mixed(value: Floats) -> Floats:
        """Half of the mass of each law below a value; with no firm the lower law is all at 0."""
        below = np.where(some, gammainc(lower[0], value / lower[1]), 1.0)
        found: Floats = (below + gammainc(upper[0], value / upper[1])) / 2.0
        return found

    ends = []
    for wanted in (tail, 1.0 - tail):
        low = np.where(some, gammaincinv(lower[0], tail / 2.0) * lower[1], 0.0)
        high = gammaincinv(upper[0], 1.0 - tail / 2.0) * upper[1]
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            short = mixed(middle) < wanted
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        ends.append((low + high) / 2.0)
    return np.where(some, ends[0], 0.0), ends[1]


def share_interval(
    own: Floats, own_squares: Floats, rest: Floats, rest_squares: Floats, level: float
) -> tuple[Floats, Floats]:
    """Interval of the share of own in own and rest, sums of weights of firms; every array of one shape.

    With weights 1 Jeffreys' interval. With others each sum has the gamma law of its mean and variance, to which half a
    firm of its mean weight is added, and the share of two gamma laws is that of their shapes' beta law, scaled.
    """
    weight = [
        np.divide(squares, total, out=np.ones_like(total), where=total > 0)
        for total, squares in ((own, own_squares), (rest, rest_squares))
    ]
    shape = [total / one + 0.5 for total, one in zip((own, rest), weight, strict=True)]
    ends = []
    for wanted in ((1.0 - level) / 2.0, (1.0 + level) / 2.0):
        beta = betaincinv(shape[0], shape[1], wanted)
        ends.append(weight[0] * beta / (weight[0] * beta + weight[1] * (1.0 - beta)))
    value = ratio(own, own + rest)
    return np.fmin(ends[0], value), np.fmax(ends[1], value)


def spread_firms(influence: Floats) -> Floats:
    """Effective number of firms by which the spread of a figure is known, from each firm's part of it, shape (firms,
    m): Satterthwaite's degrees of freedom, 2 (sum e ** 2) ** 2 / sum e ** 4; NaN where no firm has a part.

    source: Satterthwaite 1946, An approximate distribution of estimates of variance components
    """
    squares = influence**2
    return 2.0 * ratio(squares.sum(axis=0) ** 2, (squares**2).sum(axis=0))


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
            spread is estimated too; the quantiles then lie as far out as Student's t would (``expanded``). None: the
            level's own
        """
        tail = np.full(len(value), (1.0 - self.level) / 2.0)
        if firms is not None:
            tail = expanded(tail, firms)
        ordered = np.sort(drawn, axis=0)
        low, high = (_quantile(ordered, one) for one in (tail, 1.0 - tail))
        return np.fmin(low, value), np.fmax(high, value)

    def lognormal_herfindahls(self, amounts: Floats, firms: float, number: int) -> Floats | None:
        """Herfindahl indices of firms drawn again, whose amounts are log-normal; None with fewer than two amounts.

        The variance of the logarithms is drawn from its own distribution, chi-squared of as many degrees of freedom as
        ``spread_firms`` has of the logarithms: fewer where their tails are heavy, as of firms of several kinds. The
        number of firms is drawn from Poisson's of mean ``firms``. Shape (draws,).
        """
        logs = np.log(amounts)
        if len(logs) < 2:
            return None
        generator = np.random.default_rng([self.seed, 3, number])
        freedom = spread_freedom(logs)
        spread = np.sqrt(logs.var(ddof=1) * freedom / generator.chisquare(freedom, self.draws))
        count = np.maximum(generator.poisson(firms, self.draws), 1)
        normals = generator.standard_normal((self.draws, int(count.max())))
        drawn = np.exp(np.minimum(spread, LARGEST_SPREAD)[:, None] * normals)
        drawn[np.arange(drawn.shape[1]) >= count[:, None]] = 0.0
        found: Floats = (drawn**2).sum(axis=1) / drawn.sum(axis=1) ** 2
        return found


def spread_freedom(logs: Floats) -> float:
    """Degrees of freedom of the variance of logarithms, at most one fewer than there are; 1 where all are equal."""
    found = float(spread_firms((logs - logs.mean())[:, None])[0])
    return min(max(found, 1.0), len(logs) - 1.0) if np.isfinite(found) else 1.0


def expanded(tail: Floats, firms: Floats) -> Floats:
    """The share of a tail of draws that lies as far out as Student's t of so many firms has ``tail``.

    source: Hesterberg 2015, What teachers should know about the bootstrap (expanded percentile interval)
    """
    many = np.clip(firms, 1.0 + 1e-6, MOST_FIRMS)
    found: Floats = ndtr(np.sqrt(many / (many - 1.0)) * stdtrit(np.maximum(many - 1.0, 1.0), tail))
    return found


def herfindahl_interval(
    value: float, resampled: Floats, model: Floats | None, level: float, firms: float
) -> tuple[float, float]:
    """Interval of a Herfindahl index: the wider, at each end, of two.

    resampled : the index under each draw of firms. It is right for few firms; for many whose sizes differ much it is
        too narrow, because a draw holds no firm larger than the largest seen
    model : ``lognormal_herfindahls``; the interval is the value over its quantiles, relative to its mean. Right where
        sizes are log-normal (Gibrat), and too narrow, as any, where their tail is a power law
    firms : effective number of firms by which the spread of sizes is known (``expanded``)
    """
    tail = float(expanded(np.array([(1.0 - level) / 2.0]), np.array([firms]))[0])
    tails = [tail, 1.0 - tail]
    low, high = np.quantile(np.minimum(resampled, 1.0), tails)
    if model is not None:
        below, above = np.quantile(model, tails) / model.mean()
        low, high = min(low, value / above), max(high, value / below)
    return float(min(low, value)), float(min(max(high, value), 1.0))


def _quantile(ordered: Floats, level: Floats) -> Floats:
    """Of each column at its own level, from values in rising order of shape (draws, m), straight between two draws.

    The k-th of n draws has k / (n + 1) of its law below it on average, so that no tail is cut by the number of draws.
    """
    at = np.clip(level * (len(ordered) + 1) - 1.0, 0.0, len(ordered) - 1.0)
    below = np.floor(at).astype(np.int64)
    above, column = np.minimum(below + 1, len(ordered) - 1), np.arange(ordered.shape[1])
    found: Floats = ordered[below, column] + (at - below) * (ordered[above, column] - ordered[below, column])
    return found
