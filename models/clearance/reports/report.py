"""Counts, amounts and times of declarations by period and group, without any firm that could be found."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
import pandas as pd

from models.clearance.reports.groups import NOT_STATED, OTHER, PUBLIC, TOTAL, Codes, Disclosure, Integers, pooled
from models.clearance.reports.known import FEN, Known
from models.clearance.reports.query import ReportQuery
from models.clearance.reports.stages import DAY, STAGES, STATES, WHOLE, quantile

LEVELS = {"median": 0.5, "p90": 0.9}
TIMED = (WHOLE, *STAGES)


@dataclass(frozen=True)
class Report:
    """A report and what it leaves out.

    table : a row for each period and group, ``total`` first and ``other`` last
        period, group
        n, n_completed, n_running, n_rejected, n_withdrawn, n_contradictory : the last five add up to n
        completed_share : completed of completed and running; inspected_share : of n
        amount_cny : yuan, of the declarations with a rate, NaN for too few; no_rate_share : those without one, of n
        STAGE_median_days, STAGE_p90_days : NaN where running ones leave it open, or too few have ended
        STAGE_n : with their end, STAGE_running : without; STAGE is one of TIMED
        shown : False where the group is too small: its figures except n are NaN
    currencies : period, group, currency, n, amount (in that currency; NaN for the pooled ``other``)
    """

    query: ReportQuery
    as_of: dt.datetime
    disclosure: Disclosure
    table: pd.DataFrame
    currencies: pd.DataFrame
    n_undated: int
    n_later: int
    simulated_share: float

    @property
    def periods(self) -> list[str]:
        """Labels, the earliest first."""
        return sorted(set(self.table["period"]))

    def row(self, period: str, group: str = TOTAL) -> pd.Series:
        """One row of the table; raises KeyError."""
        found = self.table[(self.table["period"] == period) & (self.table["group"] == group)]
        if found.empty:
            raise KeyError((period, group))
        return found.iloc[0]


def report(known: Known, query: ReportQuery, disclosure: Disclosure = PUBLIC) -> Report:
    """The report of what is known; periods are those of ``known``."""
    codes, currency = known.codes(query.by), known.codes("currency")
    rows: list[dict[str, Any]] = []
    currencies: list[dict[str, Any]] = []
    for period in sorted(set(known.period))[-query.last :]:
        inside = np.flatnonzero(known.period == period)
        names, allowed = pooled(codes[inside], known.firm[inside], np.zeros_like(inside), disclosure)
        whole = disclosure.allows(len(inside), len(np.unique(known.firm[inside])))
        chosen = [(TOTAL, inside, whole)]
        chosen += [(group, inside[names == group], allowed or group != OTHER) for group in by_size(names)]
        for group, at, shown in chosen:
            rows.append({"period": period, "group": group, **_figures(known, at, disclosure, shown=shown)})
            if shown:
                currencies += [
                    {"period": period, "group": group, **one} for one in _currencies(known, currency, at, disclosure)
                ]
    return Report(
        query, known.as_of, disclosure,
        _numbers(pd.DataFrame(rows, columns=TABLE)), pd.DataFrame(currencies, columns=CURRENCIES),
        known.n_undated, known.n_later, known.simulated_share,
    )  # fmt: skip


TABLE = (
    "period", "group", "n", *(f"n_{state}" for state in STATES), "completed_share", "inspected_share", "amount_cny",
    "no_rate_share", *(f"{stage}_{what}" for stage in TIMED for what in ("median_days", "p90_days", "n", "running")),
    "shown",
)  # fmt: skip
CURRENCIES = ("period", "group", "currency", "n", "amount")


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Figures as floats, so that what is missing is NaN in every column; counts of declarations as whole numbers."""
    floats = {name: float for name in TABLE if name not in ("period", "group", "n", "shown")}
    return table.astype({**floats, "n": int, "shown": bool})


def by_size(names: Codes) -> list[str]:
    """Groups, that of the most declarations first; what is not stated and what is pooled come last."""
    found, sizes = np.unique(names.astype(str), return_counts=True)
    last = {NOT_STATED: 1, OTHER: 2}
    order = sorted(zip(found, sizes, strict=True), key=lambda one: (last.get(one[0], 0), -one[1], one[0]))
    return [str(name) for name, _ in order]


def _figures(known: Known, rows: Integers, disclosure: Disclosure, *, shown: bool) -> dict[str, Any]:
    n = len(rows)
    if not shown:
        return {"n": n, "shown": False}
    states = {state: int((known.times.state[rows] == state).sum()) for state in STATES}
    timed, rated = states["completed"] + states["running"], known.has_rate[rows]
    found: dict[str, Any] = {
        "n": n,
        **{f"n_{state}": count for state, count in states.items()},
        "completed_share": states["completed"] / timed if timed else None,
        "inspected_share": float(known.inspected[rows].mean()),
        "amount_cny": int(known.fen[rows].sum()) / FEN if rated.sum() >= disclosure.least_declarations else None,
        "no_rate_share": float((~rated).mean()),
        "shown": True,
    }
    for stage in TIMED:
        seconds, done = known.times.sample(stage, rows)
        enough = done.sum() >= disclosure.least_declarations
        for name, level in LEVELS.items():
            value = quantile(seconds, done, level) if enough else None
            found[f"{stage}_{name}_days"] = None if value is None else value / DAY
        found[f"{stage}_n"], found[f"{stage}_running"] = int(done.sum()), int((~done).sum())
    return found


def _currencies(known: Known, currency: Codes, rows: Integers, disclosure: Disclosure) -> list[dict[str, Any]]:
    """Amounts by currency; those of few declarations are only counted, since amounts of several cannot be added."""
    names, _ = pooled(currency[rows], known.firm[rows], np.zeros_like(rows), disclosure)
    amounts = known.rows["amount_total"].to_numpy(dtype=float)[rows]
    found = []
    for name in by_size(names):
        chosen = names == name
        stated = amounts[chosen & ~np.isnan(amounts)]
        amount = round(fsum(stated), 2) if name != OTHER and len(stated) >= disclosure.least_declarations else None
        found.append({"currency": name, "n": int(chosen.sum()), "amount": amount})
    return found
