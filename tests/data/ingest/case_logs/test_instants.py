"""Times as logs write them: offsets are converted, a zone is named, nothing is guessed."""

from __future__ import annotations

import datetime as dt

import pytest

from data.ingest.case_logs.instants import read_instant, read_zone

pytestmark = pytest.mark.contract
AMSTERDAM, SHANGHAI = read_zone("Europe/Amsterdam"), read_zone(None)


@pytest.mark.parametrize(
    ("text", "utc", "marks"),
    [
        ("2026-03-01T20:58:44+01:00", "2026-03-01T19:58:44", ""),
        ("2026-03-01T20:58:44+0100", "2026-03-01T19:58:44", ""),
        ("2026-03-01 20:58:44.123456789Z", "2026-03-01T20:58:44.123456", ""),
        ("2026-03-01T20:58:44", "2026-03-01T12:58:44", "zone_assumed"),
        ("2026/3/1 8:05", "2026-03-01T00:05:00", "zone_assumed"),
        ("2026年3月1日 8时5分", "2026-03-01T00:05:00", "zone_assumed"),
        ("２０２６-03-01 08:05", "2026-03-01T00:05:00", "zone_assumed"),
        ("20260301205844", "2026-03-01T12:58:44", "zone_assumed"),
        ("20260301205844+0800", "2026-03-01T12:58:44", ""),
        ("2026-03-01", "2026-02-28T16:00:00", "day_alone zone_assumed"),
        ("2026.3.1", "2026-02-28T16:00:00", "day_alone zone_assumed"),
        ("", "", "absent"),
        ("  ", "", "absent"),
        *((text, "", "unreadable") for text in ("1/3/2026", "26-03-01", "2026-02-30", "2026-W01-1", "昨天", "45352")),
        ("2026-03-01T24:30:00", "", "unreadable"),
        ("0001-01-01T00:00:00", "", "unreadable"),
        ("9999-12-31T23:59:59-12:00", "", "unreadable"),
        ("9999-12-31T23:59:59Z", "", "unreadable"),  # "never": some zones have no day for it
        ("0001-01-01T00:00:00Z", "", "unreadable"),
        ("9999-12-01T00:00:00Z", "9999-12-01T00:00:00", ""),
    ],
)
def test_a_time_is_read_or_said_to_be_none(text, utc, marks):
    """In UTC; of a text without a zone the office's is taken, and that is said."""
    found = read_instant(text, SHANGHAI)
    assert found.at == (dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC) if utc else None)
    assert found.marks == tuple(marks.split())


def test_hours_that_summer_time_skips_or_repeats():
    """Amsterdam 2026: 02:30 on 29 March is no time; on 25 October it comes twice, the earlier is in summer time."""
    assert read_instant("2026-03-29T02:30:00", AMSTERDAM) == (None, ("hour_skipped",))
    at, marks = read_instant("2026-10-25T02:30:00", AMSTERDAM)
    assert (at, marks) == (dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC), ("hour_twice", "zone_assumed"))
    assert read_instant("2026-10-25T02:30:00+01:00", AMSTERDAM).at == dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("name", ["Nowhere/City", "", "+99:99", "../etc", "8"])
def test_an_unknown_zone_is_refused(name):
    """With what is allowed; an offset and a zone object are zones too."""
    with pytest.raises(ValueError, match="allowed: a name of the IANA"):
        read_zone(name)
    assert read_zone("-03:30").utcoffset(None) == -dt.timedelta(hours=3, minutes=30)
    assert read_zone(dt.UTC) is dt.UTC
