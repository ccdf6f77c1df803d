"""First-level examination: 20 working days from acceptance until the case is passed on, by the calendar of 2026.

The 20th working day after Monday 2 March is Monday 30 March.
"""

from dataclasses import replace

import pytest

from tests.models.approvals.events import event, resumed, suspended
from tests.models.approvals.items import WITH_MINE, table


def flags(*events, item="mining-right", now="2026-04-20T12:00"):
    given = [replace(one, item=item) for one in events]
    return table(*given, now=now, catalogue=WITH_MINE).row(0)["flags"]


@pytest.mark.parametrize(
    ("passed", "now", "late"),
    [("30", "2026-04-20T12:00", False), ("31", "2026-04-20T12:00", True), ("", "2026-03-30T12:00", False),
     ("", "2026-03-31T12:00", True)],
)  # fmt: skip
def test_twenty_working_days(passed, now, late):
    events = [event("accepted", "02"), *([event("escalated", passed)] if passed else [])]
    assert flags(*events, now=now) == ("first_level_late" if late else "")
    assert "first_level_late" not in flags(*events, item="food-licence", now=now)  # decided where it is accepted


def test_suspended_days_are_left_out():
    """Two suspended days, the 3rd and the 4th, move the 30th of March to the 1st of April."""
    events = [event("accepted", "02"), suspended("03"), resumed("05")]
    assert flags(*events, event("escalated", "2026-04-01")) == ""
    assert flags(*events, event("escalated", "2026-04-02")) == "first_level_late"
