"""Paired differences of runs, resampling firms: values, draws, intervals and p-values.

Every run of a comparison is evaluated under the same resamples, so the draws of a difference are the differences of
the draws. What a run keeps of a metric (``Statistic``) is therefore enough for every later comparison on its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from models.comparison.metrics import Method, Metric
from models.comparison.rows import Floats, RunRows

CELLS = 60_000  # of weights held at once: what a processor keeps near is computed several times faster
GROUPS = 200  # of firms left out in turn, at most: more would change the skewness's share of an end by under .01 errors
FEWEST_DECIDING = 8  # below: 60 of 300 firms that differ, whose BCa intervals hold zero in 94 %, of 30 in 86 %
ENDLESS = 1e9  # degrees of freedom at which t is the normal law
TAIL_DRAWS = 10  # fewer draws than these beyond a point say little: from there on the tail is that of a normal


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval and its standard error, the standard deviation of its draws."""

    estimate: float
    low: float
    high: float
    standard_error: float

    def within(self, low: float, high: float) -> Interval:
        """Its ends at most as far as the figure can lie: a t interval of a gap near 0 begins below it."""
        return replace(self, low=max(self.low, low), high=min(self.high, high))


@dataclass(frozen=True, eq=False)
class Statistic:
    """One figure: its value, its values under each resample of firms, and with each group of firms left out.

    Differences, sums and distances of statistics made with the same resamples are statistics again. Three intervals:

    bca : of plain means; source: Efron (1987), as scipy.stats.bootstrap has it. Where few firms make the difference,
          as where two runs predict all others alike, draws take them too seldom to show how far it may be off: with
          fewer than FEWEST_DECIDING of them t takes its place
    t   : value and standard deviation of the draws, with the degrees of freedom that the fourth moment of the left-out
          groups leaves. BCa takes the bias and skewness of the draws for those of the figure; of a largest gap (KS), a
          sum of absolute gaps (ECE) or a figure that a few defaults decide (Brier) they are not, and it covers too
          little; t covers more than it claims where only a tenth of the firms differ
    normal : t without end of its degrees of freedom: of a figure that moves by whole loans (expected profit), which two
          models lend alike for the most part; the fourth moment is then large, and t covers too much
    """

    value: float
    draws: Floats
    left_out: Floats
    method: Method = "t"

    def __add__(self, other: Statistic) -> Statistic:
        return self._of(self.value + other.value, self.draws + other.draws, self.left_out + other.left_out, other)

    def __sub__(self, other: Statistic) -> Statistic:
        return self._of(self.value - other.value, self.draws - other.draws, self.left_out - other.left_out, other)

    def _of(self, value: float, draws: Floats, left_out: Floats, other: Statistic) -> Statistic:
        return Statistic(value, draws, left_out, self.method if self.method == other.method else "t")

    def distance(self, target: float) -> Statistic:
        """How far the figure is from the value that is best."""
        return Statistic(abs(self.value - target), np.abs(self.draws - target), np.abs(self.left_out - target))

    @cached_property
    def _law(self) -> _Student | _BCa:
        if self.method == "bca" and self.deciding >= FEWEST_DECIDING:
            return _BCa.of(self)
        return _Student.of(self)

    @property
    def deciding(self) -> float:
        """How many left-out groups would, by equal parts, make the figure as these do; 0 with none that do."""
        return 1.0 / fourth if (fourth := _fourth(self.left_out)) > 0 else 0.0

    @cached_property
    def standard_error(self) -> float:
        """Standard deviation of the draws; NaN with fewer than two."""
        draws = self.draws[np.isfinite(self.draws)]
        return float(draws.std(ddof=1)) if len(draws) > 1 else float("nan")

    @property
    def varies(self) -> bool:
        """Whether resamples differ at all: the difference of a run from itself doesn't."""
        return self.standard_error > 1e-12 * max(abs(self.value), 1e-300)

    def interval(self, level: float = 0.95) -> Interval:
        """NaN ends where the figure is undefined; both ends at the value where resamples do not differ."""
        low, high = (self._end(tail) for tail in ((1 - level) / 2, (1 + level) / 2))
        return Interval(self.value, low, high, self.standard_error)

    def _end(self, level: float) -> float:
        if not np.isfinite(self.value) or np.isnan(self.standard_error):
            return float("nan")
        return self._law.end(level) if self.varies else self.value

    def p_not_above(self, bound: float) -> float:
        """One-sided p-value of "the true figure is ``bound`` or less"; 0.05 where the 90 % interval begins there."""
        if not np.isfinite(self.value) or np.isnan(self.standard_error):
            return 0.5
        if not self.varies:
            return 0.5 if self.value == bound else float(self.value < bound)
        return self._law.level_at(bound)

    def p_not_below(self, bound: float) -> float:
        """One-sided p-value of "the true figure is ``bound`` or more"."""
        return 1.0 - self.p_not_above(bound)

    def p_equal(self, bound: float = 0.0) -> float:
        """Two-sided p-value of "the true figure is ``bound``"; at most 0.05 where the 95 % interval leaves it out."""
        return min(1.0, 2 * min(self.p_not_above(bound), self.p_not_below(bound)))


def _fourth(left_out: Floats) -> float:
    """Fourth moment of left-out groups over the square of the second: 1 / m where m of them make the figure alike."""
    left = left_out[np.isfinite(left_out)]
    away = left - left.mean() if len(left) else np.zeros(0)
    return float((away**4).sum()) / max(float((away**2).sum()) ** 2, 1e-300)


@dataclass(frozen=True)
class _Student:
    """Student's t about the value."""

    value: float
    scale: float
    freedom: float

    @classmethod
    def of(cls, one: Statistic) -> _Student:
        if one.method == "normal":
            return cls(one.value, one.standard_error, ENDLESS)
        groups = int(np.isfinite(one.left_out).sum())
        most = max(groups - 1, 1)
        spread = _fourth(one.left_out) - 1 / max(groups, 1)
        return cls(one.value, one.standard_error, min(max(2 / spread, 1.0), most) if spread > 0 else most)

    def end(self, level: float) -> float:
        """The point below which the true figure lies in a share ``level`` of cases."""
        return self.value + self.scale * float(stdtrit(self.freedom, level))

    def level_at(self, bound: float) -> float:
        """The level whose end is the bound."""
        return float(stdtr(self.freedom, (bound - self.value) / self.scale))


@dataclass(frozen=True)
class _BCa:
    """The draws sorted, and the two constants of BCa."""

    sorted_draws: Floats
    bias: float  # z0
    skew: float  # acceleration

    @classmethod
    def of(cls, one: Statistic) -> _BCa:
        left = one.left_out[np.isfinite(one.left_out)]
        away = left.mean() - left if len(left) else np.zeros(0)
        power = float((away**2).sum()) ** 1.5
        skew = float((away**3).sum()) / (6 * power) if power > 0 else 0.0
        own = cls(np.sort(one.draws[np.isfinite(one.draws)]), 0.0, skew)
        return cls(own.sorted_draws, own.normal_score(one.value), skew)

    @cached_property
    def tails(self) -> tuple[float, float, float, float]:
        """Normal score of the tails' edge, the draws where the tails begin, and the scale beyond."""
        share = min(max(TAIL_DRAWS / len(self.sorted_draws), 0.005), 0.25)
        low, high = np.quantile(self.sorted_draws, [share, 1 - share])
        edge = -float(ndtri(share))
        return edge, float(low), float(high), max(float(high - low) / (2 * edge), 1e-300)

    def normal_score(self, at: float) -> float:
        """Normal quantile of the share of draws below a point, draws at the point counting half."""
        edge, low, high, scale = self.tails
        if at <= low:
            return -edge - (low - at) / scale
        if at >= high:
            return edge + (at - high) / scale
        left, right = np.searchsorted(self.sorted_draws, at, "left"), np.searchsorted(self.sorted_draws, at, "right")
        return float(np.clip(ndtri((left + right) / (2 * len(self.sorted_draws))), -edge, edge))

    def end(self, level: float) -> float:
        """The point below which the true figure lies in a share ``level`` of cases."""
        moved = self.bias + float(ndtri(level))
        score = self.bias + moved / max(1 - self.skew * moved, 1e-3)
        edge, low, high, scale = self.tails
        if abs(score) > edge:
            return low + (score + edge) * scale if score < 0 else high + (score - edge) * scale
        return float(np.quantile(self.sorted_draws, ndtr(score)))

    def level_at(self, bound: float) -> float:
        """The level whose end is the bound."""
        away = self.normal_score(bound) - self.bias
        return float(ndtr(away / max(1 + self.skew * away, 1e-3) - self.bias))


@dataclass(frozen=True)
class Resamples:
    """Bootstrap draws of firms: how many times each draw takes each firm."""

    firms: int
    draws: int = 2_000
    seed: int = 7

    def times(self) -> npt.NDArray[np.uint8]:
        """Shape (draws, firms); every row sums to the number of firms, and the first rows are those of fewer draws."""
        return _times(self.firms, self.draws, self.seed)

    def left_out_group(self) -> npt.NDArray[np.intp]:
        """Each firm's group for the jackknife, shape (firms,): of one firm, or as equal as can be."""
        order = np.random.default_rng([self.seed, 1]).permutation(self.firms)
        return order % min(self.firms, GROUPS)

    def weights(self, rows: RunRows) -> Iterator[Floats]:
        """Weights of rows, shape (some draws, rows): the draws, and then the groups left out in turn."""
        size, every = max(CELLS // len(rows), 1), np.arange(self.draws + min(self.firms, GROUPS))
        for part in (every[: self.draws], every[self.draws :]):
            for start in range(0, len(part), size):
                yield self.weights_at(rows, part[start : start + size])

    def weights_at(self, rows: RunRows, numbers: npt.NDArray[np.intp]) -> Floats:
        """Of some of them, rising numbers in that order, shape (numbers, rows)."""
        drawn, left = numbers[numbers < self.draws], numbers[numbers >= self.draws] - self.draws
        times = self.times()[drawn].take(rows.firm_number, axis=1)
        if not len(left):
            return times * rows.weight
        kept = left[:, None] != self.left_out_group()[rows.firm_number]
        return np.concatenate([times, kept]) * rows.weight


@lru_cache(maxsize=4)
def _times(firms: int, draws: int, seed: int) -> npt.NDArray[np.uint8]:
    rng, times = np.random.default_rng([seed, 0]), np.empty((draws, firms), dtype=np.uint8)
    for draw in times:
        draw[:] = np.bincount(rng.integers(0, firms, firms), minlength=firms)
    times.flags.writeable = False
    return times


def statistics(rows: RunRows, metrics: Iterable[Metric], resamples: Resamples) -> dict[str, Statistic]:
    """Each metric of one run under the resamples; runs on the same rows and resamples can be subtracted."""
    chosen = list(metrics)
    if resamples.firms != rows.firms:
        raise ValueError(f"the resamples are of {resamples.firms} firms, the rows of {rows.firms}")
    parts: dict[str, list[Floats]] = {metric.name: [] for metric in chosen}
    for weight in resamples.weights(rows):
        for metric in chosen:
            parts[metric.name].append(metric(rows, weight))
    found = {}
    for metric in chosen:
        values = np.concatenate(parts[metric.name])
        found[metric.name] = Statistic(
            float(metric(rows)[0]), values[: resamples.draws], values[resamples.draws :], metric.method
        )
    return found


def paired_difference(
    baseline: RunRows, challenger: RunRows, metric: Metric, resamples: Resamples | None = None
) -> Statistic:
    """Metric of the challenger less that of the baseline; ``challenger`` in the baseline's order (``paired_rows``)."""
    drawn = Resamples(baseline.firms) if resamples is None else resamples
    of = [statistics(rows, [metric], drawn)[metric.name] for rows in (baseline, challenger)]
    return of[1] - of[0]
