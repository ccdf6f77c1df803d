"""What waits: counted by the same answers as the pages show, each with the address where it is done."""

import datetime as dt

import pandas as pd
import pytest

from serving.console.pages.zone.records_waiting import missing_reports, of_firm, of_zone
from tests.serving.console.pages.zone.record_views import STRANGER

pytestmark = pytest.mark.contract


def test_the_zone_has_late_cases_and_refused_messages_waiting(seen_by):
    """Both permits are late, one message was cut; the reports of 2023 are there."""
    found = {one.text: (one.count, one.href) for one in of_zone(seen_by())}
    assert found["今日到期或已超承诺时限的办件"] == (2, "/console/approvals?lamp=red")
    assert found["被拒收的海关报文"] == (1, "/console/clearance")
    assert found["临近承诺到期的办件"][0] == 0
    assert found["未报送上年度报表的载体"][0] == 0


def test_a_firm_has_its_own_waiting_and_a_stranger_nothing(seen_by):
    assert {one.text: one.count for one in of_firm(seen_by("enterprise")) if one.count} == {
        "今日到期或已超承诺时限的本单位办件": 1
    }
    assert sum(one.count for one in of_firm(seen_by("enterprise", name=STRANGER))) == 0


@pytest.mark.parametrize(
    ("today", "missing"),
    [
        (dt.date(2024, 1, 31), ["B"]),  # until the end of January the year before last is due
        (dt.date(2024, 2, 1), ["A", "B"]),
        (dt.date(2023, 2, 1), ["B"]),
    ],
)
def test_a_report_is_missing_from_the_day_after_it_was_due(today, missing):
    """A reported to the end of 2022, B never, C was founded in 2024."""
    incubators = pd.DataFrame(
        {"incubator_id": ["A", "B", "C"], "founded_on": pd.to_datetime(["2010-01-01", "2011-01-01", "2024-01-01"])}
    )
    reports = pd.DataFrame({"incubator_id": ["A", "A"], "period_to": pd.to_datetime(["2021-12-31", "2022-12-31"])})
    assert missing_reports(incubators, reports, today) == missing
