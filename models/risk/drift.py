"""Does the stream of applicants still look like the cases the model was made on, and how well would it do on them?

A population stability index measures the distance, not its significance: of n cases that did not move, PSI scatters
like chi-square over n. An index alarms here only where chance alone would pass it at the stated rate and the shift is
large enough to matter. Performance is estimated before any outcome is known, from the calibrated probabilities
themselves; it sees a shift of the applicants, not a change in what defaults.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2

Floats = npt.NDArray[np.float64]
FILE = "drift.json"
BINS = 10
SCORE = "pd_12m"


@dataclass(frozen=True)
class DriftParams:
    """Section ``drift`` of params.yaml.

    false_alarm_rate : of monitored periods in which nothing moved, the share with an alarm, at most
    material_psi     : a smaller index is no alarm however many cases there are (.1 and .25 are Siddiqi's lines)
    looks            : how often one period is looked at; the rate is shared among looks and columns
    """

    false_alarm_rate: float
    material_psi: float
    looks: int


@dataclass(frozen=True)
class Histogram:
    """Inner edges of the bins, the cases in each (lower edge excluded), and those without a value."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int

    @cached_property
    def all_counts(self) -> tuple[int, ...]:
        """``counts`` and the missing, last."""
        return (*self.counts, self.missing)

    def position(self, value: float) -> int:
        """The bin of one value; the missing come last."""
        return bisect_left(self.edges, value) if value == value else len(self.counts)  # NaN

    def count(self, values: Floats) -> npt.NDArray[np.int64]:
        """Cases by bin, the missing last; shape (bins + 1,)."""
        known = ~np.isnan(values)
        position = np.where(known, np.searchsorted(self.edges, values, side="left"), len(self.counts))
        return np.bincount(position, minlength=len(self.counts) + 1)


@dataclass(frozen=True)
class Reference:
    """What the model was made on: its scores, grades and features as counts. Small, and saved beside the model."""

    score: Histogram
    grades: Mapping[str, int]
    features: Mapping[str, Histogram]

    def save(self, folder: Path) -> None:
        """Write drift.json into a model's folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1, sort_keys=True) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Drift:
    """PSI of one column, what chance alone stays under, and whether both limits were passed."""

    column: str
    psi: float
    chance_limit: float
    cases: int
    alarm: bool


@dataclass(frozen=True)
class Estimate:
    """A figure before labels stable, and the interval in which the one computed later will lie."""

    value: float
    low: float
    high: float


def reference_of(matrix: Floats, names: Sequence[str], pd_12m: Floats, grades: Sequence[str]) -> Reference:
    """The reference of the cases a model was made on; ``matrix`` has one column for each of ``names``."""
    found, counts = np.unique(np.asarray(grades, dtype=str), return_counts=True)
    return Reference(
        histogram(pd_12m),
        dict(zip(found.tolist(), counts.tolist(), strict=True)),
        {name: histogram(matrix[:, position]) for position, name in enumerate(names)},
    )


def histogram(values: Floats, bins: int = BINS) -> Histogram:
    """Bins of about equal counts; a value that more cases share than fill a bin has one of its own."""
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[:-1], method="lower")) if known.size else known
    empty = Histogram(tuple(edges.tolist()), (0,) * (len(edges) + 1), 0)
    counts = empty.count(values).tolist()
    return Histogram(empty.edges, tuple(counts[:-1]), counts[-1])


def psi(reference: Sequence[int], counts: Sequence[int]) -> float:
    """PSI = sum over bins of (q - p) ln(q / p), half a case added to each; bins that neither filled are left out.

    source: Siddiqi (2006), Credit Risk Scorecards, on scorecard stability
    """
    before, now = _filled(reference, counts)
    p, q = (before + 0.5) / (before + 0.5).sum(), (now + 0.5) / (now + 0.5).sum()
    return float(((q - p) * np.log(q / p)).sum())


def chance_limit(reference: Sequence[int], counts: Sequence[int], rate: float) -> float:
    """The PSI that cases of one and the same population pass with probability ``rate``.

    PSI / (1 / m + 1 / n) is about chi-square with bins - 1 degrees of freedom (m reference cases, n new ones).
    source: Yurdakul and Naranjo (2020), Statistical properties of the population stability index
    """
    before, now = _filled(reference, counts)
    if before.size < 2 or not before.sum() or not now.sum():
        return float("inf")  # nothing to compare: no index is too large
    return _chi_square(rate, before.size - 1) * float(1 / before.sum() + 1 / now.sum())


def drift(column: str, reference: Sequence[int], counts: Sequence[int], params: DriftParams, columns: int = 1) -> Drift:
    """One column's index against both limits; ``columns`` share the false-alarm rate."""
    index = psi(reference, counts)
    limit = chance_limit(reference, counts, params.false_alarm_rate / (params.looks * columns))
    return Drift(column, index, limit, int(sum(counts)), alarm=index > max(limit, params.material_psi))


def drifts(reference: Reference, pd_12m: Floats, features: Mapping[str, Floats], params: DriftParams) -> list[Drift]:
    """The score and every feature, largest index first; all share one false-alarm rate."""
    missing = sorted(reference.features.keys() - features.keys())
    if missing:
        raise ValueError(f"no values of {missing}; the reference has {sorted(reference.features)}")
    count = len(reference.features) + 1
    found = [drift(SCORE, reference.score.all_counts, reference.score.count(pd_12m).tolist(), params, count)]
    for name, own in reference.features.items():
        found.append(drift(name, own.all_counts, own.count(features[name]).tolist(), params, count))
    return sorted(found, key=lambda one: -one.psi)


def estimated_performance(
    pd_12m: Floats, *, level: float = 0.9, draws: int = 200, seed: int = 0
) -> dict[str, Estimate]:
    """AUC, Brier score and log loss expected of calibrated probabilities whose outcomes are not known yet.

    The intervals draw the applicants anew and an outcome for each from its probability.
    source : NannyML's confidence-based performance estimation (CBPE)
    """
    if pd_12m.size < 2 or not ((pd_12m > 0) & (pd_12m < 1)).all():
        raise ValueError(f"at least two probabilities inside (0, 1) are needed; got {pd_12m.size}")
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(draws):
        own = pd_12m[rng.integers(0, pd_12m.size, pd_12m.size)]
        drawn.append(_performance(own, (rng.random(own.size) < own).astype(float)))
    spread = np.array([one for one in drawn if not np.isnan(one).any()])
    low, high = np.quantile(spread if len(spread) else np.full((1, 3), np.nan), [(1 - level) / 2, (1 + level) / 2], 0)
    expected = _performance(pd_12m, pd_12m)
    return {
        name: Estimate(float(value), float(below), float(above))
        for name, value, below, above in zip(("auc", "brier", "log_loss"), expected, low, high, strict=True)
    }


def _performance(score: Floats, outcome: Floats) -> Floats:
    """AUC, Brier and log loss where ``outcome`` is 0, 1 or the probability of 1 (their expectations, then)."""
    values, position = np.unique(score, return_inverse=True)
    bad = np.bincount(position, weights=outcome, minlength=values.size)
    good = np.bincount(position, weights=1 - outcome, minlength=values.size)
    below = np.cumsum(good) - good
    pairs = bad.sum() * good.sum()
    auc = (bad * (below + good / 2)).sum() / pairs if pairs else np.nan
    brier = np.mean(outcome * (1 - score) ** 2 + (1 - outcome) * score**2)
    loss = -np.mean(outcome * np.log(score) + (1 - outcome) * np.log1p(-score))
    return np.array([auc, brier, loss])


@cache
def _chi_square(rate: float, freedom: int) -> float:
    return float(chi2.isf(rate, freedom))


def _filled(reference: Sequence[int], counts: Sequence[int]) -> tuple[Floats, Floats]:
    if len(reference) != len(counts):
        raise ValueError(f"{len(counts)} counts for a reference of {len(reference)} bins")
    before, now = np.asarray(reference, dtype=float), np.asarray(counts, dtype=float)
    used = before + now > 0
    return before[used], now[used]
