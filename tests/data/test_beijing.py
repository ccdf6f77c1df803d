"""Beijing's time in summer and winter, by the zone's name and by its distance from UTC."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from data.beijing import AHEAD_OF_UTC, BEIJING, BEIJING_ZONE

pytestmark = pytest.mark.truth


@pytest.mark.parametrize("month", [1, 7])
def test_noon_in_beijing_is_four_in_the_morning_utc(month):
    noon = dt.datetime(2024, month, 15, 12, tzinfo=BEIJING)
    assert noon.astimezone(dt.UTC).hour == 4
    assert noon == dt.datetime(2024, month, 15, 12, tzinfo=ZoneInfo(BEIJING_ZONE))
    assert noon.utcoffset() == AHEAD_OF_UTC
