"""What the rules read of an incubator."""

from __future__ import annotations

import numpy as np
import pytest

from models.incubators.facts import incubator_facts
from tests.models.incubators.conftest import ON, incubator, made_of, report, tenant

REPORTED = {
    "professional_staff": 4, "tenant_area_m2": 500, "shared_area_m2": 250, "office_area_m2": 100, "other_area_m2": 150,
    "fund_thousand_cny": 4_500, "joined": 21, "registered": 3, "financed": 2, "events": 11, "fund_cases": 3,
    "tenants_of_returnees": 0, "tenants_financed": 0,
}  # fmt: skip


def facts(tenants, reports=(), **more):
    made = made_of(
        incubator=[incubator("Z1", "national", **more)], tenant=tenants,
        report=[report(**REPORTED), report(year=2020, staff=9), *reports],
    )  # fmt: skip
    found = incubator_facts(made, ON)
    return {key: found.ends(key) for key in KEYS}


KEYS = (
    "operated_years", "statistics_years", "area_m2", "tenant_area_ratio", "fund_wan", "tenants", "tenants_funded",
    "tenants_funded_ratio", "professional_staff_ratio", "service_staff_per_10", "mentors_per_10", "tenants_per_1000_m2",
    "graduates", "joined_1y", "events_1y", "statistics_filed", "holds_national_incubator", "holds_national_makerspace",
    "field_ratio", "tenants_tech_sme_ratio", "own_rule_met", "seats",
)  # fmt: skip


def test_facts_by_hand():
    """Four years old, two full years of reports, 75 % of the space used, four firms of which one is financed."""
    firms = [tenant("A", funded=True, tech_sme=True), tenant("B", field="energy"), tenant("C"), tenant("D")]
    gone = tenant("E", exited="2021-01-01", reason="graduated", condition="hnte", hnte=True)
    found = facts([*firms, gone, tenant("F", sme=False)])
    assert {key: low[0] for key, (low, high) in found.items() if low[0] == high[0]} == pytest.approx({
        "operated_years": 4.0, "statistics_years": 2, "area_m2": 1_000, "tenant_area_ratio": 0.75, "fund_wan": 450,
        "tenants": 4, "professional_staff_ratio": 0.8, "service_staff_per_10": 10, "mentors_per_10": 10,
        "tenants_per_1000_m2": 4, "graduates": 1, "joined_1y": 21, "events_1y": 11, "statistics_filed": 1,
        "holds_national_incubator": 1, "holds_national_makerspace": 0, "field_ratio": 0.75,
    })  # fmt: skip
    assert [float(end[0]) for end in found["tenants_funded"]] == [1, 4]  # of three nothing is known


def test_what_is_open_of_a_firm_is_an_interval_and_its_shares_are_unknown():
    """A firm whose new technology nobody has confirmed may be a tenant firm."""
    found = facts([tenant("A", funded=True), tenant("B", funded=False, new_technology=None)])
    assert [float(end[0]) for end in found["tenants"]] == [1, 2]
    for key in ("mentors_per_10", "tenants_per_1000_m2", "tenants_funded_ratio"):
        assert np.isinf(found[key]).all()


def test_no_tenant_firm_is_no_ratio_and_what_no_report_gives_is_unknown():
    """Never a zero that fails a rule, nor one divided by."""
    found = facts([])
    assert [float(end[0]) for end in found["tenants"]] == [0, 0]
    for key in ("mentors_per_10", "tenants_funded_ratio", "own_rule_met", "seats"):
        assert np.isinf(found[key]).all()


def test_a_missing_year_of_reports_is_not_filed():
    """Statistics are filed where the report of the last full year is there."""
    made = made_of(incubator=[incubator("Z1")], report=[report(year=2020)])
    found = incubator_facts(made, ON)
    assert found.ends("statistics_filed")[0].tolist() == [0.0]


def test_a_year_that_is_long_over_says_nothing_of_the_last_one():
    """What was joined in 2020 is not what joined in the year before the day: unknown, so neither met nor failed."""
    made = made_of(incubator=[incubator("Z1")], report=[report(year=2020, **REPORTED)])
    found = incubator_facts(made, ON)
    for key in ("joined_1y", "registered_1y", "funded_1y", "events_1y"):
        assert np.isinf(found.ends(key)).all()
