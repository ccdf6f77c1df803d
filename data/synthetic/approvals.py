"""Simulated approvals: a catalogue of 80 items, the log of some thousand cases, and the planted truth.

Everything says that it is simulated. Figures measured on it measure the simulator, not any office.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.approvals.calendar import WorkCalendar
from data.approvals.records import ApprovalEvent
from data.synthetic.approvals_catalogue import CUT_AGAIN, TRANSFER, make_catalogue
from data.synthetic.approvals_courses import (
    AS_OF,
    FACTOR,
    FASTER,
    FIRST_DAY,
    NOBODY,
    OFFICES,
    RAMP,
    Courses,
    make_courses,
    utc,
)  # fmt: skip
from data.synthetic.approvals_log import events_of, log_rows
from data.synthetic.approvals_params import SyntheticApprovalsParams

CAVEAT = "simulated: any figure on these cases measures the simulator, not any office"
ITEMS, LOG = "approvals_items.csv", "approvals_events.csv"


@dataclass(frozen=True, eq=False)
class ApprovalsCohort:
    """What is planted: the catalogue, the courses of the cases, and the log as it arrives."""

    params: SyntheticApprovalsParams
    items: pd.DataFrame
    courses: Courses
    log: pd.DataFrame

    @cached_property
    def events(self) -> tuple[ApprovalEvent, ...]:
        """The log's rows as events, in order of arrival, without those that lost their case number."""
        return events_of(self.log)

    @cached_property
    def cases(self) -> pd.DataFrame:
        """Planted truth, one row a case: its number, facts and effects, and what happens when (``*_at``, UTC)."""
        instants = {f"{name}_at": _instants(minutes) for name, minutes in self.courses.at.items()}
        return self.courses.table.assign(**instants)

    @property
    def constants(self) -> dict[str, Any]:
        """What the truth was made from."""
        return {
            "caveat": CAVEAT,
            "params": asdict(self.params),
            "first_day": f"{FIRST_DAY}",
            "as_of": f"{AS_OF}",
            "transferred_on": f"{TRANSFER}",
            "promises_cut_again_on": f"{CUT_AGAIN}",
            "offices": {name: {"share": share, "log_time": log} for name, (share, log) in OFFICES.items()},
            "drift": {"office": FASTER, "from": f"{RAMP[0]}", "until": f"{RAMP[1]}", "factor": FACTOR},
        }

    @property
    def figures(self) -> Mapping[str, float]:
        """Counts of the log, and of what is planted in it."""
        cases, has = self.courses.table, {name: at != NOBODY for name, at in self.courses.at.items()}
        return {
            "items": float(self.items["key"].nunique()),
            "versions": float(len(self.items)),
            "cases": float(len(cases)),
            "rows": float(len(self.log)),
            "late_of_decided": float(cases.loc[has["decided"], "late"].mean()),
            **{name: float(has[name].sum()) for name in ("suspended", "extended", "returned", "withdrawn", "decided")},
        }


def synthesize_approvals(params: SyntheticApprovalsParams) -> ApprovalsCohort:
    """The catalogue and its cases by the working-day calendar of China."""
    items = make_catalogue(params)
    courses = make_courses(items, WorkCalendar.load(), params)
    return ApprovalsCohort(params, items, courses, log_rows(courses, params))


def demo_cohort(n_cases: int, seed: int = 20240704, **shares: Any) -> ApprovalsCohort:
    """A cohort for trying things out; shares : of ``SyntheticApprovalsParams``, such as late_share."""
    return synthesize_approvals(replace(SyntheticApprovalsParams(seed=seed, n_cases=n_cases), **shares))


def write_approvals(cohort: ApprovalsCohort, raw_dir: Path, truth_dir: Path) -> None:
    """The catalogue and the log in ``raw_dir``, what is planted in ``truth_dir``."""
    raw_dir.mkdir(parents=True, exist_ok=True)
    truth_dir.mkdir(parents=True, exist_ok=True)
    for name, table in ((ITEMS, cohort.items), (LOG, cohort.log)):
        table.to_csv(raw_dir / name, index=False, lineterminator="\n")
    cohort.cases.to_parquet(truth_dir / "approvals_cases.parquet", index=False)
    text = json.dumps(cohort.constants, ensure_ascii=False, indent=2, sort_keys=True)
    (truth_dir / "approvals.json").write_text(text + "\n", encoding="utf-8")


def _instants(minutes: np.ndarray[Any, np.dtype[np.int64]]) -> pd.DatetimeIndex:
    happens = minutes != NOBODY
    found = np.where(happens, utc(np.where(happens, minutes, 0)), np.datetime64("NaT", "us"))
    return pd.DatetimeIndex(found).tz_localize("UTC")
