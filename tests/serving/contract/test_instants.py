"""Days and instants as typed, in two zones, by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from serving.contract.instants import day_in, end_of_day, read_instant, today_in

pytestmark = pytest.mark.contract
SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2026-01-31", SHANGHAI, datetime(2026, 1, 30, 16, tzinfo=UTC)),
        ("2026-01-31", NEW_YORK, datetime(2026, 1, 31, 5, tzinfo=UTC)),
        ("2026-07-31", NEW_YORK, datetime(2026, 7, 31, 4, tzinfo=UTC)),
        (" 2026-01-31T09:00:00+08:00 ", NEW_YORK, datetime(2026, 1, 31, 1, tzinfo=UTC)),
        ("2026-01-31 09:00Z", SHANGHAI, datetime(2026, 1, 31, 9, tzinfo=UTC)),
    ],
)
def test_a_day_begins_in_its_zone_and_an_instant_has_its_offset(text, zone, instant):
    """Midnight in Shanghai is 16:00 UTC of the day before, in New York 05:00 in winter and 04:00 in summer."""
    assert read_instant(text, zone) == instant


@pytest.mark.parametrize(
    "text",
    ["", "2026-02-30", "2026-1-31", "20260131", "2026-01-31T09:00", "2026-01-31T25:00Z", "0001-01-01T00:00+01:00",
     "2026-W05-6", "now"],
)  # fmt: skip
def test_anything_else_is_refused_with_what_is_allowed(text):
    """No such day, another form, no offset, or before the calendar's first day in UTC."""
    with pytest.raises(ValueError, match="allowed: a day as 2026-01-31"):
        read_instant(text, SHANGHAI)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-07", 24), ("2026-03-08", 23), ("2026-11-01", 25)])
def test_the_end_of_a_day_is_the_next_ones_start(day, hours):
    """A day of New York has 24 hours, or 23 or 25 where its clocks change."""
    length = end_of_day(day, NEW_YORK) - read_instant(day, NEW_YORK)
    assert length.total_seconds() == hours * 3600


@pytest.mark.parametrize("text", ["2026-01-31T09:00Z", "2026-02-29", "9999-12-31"])
def test_only_a_day_that_has_a_next_one_has_an_end(text):
    """An instant is no day, and the calendar's last day has none after it."""
    with pytest.raises(ValueError, match="is no day"):
        end_of_day(text, SHANGHAI)


def test_a_recorded_instant_falls_on_the_zones_day():
    """20:00 UTC is the next day in Shanghai and the same one in New York."""
    assert day_in("2026-01-30T20:00:00+00:00", SHANGHAI) == date(2026, 1, 31)
    assert day_in("2026-01-30T20:00:00Z", NEW_YORK) == date(2026, 1, 30)
    assert (today_in("Pacific/Kiritimati") - today_in("Pacific/Pago_Pago")).days in (1, 2)  # 25 hours apart
