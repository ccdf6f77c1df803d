"""Times of every written form are one instant; a day alone is none."""

import datetime as dt

import pytest

from data.ingest.messages.instants import instant, read_instant

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T20:58:44", "2026-03-01T12:58:44+00:00"),  # Beijing time where no zone is named
        ("2026-03-01 20:58:44", "2026-03-01T12:58:44+00:00"),
        ("2026-03-01T20:58:44.5", "2026-03-01T12:58:44.500000+00:00"),
        ("2026-03-01T20:58", "2026-03-01T12:58:00+00:00"),
        ("20260301205844", "2026-03-01T12:58:44+00:00"),
        ("20260301205844999", "2026-03-01T12:58:44.999000+00:00"),
        ("202603012058", "2026-03-01T12:58:00+00:00"),
        ("20191113172216Z", "2019-11-13T17:22:16+00:00"),
        ("20200613172216+01", "2020-06-13T16:22:16+00:00"),
        ("20200613172216-0330", "2020-06-13T20:52:16+00:00"),
        ("2025-09-15T14:53:29.029+01:00", "2025-09-15T13:53:29.029000+00:00"),
        ("Wed Nov 13 00:00:00 UTC 2019", "2019-11-13T00:00:00+00:00"),
        ("\n 2026-03-01T20:58:44 ", "2026-03-01T12:58:44+00:00"),
        ("2026-03-01", None),
        ("20260301", None),
        ("2026-02-30T00:00:00", None),
        ("2026-03-01T24:61:00", None),
        ("0001-01-01T00:00:00", None),
        ("2026-03-01T20:58:44+99", None),
        ("２０２６-03-01T20:58:44", None),
        ("", None),
    ],
)
def test_a_text_is_one_instant_or_none(text, expected):
    assert instant(text) == (expected and dt.datetime.fromisoformat(expected))


def test_without_a_zone_a_local_time_is_no_instant():
    assert instant("2026-03-01T20:58:44", None) is None
    assert instant("2026-03-01T20:58:44Z", None) is not None


def test_only_a_text_that_is_there_is_remarked():
    remarks = []
    assert read_instant(" ", "a", remarks) is None
    assert remarks == []
    assert read_instant("2026-03-01", "a/b", remarks) is None
    assert [(remark.code, remark.path, remark.found) for remark in remarks] == [
        ("unreadable_time", "a/b", "10 characters")
    ]
