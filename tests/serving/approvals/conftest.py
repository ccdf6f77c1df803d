"""Forecasts of a few simulated cases, laid out as a release holds them, and a service with them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from data.approvals.calendar import WorkCalendar
from data.approvals.catalogue import Catalogue
from data.events import EventStore
from data.synthetic.approvals import ApprovalsCohort, demo_cohort
from features.approval_rows import event_table
from models.alerts import AlertParams
from models.approvals.cases import case_table
from serving.approvals.packed import ALERTS, FOLDER, ITEMS, MODEL, Forecasts, load_catalogue
from serving.approvals.service import APPROVALS_OFF, SIMULATED, ApprovalsService
from serving.approvals.store import CaseStore
from serving.matching.packed import FirstUse
from training.approvals.fit import ApprovalsParams, fit_approvals

NOW = dt.datetime(2024, 6, 28, 3, tzinfo=dt.UTC)  # two days before the last of the simulated cases


@pytest.fixture(scope="session")
def simulated() -> ApprovalsCohort:
    return demo_cohort(150)


@pytest.fixture(scope="session")
def release(simulated: ApprovalsCohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release that holds approvals alone; its model is far too small to be of use."""
    folder = tmp_path_factory.mktemp("approvals-release")
    own = folder / FOLDER
    own.mkdir()
    simulated.items.to_csv(own / ITEMS, index=False)
    cases = case_table(simulated.events, Catalogue.load(own / ITEMS), WorkCalendar.load(), now=NOW).frame
    params = ApprovalsParams(observed_until="2024-06-01", most_rows=300, steps=1, rounds=5)
    fit_approvals(event_table(simulated.events), cases, params, params.until, "simulated").save(own / MODEL)
    params = AlertParams(look_cost_cny=1.0, wait_hours=8_000.0, sure_chance=0.0, daily_budget=3)
    (own / ALERTS).write_text(json.dumps(asdict(params)), encoding="utf-8")
    return folder


@pytest.fixture
def service(release: Path, simulated: ApprovalsCohort, tmp_path: Path) -> Iterator[ApprovalsService]:
    """The simulated cases, as they are two days before the last of them."""
    store = CaseStore(EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}"))
    store.receive(simulated.events, SIMULATED, NOW)
    made = ApprovalsService.made_of(
        FirstUse(lambda: store, APPROVALS_OFF),
        FirstUse(lambda: load_catalogue(release), APPROVALS_OFF),
        FirstUse(lambda: Forecasts.load(release), APPROVALS_OFF),
        lambda: NOW,
    )
    yield made
    made.close()
