"""Checks of a challenger that read no out-of-time outcome: what it is made of, and how it behaves.

Each is a function of columns (or of the model's prediction as a function of them) that returns a ``Check``: what was
measured, what is allowed, and whether that was kept, was not kept, or could not be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.texts.figures import Text
from data.texts.sentences import label, sentence
from models.risk.drift import DriftParams, drift, histogram
from training.risk.leakage import find_leaks
from training.risk.leakage_column import LeakageParams

Floats = npt.NDArray[np.float64]
Status = Literal["passed", "failed", "not_shown"]
GRID = 9  # values of one column, equally many real rows between two of them
ROUNDING = 1e-9  # two sums of the same figures may differ by so much


@dataclass(frozen=True)
class Check:
    """measured, allowed : figures by name; text : one sentence, Chinese and English."""

    name: str
    status: Status
    measured: Mapping[str, float | str]
    allowed: Mapping[str, float | str]
    text: Text

    def plain(self) -> dict[str, object]:
        """As an entry of the history keeps it."""
        kept = {"measured": dict(self.measured), "allowed": dict(self.allowed), "zh": self.text[0], "en": self.text[1]}
        return {"name": self.name, "status": self.status, **kept}


class LabelledSample(NamedTuple):
    """A training sample with its outcome: rows, the outcome's column, and the days of known and decided, if kept."""

    table: pd.DataFrame
    target: str
    known_at: pd.DataFrame | None = None
    decided_at: pd.Series | None = None


@dataclass(frozen=True)
class Behaviour:
    """How one change of the rows changes the prediction.

    change    : prediction after less prediction before, shape (rows,)
    low, high : within which it must lie in every row
    """

    name: str
    change: Floats
    low: float = -np.inf
    high: float = np.inf

    @property
    def beyond(self) -> float:
        """How far the worst row lies outside; 0 where none does, infinite where a prediction is missing."""
        if not len(self.change) or np.isnan(self.change).any():
            return float("inf")
        return float(max((self.low - self.change).max(), (self.change - self.high).max(), 0.0))


def provenance(found: Mapping[str, str], wanted: Mapping[str, str]) -> Check:
    """The digests of what the challenger was made of are those of what is at hand, all of them.

    found, wanted : by what is digested (data, codebook, code, params), as the challenger has it and as it is now
    """
    different = [name for name in wanted if found.get(name) != wanted[name]]
    listed = [label(f"promotion.part.{name}") for name in different] or [label("promotion.nothing")]
    return Check(
        "provenance",
        "failed" if different else "passed",
        {name: found.get(name, "") for name in wanted},
        dict(wanted),
        sentence("promotion.provenance", list=listed),
    )


def leakage(sample: LabelledSample, params: LeakageParams) -> Check:
    """No column of the training sample holds the outcome (``training.risk.leakage``)."""
    found = find_leaks(*sample[:2], params, known_at=sample.known_at, decided_at=sample.decided_at)
    leaks = [one for one in found if one.stops]
    holds = sorted({one.column for one in leaks} - set(params.waived))
    return Check(
        "leakage",
        "failed" if holds else "passed",
        {one.column: one.found for one in leaks if one.column in holds},
        {"columns": 0},
        sentence("promotion.leakage", columns=sample.table.shape[1] - 1, list=holds or [label("promotion.nothing")]),
    )


def training_drift(training: Mapping[str, Floats], population: Mapping[str, Floats], params: DriftParams) -> Check:
    """The training sample is like the population that the model is for, column by column (``models.risk.drift``)."""
    if not training:
        return Check("drift", "not_shown", {}, {}, sentence("promotion.drift.not_shown"))
    found = []
    for name, values in training.items():
        bins = histogram(values)
        found.append(drift(name, bins.all_counts, bins.count(population[name]).tolist(), params, len(training)))
    worst = max(found, key=lambda one: (one.alarm, one.psi))
    return Check(
        "drift",
        "failed" if worst.alarm else "passed",
        {one.column: one.psi for one in found if one.alarm or one is worst},
        {"psi": max(params.material_psi, worst.chance_limit)},
        sentence(
            "promotion.drift",
            column=worst.column,
            psi=worst.psi,
            allowed=max(params.material_psi, worst.chance_limit),
        ),
    )


def monotonicity(
    predict: Callable[[Floats], Floats], matrix: Floats, names: Sequence[str], signs: Sequence[int], tolerance: float
) -> Check:
    """Each declared direction holds over a grid of values put into real rows.

    predict : from rows, shape (n, p), to a figure for each
    matrix  : real rows; a column is varied in those rows in which it is known
    signs   : by column, +1 where more of it must never lower the prediction, -1 where it must never raise it, 0 free
    """
    worst, where, tried = 0.0, "", 0
    for position, sign in enumerate(signs):
        rows = matrix[~np.isnan(matrix[:, position])]
        values = grid(rows[:, position])
        if not sign or len(values) < 2:
            continue
        tried += 1
        put = np.repeat(rows, len(values), axis=0)
        put[:, position] = np.tile(values, len(rows))
        steps = sign * np.diff(predict(put).reshape(len(rows), len(values)), axis=1)
        if -steps.min() > worst or np.isnan(steps).any():
            worst, where = float("inf") if np.isnan(steps).any() else float(-steps.min()), names[position]
    figures = {"features": tried, "rows": len(matrix)}
    if not tried:
        return Check("monotonicity", "not_shown", figures, {}, sentence("promotion.monotonicity.not_shown"))
    return Check(
        "monotonicity",
        "passed" if worst <= tolerance else "failed",
        {**figures, "worst": worst, "feature": where},
        {"worst": tolerance},
        sentence(
            "promotion.monotonicity", **figures, feature=where or label("promotion.nothing"), worst=_figure(worst)
        ),
    )


def grid(values: Floats) -> Floats:
    """Different values of a column at equal steps of rank, from its least to its largest."""
    return np.unique(np.quantile(values, np.linspace(0, 1, GRID), method="nearest")) if len(values) else values


def behaviour(tests: Sequence[Behaviour]) -> Check:
    """Nothing that must not matter matters, what must help never harms, and what is cheap to fake gains little."""
    broken = [one for one in tests if one.beyond > ROUNDING]
    return Check(
        "behaviour",
        "failed" if broken else "passed",
        {one.name: one.beyond for one in tests},
        {one.name: 0.0 for one in tests},
        sentence(
            "promotion.behaviour",
            count=len(tests),
            list=[label(f"promotion.behaviour.{one.name}") for one in broken] or [label("promotion.nothing")],
        ),
    )


def latency(milliseconds: Sequence[float], allowed_ms: float) -> Check:
    """Nine of ten predictions of one row take at most so long."""
    taken = float(np.quantile(np.asarray(milliseconds, dtype=float), 0.9, method="inverted_cdf"))
    return Check(
        "latency",
        "passed" if taken <= allowed_ms else "failed",
        {"milliseconds": taken},
        {"milliseconds": allowed_ms},
        sentence("promotion.latency", taken=taken, allowed=allowed_ms),
    )


def _figure(value: float) -> str:
    return f"{value:.2g}"
