"""Every rule of a record refuses what breaks it and nothing else."""

from __future__ import annotations

import pandas as pd
import pytest

from data.incubators.checks import check_record, check_rows
from data.incubators.fields import RECORDS

pytestmark = pytest.mark.law


@pytest.mark.parametrize("record", RECORDS)
def test_a_good_record_has_no_fault(records, record):
    """The hand-made ones are good."""
    assert check_record(record, records[record]) == []


@pytest.mark.parametrize(
    ("record", "changes", "where"),
    [
        ("report", {"area_m2": 8_001}, "area_m2, office_area_m2, tenant_area_m2, shared_area_m2, other_area_m2"),
        ("report", {"investment_other_thousand_cny": 11}, "investment_thousand_cny"),
        ("report", {"income_property_thousand_cny": 21}, "income_thousand_cny"),
        ("report", {"professional_staff": 11}, "staff, professional_staff"),
        ("report", {"returnee_staff": 11}, "staff, professional_staff"),
        ("report", {"tenants_of_returnees": 21}, "tenants, tenants_of_returnees"),
        ("report", {"team_members": 3}, "team_members, teams"),
        ("report", {"teams": 0}, "team_members, teams"),
        ("report", {"tenant_staff": 19}, "tenant_staff, tenants"),
        ("report", {"jobs_inside": 100}, "jobs_inside, tenant_staff, team_members"),
        ("report", {"tenants_financed": 0}, "tenant_venture_thousand_cny, tenants_financed"),
        ("report", {"period_from": "2022-01-01"}, "period_from, period_to"),
        ("report", {"filed_on": "2021-12-30"}, "period_to, filed_on"),
        ("report", {"staff": "五人"}, "staff"),
        ("report", {"staff": 10.5}, "staff"),
        ("report", {"area_m2": None}, "area_m2"),
        ("report", {"fixed_assets_thousand_cny": "3万元"}, "fixed_assets_thousand_cny"),
        ("tenant", {"exited_on": "2019-05-31"}, "entered_on, exited_on"),
        ("tenant", {"exited_on": None}, "exited_on, exit_reason"),
        ("tenant", {"graduation_reason": None}, "exit_reason, graduation_reason"),
        ("tenant", {"exit_reason": "left"}, "exit_reason, graduation_reason"),
        ("tenant", {"college_graduate_jobs": 13}, "college_graduate_jobs"),
        ("tenant", {"exit_reason": "sold"}, "exit_reason"),
        ("incubator", {"recognised_on": None}, "level, recognised_on"),
        ("incubator", {"recognised_on": "2015-02-28"}, "founded_on, recognised_on"),
        ("incubator", {"kind": "house"}, "kind"),
        ("voucher", {"amount_cny": 0}, "amount_cny"),
        ("voucher", {"step": "lost"}, "step"),
        ("incubator", {"colour": "red"}, "colour"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_its_column(records, record, changes, where):
    """Where, what was found, what is allowed; the reason in Chinese and English."""
    faults = check_record(record, records[record] | changes)
    assert faults
    assert any(one.where.startswith(where) for one in faults)
    assert all(one.text[0] and one.text[1] for one in faults)


@pytest.mark.parametrize(
    "changes",
    [
        {"teams": 0, "team_members": 0, "jobs_inside": 90},
        {"tenants_financed": 0, "tenant_venture_thousand_cny": 0},
        {"investment_thousand_cny": None},
        {"office_area_m2": None},
        {"team_members": None},
        {"net_profit_thousand_cny": -40},
    ],
)
def test_what_is_not_given_is_not_checked_and_nothing_is_a_number(records, changes):
    """A check needs all its figures; a loss is no fault."""
    assert check_record("report", records["report"] | changes) == []


def test_a_table_is_checked_as_its_rows_one_by_one(records):
    """One implementation: the faults of a table are those of its rows."""
    good = records["report"]
    rows = [good, good | {"staff": 7}, good | {"area_m2": "x"}, good | {"teams": 50}]
    _, faults = check_rows("report", pd.DataFrame(rows, dtype=object))
    assert {row: faults.get(row, []) for row in range(4)} == {
        row: check_record("report", values) for row, values in enumerate(rows)
    }
    assert 0 not in faults
