"""Tables of one simulated log for several tests, with the numbers of a quick fit."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from data.approvals.calendar import WorkCalendar
from data.approvals.catalogue import Catalogue
from features.approval_rows import event_table
from models.approvals.cases import case_table
from tests.data.synthetic.planted_approvals import planted_cohort
from training.approvals.fit import ApprovalsParams
from training.pipeline.approvals_events import suspension_table

QUICK = ApprovalsParams("2024-07-01", test_days=60, most_rows=1_000, steps=1, remembered=0, rounds=15)


@cache
def planted_stage_tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Events, cases and suspensions of two offices, as the stage writes them."""
    cohort = planted_cohort()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "items.csv"
        cohort.items.to_csv(path, index=False)
        catalogue = Catalogue.load(path)
    now = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)
    table = case_table(cohort.events, catalogue, WorkCalendar.load(), now=now)
    cases = table.frame
    cases = cases[cases["office"].isin(["bureau_east", "bureau_port"])].reset_index(drop=True)
    events = event_table(cohort.events)
    return (
        events[events["case_number"].isin(set(cases["case_number"]))],
        cases.assign(simulated=True),
        suspension_table(table),
    )


def planted_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Events and cases of two offices."""
    return planted_stage_tables()[:2]
