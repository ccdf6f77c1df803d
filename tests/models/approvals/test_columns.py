"""Columns of events: sorted by what they say, with between which instants each happened."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from models.approvals.columns import DAY, EVER, NEVER, event_columns
from models.event_sets import EPOCH, MICROSECOND
from tests.models.approvals.events import CHINA, event, instant


def columns(*events, ids=None, **limits):
    given = {"until": None, "now": None, "zone": CHINA, **limits}
    return event_columns(events, [0] * len(events) if ids is None else ids, **given)


def test_a_midnight_says_only_its_day():
    found = columns(event("accepted", "03", ""), event("applied", "03", "09:00"), event("step"))
    assert [one.kind for one in found.events] == ["accepted", "applied", "step"]
    start = (instant("03", "00:00") - EPOCH) // MICROSECOND
    assert found.earliest.tolist() == [start, start + 9 * DAY // 24, EVER]
    assert found.latest.tolist() == [start + DAY - 1, start + 9 * DAY // 24, NEVER]
    assert found.n_untimed.tolist() == [1]
    assert found.day[0] == found.day[1] == (instant("03") - EPOCH).days


def test_equal_instants_are_in_the_order_of_ranks_whatever_came_first():
    events = [event("decided", "03"), event("accepted", "03"), event("applied", "03")]
    for given in (events, events[::-1]):
        assert [one.kind for one in columns(*given).events] == ["applied", "accepted", "decided"]


def test_least_and_any_of_by_case():
    found = columns(event("accepted", "03"), event("accepted", "02"), event("step", "01"), ids=[0, 0, 2])
    rows = found.of_kind("accepted")
    assert found.least(rows, found.day).tolist() == [(instant("02") - EPOCH).days, NEVER, NEVER]
    assert found.any_of(rows).tolist() == [True, False, False]
    assert found.of_group("decision").sum() == 0
    assert found.n_events.tolist() == [2, 0, 1]


def test_the_future_is_kept_and_not_counted():
    found = columns(event("accepted", "03"), event("decided", "04"), event("step"), now=instant("03"))
    assert found.counted.tolist() == [True, False, True]
    assert len(columns(event("accepted", "03"), event("decided", "04"), event("step"), until=instant("03")).events) == 1
    with pytest.raises(ValueError, match="now is"):
        columns(event("accepted", "03"), now=instant("03").replace(tzinfo=None))
    assert np.array_equal(columns().case, [])


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00"])
def test_an_instant_that_the_zone_cannot_write_has_a_day(at):
    """Of the last hours of the calendar Beijing has no date: the day is that of UTC, and nothing fails."""
    said = replace(event("step"), at=dt.datetime.fromisoformat(at), at_text=at)
    for zone in (CHINA, dt.timezone(-dt.timedelta(hours=8))):
        assert abs(columns(said, zone=zone).day[0] - (said.at - EPOCH).days) <= 1
