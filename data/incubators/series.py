"""Whether the reports of one incubator fit each other: their units, and the periods that they cover."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from data.incubators.fields import Fault, fault, record_fields
from data.incubators.tables import record_keys

UNITS_RATIO = 100.0  # yuan in place of thousand yuan are 1,000 times as much
LEAST_FIGURES = 3  # above 0 in both reports, so that their median says something of the units
LEAST_DAYS = 28  # of a period: the shortest month
_PERIOD = ("period_from", "period_to")


def series_faults(reports: pd.DataFrame, reasoned: Collection[str] = ()) -> dict[int, Fault]:
    """The fault of each report that does not fit those of its incubator, by its index.

    A report is held against the reports whose periods end before its own and that have no fault themselves. It may not
    begin inside the period of one and end after it; a period that holds another whole, as a year its quarters, is fine.
    Its money may not be ``UNITS_RATIO`` times the newest figures before it or more, nor that part of them or less, by
    the median over the figures above 0 in both, where there are ``LEAST_FIGURES``. It covers ``LEAST_DAYS`` or more.

    reports : checked rows, each with an index of its own; reasoned : keys of the reports that were entered with a
        reason, which may have other units and a shorter period
    """
    rows = reports.sort_values(["incubator_id", "period_to"], kind="stable")
    reason = pd.Series([" ".join(key) in reasoned for key in record_keys("report", rows)], index=rows.index, dtype=bool)
    days = (rows["period_to"] - rows["period_from"]).dt.days + 1
    faults = {
        row: fault("short", ", ".join(_PERIOD), days.loc[row], LEAST_DAYS, own=_period(rows, row))
        for row in rows.index[(days < LEAST_DAYS) & ~reason]
    }
    while True:  # the first fault of each incubator, then the next against those that are left
        rows = rows.loc[~rows.index.isin(list(faults))]
        found = _other_units(rows, reason) | _crossing(rows)
        first = rows.loc[rows.index.isin(list(found))].drop_duplicates("incubator_id").index
        if first.empty:
            return faults
        faults |= {row: found[row] for row in first}


def _crossing(rows: pd.DataFrame) -> dict[int, Fault]:
    """Reports that begin inside the period of another one and end after it."""
    spans = rows[["incubator_id", *_PERIOD]].rename_axis("row").reset_index()
    pairs = spans.merge(spans, on="incubator_id", suffixes=("_before", ""))
    begins_inside = pairs["period_from"].gt(pairs["period_from_before"]) & pairs["period_from"].le(
        pairs["period_to_before"]
    )
    crossing = pairs.loc[begins_inside & pairs["period_to"].gt(pairs["period_to_before"])]
    found = {}
    for row, before in zip(crossing["row"], crossing["row_before"], strict=True):
        own, other = _period(rows, row), _period(rows, before)
        found[row] = fault("crossing", ", ".join(_PERIOD), own, other)
    return found


def _other_units(rows: pd.DataFrame, reason: pd.Series) -> dict[int, Fault]:
    """Reports without a reason whose money is in other units than the newest figures before, each of its own report."""
    money = [key for key, one in record_fields("report").items() if one.field.unit == "thousand_cny"]
    own = rows[money].to_numpy(dtype=float)
    numbers = pd.DataFrame(np.where(own > 0, np.arange(len(rows), dtype=float)[:, None], np.nan))
    home = rows["incubator_id"].to_numpy()
    newest = numbers.groupby(home).ffill().groupby(home).shift().to_numpy(dtype=float)
    both = (own > 0) & ~np.isnan(newest)
    of = np.where(both, newest, 0.0).astype(int)  # number of the row that has the newest figure before
    before = np.take_along_axis(own, of, axis=0) if len(rows) else own
    ratios = np.divide(own, before, out=np.full_like(own, np.nan), where=both)
    median = pd.DataFrame(ratios).median(axis=1).to_numpy(dtype=float)
    apart = (median >= UNITS_RATIO) | (median <= 1.0 / UNITS_RATIO)
    wrong = apart & (both.sum(axis=1) >= LEAST_FIGURES) & ~reason.loc[rows.index].to_numpy(dtype=bool)
    found = {}
    for at in np.flatnonzero(wrong).tolist():
        shown = int(np.nanargmin(np.abs(np.log(ratios[at] / median[at]))))
        found[rows.index[at]] = fault(
            "units", money[shown], f"{own[at, shown]:.12g}", "thousand_cny",
            name=record_fields("report")[money[shown]].name, earlier=float(before[at, shown]),
            period=_period(rows, rows.index[of[at, shown]]), ratio=_ratio(median[at]), n=int(both[at].sum()),
        )  # fmt: skip
    return found


def _ratio(value: float) -> str:
    return f"{value:,.0f}" if value >= 1.0 else f"{value:.3g}"


def _period(rows: pd.DataFrame, row: int) -> str:
    return " – ".join(str(rows.loc[row, key])[:10] for key in _PERIOD)
