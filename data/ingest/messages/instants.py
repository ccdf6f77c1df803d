"""Times as messages of customs write them -> instants in UTC.

Chinese messages name no zone: there 北京时间, +08:00, is meant. A day without a time is no instant.
"""

from __future__ import annotations

import datetime as dt
import re

from data.beijing import BEIJING
from data.clearance.records import Remark

_DIGITS = re.compile(r"([0-9]{12})([0-9]{2})?([0-9]{3})?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?")
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.([0-9]{1,9}))?"
    r"(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_NAMED = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2} [0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}) (?:UTC|GMT) ([0-9]{4})")


def instant(text: str, zone: dt.tzinfo | None = BEIJING) -> dt.datetime | None:
    """The instant of a text in UTC, to the microsecond; None where it names none.

    Read: ``2026-03-01T20:58:44``, with a blank for the T, with a fraction, with Z or an offset of two or four digits;
    ``20260301205844``, with three digits of milliseconds, with an offset; ``202603012058``;
    ``Wed Nov 13 00:00:00 UTC 2019``.

    zone : of a text that names none; None: such a text names no instant.
    """
    text = text.strip()
    try:
        if found := _ISO.fullmatch(text):
            day, clock, fraction, offset = found.groups()
            at = dt.datetime.fromisoformat(f"{day}T{clock}")
            if fraction:
                at = at.replace(microsecond=int(fraction[:6].ljust(6, "0")))
        elif found := _DIGITS.fullmatch(text):
            minutes, seconds, thousandths, offset = found.groups()
            day, clock = f"{minutes[:4]}-{minutes[4:6]}-{minutes[6:8]}", f"{minutes[8:10]}:{minutes[10:]}"
            at = dt.datetime.fromisoformat(f"{day}T{clock}:{seconds or '00'}.{thousandths or '000'}")
        elif found := _NAMED.fullmatch(text):
            at = dt.datetime.strptime(f"{found.group(1)} {found.group(2)} Z", "%b %d %H:%M:%S %Y %z")
            offset = "Z"
        else:
            return None
        meant = _offset(offset) if offset else zone
        return at.replace(tzinfo=meant).astimezone(dt.UTC) if meant else None
    except (ValueError, OverflowError):  # no such day or hour; before the year 1
        return None


def read_instant(text: str, path: str, remarks: list[Remark], zone: dt.tzinfo | None = BEIJING) -> dt.datetime | None:
    """The instant of a text; a text that is there and names none gets a remark."""
    at = instant(text, zone)
    if at is None and text.strip():
        remarks.append(Remark("unreadable_time", path, f"{len(text.strip())} characters", "a day with its time"))
    return at


def _offset(text: str) -> dt.timezone:
    if text == "Z":
        return dt.UTC
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return dt.timezone(dt.timedelta(minutes=-minutes if text[0] == "-" else minutes))
