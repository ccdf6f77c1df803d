"""The simulated registry: planted sums, faults and corrections, and nothing that claims to be real."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from data.synthetic.incubator_records import PlantedTotals
from data.synthetic.incubators import GROUPS, synthesize_incubators, write_incubators

SMALL = PlantedTotals(
    area_m2=90_000, staff=200, mentors=150, firms_ever=300, hnte_ever=4, tech_sme_ever=10, jobs_ever=2_000,
    college_graduate_jobs_ever=500, driven=250,
)  # fmt: skip


@pytest.fixture(scope="module")
def made():
    """A small one."""
    return synthesize_incubators(5, SMALL)


def test_the_rows_add_up_to_the_planted_totals_and_hold_no_total(made):
    """Of the good rows; the faulty ones come on top."""
    tenants = made.tables["tenant"].iloc[: SMALL.firms_ever]
    assert tenants[["jobs", "college_graduate_jobs", "hnte", "tech_sme"]].sum().tolist() == [2_000, 500, 4, 10]
    assert (tenants["college_graduate_jobs"] <= tenants["jobs"]).all()
    assert len(made.tables["incubator"]) == sum(group[2] for group in GROUPS) == 138
    for table in made.tables.values():
        assert table["synthetic"].eq(True).all()


def test_the_corrections_give_the_planted_sums_back(made):
    """Two figures of the last reports are misread until their corrections."""
    last = made.tables["report"]
    last = last.loc[last["period_to"] == pd.Timestamp("2022-05-31")].set_index("incubator_id")
    assert last["area_m2"].sum() == SMALL.area_m2 + 900
    for one in made.corrections:
        last.loc[one.values["incubator_id"], ["area_m2", "mentors"]] = [one.values["area_m2"], one.values["mentors"]]
    assert last[["area_m2", "mentors", "staff", "driven"]].sum().tolist() == [90_000, 150, 200, 250]


def test_the_same_seed_gives_the_same_bytes(made, tmp_path):
    """Another one others; reports have the codes of the form as heads."""
    write_incubators(made, tmp_path / "a")
    write_incubators(synthesize_incubators(5, SMALL), tmp_path / "b")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["corrections.jsonl", "incubators.csv", "reports.csv", "tenants.csv", "vouchers.csv"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    with (tmp_path / "a/reports.csv").open(encoding="utf-8") as handle:
        head = next(csv.reader(handle))
    assert {"TDF711", "7b00", "7c60", "7d00", "7e00"} <= set(head)
