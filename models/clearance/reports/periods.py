"""Months, quarters and years by the calendar of China (+08:00): labels of instants, where a period begins and ends."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from data.beijing import BEIJING
from data.texts.figures import Text

MONTHS = {"month": 1, "quarter": 3, "year": 12}
_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def labels_of(instants: pd.Series, period: str) -> pd.Series:
    """The label of each instant: 2025-03, 2025Q1 or 2025; "" where there is no instant. Labels sort by time.

    instants : UTC, datetime64 with or without its zone
    """
    local = pd.to_datetime(instants, utc=True).dt.tz_convert(BEIJING)
    year, month = local.dt.year, local.dt.month
    known = local.notna()
    text = year.where(known, 0).astype(int).astype(str).str.zfill(4)
    if period == "month":
        text += "-" + month.where(known, 0).astype(int).astype(str).str.zfill(2)
    elif period == "quarter":
        text += "Q" + ((month.where(known, 1).astype(int) - 1) // 3 + 1).astype(str)
    return text.where(known, "")


def bounds(label: str) -> tuple[dt.datetime, dt.datetime]:
    """The first instant of a period and the first after it, in China's time."""
    year, month, months = _parts(label)
    after = year * 12 + month - 1 + months
    return dt.datetime(year, month, 1, tzinfo=BEIJING), dt.datetime(after // 12, after % 12 + 1, 1, tzinfo=BEIJING)


def period_name(label: str) -> Text:
    """How a period is written: 2025年第1季度, 2025 Q1."""
    year, month, _ = _parts(label)
    kind = _kind(label)
    if kind == "year":
        return f"{year}年", str(year)
    if kind == "quarter":
        quarter = (month + 2) // 3
        return f"{year}年第{quarter}季度", f"{year} Q{quarter}"
    return f"{year}年{month}月", f"{_NAMES[month - 1]} {year}"


def _kind(label: str) -> str:
    return "quarter" if "Q" in label else "month" if "-" in label else "year"


def _parts(label: str) -> tuple[int, int, int]:
    """Year, first month, number of months."""
    kind = _kind(label)
    rest = int(label[5:]) if kind != "year" else 1
    return int(label[:4]), 3 * rest - 2 if kind == "quarter" else rest, MONTHS[kind]


def seconds_between(start: pd.Series, end: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Whole seconds from one instant to another, NaN where either is unknown; shape (rows,)."""
    gap = pd.to_datetime(end, utc=True) - pd.to_datetime(start, utc=True)
    return np.floor(gap.dt.total_seconds().to_numpy(dtype=float))
