"""Working days and opening hours of a region, as data by year.

``data/reference/approvals/calendars/<region>/`` holds ``region.yaml`` (zone, working week, opening hours) and for each
published year ``<year>.csv``: the days off and the make-up working days that the notice for that year orders, those in
the December before included. Another region is another folder. Where no year is published, the working week decides
with the holidays that the law fixes to a day of the year (``fixed.csv``, where the folder has one); those of the lunar
calendar, make-up days and the days in lieu of a holiday on a weekend are left to the notice. Such days are provisional,
as are the last days of a published year while the next notice is not out.

Days are datetime64[D], instants datetime64[us] in UTC; every method takes one or an array of any shape and gives the
same shape. A day outside 1970-2199, or none, raises CalendarError.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

from data.codebook import read_rows, reference_path

Days = npt.NDArray[np.datetime64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FIRST, END = np.datetime64("1970-01-01"), np.datetime64("2200-01-01")  # day 0 of NumPy, and the day after the last
KINDS = ("holiday", "make_up")


class CalendarError(ValueError):
    """A file of a calendar breaks its rules, or a day is outside the years that a calendar covers."""


@dataclass(frozen=True, eq=False)
class WorkCalendar:
    """Which days an office works, and when it is open on them.

    zone : of the opening hours and of every day that an instant falls on
    opens_at, closes_at : timedelta64[us] from local midnight, shape (n_intervals,), in order and disjoint
    is_working, is_published : shape (days of 1970-2199,)
    """

    zone: ZoneInfo
    opens_at: npt.NDArray[np.timedelta64]
    closes_at: npt.NDArray[np.timedelta64]
    is_working: Flags
    is_published: Flags

    @classmethod
    def load(cls, region: str = "cn", folder: Path | None = None, zone: str | None = None) -> WorkCalendar:
        """Read the calendar of a region, once.

        folder : that holds the folders of regions; None: ``data/reference/approvals/calendars``
        zone : instead of the region's own, such as Europe/Amsterdam for a log of another country
        raises : CalendarError with the file and line of the first fault
        """
        return _load((folder or reference_path("approvals/calendars")) / region, zone)

    def working(self, days: npt.ArrayLike) -> Flags:
        """Whether the office works on a day."""
        return np.asarray(self.is_working[_rows(days)])

    def number(self, days: npt.ArrayLike) -> Integers:
        """The number of working days since 1970 up to and including a day."""
        return np.asarray(self._numbers[_rows(days)])

    def dated(self, numbers: npt.ArrayLike) -> Days:
        """The working day that has a number, the inverse of ``number`` on working days."""
        found = np.asarray(numbers, dtype=np.int64)
        if found.size and (found.min() < 1 or found.max() > len(self._working_days)):
            raise CalendarError("a working day outside 1970-2199")
        return np.asarray(self._working_days[found - 1])

    def count(self, after: npt.ArrayLike, upto: npt.ArrayLike) -> Integers:
        """Working days in (after, upto]; less than 0 where ``upto`` lies before ``after``."""
        return self.number(upto) - self.number(after)

    def nth(self, after: npt.ArrayLike, n: npt.ArrayLike) -> Days:
        """The n-th working day after a day; for n = 0 the day itself, working or not; NaT beyond 2199."""
        days, steps = np.broadcast_arrays(np.asarray(after, dtype="datetime64[D]"), np.asarray(n, dtype=np.int64))
        if (steps < 0).any():
            raise CalendarError("the n-th working day after a day needs n >= 0")
        numbers = self.number(days) + steps
        is_known = numbers <= len(self._working_days)
        reached = self.dated(np.where(is_known & (steps > 0), numbers, 1))
        return np.where(is_known, np.where(steps > 0, reached, days), np.datetime64("NaT", "D"))

    def provisional(self, days: npt.ArrayLike, upto: npt.ArrayLike | None = None) -> Flags:
        """Whether the calendar of a day, or of any day from it up to and including ``upto``, is not published."""
        first, last = _rows(days), _rows(days if upto is None else upto)
        return np.asarray(self._unpublished[np.maximum(first, last) + 1] > self._unpublished[first])

    def day(self, instants: npt.ArrayLike) -> Days:
        """The local day of an instant; NaT stays NaT."""
        return self._local(instants).astype("datetime64[D]")

    def snapped(self, instants: npt.ArrayLike) -> npt.NDArray[np.datetime64]:
        """An instant inside opening hours itself, any other moved to the next opening, in UTC; NaT stays NaT.

        Both ends of opening hours are inside them, so that an instant once moved does not move again.
        """
        found = np.array(instants, dtype="datetime64[us]")
        known = ~np.isnat(found)
        wall = self._local(found[known])
        day = wall.astype("datetime64[D]")
        interval = np.searchsorted(self.closes_at, wall - day)
        today = self.working(day) & (interval < len(self.closes_at))
        opening = np.where(today, day, self.dated(self.number(day) + 1)).astype("datetime64[us]")
        opening += self.opens_at[np.where(today, interval, 0)]
        moved = np.array(found[known])
        later = opening > wall
        if later.any():  # most instants are inside opening hours
            moved[later] = self._utc(opening[later])
        found[known] = moved
        return found

    def closing_day(self, instants: npt.ArrayLike) -> Days:
        """The first working day whose opening hours close at an instant or after it; NaT stays NaT."""
        return self.day(self.snapped(instants))

    @cached_property
    def every_day(self) -> WorkCalendar:
        """The same zone and hours with each day counted, for numbers of calendar days."""
        return replace(self, is_working=np.ones_like(self.is_working))

    @cached_property
    def _numbers(self) -> Integers:
        return np.cumsum(self.is_working, dtype=np.int64)

    @cached_property
    def _working_days(self) -> Days:
        return FIRST + np.flatnonzero(self.is_working).astype("timedelta64[D]")

    @cached_property
    def _unpublished(self) -> Integers:
        return np.concatenate([[0], np.cumsum(~self.is_published, dtype=np.int64)])

    @cached_property
    def _changes(self) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.timedelta64]]:
        """When the zone's offset from UTC changes, to the minute, and the offset from then on; the first day is one."""
        days = np.arange(FIRST, END).astype("datetime64[us]")
        offsets = _offsets(days, self.zone)
        changing = days[:-1][offsets[1:] != offsets[:-1]]
        minutes = (changing[:, None] + np.arange(1, 1_441).astype("timedelta64[m]")).ravel()
        at = np.concatenate([days[:1], minutes])
        found = _offsets(at, self.zone)
        begins = np.concatenate([[True], found[1:] != found[:-1]])
        return at[begins], found[begins]

    def _local(self, instants: npt.ArrayLike) -> npt.NDArray[np.datetime64]:
        """Wall time; before 1970 with the offset of its first day."""
        found, (at, offsets) = np.asarray(instants, dtype="datetime64[us]"), self._changes
        return np.asarray(found + offsets[np.maximum(np.searchsorted(at, found, side="right") - 1, 0)])

    def _utc(self, wall: npt.NDArray[np.datetime64]) -> npt.NDArray[np.datetime64]:
        """An hour that a change of clocks repeats is its first, one that it leaves out the instant after."""
        zoned = pd.DatetimeIndex(wall).tz_localize(
            self.zone, ambiguous=np.ones(len(wall), dtype=np.bool_), nonexistent="shift_forward"
        )
        return zoned.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[us]")


def _offsets(instants: npt.NDArray[np.datetime64], zone: dt.tzinfo) -> npt.NDArray[np.timedelta64]:
    """Of a zone from UTC at instants in UTC."""
    wall = pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    return np.asarray(wall.to_numpy(dtype="datetime64[us]") - instants)


def _rows(days: npt.ArrayLike) -> Integers:
    found = np.asarray(days, dtype="datetime64[D]")
    if not ((found >= FIRST) & (found < END)).all():
        raise CalendarError("a day outside 1970-2199, or none")
    return found.astype(np.int64)


@cache
def _load(folder: Path, zone: str | None) -> WorkCalendar:
    try:
        region = yaml.safe_load((folder / "region.yaml").read_text(encoding="utf-8"))
    except OSError as fault:
        raise CalendarError(f"no calendar in {folder.name}: {fault.strerror}") from fault
    try:
        hours = [_interval(text) for text in region["opening_hours"]]
        edges = [edge for interval in hours for edge in interval]
        if not edges or any(late <= early for early, late in pairwise(edges)):
            raise ValueError("opening hours are intervals in order, such as 09:00-12:00")
        days = np.arange(FIRST, END)
        is_working = np.is_busday(days, weekmask=region["working_week"])
        unsettled = str(region["unsettled_from"])
        dt.date.fromisoformat(f"2001-{unsettled}")
        where = ZoneInfo(zone or region["zone"])
    except (KeyError, TypeError, ValueError) as fault:  # ZoneInfo's own error is a KeyError
        raise CalendarError(f"{folder.name}/region.yaml: {fault}") from fault
    is_published = np.zeros(len(days), dtype=np.bool_)
    published = {int(path.stem): path for path in sorted(folder.glob("[0-9][0-9][0-9][0-9].csv"))}
    seen: set[dt.date] = set()
    for year, path in published.items():
        settled = f"{year + 1}-01-01" if year + 1 in published else f"{year}-{unsettled}"
        is_published[slice(*_rows([f"{year}-01-01", settled]))] = True
        for day, is_make_up in _read(path, year, seen):
            row = _rows(np.datetime64(day))
            if is_make_up and is_working[row]:
                raise CalendarError(f"{folder.name}/{path.name}: {day} is a make-up day in the working week")
            is_working[row] = is_make_up
    is_working[_rows(_fixed(folder / "fixed.csv", published))] = False
    return WorkCalendar(
        where, np.array([opens for opens, _ in hours]), np.array([closes for _, closes in hours]), is_working,
        is_published,
    )  # fmt: skip


def _interval(text: str) -> tuple[np.timedelta64, np.timedelta64]:
    opens, closes = (dt.time.fromisoformat(part) for part in text.split("-"))
    first, last = (
        np.timedelta64(part.hour * 60 + part.minute, "m").astype("timedelta64[us]") for part in (opens, closes)
    )
    return first, last


def _read(path: Path, year: int, seen: set[dt.date]) -> Iterator[tuple[dt.date, bool]]:
    for line, row in enumerate(read_rows(path), start=2):
        try:
            day = dt.date.fromisoformat(row["date"])
            if row["kind"] not in KINDS:
                raise ValueError(f"the kind is one of {', '.join(KINDS)}, not {row['kind']!r}")
            if day in seen:
                raise ValueError(f"{day} is there twice")
            if not (day.year == year or (day.year, day.month) == (year - 1, 12)):
                raise ValueError(f"{day} is neither in {year} nor in the December before")
        except (KeyError, TypeError, ValueError) as fault:
            raise CalendarError(f"{path.parent.name}/{path.name}, line {line}: {fault}") from fault
        seen.add(day)
        yield day, row["kind"] == "make_up"


def _fixed(path: Path, published: Mapping[int, Path]) -> Days:
    """The holidays that the law fixes to a day of the year, in every year without a notice; none without the file."""
    found = list[np.datetime64]()
    if not path.is_file():
        return np.array(found, dtype="datetime64[D]")
    years = [year for year in range(FIRST.astype(object).year, END.astype(object).year) if year not in published]
    for line, row in enumerate(read_rows(path), start=2):
        try:
            first = dt.date.fromisoformat(row["valid_from"])
            last = dt.date.fromisoformat(row["valid_to"] or "9999-12-31")
            days = [dt.date.fromisoformat(f"{year}-{row['month_day']}") for year in years]
            found += [np.datetime64(day) for day in days if first <= day <= last]
        except (KeyError, TypeError, ValueError) as fault:
            raise CalendarError(f"{path.parent.name}/{path.name}, line {line}: {fault}") from fault
    return np.array(found, dtype="datetime64[D]")
