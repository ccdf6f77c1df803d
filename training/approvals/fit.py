"""The model of approvals by what was known on a day, its figures in order of time, and its drift month by month.

A case teaches its time to the decision once it has been decided. Running cases and those that ended without a decision
are censored: they teach nothing. The officer is in no column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.approval_rows import moments, rows_of
from models.approvals.forecast import ApprovalsModel, decisions, forecast_rows, learned_since
from models.remaining_time.columns import days_of
from models.remaining_time.coverage import RECENT_DAYS, Labels, reliable, running
from models.remaining_time.model import RemainingTime
from models.remaining_time.scores import held, winkler
from training.refits import refitted
from training.remaining_time import History, RemainingTimeParams, fit, history

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ZONE = "Asia/Shanghai"
MONTH_DAYS = 30.0


@dataclass(frozen=True)
class ApprovalsParams:
    """Section ``approvals`` of params.yaml.

    observed_until : day of Beijing on which the packed model is fitted; the figures are of the ``test_days`` before it,
        by a fit on their first day
    most_rows, steps, remembered, rounds : of the fit (``training.remaining_time``)
    """

    observed_until: str
    test_days: int = 240
    most_rows: int = 12_000
    steps: int = 3
    remembered: int = 1
    rounds: int = 120
    seed: int = 7

    @property
    def until(self) -> pd.Timestamp:
        """The beginning of ``observed_until``, in UTC."""
        return pd.Timestamp(self.observed_until, tz=ZONE).tz_convert("UTC")

    @property
    def since(self) -> pd.Timestamp:
        """The first instant of the test."""
        return self.until - pd.Timedelta(days=self.test_days)


def past_of(events: pd.DataFrame, cases: pd.DataFrame, until: pd.Timestamp) -> tuple[History, RemainingTimeParams]:
    """Rows of the cases that were decided before ``until``, with the columns that are learned from."""
    ends = decisions(cases)
    ends = ends[ends["closed_at"] < until]
    own = events[events["case_number"].isin(set(ends["case_number"])) & (events["at"] < until)]
    known = rows_of(own, cases, moments(own, ends, until))
    past = history(ends.rename(columns={"case_number": "case_id"}), known.table.reset_index(drop=True))
    return past, RemainingTimeParams(numbers=known.numbers, categories=known.categories, office="c_office", zone=ZONE)


def settings(columns: RemainingTimeParams, params: ApprovalsParams) -> RemainingTimeParams:
    """The numbers of params.yaml with the columns."""
    return RemainingTimeParams(
        numbers=columns.numbers, categories=columns.categories, office=columns.office, zone=columns.zone,
        seed=params.seed, most_rows=params.most_rows, steps=params.steps, remembered=params.remembered,
        rounds=params.rounds, end_rounds=params.rounds, step_days=MONTH_DAYS,
    )  # fmt: skip


def fit_approvals(
    events: pd.DataFrame, cases: pd.DataFrame, params: ApprovalsParams, day: pd.Timestamp, learned_from: str
) -> ApprovalsModel:
    """The model by what had happened before ``day``; raises TooFewCasesError of ``training.remaining_time``."""
    past, columns = past_of(events, cases, day)
    ends = decisions(cases).rename(columns={"case_number": "case_id"})
    return ApprovalsModel(fit(ends, past.prefixes, settings(columns, params), day), learned_from)


def out_of_time_figures(
    model: ApprovalsModel, events: pd.DataFrame, cases: pd.DataFrame, params: ApprovalsParams
) -> dict[str, Any]:
    """Of the time after the fit: figures of the model as it was, of monthly refits, and both month by month.

    Rows weigh one over the rows of their case. ``median`` is the usual answer known on the test's first day: the median
    remaining time after the same activity, of the cases decided by then.
    """
    past, columns = past_of(events, cases, params.until)
    begin = days_of(pd.Series([params.since]))[0]
    rows = np.flatnonzero(past.known_on >= begin)
    later = learned_since(model, events, cases, params.until.to_pydatetime())
    known = past.prefixes.iloc[rows][["case_id", "known_at"]]
    kept = forecast_rows(events, cases, later, known).answers
    again = refitted(past, settings(columns, params), rows, begin)
    early = np.flatnonzero((past.known_on < begin) & (past.closed_on < begin))
    usual = usual_days(past, early, rows)
    actual, weight = past.remaining(rows), weights(past.case[rows])
    offices = past.prefixes["c_office"].to_numpy(dtype=str)[rows]
    month = ((past.known_on[rows] - begin) // MONTH_DAYS).astype(np.int64)
    return {
        "kept": figures(kept, actual, weight),
        "refitted": figures(again.answers, actual, weight) | {"fits": again.fits},
        "median_mae_days": float(np.average(np.abs(usual - actual), weights=weight)),
        "cases": len(np.unique(past.case[rows])),
        "rows": len(rows),
        "offices": {
            office: by_office(kept, actual, weight, np.flatnonzero(offices == office)) for office in np.unique(offices)
        },
        "months": [
            {"from": f"{params.since + pd.Timedelta(days=MONTH_DAYS * one):%Y-%m-%d}",
             "cases": len(np.unique(past.case[rows[month == one]])),
             "kept": month_figures(kept, actual, weight, np.flatnonzero(month == one)),
             "refitted": month_figures(again.answers, actual, weight, np.flatnonzero(month == one))}
            for one in np.unique(month)
        ],
        "drift": drift_of(later.remaining.labels, params.until),
    }  # fmt: skip


def usual_days(past: History, fitted: Ints, rows: Ints) -> Floats:
    """Median remaining days of the fitted rows by activity, that of all for an activity without one."""
    activity = past.prefixes["activity"]
    days = pd.Series(past.remaining(fitted))
    table = days.groupby(activity.iloc[fitted].to_numpy()).median()
    return np.asarray(activity.iloc[rows].map(table).fillna(days.median()), dtype=float)


def weights(case: Ints) -> Floats:
    """One over the rows of each row's case."""
    _, inverse, count = np.unique(case, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / count[inverse])


def figures(answers: RemainingTime, actual: Floats, weight: Floats) -> dict[str, Any]:
    """Mean absolute error in days, coverage, width, interval score, share called reliable, shares of the sources."""
    inside = held(actual, answers.low_days, answers.high_days)
    values = {
        "mae_days": np.abs(answers.remaining_days - actual),
        "coverage": inside.astype(float),
        "width_days": answers.high_days - answers.low_days,
        "interval_score_days": winkler(actual, answers.low_days, answers.high_days),
        "reliable_share": answers.reliable.astype(float),
    }
    found = {name: float(np.average(value, weights=weight)) for name, value in values.items()}
    sources = {name: float(np.average(answers.source == name, weights=weight)) for name in ("own", "pooled", "median")}
    return found | {"sources": sources}


def month_figures(answers: RemainingTime, actual: Floats, weight: Floats, rows: Ints) -> dict[str, Any]:
    """Error and coverage of the rows of a month, and whether its last row was called reliable: else the drift alarm."""
    found = figures(answers.rows(rows), actual[rows], weight[rows])
    return {name: found[name] for name in ("mae_days", "coverage", "reliable_share")}


def by_office(answers: RemainingTime, actual: Floats, weight: Floats, rows: Ints) -> dict[str, Any]:
    """Error, bias (above 0: forecast too long) and coverage of an office's rows, and whether chance explains that."""
    found = figures(answers.rows(rows), actual[rows], weight[rows])
    cases, share = np.array([weight[rows].sum()]), np.array([found["coverage"]])
    bias = float(np.average(answers.remaining_days[rows] - actual[rows], weights=weight[rows]))
    return {"cases": float(cases[0]), "mae_days": found["mae_days"], "bias_days": bias, "coverage": float(share[0]),
            "drift": state_of(share, cases)}  # fmt: skip


def drift_of(labels: Labels, day: pd.Timestamp) -> dict[str, Any]:
    """Running coverage before a day, None without a case, and the state of it."""
    days = days_of(pd.Series([day]))
    share, cases = running(labels, days)
    coverage = float(share[0]) if np.isfinite(share[0]) else None
    return {"state": state_of(share, cases), "coverage": coverage, "cases": float(cases[0]), "days": RECENT_DAYS}


def state_of(share: Floats, cases: Floats) -> str:
    """Of one share of cases whose intervals held: none, alarm, or unchecked with too few of them."""
    if reliable(share, cases)[0]:
        return "none"
    return "alarm" if reliable(np.ones(1), cases)[0] else "unchecked"
