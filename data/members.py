"""The kinds of values in requests and consents: names, texts, days and instants."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema

DayOrMoment = TypeVar("DayOrMoment", date, datetime)
FIRST_YEAR, LAST_YEAR = 1900, 2199  # no firm is older, no term longer; every sum of days stays a date
# The same years as a regular expression: whole centuries.
YEAR = f"(?:{'|'.join(str(century) for century in range(FIRST_YEAR // 100, LAST_YEAR // 100 + 1))})[0-9]{{2}}"
IN_YEARS = f"^{YEAR}-"


class YearError(ValueError):
    """A day or instant lies in a year that no request can mean."""


class InstantError(ValueError):
    """A text is no instant in the one form of a consent."""


class RequestPart(BaseModel):
    """A request: frozen, nothing extra, nothing converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _in_years(when: DayOrMoment) -> DayOrMoment:
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        raise YearError(f"the year is {when.year}; allowed: {FIRST_YEAR} to {LAST_YEAR}")
    return when


def _is_instant(text: str) -> str:
    try:
        when = datetime.fromisoformat(text)
        if not text.endswith("Z") or instant_text(_in_years(when)) != text:
            raise ValueError
    except ValueError as fault:
        allowed = f"in UTC to the second, as 2026-01-31T08:00:00Z, in the years {FIRST_YEAR} to {LAST_YEAR}"
        raise InstantError(f"an instant is written {allowed}") from fault
    return text


def instant_text(when: datetime) -> str:
    """An aware instant in the one form of a consent: UTC, whole seconds, ``2026-01-31T08:00:00Z``."""
    return f"{when.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"


IDENTIFIER = r"^[A-Za-z0-9._:-]+$"
Identifier = Annotated[str, Field(min_length=1, max_length=64, pattern=IDENTIFIER)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Day = Annotated[
    date, AfterValidator(_in_years), WithJsonSchema({"type": "string", "format": "date", "pattern": IN_YEARS})
]
Moment = Annotated[
    AwareDatetime,
    AfterValidator(_in_years),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": IN_YEARS}),
]
# Signed as the text that it is, so it has one form only.
Instant = Annotated[
    str,
    AfterValidator(_is_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}),
]
