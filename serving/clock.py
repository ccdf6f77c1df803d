"""Which day it is: today in the zone's calendar, or a day that the operator has set for a demonstration.

Decisions compare the age of data and models with this day, and an approval's validity counts from it. A request
cannot change it. Consents, keys, bank applications and records are instants and always follow the real clock, and so
do the effective dates of releases: two people act on a real day, and no clock that was set may date that earlier.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from serving.contract.instants import today_in

CLOCK = "IP_CLOCK"


class ClockError(ValueError):
    """The zone is unknown, or the day that was set cannot be one."""


@dataclass(frozen=True)
class Clock:
    """The calendar of one zone.

    zone : IANA name, as Asia/Shanghai
    pinned : the day that the operator has set; None follows the calendar
    """

    zone: str
    pinned: date | None = None

    def __post_init__(self) -> None:
        today = self.real_day()
        if self.pinned is not None and self.pinned > today:
            raise ClockError(f"the clock is set to {self.pinned}, after today, {today} in {self.zone}")

    @classmethod
    def from_environment(cls, zone: str) -> Clock:
        """The clock that the operator has set by ``IP_CLOCK=YYYY-MM-DD``; without it the zone's calendar."""
        text = os.environ.get(CLOCK)
        if not text:
            return cls(zone)
        try:
            return cls(zone, date.fromisoformat(text))
        except ClockError:
            raise
        except ValueError as fault:
            raise ClockError(f"{CLOCK} is {text!r}; allowed: a day as 2024-06-30, or nothing for today") from fault

    def real_day(self) -> date:
        """The zone's calendar day, whatever the operator has set."""
        try:
            return today_in(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as fault:
            raise ClockError(f"zone {self.zone!r} is not in the time zone database") from fault

    def now(self) -> datetime:
        """This instant; with a pinned day its time of that day in the zone."""
        real = datetime.now(ZoneInfo(self.zone))
        return real if self.pinned is None else datetime.combine(self.pinned, real.timetz())

    def today(self) -> date:
        """The day that decisions are made on."""
        return self.real_day() if self.pinned is None else self.pinned
