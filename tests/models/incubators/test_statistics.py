"""Every figure is a sum over rows: the published totals come out, and a changed row is a changed figure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from data.incubators.fields import RegistryError
from data.incubators.figures import indicators
from models.incubators.statistics import GROUPS, covered_area, figures, level_parts, statistics
from tests.models.incubators.conftest import ON, incubator, made_of, report, tenant

pytestmark = pytest.mark.law
VOUCHER = {"voucher_id": "V1", "tenant_id": "A", "synthetic": True}


@pytest.fixture(scope="module")
def small():
    """Two incubators, three firms, one of which graduated; a report of one incubator alone."""
    return made_of(
        incubator=[incubator("Z1", "national"), incubator("Z2", recognised_on="2022-07-01", level="regional")],
        tenant=[
            tenant("A", hnte=True), tenant("B", exited="2022-03-01", reason="graduated", condition="hnte", hnte=True),
            tenant("C", "Z2", entered="2022-02-01", tech_sme=True),
        ],
        report=[report(), report(year=2020, staff=9)],
        voucher=[VOUCHER | {"entry_id": "E1", "step": "issued", "amount_cny": 50.5, "day": "2022-01-01"},
                 VOUCHER | {"entry_id": "E2", "step": "redeemed", "amount_cny": 20.25, "day": "2022-08-01"}],
    )  # fmt: skip


def figure(registry, name, on=ON):
    return figures(registry, [name], on)[name]


def values(table):
    return table.set_index("indicator")["value"].to_dict()


def test_the_published_totals_come_out_of_the_rows(registry):
    """138 = 16 (5 + 3 + 8) + 35 + 87; 7,056 are inside 24,700."""
    found = values(statistics(registry, ON))
    assert found | {"incubators": 138, "area_m2": 810_000, "staff": 631, "mentors": 966, "firms_ever": 2_814} == found
    assert found | {"hnte_ever": 12, "tech_sme_ever": 62, "jobs_ever": 24_700, "driven": 2_552} == found
    assert found["college_graduate_jobs_ever"] == 7_056
    parts = level_parts(registry, ON)
    assert parts.loc[parts["level"] == "national", "value"].tolist() == [5, 3, 8, 0]
    assert parts.groupby("level")["value"].sum().to_dict() == {"national": 16, "regional": 35, "lower": 87}


@pytest.mark.parametrize("by", [("level",), ("kind", "region"), GROUPS])
def test_the_groups_add_up_to_the_whole(registry, by):
    """No row is in two groups or in none."""
    whole = values(statistics(registry, ON))
    parts = statistics(registry, ON, by).groupby("indicator")["value"].sum()
    assert parts.to_dict() == pytest.approx(whole)


def test_a_changed_row_is_a_changed_figure(registry):
    """One firm fewer, one report corrected, one title less: no total is kept."""
    tenants = registry.tenants.iloc[1:]
    reports = registry.reports.copy()
    at = reports.index[reports["period_to"] == pd.Timestamp(ON)][0]
    reports.loc[at, "area_m2"] += 500
    incubators = registry.incubators.copy()
    incubators.loc[0, "level"] = "lower"
    found = values(statistics(replace(registry, tenants=tenants, reports=reports, incubators=incubators), ON))
    assert (found["firms_ever"], found["area_m2"]) == (2_813, 810_500)
    assert found["jobs_ever"] == 24_700 - registry.tenants["jobs"].iloc[0]
    changed = replace(registry, incubators=incubators)
    assert figure(changed, "incubators:level=national").value == 15


def test_a_small_registry_by_hand(small):
    """Levels are those of the day, flows those of the period, and a missing report is missing."""
    table = statistics(small, ON).set_index("indicator")
    found = table["value"].to_dict()
    assert [found[key] for key in ("incubators", "firms_ever", "firms_inside", "graduates_ever")] == [2, 3, 2, 1]
    assert [found[key] for key in ("hnte_ever", "hnte_inside", "tech_sme_inside", "jobs_ever")] == [2, 1, 1, 15]
    assert [found[key] for key in ("entered", "graduated", "exited", "staff")] == [1, 1, 1, 5]
    assert [found[f"vouchers_{key}_cny"] for key in ("issued", "redeemed", "left")] == [50.5, 0.0, 50.5]
    assert table.loc["staff", ["n", "n_missing"]].tolist() == [1, 1]
    assert table.loc["entered", "since"] == dt.date(2022, 1, 1)
    assert figure(small, "incubators:level=lower").value == 1
    assert figure(small, "incubators:level=lower", dt.date(2022, 7, 1)).value == 0
    assert values(statistics(small, dt.date(2020, 12, 31)))["staff"] == 9


def test_periods_divide_the_flows(small):
    """Those of the periods add up to those of the whole time, and no day is in two."""
    parts = [("2021-01-01", "2021-12-31"), ("2022-01-01", "2022-02-01"), ("2022-02-02", "2022-05-31")]
    days = [(dt.date.fromisoformat(since), dt.date.fromisoformat(on)) for since, on in parts]
    table = [values(statistics(small, on, since=since)) for since, on in days]
    assert [one["entered"] for one in table] == [0, 1, 0]
    whole = values(statistics(small, days[-1][1], since=days[0][0]))
    for key in ("entered", "graduated", "exited"):
        assert sum(one[key] for one in table) == whole[key]


def test_a_figure_says_what_it_counts(small):
    """Basis, day, area and that its rows are simulated; unknown names are left out."""
    one = figure(small, "graduated")
    assert (one.basis, one.since, one.area, one.source) == (
        "flow", dt.date(2022, 1, 1), "simulated_1", "registry, simulated rows"
    )  # fmt: skip
    assert {row["indicator"]: row["basis"] for row in statistics(small, ON).to_dict("records")}.items() <= {
        key: found.basis for key, found in indicators().items()
    }.items()
    assert figures(small, ("profit", "kind", "staff:colour=red"), ON) == {}
    with pytest.raises(RegistryError, match="by is 'colour'"):
        statistics(small, ON, ("colour",))
    with pytest.raises(RegistryError, match="since is"):
        statistics(small, ON, since=ON + dt.timedelta(days=1))


def test_the_area_is_the_smallest_that_holds_every_incubator(registry, small):
    """A prefecture, the region, or none."""
    assert (covered_area(small), covered_area(registry)) == ("simulated_1", "simulated")
    other = small.incubators.assign(region=["simulated_1", "qinghai"])
    assert covered_area(replace(small, incubators=other)) == ""
    assert covered_area(made_of()) == ""
