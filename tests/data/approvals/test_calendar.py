import csv

import numpy as np
import pandas as pd
import pytest

from data.approvals.calendar import CalendarError, WorkCalendar
from data.codebook import reference_path

CN = WorkCalendar.load()
FOLDER = reference_path("approvals/calendars/cn")
YEARS = range(2004, 2027)


def local(*texts):
    """Instants in UTC from local time of China."""
    return np.array(texts, dtype="datetime64[us]") - np.timedelta64(8, "h")


@pytest.mark.behaviour
@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2024-02-09", True),  # the eve of the Spring Festival was no holiday in 2024
        ("2024-02-12", False),
        ("2024-02-18", True),  # a make-up Sunday
        ("2024-02-29", True),
        ("2024-03-02", False),
        ("2011-12-31", True),  # by the notice for 2012
        ("2007-12-31", False),  # by the notice for 2008
        ("2015-09-03", False),  # by a notice in the middle of the year
        ("2020-01-31", False),  # by another one
        ("2027-01-01", False),  # not published: the law fixes it
        ("2027-02-08", True),  # not published: the notice has to say when the Spring Festival is
        ("2003-05-02", False),  # of three days by the law of 1999
        ("2003-01-02", True),
    ],
)
def test_known_days(day, working):
    assert CN.working(day) == working


@pytest.mark.truth
def test_the_new_year_that_no_notice_covers_by_hand():
    """30 and 31 December are Wednesday and Thursday; 1 January is a holiday, the 2nd and 3rd a weekend, then a week."""
    days = np.arange("2026-12-30", "2027-01-11", dtype="datetime64[D]")
    np.testing.assert_array_equal(CN.working(days), [1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0])
    assert CN.count("2026-12-29", "2027-01-10") == 7
    assert CN.nth("2026-12-30", 2) == np.datetime64("2027-01-04")
    assert CN.provisional(days).all()  # the notice may still move other days


@pytest.mark.truth
def test_fixed_holidays_of_2027_and_none_from_a_published_year():
    """Labour Day has 2 days from 2025, but they are a weekend in 2027, as are two of the 3 National Days."""
    week = np.is_busday(days := np.arange("2027-01-01", "2028-01-01", dtype="datetime64[D]"))
    assert days[week & ~CN.working(days)].astype(str).tolist() == ["2027-01-01", "2027-10-01"]
    assert not CN.working(["2028-05-01", "2028-05-02", "2028-10-02", "2028-10-03"]).any()
    assert CN.working("2028-05-03")
    assert CN.working("2026-10-10")  # a make-up Saturday of a notice stays


@pytest.mark.truth
@pytest.mark.parametrize(
    ("year", "weekdays", "off", "made_up"),
    [
        (2021, 261, 18, 7),
        (2024, 262, 19, 8),  # off: 1 + 5 + 2 + 3 + 1 + 2 + 5 from New Year to October
        (2026, 261, 19, 6),  # off: 2 + 6 + 1 + 3 + 1 + 1 + 5
    ],
)
def test_working_days_of_a_year(year, weekdays, off, made_up):
    """Counted by hand from the notice: weekdays, less those that are off, plus make-up days."""
    assert CN.count(f"{year - 1}-12-31", f"{year}-12-31") == weekdays - off + made_up


@pytest.mark.contract
def test_every_year_has_its_notice_and_its_rows():
    """A row is a holiday or a make-up day off the working week, and a notice with source and confidence is there."""
    with (FOLDER / "notices.csv").open(encoding="utf-8") as file:
        notices = list(csv.DictReader(file))
    assert {int(row["year"]) for row in notices} == set(YEARS)
    assert all(row["source"] and row["confidence"] for row in notices)
    assert {int(path.stem) for path in FOLDER.glob("2*.csv")} == set(YEARS)
    for year in YEARS:
        with (FOLDER / f"{year}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert all(row["zh"] and row["en"] for row in rows)
        assert not [row for row in rows if row["kind"] == "make_up" and np.is_busday(row["date"])]


@pytest.mark.behaviour
def test_provisional_days():
    """Beyond the last notice, and in the last days of its year, which the next notice may still move."""
    days = np.array(["2003-12-31", "2004-01-01", "2018-12-31", "2026-12-28", "2026-12-29", "2027-01-04"])
    np.testing.assert_array_equal(CN.provisional(days), [True, False, False, False, True, True])
    np.testing.assert_array_equal(CN.provisional(["2026-12-01"] * 2, ["2026-12-28", "2027-02-01"]), [False, True])
    assert WorkCalendar.load("weekends").provisional(days).all()


@pytest.mark.law
def test_numbers_count_the_working_days():
    """``count`` is a sum of ``working``; ``nth`` is its inverse; ``dated`` that of ``number``."""
    rng = np.random.default_rng(0)
    days = np.datetime64("2003-06-01") + rng.integers(0, 9000, 500)
    later = days + rng.integers(0, 400, 500)
    slow = [CN.working(np.arange(a + 1, b + 1)).sum() for a, b in zip(days, later, strict=True)]
    np.testing.assert_array_equal(CN.count(days, later), slow)
    np.testing.assert_array_equal(CN.count(later, days), -CN.count(days, later))
    n = rng.integers(1, 300, 500)
    reached = CN.nth(days, n)
    assert CN.working(reached).all()
    np.testing.assert_array_equal(CN.count(days, reached), n)
    np.testing.assert_array_equal(CN.nth(days, 0), days)
    np.testing.assert_array_equal(CN.dated(CN.number(reached)), reached)
    assert CN.every_day.count("2024-02-08", "2024-02-18") == 10


@pytest.mark.behaviour
@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2024-03-01T09:00", "2024-03-01T09:00"),
        ("2024-03-01T08:59", "2024-03-01T09:00"),
        ("2024-03-01T12:00", "2024-03-01T12:00"),  # closing time is inside
        ("2024-03-01T12:30", "2024-03-01T13:30"),
        ("2024-03-01T17:00", "2024-03-01T17:00"),
        ("2024-03-01T17:00:00.000001", "2024-03-04T09:00"),  # Friday evening
        ("2024-03-02T10:00", "2024-03-04T09:00"),
        ("2024-02-09T18:00", "2024-02-18T09:00"),  # over the festival to the make-up Sunday
        ("2024-12-31T20:00", "2025-01-02T09:00"),
    ],
)
def test_an_instant_outside_hours_moves_to_the_next_opening_once(at, opening):
    moved = CN.snapped(local(at))
    np.testing.assert_array_equal(moved, local(opening))
    np.testing.assert_array_equal(CN.snapped(moved), moved)
    np.testing.assert_array_equal(CN.closing_day(local(at)), CN.day(local(opening)))


@pytest.mark.behaviour
def test_days_are_those_of_the_zone():
    """A day changes at local midnight, in summer too; an instant that is not there stays so."""
    amsterdam = WorkCalendar.load("weekends", zone="Europe/Amsterdam")
    instants = np.array(["2024-03-30T22:59", "2024-03-30T23:00", "2024-03-31T22:00", "NaT"], dtype="datetime64[us]")
    np.testing.assert_array_equal(
        amsterdam.day(instants), np.array(["2024-03-30", "2024-03-31", "2024-04-01", "NaT"], dtype="datetime64[D]")
    )
    opening = amsterdam.snapped(instants)
    np.testing.assert_array_equal(opening[:3], np.full(3, np.datetime64("2024-04-01T07:00", "us")))
    assert np.isnat(opening[3])


REGION = """
zone: Asia/Dubai
working_week: Mon Tue Wed Thu Fri
opening_hours: ["08:00-12:00"]
unsettled_from: "12-25"
"""


def written(folder, rows="", region=REGION, year=2024):
    (folder / "there").mkdir()
    (folder / "there" / "region.yaml").write_text(region, encoding="utf-8")
    (folder / "there" / f"{year}.csv").write_text(f"date,kind,zh,en\n{rows}", encoding="utf-8")
    return folder


@pytest.mark.behaviour
def test_another_region_is_another_folder(tmp_path):
    found = WorkCalendar.load("there", written(tmp_path, "2024-06-03,holiday,节,a\n2024-06-08,make_up,节,a\n"))
    days = np.arange("2024-06-03", "2024-06-10", dtype="datetime64[D]")
    np.testing.assert_array_equal(found.working(days), [False, True, True, True, True, True, False])
    np.testing.assert_array_equal(found.provisional(["2024-12-24", "2024-12-25"]), [False, True])
    assert str(found.zone) == "Asia/Dubai"


@pytest.mark.contract
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("2024-06-03,off,节,a\n", "line 2: the kind is one of holiday, make_up"),
        ("2024-06-03,holiday,节,a\n2024-06-03,make_up,节,a\n", "line 3: 2024-06-03 is there twice"),
        ("2024-13-01,holiday,节,a\n", "line 2: month must be in 1..12"),
        ("2022-06-03,holiday,节,a\n", "neither in 2024 nor in the December before"),
        ("2024-06-03,make_up,节,a\n", "2024-06-03 is a make-up day in the working week"),
    ],
)
def test_bad_rows_have_their_message(tmp_path, rows, message):
    with pytest.raises(CalendarError, match=message):
        WorkCalendar.load("there", written(tmp_path, rows))


@pytest.mark.contract
@pytest.mark.parametrize(
    ("row", "message"),
    [(",,01-01", "line 2: "), ("2000-01-01,,13-01", "line 2: month must be in 1..12"), ("2000-01-01", "line 2: ")],
)
def test_bad_fixed_holidays_have_their_message(tmp_path, row, message):
    folder = written(tmp_path)
    (folder / "there" / "fixed.csv").write_text(f"valid_from,valid_to,month_day\n{row}\n", encoding="utf-8")
    with pytest.raises(CalendarError, match=f"there/fixed.csv, {message}"):
        WorkCalendar.load("there", folder)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("region", "message"),
    [
        (REGION.replace("Asia/Dubai", "Asia/Nowhere"), "Nowhere"),
        (REGION.replace("08:00-12:00", "12:00-08:00"), "opening hours are intervals in order"),
        (REGION.replace("08:00-12:00", "8 to 12"), "region.yaml"),
        (REGION.replace("Fri", "Fry"), "weekmask"),
        (REGION.replace("12-25", "13-25"), "month"),
        ("zone: UTC", "opening_hours"),
    ],
)
def test_bad_regions_have_their_message(tmp_path, region, message):
    with pytest.raises(CalendarError, match=message):
        WorkCalendar.load("there", written(tmp_path, region=region))


@pytest.mark.contract
def test_what_no_calendar_covers_is_refused():
    with pytest.raises(CalendarError, match="no calendar in nowhere"):
        WorkCalendar.load("nowhere")
    for day in ("1969-12-31", "2200-01-01", "NaT"):
        with pytest.raises(CalendarError, match="outside 1970-2199, or none"):
            CN.working(day)
    assert np.isnat(CN.nth("2199-12-01", 100))
    with pytest.raises(CalendarError, match="outside 1970-2199"):
        CN.dated(10**6)
    with pytest.raises(CalendarError, match="n >= 0"):
        CN.nth("2024-01-01", -1)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Amsterdam", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_days_around_each_change_of_clocks_are_those_of_the_zone(zone):
    """Anywhere, and a microsecond, a minute and an hour around each change, as the library of zones has it."""
    calendar, rng = WorkCalendar.load(zone=zone), np.random.default_rng(0)
    anywhere = np.datetime64("1970-01-02", "us") + rng.integers(0, 229 * 365 * 86_400, 2_000).astype("timedelta64[s]")
    hours = np.arange("1970-01-02", "2040-01-01", dtype="datetime64[h]").astype("datetime64[us]")
    offsets = pd.DatetimeIndex(hours).tz_localize("UTC").tz_convert(zone).tz_localize(None).to_numpy("datetime64[us]")
    changing = hours[1:][np.diff(offsets - hours) != np.timedelta64(0)]
    steps = np.array([-3_600_000_000, -60_000_000, -1, 0, 1, 60_000_000], dtype="timedelta64[us]")
    instants = np.concatenate([anywhere, (changing[:, None] + steps).ravel()])
    wall = pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    assert (calendar.day(instants) == wall.to_numpy(dtype="datetime64[D]")).all()
