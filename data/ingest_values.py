"""Turning what a source holds into numbers, days, flags and text, without guessing."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from data.ingest_rules import Field

MISSING_WORDS = ("", "NA", "N/A", "NaN", "nan", "NULL", "null")
_FLAGS = {
    "true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False, "是": True, "否": False,
}  # fmt: skip
# Year, month, day, and a time of day that is cut off; an offset from UTC is refused, because it may move the day.
_DAY = re.compile(r"(\d{4})([-/]?)(\d{1,2})\2(\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")


@dataclass(frozen=True)
class Typed:
    """One column: its values, where nothing was given, and where what was given is no value of the type."""

    values: pd.Series
    empty: pd.Series
    broken: pd.Series


def typed_column(raw: pd.Series, field: Field) -> Typed:
    """``raw`` in the type of ``field``: float64, datetime64[us] at midnight, bool or str. Shape (n,)."""
    given = (
        raw if raw.dtype.kind in "iufbM" else raw.map(lambda value: value.strip() if isinstance(value, str) else value)
    )
    empty = given.isna()
    if given.dtype.kind not in "iufbM":
        empty = empty | given.isin(MISSING_WORDS)
        given = given.astype(object).mask(empty)
    values = _PARSERS[field.dtype](given)
    return Typed(values, empty, values.isna() & ~empty)


def _numbers(given: pd.Series) -> pd.Series:
    if given.dtype.kind == "O":
        given = given.mask(given.map(lambda value: isinstance(value, bool | date)))  # true is no 1, a day no number
    elif given.dtype.kind in "bM":
        return pd.Series(float("nan"), index=given.index)
    return pd.to_numeric(given, errors="coerce").astype("float64")


def _days(given: pd.Series) -> pd.Series:
    if given.dtype.kind == "M":
        return pd.Series(given.dt.tz_localize(None).dt.normalize().astype("datetime64[us]"))
    # A table has few distinct days, so each is read once.
    days = {value: _day(value) for value in given.dropna().unique()}
    return pd.Series(pd.to_datetime(given.map(days)), index=given.index).astype("datetime64[us]")


def _day(value: Hashable) -> datetime | None:
    if isinstance(value, date):  # a datetime too
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  days carry no time zone here
    found = _DAY.fullmatch(str(value))
    if not found or (not found[2] and len(str(value)) != len("20240630")):
        return None
    try:
        return datetime(int(found[1]), int(found[3]), int(found[4]))  # noqa: DTZ001  as above
    except ValueError:  # 30 February
        return None


def _flags(given: pd.Series) -> pd.Series:
    return given if given.dtype.kind == "b" else given.astype(str).str.lower().map(_FLAGS)


def _text(given: pd.Series) -> pd.Series:
    return given.map(str, na_action="ignore").astype("str")


_PARSERS = {"number": _numbers, "date": _days, "flag": _flags, "text": _text}
