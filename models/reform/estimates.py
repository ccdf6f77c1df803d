"""Figures with intervals whose parts add up in variance.

    var = var of which firms (or of the sample, in a quick run) + var of refitted models + Monte Carlo var
    Monte Carlo var = var firms / replicates + var refit / draws         what more replicates and draws would remove

A full run's interval is of the firms that might have been in the zone; a quick run's is of the figure that the full run
gives: the sample is drawn without replacement, so that its variance has the factor 1 - sampled / firms. Few sampled
firms may move though more of the zone do; so a quick run's difference counts two firms more that move as far as those
that did, as Agresti and Coull count two more successes.

A sum or mean has an interval only where at least FEWEST_FIRMS firms contribute to it: move, or have an amount. Of m
firms that move either way alike all move one way in 2 of 2 ** m cases; of four that is 1 in 8, half of it (mid-p) more
than 5 %, so that an interval of fewer can never tell a move from none, and covers more than it claims. Where rules are
the baseline's, a difference is 0 for certain. A share says by itself how rare it is: where fewer than FEWEST_FIRMS
firms are in it or outside it, its interval is Jeffreys'.
source: Brown, Cai and DasGupta 2001, on intervals of shares

An interval reaches to value -+ t sd, with Student's t at Welch's and Satterthwaite's degrees of freedom of the parts,
for a few draws show little of the models' variance; and farther on the side to which the figure is skewed, as a few
large firms lose much where many small ones lose little: to value - sd h(+-t) where that lies outside, with Hall's
h(y) = 3 / k ((1 + k (y - k / 6)) ^ (1/3) - 1) and the replicates' skewness k, shrunk by what so few replicates show by
chance. A full run's is never narrower for its skewness, which few firms show badly; that of a quick run, which has
2,000 firms or more, is narrower by half of what its skewness says, and its degrees of freedom are no more than 2 / g
with the replicates' excess kurtosis g, shrunk likewise: where few large firms make a variance, it is as uncertain.
No interval of an amount that cannot be negative reaches below 0.
source: Hall 1992, on the removal of skewness by transformation; James and Stein 1961, on shrinking by a known variance;
Satterthwaite 1946, on degrees of freedom: of a sample's variance s2, 2 E[s2]^2 / var(s2), and var(s2) = g E[s2]^2
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, stdtrit

from models.reform.result import FEWEST_FIRMS, SMALLEST_GROUP, Estimate, NoInterval

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
LEAST_SKEWNESS = 1e-6  # below it the transformation is the identity to the last digits


@dataclass(frozen=True)
class Behind:
    """The firms behind m sums or means. count : whose part is not 0, shape (m,)

    moved : whether it is of a difference; certain : whether the rules are the baseline's, so that every difference is 0
    whichever the firms; positive : whether it is an amount that cannot be negative; each of shape (m,), or one for all
    """

    count: Ints
    moved: Flags | bool
    certain: Flags | bool = False
    positive: Flags | bool = False


@dataclass(frozen=True)
class Spread:
    """How intervals are made. left_out : share of the firms that a quick run did not sample; None in a full run."""

    level: float = 0.95
    left_out: float | None = None

    def means(self, drawn: Floats, refit: Floats | None, behind: Behind, *, firms: Ints) -> list[Estimate]:
        """One estimate for each of m sums or means.

        drawn : shape (1 + replicates, m), row 0 the figure itself; refit : shape (draws, m), of the refitted models
        firms : of the group that each figure is of, shape (m,)
        """
        of_firms = variance(drawn[1:])
        if self.left_out is not None:
            of_firms = of_firms * (1.0 + np.where(behind.moved, 2.0 / np.maximum(behind.count, 1), 0.0))
        parts = self._parts(of_firms, drawn, refit)
        freedom = parts.freedom
        if self.left_out is not None:
            with np.errstate(divide="ignore"):  # infinite where nothing varies
                freedom = 1.0 / (1.0 / freedom + np.maximum(kurtosis(drawn[1:]), 0.0) / 2.0)
        reach = stdtrit(freedom, (1 + self.level) / 2)
        # Only the firms' part is skewed; what is added to it makes the sum less so.
        skewed = skewness(drawn[1:]) * ratio(of_firms, parts.total**2) ** 1.5
        low = drawn[0] - parts.total * self._reach(reach, _transformed(reach, skewed))
        low = np.where(behind.positive, np.maximum(low, 0.0), low)
        high = drawn[0] + parts.total * self._reach(reach, -_transformed(-reach, skewed))
        few = (behind.count < FEWEST_FIRMS) & ~np.asarray(behind.certain)
        moved = np.broadcast_to(behind.moved, few.shape)
        given = self._estimates(drawn[0], low, high, parts, firms)
        return [
            self._without(one.value, count, "few_moved" if of_move else "few_firms")
            if without
            else replace(one, behind=count)
            for one, count, of_move, without in zip(
                given, behind.count.tolist(), moved.tolist(), few.tolist(), strict=True
            )
        ]

    def _reach(self, plain: Floats, skewed: Floats) -> Floats:
        """Standard deviations to an end of the interval, from those without and with its skewness."""
        narrower = plain if self.left_out is None else (plain + skewed) / 2.0
        return np.where(skewed < plain, narrower, skewed)

    def _without(self, value: float | None, count: int, why: NoInterval) -> Estimate:
        """A figure without an interval; a quick run has no figure either, which would be rough."""
        shown = None if self.left_out is not None else value
        return Estimate(shown, None, None, None, None, None, None, None, count, why)

    def shares(
        self, drawn: Floats, refit: Floats | None, *, firms: Ints, certain: Flags | bool = False
    ) -> list[Estimate]:
        """The same of shares of the firms, all between 0 and 1; certain : as ``Behind`` has it."""
        value = drawn[0]
        inside = np.rint(value * firms)
        least = np.minimum(inside, firms - inside)
        few = (least < FEWEST_FIRMS) & ~np.asarray(certain)
        a, b = inside + 0.5, firms - inside + 0.5
        of_firms = variance(drawn[1:]) * (1.0 if self.left_out is None else 1.0 + 2.0 / np.maximum(least, 1.0))
        of_firms = np.where(few, a * b / ((a + b) ** 2 * (a + b + 1.0)), of_firms)
        parts = self._parts(of_firms, drawn, refit, np.where(few, 0.0, of_firms))
        reach = stdtrit(parts.freedom, (1 + self.level) / 2)
        narrow = 1.0 if self.left_out is None else self.left_out**0.5
        beside = reach * np.sqrt(np.maximum(parts.total**2 - parts.own**2, 0.0))  # what is not of the firms
        ends = []
        for sign, none in ((-1.0, inside == 0), (1.0, inside == firms)):
            jeffreys = np.where(none, value, betaincinv(a, b, (1 + sign * self.level) / 2))
            ends.append(
                value + sign * np.where(few, np.hypot((jeffreys - value) * narrow, beside), reach * parts.total)
            )
        low, high = np.maximum(ends[0], 0.0), np.minimum(ends[1], 1.0)
        return self._estimates(value, low, high, parts, firms)

    def _parts(self, of_firms: Floats, drawn: Floats, refit: Floats | None, simulated: Floats | None = None) -> _Parts:
        """The parts. simulated : what of the firms' variance is of replicates; all of it by default."""
        replicates = len(drawn) - 1
        monte_carlo = (of_firms if simulated is None else simulated) / max(replicates, 1)
        of_refit = None
        if refit is not None:
            of_refit = variance(refit)
            monte_carlo = monte_carlo + of_refit / len(refit)
        own, of_sample = of_firms, np.zeros_like(of_firms)
        if self.left_out is not None:
            own = of_sample = of_firms * self.left_out
            monte_carlo = monte_carlo * self.left_out
        total = own + monte_carlo + (0.0 if of_refit is None else of_refit)
        freedom = _freedom([(own, replicates), (of_refit, 0 if refit is None else len(refit))])
        alone = None if self.left_out is not None else np.sqrt(of_firms)
        refitted = None if of_refit is None else np.sqrt(of_refit)
        return _Parts(np.sqrt(total), np.sqrt(own), freedom,
                      (alone, refitted, np.sqrt(of_sample), np.sqrt(monte_carlo)))  # fmt: skip

    def _estimates(self, value: Floats, low: Floats, high: Floats, parts: _Parts, firms: Ints) -> list[Estimate]:
        named = [[None] * len(value) if one is None else _plain(one) for one in parts.named]
        plain = (_plain(one) for one in (value, low, high, parts.total))
        return [
            Estimate(None if count < SMALLEST_GROUP else point, *rest)
            for count, point, *rest in zip(firms.tolist(), *plain, *named, strict=True)
        ]


@dataclass(frozen=True)
class _Parts:
    """Standard deviations: in all, of firms or sample, degrees of freedom, and the four parts as Estimate has them."""

    total: Floats
    own: Floats
    freedom: Floats
    named: tuple[Floats | None, ...]


def ratio(over: Floats, under: Floats) -> Floats:
    """Over / under, 0 where nothing is under it."""
    return np.divide(over, under, out=np.zeros(np.broadcast_shapes(over.shape, under.shape)), where=under > 0)


def skewness(drawn: Floats) -> Floats:
    """Third central moment over the standard deviation's cube, by figure; 0 where there is no variance.

    Times what is left of 1 after 6 / draws, its variance where nothing is skewed, over its square; at least 0.
    """
    if len(drawn) < 2:
        return np.zeros(drawn.shape[1:])
    moved = drawn - drawn.mean(axis=0)
    squared = moved * moved
    return _shrunk(ratio((squared * moved).mean(axis=0), squared.mean(axis=0) ** 1.5), 6.0 / len(drawn))


def kurtosis(drawn: Floats) -> Floats:
    """Fourth central moment over the variance's square, less the 3 of a normal law, by figure; shrunk as skewness is.

    Its variance where the law is normal is 24 / draws.
    """
    if len(drawn) < 2:
        return np.zeros(drawn.shape[1:])
    squared = (drawn - drawn.mean(axis=0)) ** 2
    found = ratio((squared * squared).mean(axis=0), squared.mean(axis=0) ** 2)
    return _shrunk(np.where(found > 0, found - 3.0, 0.0), 24.0 / len(drawn))


def _shrunk(found: Floats, by_chance: float) -> Floats:
    """Times what is left of 1 after its variance by chance over its square; at least 0."""
    return found * np.maximum(1.0 - ratio(np.full_like(found, by_chance), found**2), 0.0)


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
