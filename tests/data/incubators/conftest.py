"""A registry of two incubators, small enough to count by hand."""

from __future__ import annotations

import pytest

INCUBATOR = {
    "incubator_id": "Z1", "name": "甲孵化器", "kind": "incubator", "level": "national", "region": "simulated_1",
    "remote_area": True, "professional": False, "legal_person": True, "founded_on": "2015-03-01",
    "recognised_on": "2018-06-01", "source": "test", "synthetic": True,
}  # fmt: skip
TENANT = {
    "tenant_id": "T1", "incubator_id": "Z1", "name": "甲企业", "founded_on": "2019-01-10", "entered_on": "2019-06-01",
    "exited_on": "2021-06-01", "exit_reason": "graduated", "graduation_reason": "revenue", "jobs": 12,
    "college_graduate_jobs": 5, "revenue_two_years_wan": 1_200, "source": "test", "synthetic": True,
}  # fmt: skip
REPORT = {
    "incubator_id": "Z1", "period_from": "2021-01-01", "period_to": "2021-12-31", "filed_on": "2022-01-20",
    "investment_thousand_cny": 100, "investment_state_thousand_cny": 40, "investment_firm_thousand_cny": 30,
    "investment_body_thousand_cny": 20, "investment_other_thousand_cny": 10, "income_thousand_cny": 50,
    "income_services_thousand_cny": 20, "income_investment_thousand_cny": 5, "income_other_thousand_cny": 5,
    "income_property_thousand_cny": 20, "staff": 10, "professional_staff": 8, "college_staff": 9, "returnee_staff": 0,
    "area_m2": 8_000, "office_area_m2": 500, "tenant_area_m2": 5_000, "shared_area_m2": 2_000, "other_area_m2": 500,
    "tenants": 20, "tenants_of_returnees": 1, "tenants_financed": 2, "tenant_staff": 90,
    "tenant_venture_thousand_cny": 900, "teams": 4, "team_members": 11, "jobs_inside": 101, "synthetic": True,
}  # fmt: skip
VOUCHER = {
    "entry_id": "E1", "voucher_id": "V1", "step": "issued", "amount_cny": 5_000.0, "day": "2021-02-01",
    "tenant_id": "T1", "synthetic": True,
}  # fmt: skip


@pytest.fixture
def records():
    """A good record of each kind."""
    return {"incubator": {**INCUBATOR}, "tenant": {**TENANT}, "report": {**REPORT}, "voucher": {**VOUCHER}}
