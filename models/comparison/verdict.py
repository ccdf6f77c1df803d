"""What a comparison concludes, over all runs and metrics at once, and how many firms would show more.

Of each challenger and metric there are two questions: is there a difference (two-sided), and does it lie within the
margin (two one-sided tests, Schuirmann 1987). Holm's step-down (1979) over runs and metrics corrects each; the interval
beside it is uncorrected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

from models.comparison.metrics import Metric
from models.comparison.paired import Interval, Statistic
from models.comparison.rows import Floats, RowsError

Verdict = Literal["better", "worse", "equivalent", "not_distinguishable"]


@dataclass(frozen=True)
class Comparison:
    """One metric of one challenger beside the baseline's.

    difference : challenger less baseline, uncorrected interval at the level 1 - error
    gain : the same turned so that more is better; for a metric with a best value, how much nearer to it
    p, p_equivalent : of no difference, and of a gain at the margin or beyond; ``*_holm`` over runs and metrics
    firms_for_difference, firms_for_equivalence : firms that would show this gain, or that it is within the margin, with
        the stated power; None where no number would
    smallest_gain : that these firms would show with the stated power
    """

    run: str
    metric: str
    baseline: float
    challenger: float
    difference: Interval
    gain: Interval
    margin: float
    p: float
    p_holm: float
    p_equivalent: float
    p_equivalent_holm: float
    verdict: Verdict
    firms: int
    firms_for_difference: int | None
    firms_for_equivalence: int | None
    smallest_gain: float


def holm(p: Floats) -> Floats:
    """Holm's corrected p-values, in the order given: reject those at or below the error of the whole family."""
    values = np.asarray(p, dtype=float)
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    corrected = np.empty(len(values))
    corrected[order] = np.minimum(steps, 1.0)
    return corrected


def gain(metric: Metric, baseline: Statistic, challenger: Statistic) -> Statistic:
    """How much better the challenger is: more or less of the metric, or how much nearer to its best value."""
    if metric.aim == "more":
        return challenger - baseline
    if metric.aim == "less":
        return baseline - challenger
    return baseline.distance(float(metric.aim)) - challenger.distance(float(metric.aim))


def p_equivalent(difference: Statistic, margin: float) -> float:
    """Of a gain at the margin or beyond: the larger p-value of the two one-sided tests."""
    return max(difference.p_not_above(-margin), difference.p_not_below(margin))


def conclude(p_holm: float, p_equivalent_holm: float, estimate: float, error: float) -> Verdict:
    """Equivalent where the gain is shown to be within the margin, whether or not it is 0; else by its sign."""
    if p_equivalent_holm <= error:
        return "equivalent"
    if p_holm <= error:
        return "better" if estimate > 0 else "worse"
    return "not_distinguishable"


def compare(
    baseline: Mapping[str, Statistic],
    challengers: Mapping[str, Mapping[str, Statistic]],
    metrics: Sequence[Metric],
    margins: Mapping[str, float],
    firms: int,
    *,
    error: float = 0.05,
    power: float = 0.8,
) -> list[Comparison]:
    """Every challenger and metric beside the baseline, in the order given.

    error : of any wrong "better" or "worse" in the whole comparison, and of any wrong "equivalent"
    raises : RowsError where a metric has no margin
    """
    if missing := [metric.name for metric in metrics if metric.name not in margins]:
        raise RowsError(f"margins: found none of {', '.join(missing)}; allowed: one above 0 for each metric")
    pairs = [(run, metric) for run in challengers for metric in metrics]
    gains = [gain(metric, baseline[metric.name], challengers[run][metric.name]) for run, metric in pairs]
    p = np.array([one.p_equal() for one in gains])
    within = np.array([p_equivalent(one, margins[metric.name]) for one, (_, metric) in zip(gains, pairs, strict=True)])
    p_holm, within_holm = holm(p), holm(within)
    tail = error / max(len(pairs), 1)
    found = []
    for at, (run, metric) in enumerate(pairs):
        own, other = challengers[run][metric.name], baseline[metric.name]
        spread, margin = gains[at].standard_error, margins[metric.name]
        difference = gains[at] if metric.aim == "more" else own - other
        found.append(
            Comparison(
                run=run,
                metric=metric.name,
                baseline=other.value,
                challenger=own.value,
                difference=difference.interval(1 - error),
                gain=gains[at].interval(1 - error),
                margin=margin,
                p=float(p[at]),
                p_holm=float(p_holm[at]),
                p_equivalent=float(within[at]),
                p_equivalent_holm=float(within_holm[at]),
                verdict=conclude(float(p_holm[at]), float(within_holm[at]), gains[at].value, error),
                firms=firms,
                firms_for_difference=firms_needed(firms, spread, abs(gains[at].value), tail / 2, power),
                firms_for_equivalence=firms_needed(firms, spread, margin - abs(gains[at].value), tail, power),
                smallest_gain=(_z(tail / 2) + _z(1 - power)) * spread,
            )
        )
    return found


def firms_needed(firms: int, standard_error: float, away: float, tail: float, power: float) -> int | None:
    """Firms with which a one-sided test at ``tail`` shows a true distance ``away`` with this power; None if never.

    Normal approximation: the standard error falls with the square root of the firms.
    """
    if not away > 0 or not np.isfinite(standard_error):
        return None
    number = firms * ((_z(tail) + _z(1 - power)) * standard_error / away) ** 2
    return max(2, ceil(number)) if number < 1e12 else None


def power_of(standard_error: float, away: float, error: float = 0.05) -> float:
    """Chance that a two-sided test at this error finds a true distance ``away``; normal approximation."""
    edge = _z(error / 2)
    return float(ndtr(away / standard_error - edge) + ndtr(-away / standard_error - edge))


def _z(tail: float) -> float:
    return -float(ndtri(tail))
