"""Turning what a source holds into numbers, days, flags and text, as people write them, without guessing.

A notation that can mean one thing only is read (thousands separators, full-width digits, a bracketed negative, a
Chinese date). A unit written beside a number is read where the column agrees on it; a cell that does not agree has a
fault. Whatever was read so is noted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pandas as pd

from data.ingest.rules import Field

# In columns of numbers, days and flags; in text only the empty string is nothing, for a firm may be named "None".
MISSING_WORDS = frozenset(
    (
        "",
        "na",
        "n/a",
        "#n/a",
        "nan",
        "null",
        "none",
        "nat",
        "-",
        "--",
        "—",
        "——",
        "–",
        "/",
        "\\",
        "无",
        "暂无",
        "不详",
        "未知",
    )
)
_FLAGS = {
    **dict.fromkeys(("true", "1", "1.0", "yes", "y", "是", "真"), True),
    **dict.fromkeys(("false", "0", "0.0", "no", "n", "否", "假"), False),
}
# What a unit written beside a number is worth in the unit of the column.
UNITS: Mapping[str, Mapping[str, Decimal]] = {
    "ratio": {"%": Decimal("0.01"), "‰": Decimal("0.001")},
    "wan_cny": {"万": Decimal(1), "亿": Decimal(10_000), "元": Decimal("0.0001"), "千元": Decimal("0.1")},
    "cny": {"万": Decimal(10_000), "亿": Decimal(100_000_000), "元": Decimal(1), "千元": Decimal(1_000)},
    "count": dict.fromkeys(("人", "件", "个", "项", "次"), Decimal(1)),
    "days": dict.fromkeys(("天", "日"), Decimal(1)),
    "months": dict.fromkeys(("个月", "月"), Decimal(1)),
}
_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[-+])?(?P<money>¥|rmb|cny|人民币)?(?P<inner>[-+])?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)(?P<exponent>e[-+]?\d{1,3})?"
    r"(?P<unit>%|‰|万元|亿元|千元|万|亿|元|人|件|个月|个|项|次|天|日|月)?(?P<close>\))?"
)
# Year, month, day, and a time of day that is cut off; an offset from UTC is refused, because it may move the day.
_DAY = re.compile(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_CHINESE_DAY = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]")
_SERIAL_EPOCH, _SERIALS = datetime(1899, 12, 30), range(10_000, 80_000)  # noqa: DTZ001  spreadsheet days: 1927 to 2119
_EXACT_DIGITS = 10**15  # a spreadsheet keeps fifteen digits of a number
_LOST = re.compile(r"\d(?:\.\d+)?[eE]\+\d{2,}")
DIGITS_LOST = "is a number whose last digits are lost: store as text"
HALF = 0.5


@dataclass(frozen=True)
class Typed:
    """One column: its values, where nothing was given, the fault of each faulty cell alone, what notation was read."""

    values: pd.Series
    empty: pd.Series
    faults: pd.Series
    notes: tuple[str, ...] = ()

    @property
    def broken(self) -> pd.Series:
        """Mask of the faulty cells, shape (n,)."""
        return pd.Series(self.values.index.isin(self.faults.index), index=self.values.index)


def plain(text: str) -> str:
    """Full-width letters, digits and signs as their usual forms, without spaces at the ends."""
    return unicodedata.normalize("NFKC", text).strip()


def typed_column(raw: pd.Series, field: Field, unit: str = "") -> Typed:
    """``raw`` in the type of ``field``: float64, datetime64[us] at midnight, bool or str. Shape (n,).

    unit : a unit that is in the header, such as 元; it holds for every cell without its own
    """
    as_it_is = raw.dtype.kind in "iufbM"
    given = raw if as_it_is else raw.map(lambda value: value.strip() if isinstance(value, str) else value)
    empty = given.isna()
    if not as_it_is:
        words = {
            value: plain(value).lower() in MISSING_WORDS if field.dtype != "text" else not value
            for value in given[~empty].unique()
            if isinstance(value, str)
        }
        empty = empty | given.map(words).eq(True)
        given = given.astype(object).mask(empty)
    values, faults, notes = _PARSERS[field.dtype](given, field, unit)
    faults[values.isna() & ~empty & (faults == "")] = f"is no {field.dtype}"
    faults = faults[faults != ""]
    if len(faults) and field.dtype != "flag":
        values = values.mask(values.index.isin(faults.index))
    return Typed(values, empty, faults, tuple(notes))


def in_normal_form(column: Typed, field: Field) -> Typed:
    """The column with each text that ``field.parse`` can read in its normal form; the others are left as they are."""
    if field.parse is None:
        return column
    forms = {}
    for text in column.values.dropna().unique():
        with suppress(ValueError):
            forms[text] = field.parse(text)
    return replace(column, values=column.values.map(lambda text: forms.get(text, text)).astype("str"))


def parse_fault(text: str, field: Field) -> str | None:
    """What ``field.parse`` says is wrong with a text, None where it reads it."""
    try:
        if field.parse is not None:
            field.parse(text)
    except ValueError as fault:
        return str(fault)
    return None


def _nothing(given: pd.Series) -> pd.Series:
    return pd.Series("", index=given.index, dtype=object)


def _numbers(given: pd.Series, field: Field, unit: str) -> tuple[pd.Series, pd.Series, list[str]]:
    faults, notes = _nothing(given), list[str]()
    if given.dtype.kind in "bM":  # true is no 1, a day no number
        return pd.Series(float("nan"), index=given.index), faults, notes
    if given.dtype.kind == "O":
        kinds = given.map(type)
        other = [kind for kind in kinds.unique() if issubclass(kind, bool | date)]
        given = given.mask(kinds.isin(other) & (field.unit != "flag"))
    values = pd.to_numeric(given, errors="coerce").astype("float64")
    written = given[values.isna() & given.notna()].astype(str)
    read = {text: _number(text, field) for text in written.unique()}
    found = written.map(read)
    factors = UNITS.get(field.unit, {})
    units = pd.Series(unit, index=given.index, dtype=object).where(given.notna(), "")
    readable = found.dropna()
    values[readable.index] = readable.map(lambda one: float(one.value)).astype(float)
    units[readable.index] = readable.map(lambda one: one.unit or unit).astype(object)
    for kind in dict.fromkeys(one.kind for one in read.values() if one and one.kind):
        notes.append(f"{int(found.map(lambda one, k=kind: bool(one) and one.kind == k).sum())} values {kind}")
    for mark in [mark for mark in units.unique() if mark]:
        rows = (units == mark) & values.notna()
        if mark not in factors:
            faults[rows] = f"is in {mark}, allowed: {', '.join(factors) or 'no unit'} beside {field.unit or 'a number'}"
            continue
        if factors[mark] != 1:
            scaled = {value: float(Decimal(str(value)) * factors[mark]) for value in values[rows].unique()}
            values[rows] = values[rows].map(scaled)
        notes.append(f"{int(rows.sum())} values in {mark} read as {field.unit}")
    # A bare number beside those with a unit could be in either, unless both are worth the same.
    scaling = units.isin([mark for mark in units.unique() if factors.get(mark, Decimal(1)) != 1])
    counted = values.notna() & (values != 0)
    if (counted & scaling).any() and (counted & (units == "")).any():
        odd = scaling if scaling[counted].mean() <= HALF else units == ""
        faults[odd & counted & (faults == "")] = "does not agree with the other cells about the unit"
    return values, faults, notes


@dataclass(frozen=True)
class _Written:
    """A number as somebody wrote it: its value, the unit beside it, and what was special about it."""

    value: Decimal
    unit: str = ""
    kind: str = ""


def _number(text: str, field: Field) -> _Written | None:
    short = re.sub(r"\s", "", plain(text)).lower().replace("−", "-")
    if field.unit == "flag" and short in _FLAGS:
        return _Written(Decimal(int(_FLAGS[short])), "", "written as yes or no")
    found = _NUMBER.fullmatch(short)
    if (
        not found
        or bool(found["open"]) != bool(found["close"])
        or (found["sign"] and (found["inner"] or found["open"]))
    ):
        return None
    value = Decimal(found["digits"].replace(",", "") + (found["exponent"] or ""))
    negative = bool(found["open"]) or "-" in (found["sign"], found["inner"])
    unit = {"万元": "万", "亿元": "亿"}.get(found["unit"] or "", found["unit"] or "") or (
        "元" if found["money"] else ""
    )
    kind = (
        "in brackets read as negative"
        if found["open"]
        else "with thousands separators"
        if "," in found["digits"]
        else "in full-width or spaced digits"
        if not unit
        else ""
    )
    return _Written(-value if negative else value, unit, kind)


def _days(given: pd.Series, field: Field, unit: str) -> tuple[pd.Series, pd.Series, list[str]]:
    del field, unit
    faults, notes = _nothing(given), list[str]()
    if given.dtype.kind == "M":
        return pd.Series(given.dt.tz_localize(None).dt.normalize().astype("datetime64[us]")), faults, notes
    # A table has few distinct days, so each is read once.
    distinct = given.dropna().unique()
    days = {value: _day(value) for value in distinct}
    serials = {value: serial for value in distinct if (serial := _serial(value)) is not None}
    is_serial = given.isin(list(serials))
    if is_serial.any() and is_serial.sum() > HALF * given.notna().sum():
        days |= serials
        notes.append(f"{int(is_serial.sum())} spreadsheet serial numbers read as days")
        faults[given.notna() & ~is_serial] = "is no spreadsheet serial number as the other cells are"
    chinese = given.map({value: isinstance(value, str) and "年" in value for value in distinct}).eq(True)
    if chinese.any():
        notes.append(f"{int(chinese.sum())} days written with 年月日")
    values = pd.Series(pd.to_datetime(given.map(days)), index=given.index).astype("datetime64[us]")
    return values, faults, notes


def _day(value: Hashable) -> datetime | None:
    if isinstance(value, date):  # a datetime too
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  days carry no time zone here
    text = plain(str(int(value)) if isinstance(value, float) and value.is_integer() else str(value))
    found = _DAY.fullmatch(text)
    if found and not found[2] and len(text) != len("20240630"):
        found = None
    parts: tuple[str, ...] = (found[1], found[3], found[4]) if found else ()
    if not found and (chinese := _CHINESE_DAY.fullmatch(text)):
        parts = chinese.groups()
    try:
        return datetime(*map(int, parts)) if parts else None  # type: ignore[arg-type]  # noqa: DTZ001  as above
    except ValueError:  # 30 February
        return None


def _serial(value: Hashable) -> datetime | None:
    if isinstance(value, bool | date):
        return None
    text = plain(str(value)).removesuffix(".0")
    return _SERIAL_EPOCH + timedelta(days=int(text)) if text.isdecimal() and int(text) in _SERIALS else None


def _flags(given: pd.Series, field: Field, unit: str) -> tuple[pd.Series, pd.Series, list[str]]:
    del field, unit
    if given.dtype.kind == "b":
        return given, _nothing(given), []
    words = {value: _FLAGS.get(plain(str(value)).lower()) for value in given.dropna().unique()}
    return given.map(words), _nothing(given), []


def _text(given: pd.Series, field: Field, unit: str) -> tuple[pd.Series, pd.Series, list[str]]:
    del field, unit
    faults = _nothing(given)
    if given.dtype.kind in "iuf" or given.dtype == object:
        distinct = given.dropna().unique()
        lost = {value: _digits_lost(value) for value in distinct}
        faults[given.map(lost).eq(True)] = DIGITS_LOST
        given = given.map({value: _as_text(value) for value in distinct})
    return given.map(str, na_action="ignore").astype("str"), faults, []


def _digits_lost(value: Hashable) -> bool:
    if isinstance(value, str):
        return bool(_LOST.fullmatch(value))
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _EXACT_DIGITS


def _as_text(value: Hashable) -> str:
    # A code of digits is the same text whether a spreadsheet held it as a number or not.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


_Parser = Callable[[pd.Series, Field, str], tuple[pd.Series, pd.Series, list[str]]]
_PARSERS: Mapping[str, _Parser] = {"number": _numbers, "date": _days, "flag": _flags, "text": _text}
