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

from data.approvals.calendar import WorkCalendar
from data.beijing import BEIJING_ZONE
from features.approval_rows import moments, rows_of
from features.approvals import Prefixes
from models.approvals.forecast import (
    OFFICE,
    ApprovalsModel,
    decisions,
    forecast_rows,
    learned_since,
    taken,
)
from models.approvals.late import LateModel
from models.approvals.offices import OfficesModel
from models.approvals.promised_left import DEADLINE, promised_left
from models.remaining_time.columns import days_of
from models.remaining_time.coverage import RECENT_DAYS, Labels, Raw, reliable, running
from models.remaining_time.model import RemainingTime
from models.remaining_time.scores import held, winkler
from training.approvals.late import LateParams, fit_late
from training.approvals.offices import Learners, fit_offices
from training.refits import Refitted, refitted
from training.remaining_time import History, RemainingTimeParams, TooFewCasesError, history, labels_before

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MONTH_DAYS = 30.0


@dataclass(frozen=True)
class ApprovalsParams:
    """Section ``approvals`` of params.yaml.

    observed_until : day of Beijing on which the packed model is fitted; the figures are of the ``test_days`` before it,
        by a fit on their first day
    most_rows, steps, remembered, rounds : of the fit (``training.remaining_time``)
    """

    observed_until: str
    test_days: int = 180
    most_rows: int = 6_000
    steps: int = 2
    remembered: int = 1
    rounds: int = 80
    seed: int = 7

    @property
    def until(self) -> pd.Timestamp:
        """The beginning of ``observed_until``, in UTC."""
        return pd.Timestamp(self.observed_until, tz=BEIJING_ZONE).tz_convert("UTC")

    @property
    def since(self) -> pd.Timestamp:
        """The first instant of the test."""
        return self.until - pd.Timedelta(days=self.test_days)


def past_of(
    events: pd.DataFrame, cases: pd.DataFrame, params: ApprovalsParams, until: pd.Timestamp
) -> tuple[History, RemainingTimeParams]:
    """Rows of the cases that were decided before ``until``, and how they are learned from."""
    ends = decisions(cases)
    ends = ends[ends["closed_at"] < until]
    own = events[events["case_number"].isin(set(ends["case_number"])) & (events["at"] < until)]
    known = rows_of(own, cases, moments(own, ends, until))
    past = history(ends.rename(columns={"case_number": "case_id"}), known.table.reset_index(drop=True))
    return past, RemainingTimeParams(
        numbers=known.numbers, categories=known.categories, office=OFFICE, zone=BEIJING_ZONE, seed=params.seed,
        most_rows=params.most_rows, steps=params.steps, remembered=params.remembered, rounds=params.rounds,
        end_rounds=params.rounds, step_days=MONTH_DAYS,
    )  # fmt: skip


def fit_approvals(
    events: pd.DataFrame, cases: pd.DataFrame, params: ApprovalsParams, day: pd.Timestamp, learned_from: str
) -> ApprovalsModel:
    """The model by what had happened before ``day``; raises TooFewCasesError of ``training.remaining_time``."""
    past, settings = past_of(events, cases, params, day)
    return ApprovalsModel(fit_offices(past, settings, day_number(day), {}), learned_from)


def fit_lateness(
    events: pd.DataFrame, cases: pd.DataFrame, suspensions: pd.DataFrame, params: ApprovalsParams, day: pd.Timestamp
) -> LateModel | None:
    """Whether cases will be later than promised, by what had happened before ``day``; None with too few of them.

    Decided and running cases; of a case whose clock was suspended the rows after that, since a suspension moves the
    promised day and says nothing about lateness.
    """
    past, columns = _promised_history(events, cases, suspensions, day)
    numbers = (*columns.numbers, DEADLINE)
    try:
        return fit_late(
            past, LateParams(DEADLINE, numbers, columns.categories, BEIJING_ZONE, params.seed, rounds=params.rounds),
            day_number(day),
        )  # fmt: skip
    except TooFewCasesError:
        return None


def _promised_history(
    events: pd.DataFrame, cases: pd.DataFrame, suspensions: pd.DataFrame, day: pd.Timestamp
) -> tuple[History, Prefixes]:
    ends = decisions(cases)
    running = ends["ended_at"].isna() | (ends["ended_at"] >= day)
    ends = ends[running | (ends["closed_at"] < day)]
    ends = ends.assign(closed_at=ends["closed_at"].where(ends["closed_at"] < day))
    own = events[events["case_number"].isin(set(ends["case_number"])) & (events["at"] < day)]
    rows = moments(own, ends, day)
    left = promised_left(rows, cases, suspensions[suspensions["begun_at"] < day], WorkCalendar.load())
    kept = (left["days"].notna() & ~left["moved"]).to_numpy()
    known = rows_of(own, cases, rows[kept].reset_index(drop=True))
    table = known.table.reset_index(drop=True).assign(**{DEADLINE: left["days"].to_numpy()[kept]})
    return history(ends.rename(columns={"case_number": "case_id"}), table), known


def refitted_offices(past: History, settings: RemainingTimeParams, rows: Ints, begin: float) -> Refitted:
    """Answers of rows by models that are fitted again every month from ``begin`` on, fed by late labels by office."""
    learners: Learners = {}

    def with_later(model: OfficesModel, window: Ints, raw: Raw, end: float) -> OfficesModel:
        by_office = model.offices(past.prefixes.iloc[window])
        return model.with_labels({
            office: labels_before(past, window[mine], taken(raw, mine), end, model.labels.get(office, Labels.none()))
            for office, mine in by_office.items()
        })  # fmt: skip

    def fit(cut: float) -> OfficesModel:
        return fit_offices(past, settings, cut, learners)

    return refitted(past, rows, begin, settings.step_days, fit, with_later)


def day_number(day: pd.Timestamp) -> float:
    """Days since 1970 of an instant."""
    return float(days_of(pd.Series([day]))[0])


def out_of_time_figures(
    model: ApprovalsModel, events: pd.DataFrame, cases: pd.DataFrame, params: ApprovalsParams
) -> dict[str, Any]:
    """Of the time after the fit: figures of the model as it was, of monthly refits, and both month by month.

    Rows weigh one over the rows of their case. ``median`` is the usual answer known on the test's first day: the median
    remaining time after the same activity, of the cases decided by then.
    """
    past, settings = past_of(events, cases, params, params.until)
    begin = day_number(params.since)
    rows = np.flatnonzero(past.known_on >= begin)
    later = learned_since(model, events, cases, params.until.to_pydatetime())
    known = past.prefixes.iloc[rows][["case_id", "known_at"]]
    kept = forecast_rows(events, cases, later, known).answers
    again = refitted_offices(past, settings, rows, begin)
    early = np.flatnonzero((past.known_on < begin) & (past.closed_on < begin))
    usual = usual_days(past, early, rows)
    actual, weight = past.remaining(rows), weights(past.case[rows])
    offices = past.prefixes[OFFICE].to_numpy(dtype=str)[rows]
    month = ((past.known_on[rows] - begin) // MONTH_DAYS).astype(np.int64)
    return {
        "kept": figures(kept, actual, weight),
        "refitted": figures(again.answers, actual, weight) | {"fits": again.fits},
        "median_mae_days": float(np.average(np.abs(usual - actual), weights=weight)),
        "cases": len(np.unique(past.case[rows])),
        "rows": len(rows),
        "offices": {
            str(office): by_office(kept, actual, weight, np.flatnonzero(offices == office))
            for office in np.unique(offices)
        },
        "months": [
            {"from": f"{params.since + pd.Timedelta(days=MONTH_DAYS * one):%Y-%m-%d}",
             "cases": len(np.unique(past.case[rows[month == one]])),
             "kept": month_figures(kept, actual, weight, np.flatnonzero(month == one)),
             "refitted": month_figures(again.answers, actual, weight, np.flatnonzero(month == one))}
            for one in np.unique(month)
        ],
        "drift": drift_of(later.labels, params.until),
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
    share, cases = running(labels, np.array([day_number(day)]))
    coverage = float(share[0]) if np.isfinite(share[0]) else None
    return {"state": state_of(share, cases), "coverage": coverage, "cases": float(cases[0]), "days": RECENT_DAYS}


def state_of(share: Floats, cases: Floats) -> str:
    """Of one share of cases whose intervals held: none, alarm, or unchecked with too few of them."""
    if reliable(share, cases)[0]:
        return "none"
    return "alarm" if reliable(np.ones(1), cases)[0] else "unchecked"
