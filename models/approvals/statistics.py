"""Cases by item, department, office, kind of handling or month: how many, how many in time, how long, how much shorter.

A case belongs to the month of its application, or of its first event where it has none. Every figure of a row is of the
cases received in it: those that are closed, ended otherwise (refused, returned, withdrawn), still run, or contradict
themselves add up to them. No figure is by officer, and groups below five cases are pooled.

Running cases and those that ended otherwise have taken at least as long as their clock shows: they are censored, not
left out, and quantiles are those of the product-limit estimate (``models/clearance/reports/stages.py``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.approvals.catalogue import Catalogue, Item, department_name
from data.approvals.kinds import kinds
from data.beijing import BEIJING
from data.texts.figures import Text
from models.approvals.reductions import Reduction, reductions
from models.approvals.state import CONTRADICTORY
from models.approvals.texts import say
from models.clearance.reports.groups import NOT_STATED, OTHER, TOTAL, Disclosure, pooled
from models.clearance.reports.periods import labels_of, period_name
from models.clearance.reports.query import LABELS, SHAPES, ReportError
from models.clearance.reports.report import LEVELS, by_size
from models.clearance.reports.stages import quantile

GROUPS = ("item", "department", "department_before", "office", "handling", "month")
LEAST_CASES = 5
STATES = ("closed", "otherwise", "running", "contradictory")
OTHERWISE = tuple(row.shows for row in kinds().values() if row.effect == "end" and row.group != "decision")
COMPARISONS = ("promised_statutory", "actual_statutory", "actual_promised")
READINGS = ("ratio_of_sums", "mean_of_ratios", "median_of_ratios", "largest")
COLUMNS = (
    "group", "n", *(f"n_{state}" for state in STATES), "n_accepted", "n_on_time", "n_late", "n_no_promise",
    "on_time_share", *(f"{level}_days" for level in LEVELS), "n_timed", "n_censored", "suspended_share", "n_flagged",
    "n_provisional", *(f"{pair}_{reading}" for pair in COMPARISONS for reading in READINGS),
    *(f"n_{pair}" for pair in COMPARISONS), "shown",
)  # fmt: skip
PLAIN = {TOTAL: "statistics.total", OTHER: "statistics.other", NOT_STATED: "statistics.not_stated"}
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Statistics:
    """Statistics at an instant.

    table : ``total`` first, then the groups, the largest first (months by time), ``other`` last; COLUMNS:
        n : received; n_accepted : with a running or ended clock
        n_on_time : closed, not past the promise; n_late : past it, closed or not; n_no_promise : without a promise
        on_time_share : n_on_time of n_on_time and n_late, NaN where there are none
        median_days, p90_days : working days that the clock of acceptance used, NaN where too many are censored
        n_timed, n_censored : cases of these quantiles, and those of them whose time is only known to be longer
        suspended_share : suspended working days of all working days after acceptance
        n_flagged : with any flag; n_provisional : with a day in no published calendar
        PAIR_READING : reductions over the items of the group's cases (of the total: of the catalogue), 0.79 = -79 %;
            days are those of the catalogue at the end of the months, of the month where by is month, or now;
            an item's actual time is the median of the cases that began under these days, from LEAST_CASES closed ones
        n_PAIR : items that these readings rest on
        shown : False where even ``other`` is too small; its figures but n are then missing
    reductions : of the total, by pair; n_items : in the catalogue on the day
    names, item_names : of the total, the groups and all items, Chinese and English
    n_undated : cases without any instant, in no row
    synthetic_share : of the cases, which are simulated themselves or whose item is not a real one
    """

    by: str
    first: str
    last: str
    as_of: dt.datetime
    table: pd.DataFrame
    reductions: dict[str, Reduction]
    n_items: int
    names: dict[str, Text]
    item_names: dict[str, Text]
    n_undated: int
    synthetic_share: float

    def as_dict(self) -> dict[str, Any]:
        """Values that JSON can hold; None for what is missing."""
        rows = [
            {str(key): _plain(str(key), value) for key, value in row.items()}
            | dict(zip(("zh", "en"), self.names[row["group"]], strict=True))
            for row in self.table.to_dict("records")
        ]
        return {
            "by": self.by, "first": self.first, "last": self.last, "as_of": self.as_of.astimezone(dt.UTC).isoformat(),
            "rows": rows, "n_items": self.n_items, "n_undated": self.n_undated,
            "synthetic_share": self.synthetic_share,
            "reductions": {
                pair: {key: list(value) if isinstance(value, tuple) else value for key, value in vars(one).items()}
                for pair, one in self.reductions.items()
            },
        }  # fmt: skip


def statistics(
    cases: pd.DataFrame,
    catalogue: Catalogue,
    *,
    now: dt.datetime,
    by: str = "item",
    first: str = "",
    last: str = "",
) -> Statistics:
    """Statistics of the frame of a ``CaseTable`` at ``now``.

    cases : where it has ``simulated``, that says which cases are, whatever their item
    first, last : months of receipt such as 2026-03, both included; "" for no limit
    raises : ReportError for an unknown dimension or month
    """
    _check(by, first, last)
    received = cases["applied_at"].fillna(cases["first_at"])
    month = labels_of(received, "month").to_numpy(dtype=object)
    inside = (month != "") & (month >= first) & ((month <= last) if last else True)
    rows = cases[inside].reset_index(drop=True)
    items = _valid(catalogue, last, now)
    codes = _codes(rows, by, month[inside], catalogue)
    names, allowed = _pooled(codes)
    groups = by_size(names)
    if by == "month":
        groups.sort(key=lambda group: (group == OTHER, group))
    found, whole = list[dict[str, Any]](), dict[str, Reduction]()
    for group in [TOTAL, *groups]:
        chosen = rows if group == TOTAL else rows[names == group]
        shown = len(chosen) >= LEAST_CASES and (allowed or group != OTHER)
        valid = _valid(catalogue, group, now) if by == "month" and LABELS["month"].fullmatch(group) else items
        compared = _compared(chosen, valid, everything=group == TOTAL) if shown or group == TOTAL else {}
        whole = compared if group == TOTAL else whole
        figures = {**_figures(chosen), **_readings(compared)} if shown else {"n": len(chosen)}
        found.append({"group": group, **figures, "shown": shown})
    return Statistics(
        by, first, last, now, _numbers(pd.DataFrame(found, columns=list(COLUMNS))), whole, len(items),
        {group: _name(group, by, catalogue) for group in [TOTAL, *groups]},
        {item.key: (item.zh, item.en) for item in catalogue.items}, int((month == "").sum()),
        float((rows["synthetic"].astype(bool) | rows.get("simulated", False)).mean()) if len(rows) else 0.0,
    )  # fmt: skip


def _check(by: str, first: str, last: str) -> None:
    if by not in GROUPS:
        raise ReportError("by", by, ", ".join(GROUPS))
    for key, month in (("first", first), ("last", last)):
        if month and not LABELS["month"].fullmatch(month):
            raise ReportError(key, month, f"a month such as {SHAPES['month']}")
    if first and last and last < first:
        raise ReportError("last", last, f"{first} or a later month")


def _valid(catalogue: Catalogue, month: str, now: dt.datetime) -> Mapping[str, Item]:
    """The items at the end of a month, or now where that is earlier or no month is given."""
    today = now.astimezone(BEIJING).date()
    return catalogue.on(min(today, pd.Period(month, "M").end_time.date()) if month else today)


def _codes(rows: pd.DataFrame, by: str, month: Texts, catalogue: Catalogue) -> Texts:
    """The group of each case; "" where it is not known."""
    if by == "month":
        return month
    if by != "department_before":
        return rows[by].to_numpy(dtype=object)
    newest = {item.key: item.department_before for item in catalogue.items}
    return np.array([newest.get(key, NOT_STATED) for key in rows["item"]], dtype=object)


def _pooled(codes: Texts) -> tuple[Texts, bool]:
    """Codes with those of small groups replaced by ``other``; cases without a code are no group and stay apart."""
    names, stated = codes.copy(), codes != NOT_STATED
    one_firm = np.zeros(int(stated.sum()), dtype=np.intp)  # cases are counted, not firms
    names[stated], allowed = pooled(codes[stated], one_firm, one_firm, Disclosure(LEAST_CASES, 1))
    return names, allowed


def _name(group: str, by: str, catalogue: Catalogue) -> Text:
    """How a group is written: Chinese, English."""
    if group in PLAIN:
        return say("zh", PLAIN[group]), say("en", PLAIN[group])
    if by == "item":
        return catalogue.name(group) or (group, group)
    if by == "month":
        return period_name(group)
    if by == "handling":
        return say("zh", f"handling.{group}"), say("en", f"handling.{group}")
    return department_name(group)


def _states(rows: pd.DataFrame) -> Texts:
    """One of STATES for each case."""
    status = rows["status"].to_numpy(dtype=object)
    conditions = [status == CONTRADICTORY, np.isin(status, OTHERWISE), rows["is_closed"].to_numpy(dtype=bool)]
    return np.select(conditions, ["contradictory", "otherwise", "closed"], "running").astype(object)


def _figures(rows: pd.DataFrame) -> dict[str, Any]:
    """Counts and times of the cases of a row; see ``Statistics``."""
    state, late = _states(rows), rows["late"]
    closed, past = state == "closed", late.fillna(False).to_numpy(dtype=bool)
    in_time = int((closed & ~past & late.notna().to_numpy()).sum())
    timed = rows["actual_working_days"].notna().to_numpy() & (state != "contradictory")
    used = rows.loc[timed, "actual_working_days"].to_numpy(dtype=np.float64)
    worked, suspended = (float(rows.loc[timed, f"{what}_working_days"].sum()) for what in ("actual", "suspended"))
    return {
        "n": len(rows),
        **{f"n_{name}": int((state == name).sum()) for name in STATES},
        "n_accepted": int(rows["started_on"].notna().sum()),
        "n_on_time": in_time,
        "n_late": int(past.sum()),
        "n_no_promise": int(late.isna().sum()),
        "on_time_share": in_time / (in_time + past.sum()) if in_time + past.sum() else None,
        **{
            f"{name}_days": quantile(used, closed[timed], level) if len(used) else None
            for name, level in LEVELS.items()
        },
        "n_timed": int(timed.sum()),
        "n_censored": int((~closed[timed]).sum()),
        "suspended_share": suspended / (worked + suspended) if worked + suspended else None,
        "n_flagged": int((rows["flags"] != "").sum()),
        "n_provisional": int(rows["provisional"].sum()),
    }


def _compared(rows: pd.DataFrame, items: Mapping[str, Item], *, everything: bool) -> dict[str, Reduction]:
    """Reductions over the items of some cases, or over all that are in the catalogue."""
    keys = sorted(items if everything else set(rows["item"]) & set(items))
    timed = rows[rows["actual_working_days"].notna() & _same_days(rows, items)]
    actual = {
        str(key): quantile(one["actual_working_days"].to_numpy(dtype=np.float64), _states(one) == "closed", 0.5)
        for key, one in timed.groupby("item")
        if (_states(one) == "closed").sum() >= LEAST_CASES
    }
    return reductions(
        keys,
        [items[key].statutory_days for key in keys],
        [items[key].promised_days for key in keys],
        np.array([actual.get(key) for key in keys], dtype=np.float64),
        statutory_unit=[items[key].statutory_unit for key in keys],
        promised_unit=[items[key].promised_unit for key in keys],
    )


def _same_days(rows: pd.DataFrame, items: Mapping[str, Item]) -> npt.NDArray[np.bool_]:
    """Cases that have the days of these items: an actual time is compared with the promise that it was made under."""
    days = ["statutory_days", "statutory_unit", "promised_days", "promised_unit"]
    wanted = {key: tuple(getattr(item, name) for name in days) for key, item in items.items()}
    given = zip(rows["item"], rows[days].itertuples(index=False, name=None), strict=True)
    return np.array([wanted.get(key) == own for key, own in given], dtype=np.bool_)


def _readings(compared: Mapping[str, Reduction]) -> dict[str, Any]:
    found = {f"{pair}_{reading}": getattr(one, reading) for pair, one in compared.items() for reading in READINGS}
    return found | {f"n_{pair}": one.n for pair, one in compared.items()}


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Figures as floats, so that what is missing is NaN in every column; counts of cases as whole numbers."""
    floats = {name: float for name in COLUMNS if name not in ("group", "n", "shown")}
    return table.astype({**floats, "n": int, "shown": bool})


def _plain(key: str, value: Any) -> Any:
    """A count is a whole number, also where it is none."""
    if isinstance(value, float):
        return None if np.isnan(value) else int(value) if key.startswith("n_") else value
    return value
