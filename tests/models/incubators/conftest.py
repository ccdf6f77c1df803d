"""The simulated registry of 138 incubators, written and read once; and a small one that is counted by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from data.incubators.folder import read_folder
from data.incubators.registry import Registry
from data.synthetic.incubators import synthesize_incubators, write_incubators
from models.incubators.gathered import gather

ON = dt.date(2022, 5, 31)


@pytest.fixture(scope="session")
def read(tmp_path_factory):
    """What the stage reads."""
    folder = tmp_path_factory.mktemp("incubators")
    write_incubators(synthesize_incubators(), folder)
    return read_folder(folder, dt.datetime(2022, 6, 20, tzinfo=dt.UTC))


@pytest.fixture(scope="session")
def registry(read):
    """The registry of the rows that were taken."""
    return read.registry


def incubator(key, level="lower", kind="incubator", **more):
    recognised = None if level == "lower" else "2019-01-01"
    return {
        "incubator_id": key, "name": key, "kind": kind, "level": level, "region": "simulated_1", "remote_area": True,
        "professional": False, "legal_person": True, "founded_on": "2018-05-31", "recognised_on": recognised,
        "source": "test", "synthetic": True,
    } | more  # fmt: skip


def tenant(key, home="Z1", entered="2020-01-01", exited=None, reason=None, condition=None, **more):
    return {
        "tenant_id": key, "incubator_id": home, "name": key, "founded_on": entered, "entered_on": entered,
        "exited_on": exited, "exit_reason": reason, "graduation_reason": condition, "new_technology": True, "sme": True,
        "registered_inside": True, "field": "software", "hnte": False, "venture_wan": 0, "revenue_two_years_wan": 0,
        "bought_or_listed": False, "jobs": 5, "college_graduate_jobs": 2, "source": "test", "synthetic": True,
    } | more  # fmt: skip


def report(home="Z1", year=2021, **more):
    return {
        "incubator_id": home, "period_from": f"{year}-01-01", "period_to": f"{year}-12-31",
        "filed_on": f"{year + 1}-01-20", "staff": 5, "area_m2": 1_000, "tenants": 3, "mentors": 4, "synthetic": True,
    } | more  # fmt: skip


def made_of(**rows):
    return Registry.of({record: pd.DataFrame(found, dtype=object) for record, found in rows.items()})


@pytest.fixture(scope="session")
def reports(read):
    """The report of the simulated registry in both languages."""
    made = gather(read.registry, ON, "zh", quarantine=read.quarantine)
    return {"zh": made, "en": replace(made, lang="en")}
