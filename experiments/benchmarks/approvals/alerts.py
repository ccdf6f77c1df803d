"""What alerts save on simulated cases with planted lateness, beside "so many days left" at the same budget.

Planted: which cases are really later than promised. A look in time saves the share of the loss that acting saves, once
a case. Every policy looks at the running cases at nine on each working day, at most a budget of looks a day, by what
was known then. The rule of thumb looks once at each case with at most so many days left of its promise, fewest first,
for several such numbers. The models are fitted by what was known on the first day of the study and not again.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from data.approvals.calendar import WorkCalendar
from data.approvals.catalogue import Catalogue
from data.beijing import AHEAD_OF_UTC, BEIJING_ZONE
from data.synthetic.approvals import ApprovalsCohort, demo_cohort
from features.approval_rows import MORNING, event_table, rows_of
from models.alerts import AlertParams, worthwhile
from models.approvals.alerts import PROMISES, candidates
from models.approvals.cases import case_table
from models.approvals.forecast import decisions, forecast_rows, learned_since
from models.approvals.promised_left import DEADLINE, promised_left
from training.approvals.fit import ApprovalsParams, fit_approvals, fit_lateness
from training.pipeline.approvals_events import suspension_table

CAVEAT = "Simulated cases with planted lateness: these figures measure the simulator, not any office."
DAYS_LEFT = (1.0, 2.0, 3.0, 5.0)
POLICY = AlertParams(200.0, 0.5, acting_hours=31.0, loss_cny=2_000.0, wait_hours=48.0, daily_budget=2, news_chance=0.3)
DRAWS, LEVEL, SEED = 2_000, 0.9, 7


def alerts(n_cases: int = 8_000, seed: int = 20241127, budget: int = 2) -> dict[str, Any]:
    """The record: value a day of the late model, of the forecast and of the rules, and ours less each rule's.

    holds : whether the interval of ours less the best rule's lies above 0; ours is the late model, by its own rule
    """
    table, days = planted_rows(demo_cohort(n_cases, seed), ApprovalsParams("2024-06-24", test_days=360))
    ours = {name: looks(table.assign(chance=table[name]), budget) for name in ("late_model", "forecast")}
    rules = {f"{left:.0f} days left": looks_by_days(table, left, budget) for left in DAYS_LEFT}
    compared = {
        name: {rule: difference(one, other, table, days) for rule, other in rules.items()} for name, one in ours.items()
    }
    by_case = table.drop_duplicates("case_number")
    return {
        "caveat": CAVEAT,
        "policy": vars(POLICY),
        "budget_a_day": budget,
        "days": days,
        "cases": len(by_case),
        "late": int(by_case["is_late"].sum()),
        "rule_of_late_model": str(table["rule"].iloc[0]),
        "figures": {name: figures(one, days) for name, one in {**ours, **rules}.items()},
        "difference": compared,
        "holds": all(one["low"] > 0 for one in compared["late_model"].values()),
    }


def planted_rows(cohort: ApprovalsCohort, params: ApprovalsParams) -> tuple[pd.DataFrame, int]:
    """Running cases with a promise at nine on each working day of the study, and the number of these days.

    Columns beside those of ``candidates``: late_model and forecast (chances), rule, days_left, is_late (planted), day.
    """
    calendar, events = WorkCalendar.load(), event_table(cohort.events)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "items.csv"
        cohort.items.to_csv(path, index=False)
        catalogue = Catalogue.load(path)
    made = case_table(cohort.events, catalogue, calendar, now=params.until.to_pydatetime().astimezone(dt.UTC))
    cases, suspensions = made.frame, suspension_table(made)
    model = fit_approvals(events, cases, params, params.since, "simulated")
    late = fit_lateness(events, cases, suspensions, params, params.since)
    if late is None:
        raise ValueError("too few cases to learn lateness from")
    later = learned_since(model, events, cases, params.until.to_pydatetime())
    mornings = mornings_of(params, calendar)
    rows = running_rows(cases, mornings)
    left = promised_left(rows, cases, suspensions, calendar)["days"]
    kept = (left > 0).to_numpy()
    rows, days_left = rows[kept].reset_index(drop=True), left.to_numpy()[kept]
    forecast = forecast_rows(events, cases, later, rows)
    known = rows_of(events, cases, rows).table.reset_index(drop=True).assign(**{DEADLINE: days_left})
    ends = rows["known_at"] + pd.to_timedelta(days_left, unit="D") + AHEAD_OF_UTC
    due = (ends - pd.Timedelta(minutes=1)).dt.tz_localize(None).dt.floor("D")
    chances = pd.DataFrame({"late_model": late.chance(known), "days_left": days_left})
    table = candidates(forecast, due, POLICY).join(chances)
    truth = cohort.cases.set_index("case_number")["late"]
    return table.assign(
        forecast=table["chance"], rule=late.rule, is_late=table["case_number"].map(truth).astype(bool),
        day=table["known_at"].dt.floor("D"),
    ), len(mornings)  # fmt: skip


def mornings_of(params: ApprovalsParams, calendar: WorkCalendar) -> pd.DatetimeIndex:
    """Nine o'clock in Beijing of the working days of the study."""
    days = pd.date_range(params.since.tz_convert(BEIJING_ZONE).date(), params.until.date(), freq="D")
    working = days[calendar.working(days.to_numpy())].as_unit("us").tz_localize("UTC")
    return working + MORNING


def running_rows(cases: pd.DataFrame, mornings: pd.DatetimeIndex) -> pd.DataFrame:
    """case_id and known_at: each case on the mornings between its acceptance and its end."""
    ends = decisions(cases)["ended_at"].fillna(mornings[-1])
    chosen = cases["accepted_at"].notna()
    first = mornings.searchsorted(cases.loc[chosen, "accepted_at"])
    last = mornings.searchsorted(ends[chosen])
    n = np.maximum(last - first, 0)
    nth = np.arange(n.sum()) - np.repeat(n.cumsum() - n, n)
    numbers = cases.loc[chosen, "case_number"].to_numpy()
    return pd.DataFrame({"case_id": np.repeat(numbers, n), "known_at": mornings[np.repeat(first, n) + nth]})


def looks(table: pd.DataFrame, budget: int) -> pd.DataFrame:
    """The looks of the service's own rule, day by day."""
    made: list[pd.DataFrame] = []
    earlier = table.head(0)[PROMISES.news_columns]
    for _, now in worthwhile(table, POLICY).groupby("day"):
        chosen = PROMISES.choose(now, POLICY, earlier, budget)
        if len(chosen):
            made.append(chosen)
            earlier = pd.concat([earlier, chosen[PROMISES.news_columns]], ignore_index=True)
    return with_value(pd.concat(made, ignore_index=True) if made else table.head(0))


def looks_by_days(table: pd.DataFrame, most: float, budget: int) -> pd.DataFrame:
    """One look at each case with at most so many days left while acting is in time, fewest first."""
    in_time = table[(table["days_left"] <= most) & (table["known_at"] <= table["act_by"])]
    made, seen = [table.head(0)], set[str]()
    for _, now in in_time.sort_values(["day", "days_left", "case_number"]).groupby("day"):
        chosen = now[~now["case_number"].isin(seen)].head(budget)
        made.append(chosen)
        seen |= set(chosen["case_number"])
    return with_value(pd.concat(made, ignore_index=True))


def with_value(made: pd.DataFrame) -> pd.DataFrame:
    """The looks with ``value_cny``: what the first look at a late case saves, less the cost of every look."""
    saved = made["is_late"].astype(bool) & ~made.duplicated("case_number")
    return made.assign(value_cny=np.where(saved, POLICY.loss_cny * POLICY.saved_share, 0.0) - POLICY.look_cost_cny)


def figures(made: pd.DataFrame, days: int) -> dict[str, float]:
    """Looks, value a day, share of the looks at late cases, and late cases found."""
    return {
        "looks": float(len(made)),
        "value_cny_a_day": float(made["value_cny"].sum()) / days,
        "precision": float(made["is_late"].mean()) if len(made) else 0.0,
        "late_found": float(made.loc[made["is_late"].astype(bool), "case_number"].nunique()),
    }


def difference(ours: pd.DataFrame, other: pd.DataFrame, table: pd.DataFrame, days: int) -> dict[str, float]:
    """Value a day, ours less the other's, with a percentile interval that draws cases for both together."""
    numbers = pd.Index(table["case_number"].unique())
    own, their = (
        one.groupby("case_number")["value_cny"].sum().reindex(numbers, fill_value=0.0).to_numpy()
        for one in (ours, other)
    )
    gain = (own - their) / days
    rng = np.random.default_rng(SEED)
    drawn = [float(gain[rng.integers(0, len(gain), len(gain))].sum()) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"cny_a_day": float(gain.sum()), "low": float(low), "high": float(high)}
