"""Has the population moved away from the one that the model was made on? The PSI against a reference in its file.

A pure function of accumulated values, so the counter can ask it while it serves. Alarms are set by the sampling error
of the PSI itself: without drift, PSI times the harmonic size is about chi-square with bins - 1 degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2

Floats = npt.NDArray[np.float64]
BINS = 10
SCORE = "pd_12m"
SUBSTANTIAL = 0.10  # a PSI that matters; smaller ones are no alarm however many cases there are


@dataclass(frozen=True)
class Histogram:
    """Inner edges of the bins, the reference cases in each, and those without a value."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int

    def count(self, values: Floats) -> npt.NDArray[np.int64]:
        """Cases by bin, the missing last; shape (bins + 1,)."""
        known = np.isfinite(values)
        place = np.where(
            known, np.searchsorted(self.edges, np.where(known, values, 0.0), side="left"), len(self.counts)
        )
        return np.bincount(place, minlength=len(self.counts) + 1)


@dataclass(frozen=True)
class Drift:
    """PSI of one column, what chance alone would stay under, and whether that and SUBSTANTIAL were passed."""

    column: str
    psi: float
    chance_limit: float
    n: int
    alarm: bool


def reference_histograms(matrix: Floats, names: Sequence[str], score: pd.Series) -> dict[str, Histogram]:
    """One histogram for each feature and for the score, of the cases that the model was made on."""
    return {
        name: histogram(values)
        for name, values in [*zip(names, matrix.T, strict=True), (SCORE, score.to_numpy(dtype=float))]
    }


def histogram(values: Floats, bins: int = BINS) -> Histogram:
    """Bins of about equal counts; a value that many share has a bin of its own."""
    known = values[np.isfinite(values)]
    cuts = np.linspace(0, 1, bins + 1)[:-1]
    edges: Floats = np.unique(np.quantile(known, cuts, method="lower")) if known.size else np.empty(0)
    made = Histogram(tuple(float(edge) for edge in edges), (0,) * (len(edges) + 1), 0)
    counts = made.count(values)
    return Histogram(made.edges, tuple(int(one) for one in counts[:-1]), int(counts[-1]))


def drift(reference: Histogram, values: Floats, column: str = SCORE, false_alarm: float = 0.01) -> Drift:
    """Compare accumulated values with the reference; without drift an alarm is rarer than ``false_alarm``.

    psi = sum over bins of (q - p) ln(q / p), half a case added to every bin
    """
    before = np.array([*reference.counts, reference.missing], dtype=float)
    now = reference.count(np.asarray(values, dtype=float)).astype(float)
    used = (before + now) > 0
    before, now = before[used], now[used]
    if now.sum() == 0 or len(before) < 2:
        return Drift(column, 0.0, 0.0, int(now.sum()), alarm=False)
    p, q = (before + 0.5) / (before + 0.5).sum(), (now + 0.5) / (now + 0.5).sum()
    psi = float(((q - p) * np.log(q / p)).sum())
    size = 1 / (1 / before.sum() + 1 / now.sum())
    limit = float(chi2.ppf(1 - false_alarm, len(before) - 1) / size)
    return Drift(column, psi, limit, int(now.sum()), alarm=psi > max(limit, SUBSTANTIAL))


def drifts(reference: Mapping[str, Histogram], columns: Mapping[str, Floats], false_alarm: float = 0.01) -> list[Drift]:
    """Every column that has a reference, with the false-alarm rate shared among them; largest PSI first."""
    share = false_alarm / max(len(columns), 1)
    every = [drift(reference[name], values, name, share) for name, values in columns.items() if name in reference]
    return sorted(every, key=lambda one: -one.psi)
