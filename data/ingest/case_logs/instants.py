"""Times as logs write them -> instants in UTC: an offset is converted, a time without one is of a named zone."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import NamedTuple
from zoneinfo import ZoneInfo

from data.beijing import BEIJING_ZONE

_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_ISO_DAY = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:[T ].+)?")  # week dates are refused
_CLOCK = r"(?:[T ]*([0-9]{1,2})[:时点]([0-9]{1,2})(?:[:分](?:([0-9]{1,2})(?:[.,]([0-9]{1,9}))?秒?)?)?)?"
_WRITTEN = (
    re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_CLOCK} ?(Z|[+-][0-9]{{2}}(?::?[0-9]{{2}})?)?"),
    re.compile(rf"([0-9]{{4}})(年)([0-9]{{1,2}})月([0-9]{{1,2}})日{_CLOCK}()"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})?()(Z|[+-][0-9]{2}:?[0-9]{2})?"),
)

# Nearer to the ends of the calendar some zone cannot write an instant: 9999-12-31 in a log says "never", and no time.
_FIRST, _LAST = dt.datetime(1, 1, 3, tzinfo=dt.UTC), dt.datetime(9999, 12, 29, tzinfo=dt.UTC)


class Instant(NamedTuple):
    """What a text names.

    at : in UTC, None where none is named; marks : keys of ``sentences_logs.csv`` without ``instant.``, among
    ``absent`` (no text), ``unreadable``, ``day_alone`` (read as its midnight), ``zone_assumed``, ``hour_twice`` (the
    clock was set back: the earlier is taken), ``hour_skipped`` (the clock was set forward: there is no such time)
    """

    at: dt.datetime | None
    marks: tuple[str, ...] = ()


def read_zone(name: str | dt.tzinfo | None) -> dt.tzinfo:
    """The zone of a name of the IANA such as ``Europe/Amsterdam``, or of an offset such as ``+08:00``.

    None is 北京时间, Asia/Shanghai. Raises ValueError.
    """
    if isinstance(name, dt.tzinfo):
        return name
    name = BEIJING_ZONE if name is None else name
    try:
        if found := _OFFSET.fullmatch(name):
            minutes = int(found[2]) * 60 + int(found[3])
            return dt.timezone(dt.timedelta(minutes=-minutes if found[1] == "-" else minutes))
        return ZoneInfo(name)
    except (ValueError, OSError) as fault:  # ZoneInfoNotFoundError is a KeyError with the wording of one
        raise ValueError(_unknown(name)) from fault
    except KeyError as fault:
        raise ValueError(_unknown(name)) from fault


def read_instant(text: str, zone: dt.tzinfo) -> Instant:
    """The instant of a text, to the microsecond; ``zone`` is that of a text that names none.

    Read: ISO 8601; year, month, day with ``-`` ``/`` ``.`` or 年月日, with or without a clock, a fraction and an
    offset; ``20260301205844`` and ``202603012058``. A day before its month or a year of two digits is not read.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return Instant(None, ("absent",))
    try:
        local, day_alone = _parsed(text)
        marks: tuple[str, ...] = ("day_alone",) if day_alone else ()
        at = (local if local.tzinfo is not None else local.replace(tzinfo=zone)).astimezone(dt.UTC)
        if not _FIRST <= at <= _LAST:
            return Instant(None, ("unreadable",))
        if local.tzinfo is not None:
            return Instant(at, marks)
        if at.astimezone(zone).replace(tzinfo=None) != local:
            return Instant(None, ("hour_skipped",))
        if local.replace(tzinfo=zone, fold=1).astimezone(dt.UTC) != at:
            marks += ("hour_twice",)
        return Instant(at, (*marks, "zone_assumed"))
    except (ValueError, OverflowError):  # no such day, hour or offset; before the year 1
        return Instant(None, ("unreadable",))


def _parsed(text: str) -> tuple[dt.datetime, bool]:
    """The time of a text, without a zone where it names none, and whether it is a day alone."""
    if _ISO_DAY.fullmatch(text):
        try:
            return dt.datetime.fromisoformat(text), not re.search("[T ]", text)
        except ValueError:
            pass  # such as an hour of one digit
    for form in _WRITTEN:
        if found := form.fullmatch(text):
            year, _, month, day, hour, minute, second, fraction, offset = found.groups()
            clock = f"{hour or 0:0>2}:{minute or 0:0>2}:{second or 0:0>2}.{(fraction or '')[:6]:0<6}"
            whole = f"{year}-{month:0>2}-{day:0>2}T{clock}{offset or ''}"
            return dt.datetime.fromisoformat(whole), hour is None
    raise ValueError(text)


def _unknown(name: str) -> str:
    return f"zone {name!r} is unknown; allowed: a name of the IANA such as {BEIJING_ZONE}, or an offset such as +08:00"
