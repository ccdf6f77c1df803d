"""Days and instants are Beijing's, lengths of time are in their two largest units."""

import datetime as dt
from types import SimpleNamespace

import pytest

from serving.console.parts.instants import day, days_until, iso_day, moment, read, recorded, span
from serving.console.texts import text

ZH, EN = (
    SimpleNamespace(lang=lang, text=lambda key, lang=lang, **figures: text(key, lang, **figures))
    for lang in ("zh", "en")
)
LATE = "2024-06-29T17:30:00Z"  # half past one on the 30th in Beijing


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (LATE, "2024年6月30日", "30 Jun 2024"),
        ("2024-06-29", "2024年6月29日", "29 Jun 2024"),
        (dt.date(2026, 11, 27), "2026年11月27日", "27 Nov 2026"),
        (None, "–", "–"),
        ("", "–", "–"),
    ],
)
def test_a_day_is_written_as_people_write_it(value, zh, en):
    assert (day(ZH, value), day(EN, value)) == (zh, en)


def test_an_instant_is_that_of_beijing():
    assert moment(ZH, LATE) == "2024年6月30日 01:30"
    assert moment(EN, "2024-06-30 01:30") == "30 Jun 2024 01:30"  # without a zone it is Beijing's already
    assert (iso_day(LATE), iso_day(None), read(None), moment(ZH, None)) == ("2024-06-30", None, None, "–")


def test_a_recorded_midnight_is_a_day_without_a_time():
    """Sixteen hours of the day before in UTC are midnight in Beijing; a second later is a time."""
    assert recorded(ZH, "2024-06-29T16:00:00Z") == "2024年6月30日"
    assert recorded(EN, "2024-06-30") == "30 Jun 2024"
    assert recorded(ZH, "2024-06-29T16:00:01Z") == "2024年6月30日 00:00"
    assert recorded(ZH, LATE) == moment(ZH, LATE)
    assert recorded(ZH, None) == "–"


def test_days_until_are_those_of_a_calendar():
    """An hour over midnight in Beijing is one day; the day before is -1."""
    before, after = "2024-06-30T15:30:00Z", "2024-06-30T16:30:00Z"
    assert days_until(after, dt.datetime.fromisoformat(before)) == 1
    assert days_until(before, dt.datetime.fromisoformat(after)) == -1
    assert days_until(before, dt.datetime.fromisoformat("2024-06-29T16:00:00Z")) == 0
    assert days_until("2024-03-01T00:00:00Z", dt.datetime.fromisoformat("2024-02-28T00:00:00Z")) == 2  # a leap year


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 分钟", "0 min"),
        (59, "0 分钟", "0 min"),
        (3_600, "1 小时", "1 hour"),
        (90_061, "1 天 1 小时", "1 day 1 hour"),
        (5_400, "1 小时 30 分钟", "1 hour 30 min"),
        (86_400 * 3 + 60, "3 天", "3 days"),
        (None, "–", "–"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(seconds, zh, en):
    assert (span(ZH, seconds), span(EN, seconds)) == (zh, en)
