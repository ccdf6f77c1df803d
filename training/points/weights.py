"""Weights by stage: a hierarchy that starts at the prior card, shrinks to the pooled fit, with its uncertainty.

    outcome = slope[stage] * sum over j of weight[stage, j] * shape[stage, j](percentile_j) + noise
    weight[stage, j] = prior[stage, j] + shared deviation_j + own deviation[stage, j]

Both deviations are normal around zero; how far they may reach is a ``Strength``, weighed by the likelihood of later
outcomes of other enterprises. A missing value is at the middle of its peers here, give or take, so that a weight
is not dulled by what was never reported; that it earns nothing is the card's rule, not a finding.

Each draw resamples enterprises and moves the prior by its own uncertainty, so an interval holds what the data leave
open and what shrinkage may have hidden; with little data it is the prior's.
source: randomised maximum a posteriori, Bardsley et al. 2014, doi 10.1137/140964023; empirical Bayes intervals,
Morris 1983, doi 10.1080/01621459.1983.10477920
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from models.points.bounds import POINTS_SUM

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int_]
BUCKETS = 400  # enterprises are resampled in at most so many random groups
_TINY = 1e-3  # a deviation of no size, kept invertible
_SLOPE_SHARED, _SLOPE_OWN = 1.0, 0.3  # how far the outcome per point may be off, in all stages and in one
_MISSING = 1.0  # of where a missing value really is: the whole way from worst to best either way


@dataclass(frozen=True, slots=True)
class Strength:
    """How far weights may leave the prior, as a share of the typical weight of the indicator.

    shared : standard deviation of the deviation that all stages have in common
    own : standard deviation of each stage's own deviation
    by_stage : 1 where each stage starts at its own prior weights, 0 where all start at their mean
    shape : share of the learned shape in each indicator's points; the rest is a straight line
    """

    shared: float
    own: float
    by_stage: float = 1.0
    shape: float = 0.0


NO_POOLING = Strength(10.0, 10.0)
FULL_POOLING = Strength(10.0, 0.0, by_stage=0.0)


def strengths(reach: Sequence[float], shapes: Sequence[float], *, pooled: bool = False) -> tuple[Strength, ...]:
    """Every candidate: each reach for the shared and the own deviation.

    A pooled card has no own one; its shared one may reach as far as both together, so that freedom decides nothing.
    """
    if pooled:
        both = sorted({math.hypot(one, other) for one, other in product(reach, reach)})
        return tuple(Strength(one, 0.0, 0.0, shape) for one, shape in product(both, shapes))
    return tuple(Strength(one, other, 1.0, shape) for one, other, shape in product(reach, reach, shapes))


@dataclass(frozen=True)
class Moments:
    """Sufficient statistics of centred rows by bucket b and stage s: X'X (b, s, p, p), X'y (b, s, p), y'y, n (b, s).

    The p columns are k indicators, then k flags of a missing value.
    """

    xx: Floats
    xy: Floats
    yy: Floats
    n: Floats

    @classmethod
    def of(cls, x: Floats, y: Floats, stage: Codes, stages: int, bucket: Codes) -> Moments:
        """Of centred rows x (n, p) and y (n,); stage in 0..stages-1; bucket of the row's enterprise, from 0."""
        groups, p = int(bucket.max(initial=-1)) + 1, x.shape[1]
        xx, xy = np.zeros((groups, stages, p, p)), np.zeros((groups, stages, p))
        yy, n = np.zeros((groups, stages)), np.zeros((groups, stages))
        order = np.lexsort((stage, bucket))
        where = bucket[order] * stages + stage[order]
        starts = np.flatnonzero(np.r_[True, np.diff(where) != 0])[: len(where)]
        for start, end in zip(starts, [*starts[1:], len(where)], strict=True):
            rows, (group, position) = order[start:end], divmod(int(where[start]), stages)
            xx[group, position], xy[group, position] = x[rows].T @ x[rows], x[rows].T @ y[rows]
            yy[group, position], n[group, position] = y[rows] @ y[rows], len(rows)
        return cls(xx, xy, yy, n)

    def total(self, weight: Floats | None = None) -> Moments:
        """All buckets as one, each counted ``weight`` times; shape (1, s, ...)."""
        one = np.ones(len(self.n)) if weight is None else weight
        return Moments(*(np.tensordot(one, part, axes=1)[None] for part in (self.xx, self.xy, self.yy, self.n)))

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.xx + other.xx, self.xy + other.xy, self.yy + other.yy, self.n + other.n)


@dataclass(frozen=True)
class Hierarchy:
    """The prior of all weights, and what ties points to outcomes.

    prior : points (s, k) that experts gave
    slope : outcome per point
    noise : variance of the outcome that points leave open, by stage (s,); repeated rows of an enterprise inflate it
    """

    prior: Floats
    slope: float = 1.0
    noise: Floats | None = None

    def tied_to(self, moments: Moments, repeats: float = 1.0) -> Hierarchy:
        """With the slope and the noise of these rows; the slope is never under one standard error.

        repeats : how much the variance of a mean exceeds that of independent rows
        """
        one, prior = moments.total(), self.prior
        k = prior.shape[1]
        zz = np.einsum("sj,sjk,sk->s", prior, one.xx[0][:, :k, :k], prior)
        zy = np.einsum("sj,sj->s", prior, one.xy[0][:, :k])
        slope = zy.sum() / zz.sum() if zz.sum() > 0 else 0.0
        rest = (one.yy[0] - 2 * slope * zy + slope**2 * zz).clip(min=0.0)
        overall = max(rest.sum(), 1e-12) / max(one.n.sum(), 1.0)
        noise = repeats * (rest + 20.0 * overall) / (one.n[0] + 20.0)  # a small stage leans on all
        error = float(np.sqrt(repeats * overall / zz.sum())) if zz.sum() > 0 else 1.0
        return replace(self, slope=max(float(slope), error), noise=noise)

    def start(self, strength: Strength) -> Floats:
        """Where the weights start, (s, k)."""
        mean: Floats = self.prior.mean(axis=0, keepdims=True)
        return np.asarray(mean + strength.by_stage * (self.prior - mean))

    def covariance(self, strength: Strength) -> Floats:
        """Of the effects (s, p) around ``slope * start``, flattened: (s * p, s * p)."""
        start = self.start(strength)
        stages, k = start.shape
        # A zero may become something: no weight is taken for less than a quarter of an even share.
        size = np.maximum(start, 0.25 * POINTS_SUM / k)
        own = max(strength.own, _TINY)
        matrix = np.zeros((stages, 2 * k, stages, 2 * k))
        diagonal = np.arange(k)
        for one, other in product(range(stages), repeat=2):
            same = one == other
            matrix[one, :k, other, :k] = (_SLOPE_SHARED**2 + same * _SLOPE_OWN**2) * np.outer(start[one], start[other])
            matrix[one, diagonal, other, diagonal] += (strength.shared**2 + same * own**2) * size[one] * size[other]
            if same:
                matrix[one, k + diagonal, other, k + diagonal] = (_MISSING * size[one]) ** 2
        return self.slope**2 * matrix.reshape(stages * 2 * k, -1)


@dataclass(frozen=True)
class Solver:
    """One strength made ready: the prior's mean and precision."""

    mean: Floats
    factor: Floats  # lower triangle: covariance = factor @ factor.T
    precision: Floats
    log_det: float

    @classmethod
    def of(cls, hierarchy: Hierarchy, strength: Strength) -> Solver:
        """From a hierarchy that is tied to its rows."""
        start = hierarchy.start(strength)
        mean = np.concatenate([hierarchy.slope * start, np.zeros_like(start)], axis=1).ravel()
        factor = np.asarray(np.linalg.cholesky(hierarchy.covariance(strength)), dtype=float)
        half = np.asarray(np.linalg.inv(factor), dtype=float)
        return cls(mean, factor, half.T @ half, 2.0 * float(np.log(np.diag(factor)).sum()))

    def solve(self, moments: Moments, noise: Floats, mean: Floats | None = None) -> Floats:
        """Most likely effects (s, p) given one bucket of moments, signs not yet imposed."""
        at = self.mean if mean is None else mean
        factor, pulled = self._system(moments, noise, at)
        return np.asarray((at + cho_solve(factor, pulled)).reshape(moments.xy.shape[1:]))

    def log_evidence(self, moments: Moments, noise: Floats) -> float:
        """Log density of the outcomes with the effects integrated out."""
        factor, pulled = self._system(moments, noise, self.mean)
        effects = self.mean.reshape(moments.xy.shape[1:])
        rest = (
            moments.yy[0]
            - 2 * np.einsum("sp,sp->s", effects, moments.xy[0])
            + np.einsum("sp,spq,sq->s", effects, moments.xx[0], effects)
        )
        log_posterior = 2.0 * float(np.log(np.diag(factor[0])).sum())
        log_likelihood = float((rest / noise + moments.n[0] * np.log(noise)).sum()) - float(
            pulled @ cho_solve(factor, pulled)
        )
        return -0.5 * (log_likelihood + self.log_det + log_posterior)

    def _system(self, moments: Moments, noise: Floats, at: Floats) -> tuple[tuple[Floats, bool], Floats]:
        xx, xy = moments.xx[0], moments.xy[0]
        stages, p = xy.shape
        matrix = self.precision.reshape(stages, p, stages, p).copy()
        for position in range(stages):
            matrix[position, :, position, :] += xx[position] / noise[position]
        pulled = (xy - np.einsum("spq,sq->sp", xx, at.reshape(stages, p))) / noise[:, None]
        return cho_factor(matrix.reshape(stages * p, -1), lower=True), pulled.ravel()


def share_of(log_likelihoods: Sequence[float]) -> Floats:
    """Weight of each candidate: proportional to the likelihood of what came later. Shape (m,), sums to 1."""
    values = np.asarray(log_likelihoods, dtype=float)
    weights = np.exp(values - values.max())
    return np.asarray(weights / weights.sum())
