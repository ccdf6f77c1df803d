"""Codes of the simulated customs are in the tables of 2020; the planted factors are what they say."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from data.beijing import BEIJING
from data.clearance.codes import Codes
from data.synthetic.clearance_world import (
    AFTER,
    BEFORE,
    COUNTRIES,
    KINDS,
    OFFICES,
    SPEED_UP,
    calendar_factor,
    drift,
    goods,
    local_days,
    on_holiday,
    seconds,
    weekday,
)


def at(*when):
    """Seconds of a local instant, as an array."""
    return np.array([seconds(dt.datetime(*when, tzinfo=BEIJING))])


def test_shares_are_of_the_whole():
    assert sum(share for share, _ in KINDS.values()) == pytest.approx(1)
    for column in (0, 1):
        assert sum(one[column] for one in OFFICES.values()) == pytest.approx(1)
        assert sum(one[column] for one in COUNTRIES.values()) == pytest.approx(1)
    assert all(sum(one[2]) == pytest.approx(1) for one in OFFICES.values())


def test_the_goods_are_in_the_tariff_of_2020():
    day = Codes.load().on(dt.date(2020, 6, 1))
    for row in goods().itertuples():
        assert day.find("tariff", row.code_ts) is not None, row.code_ts


@pytest.mark.parametrize(
    ("when", "factor"),
    [((2022, 3, 1, 10), 1.0), ((2022, 3, 1, 20), 1.2), ((2022, 3, 5, 10), 1.35), ((2022, 10, 3, 10), 1.4)],
)
def test_a_person_is_slower_in_the_evening_at_weekends_and_on_holidays(when, factor):
    assert calendar_factor(at(*when)) == pytest.approx(factor)


def test_the_speed_up_lies_between_the_two_years():
    first, last = drift(at(BEFORE, 1, 1))[0], drift(at(AFTER, 1, 1))[0]
    middle, year_after = drift(at(AFTER, 1, 15))[0], drift(at(AFTER + 1, 1, 1))[0]
    assert first == pytest.approx(1)
    assert SPEED_UP < last < 1
    assert middle / SPEED_UP == pytest.approx(np.exp(-0.02 * 379 / 365.25), rel=1e-4)
    assert year_after / SPEED_UP == pytest.approx(np.exp(-0.04), rel=1e-3)


def test_days_are_those_of_beijing():
    late = at(2022, 9, 30, 23)  # the same day there, 15:00 in UTC
    early = at(2022, 10, 1, 1)  # 30 September in UTC
    assert local_days(early)[0] == local_days(late)[0] + 1
    assert [on_holiday(local_days(one))[0] for one in (late, early)] == [False, True]
    assert weekday(local_days(late))[0] == 4  # a Friday
