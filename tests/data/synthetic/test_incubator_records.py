"""Every planted fault is found, and no good row is refused."""

from __future__ import annotations

import datetime as dt

import pytest

from data.incubators.folder import read_folder
from data.synthetic.incubators import synthesize_incubators, write_incubators
from tests.data.synthetic.test_incubators import SMALL


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The small registry, written and read."""
    folder = tmp_path_factory.mktemp("incubators")
    made = synthesize_incubators(5, SMALL)
    write_incubators(made, folder)
    return made, read_folder(folder, dt.datetime(2022, 6, 20, tzinfo=dt.UTC))


def test_the_quarantine_is_the_planted_faults(found):
    """Record by record and key by key."""
    made, read = found
    planted = set(zip(made.planted["record"], made.planted["key"], strict=True))
    assert len(planted) == 16
    assert set(zip(read.quarantine["record"], read.quarantine["key"], strict=True)) == planted


def test_the_good_rows_are_all_taken(found):
    """With the corrected figures."""
    made, read = found
    assert len(read.registry.incubators) == 138
    assert len(read.registry.tenants) == SMALL.firms_ever
    assert len(read.registry.reports) == len(made.tables["report"]) - 10
    latest = read.registry.latest_reports(dt.date(2022, 5, 31))
    assert latest[["area_m2", "staff", "mentors"]].sum().tolist() == [90_000, 200, 150]
