"""The days before the snapshot on which every firm is measured again, so that its points have a history."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from data.codebook import Codebook, read_codebook
from features.point_in_time import IDENTITY, Cases, build_cases

FOLDER = "history"  # beside the snapshot's cases


def former_days(snapshot_on: pd.Timestamp, years: int, first_known: pd.Timestamp) -> list[pd.Timestamp]:
    """The snapshot's date in each of the years before it, the earliest first, from the first day anything was known."""
    days = [snapshot_on - pd.DateOffset(years=back) for back in range(years, 0, -1)]
    return [day for day in days if day >= first_known]


def points_columns(codebook: Codebook) -> tuple[str, ...]:
    """What of a case points are read from: who and when, the indicators, and the revenue that a stage begins at."""
    return (*IDENTITY, *codebook.keys, "revenue_wan")


def former_cases(
    tables: Mapping[str, pd.DataFrame], days: list[pd.Timestamp], codebook: Codebook | None = None
) -> Cases:
    """Every firm on the register on each of the days by what was known then, whatever became of it later.

    Nothing but ``points_columns`` and the day each indicator was known; invoices are not read.
    """
    book = codebook or read_codebook()
    cases = build_cases({name: table for name, table in tables.items() if name != "invoices"}, days, book)
    return Cases(cases.frame[list(points_columns(book))], cases.known_at[list(book.keys)])
