"""Whether a challenger becomes the champion: all checks in order, those that read no outcome first.

Where one of these has failed no out-of-time outcome is read, so nothing is spent of their error: a challenger made of
other data or going against a declared direction is refused before anybody learns how well it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from data.texts.sentences import sentence
from models.comparison.metrics import Metric
from models.comparison.paired import Resamples, Statistic, statistics
from models.comparison.rows import Floats, RunRows
from models.risk.drift import DriftParams
from training.promotion.checks import (
    Behaviour,
    Check,
    LabelledSample,
    behaviour,
    latency,
    leakage,
    monotonicity,
    training_drift,
)
from training.promotion.outcomes import Groups, calibration, discrimination, fairness, slope_ratio
from training.promotion.spending import Period, look_level
from training.risk.leakage_column import LeakageParams

ATTRIBUTES = ("stage", "age", "district", "sector")  # by which outcomes must not be over- or understated
CHECKS = (
    *("provenance", "leakage", "drift", "monotonicity", "behaviour", "latency", "discrimination", "calibration"),
    *(f"fairness_{name}" for name in ATTRIBUTES),
)


@dataclass(frozen=True)
class PromotionParams:
    """Section ``promotion`` of params.yaml.

    error_rate        : chance that of all challengers ever tried on one period, none better, one is promoted, at most
    group_error_rate  : chance that a check by group fails where all expectations are right, at most
    calibration_ratio : largest ratio of observed and expected outcomes of a growth stage, either way
    slope_ratio       : largest ratio of the calibration slope and 1, either way
    fairness_ratio    : the same for a group against the whole
    drift_psi         : largest PSI of a column, training sample against the firms that the model is for
    monotone_tolerance : largest step against a declared direction, in the unit of the prediction
    padding_gain      : largest mean gain by cheap rights, by capability, in the unit of its prediction
    latency_ms        : for one row
    draws             : resamples of firms
    not_shown_blocks  : whether a check without enough outcomes keeps the challenger from promotion
    """

    error_rate: float
    group_error_rate: float
    calibration_ratio: float
    slope_ratio: float
    fairness_ratio: float
    drift_psi: float
    monotone_tolerance: float
    padding_gain: Mapping[str, float]
    latency_ms: float
    draws: int
    seed: int
    not_shown_blocks: bool


@dataclass(frozen=True)
class Challenger:
    """What is known of a challenger without an out-of-time outcome.

    training, population : columns of the training sample, and the same of the firms that the model is for
    sample : the training rows with their outcome; None where it is not yes or no
    predict, matrix, names, signs : as ``monotonicity`` takes them; no row where nothing is declared
    milliseconds : that predictions of one row took
    """

    training: Mapping[str, Floats]
    population: Mapping[str, Floats]
    predict: Callable[[Floats], Floats]
    matrix: Floats
    names: Sequence[str]
    signs: Sequence[int]
    behaviours: Sequence[Behaviour]
    milliseconds: Sequence[float]
    sample: LabelledSample | None = None


@dataclass(frozen=True)
class OutOfTime:
    """The rows on which both are measured.

    champion, challenger : the same rows, each with its own prediction; of a first champion, a constant one
    groups : of each row, by attribute; one that the data lack is missing
    period : first and last day on which the rows begin
    """

    champion: RunRows
    challenger: RunRows
    metric: Metric
    slope: Metric | None
    groups: Mapping[str, Groups]
    period: Period


class Look(NamedTuple):
    """One look at the outcomes of a period: the how manieth, and the level that it has spent."""

    period: Period
    number: int
    level: float


@dataclass(frozen=True)
class Verdict:
    """All checks, whether they suffice, and the look that was taken at the outcomes; None where none was."""

    checks: tuple[Check, ...]
    promoted: bool
    look: Look | None

    @property
    def refused_by(self) -> list[str]:
        """Names of the failed checks, in order; empty also where only what is not shown keeps it from promotion."""
        return [one.name for one in self.checks if one.status == "failed"] if not self.promoted else []


def before_outcomes(challenger: Challenger, params: PromotionParams, leaks: LeakageParams) -> list[Check]:
    """The checks that read no out-of-time outcome."""
    checks = []
    if challenger.sample is None:
        checks.append(Check("leakage", "not_shown", {}, {}, sentence("promotion.leakage.not_shown")))
    else:
        checks.append(leakage(challenger.sample, leaks))
    drift = DriftParams(params.group_error_rate, params.drift_psi, looks=1)
    checks.append(training_drift(challenger.training, challenger.population, drift))
    checks.append(
        monotonicity(
            challenger.predict, challenger.matrix, challenger.names, challenger.signs, params.monotone_tolerance
        )
    )
    checks.append(behaviour(challenger.behaviours))
    checks.append(latency(challenger.milliseconds, params.latency_ms))
    return checks


def against_outcomes(
    rows: OutOfTime, params: PromotionParams, look: Look, champion: Statistic | None = None
) -> list[Check]:
    """The checks against outcomes.

    champion : the metric of the champion under the same resamples, where it is already there
    """
    resamples = Resamples(rows.challenger.firms, params.draws, params.seed)
    if champion is None:
        champion = statistics(rows.champion, [rows.metric], resamples)[rows.metric.name]
    wanted = [rows.metric, *([] if rows.slope is None else [rows.slope])]
    own = statistics(rows.challenger, wanted, resamples)
    slope = None
    if rows.slope is not None:
        slope = slope_ratio(own[rows.slope.name], rows.challenger.firms, params.slope_ratio, params.group_error_rate)
    stage = rows.groups["stage"]
    return [
        discrimination(rows.metric, champion, own[rows.metric.name], look.level, look.number),
        calibration(rows.challenger, stage, params.calibration_ratio, params.group_error_rate, slope),
        *(
            fairness(name, rows.challenger, rows.groups.get(name), params.fairness_ratio, params.group_error_rate)
            for name in ATTRIBUTES
        ),
    ]


def decide(
    source: Check,
    challenger: Callable[[], Challenger],
    rows: Callable[[], OutOfTime],
    params: PromotionParams,
    leaks: LeakageParams,
    looks: Callable[[Period], int],
    champion: Statistic | None = None,
) -> Verdict:
    """All checks. What comes from elsewhere is not loaded, and the outcomes are read only where nothing failed before.

    source : the check of its provenance
    looks  : how often the outcomes of a period were looked at before
    """
    checks, look = [source], None
    if suffices(source, params):
        checks += before_outcomes(challenger(), params, leaks)
        if all(suffices(one, params) for one in checks):
            read = rows()
            number = 1 + looks(read.period)
            look = Look(read.period, number, look_level(params.error_rate, number))
            checks += against_outcomes(read, params, look, champion)
    missing = [name for name in CHECKS if name not in {one.name for one in checks}]
    checks += [Check(name, "not_shown", {}, {}, sentence("promotion.not_read")) for name in missing]
    return Verdict(tuple(checks), look is not None and all(suffices(one, params) for one in checks), look)


def suffices(check: Check, params: PromotionParams) -> bool:
    """Whether a check lets a challenger through."""
    return check.status == "passed" or (check.status == "not_shown" and not params.not_shown_blocks)


def constant_of(rows: RunRows, expected: float) -> RunRows:
    """The rows with one prediction for all: what the first champion of an empty registry has to be better than."""
    return replace(rows, prediction=np.full(len(rows), expected))
