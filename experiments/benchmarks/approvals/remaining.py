"""Remaining time on an event log in order of time: one row an instant, beside what the bar is made of.

Cases by start, 64 / 16 / 20, of each office by itself; every instant but the last of a test case is answered with what
was known on its day. The bar: our error is at most BAR times that of a static learner of the cases that had closed when
the first test case started, with weights by age and log(1 + days), which the study of public logs calls "as-of recent".
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.benchmarks.approvals.event_logs import OFFICE, EventLog, UnfitLogError
from experiments.benchmarks.approvals.offices import of_office, walk_offices
from experiments.benchmarks.remaining_time.baselines import Interval, by_group, raw_and_split, split_as_of
from experiments.benchmarks.remaining_time.bench import by_reliable, interval_figures
from experiments.benchmarks.remaining_time.logs import Log, as_log
from experiments.benchmarks.remaining_time.walk import walk
from models.remaining_time.model import RemainingTime
from models.remaining_time.scores import Floats, held
from training.remaining_time import RemainingTimeParams, TooFewCasesError

BAR = 1.02
Rows = npt.NDArray[np.int64]


def remaining_figures(log: EventLog, params: RemainingTimeParams) -> dict[str, Any]:
    """Figures of each office, or of the one there is; raises UnfitLogError where too few cases had closed."""
    office = OFFICE if log.offices else ""
    events = log.events if office else log.events.drop(columns=OFFICE, errors="ignore")
    made = as_log(log.read[0]["file"].split(".")[0], events, office=office)
    params = replace(params, numbers=made.numbers, categories=made.categories, office=office)
    try:
        return _offices(made, params) if office else _one(made, params)
    except TooFewCasesError as fault:
        raise UnfitLogError(f"{fault}") from fault


def _one(log: Log, params: RemainingTimeParams) -> dict[str, Any]:
    walked = walk(log, params)
    return {"fits": walked.fits, "attributes": _names(params), "logs": {
        log.name: compared(log, params, walked.rows, walked.answers)
    }}  # fmt: skip


def _offices(log: Log, params: RemainingTimeParams) -> dict[str, Any]:
    walked = walk_offices(log, params)
    alone = replace(params, office="")
    found = {}
    for name, (own, mine) in of_office(log, params.office).items():
        number = np.full(len(log.part), -1)
        number[mine] = np.arange(len(mine))
        at = np.flatnonzero(number[walked.chosen.rows] >= 0)
        if not len(at):
            continue
        rows = number[walked.chosen.rows[at]]
        figures = compared(own, replace(alone, categories=own.categories), rows, walked.chosen.answers.rows(at))
        actual = own.past.remaining(rows)
        for which, days in (("own", walked.own[at]), ("pooled", walked.pooled[at])):
            known = np.isfinite(days)
            figures["mae_days"][which] = float(np.abs(actual - days)[known].mean()) if known.any() else None
        figures["own_share"] = float(np.mean([one.get(name, 0.0) for one in walked.shares]))
        found[name] = figures
    return {"fits": walked.chosen.fits, "attributes": _names(params), "logs": found}


def _names(params: RemainingTimeParams) -> dict[str, list[str]]:
    return {"numbers": list(params.numbers), "categories": list(params.categories)}


def compared(log: Log, params: RemainingTimeParams, rows: Rows, answers: RemainingTime) -> dict[str, Any]:
    """Our answers of the rows beside the baselines that were learned when the log's first test case started."""
    past, actual = log.past, log.past.remaining(rows)
    closed, fitted = np.flatnonzero(past.closed_on < log.starts[1]), np.flatnonzero(log.part < 2)
    days = past.closed_on - past.known_on
    medians: dict[str, Floats] = {"ours": answers.remaining_days}
    intervals = {"ours": Interval(answers.low_days, answers.high_days)}
    if len(closed):
        medians["as_of_median"] = np.full(len(rows), np.median(days[closed]))
        medians["as_of_median_by_activity"] = by_group(past.prefixes["activity"], days, closed, rows, "median")
    if len(fitted) and (log.part == 1).any() and (log.part == 0).any():
        first, calibrated = np.flatnonzero(log.part == 0), np.flatnonzero(log.part == 1)
        intervals["split_conformal"] = raw_and_split(log, first, calibrated, rows, days)[1]
    with suppress(ValueError):  # too few cases had closed by then: there is no bar
        medians["as_of_learner"], intervals["as_of_split_conformal"] = split_as_of(log, params, closed, rows)
    mae = {name: float(np.abs(actual - median).mean()) for name, median in medians.items()}
    bar = BAR * mae["as_of_learner"] if "as_of_learner" in mae else None
    return {
        "cases": len(np.unique(past.case)),
        "rows_of_the_test": int((log.part == 2).sum()),
        "rows_answered": len(rows),
        "mean_remaining_days": float(actual.mean()),
        "mae_days": mae,
        "bar_days": bar,
        "within_bar": None if bar is None else mae["ours"] <= bar,
        "intervals": {name: interval_figures(actual, one) for name, one in intervals.items()},
        "reliable_share": float(answers.reliable.mean()),
        "coverage_by_reliable": by_reliable(actual, intervals["ours"], answers.reliable),
        "sources": {name: float(np.mean(answers.source == name)) for name in ("own", "pooled", "median")},
        "months": months(past.known_on[rows] - log.starts[1], actual, answers, params.step_days),
    }


def months(since: Floats, actual: Floats, answers: RemainingTime, step_days: float) -> list[dict[str, Any]]:
    """Drift: of each step after the test's start our error and the share that held, beside the coverage shown then."""
    number = np.floor(since / step_days).astype(np.int64)
    inside, error = held(actual, answers.low_days, answers.high_days), answers.remaining_days - actual
    found = []
    for one in np.unique(number):
        rows = number == one
        shown = answers.coverage[rows]
        known = np.isfinite(shown)
        found.append(
            {"step": int(one) + 1, "rows": int(rows.sum()), "mae_days": float(np.abs(error[rows]).mean()),
             "bias_days": float(error[rows].mean()), "held": float(inside[rows].mean()),
             "coverage_shown": float(shown[known].mean()) if known.any() else None,
             "reliable_share": float(answers.reliable[rows].mean())}
        )  # fmt: skip
    return found
