"""Columns of running cases as a matrix: numbers as they are, categories as the positions of their levels.

A level that training did not see and a number that is absent are missing (NaN).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.remaining_time.scores import Floats

ALWAYS_NUMBERS, ACTIVITY = ("position", "elapsed_days"), "activity"
US_PER_DAY = 86_400e6


@dataclass(frozen=True)
class PlainTable:
    """Rows of running cases as arrays, read from the table once, however many learners of however many models read it.

    columns : of each name (n,); texts as objects, instants in UTC without their zone
    """

    columns: Mapping[str, npt.NDArray[Any]]

    @classmethod
    def of(cls, table: pd.DataFrame | PlainTable) -> PlainTable:
        """Of a table with the column known_at."""
        if isinstance(table, PlainTable):
            return table
        return cls({str(name): _plain(column) for name, column in table.items()})

    def __len__(self) -> int:
        return len(self.columns["known_at"])

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self.columns[name]

    def rows(self, index: npt.NDArray[np.int64]) -> PlainTable:
        """The rows ``index``, in its order."""
        return PlainTable({name: column[index] for name, column in self.columns.items()})


def _plain(column: pd.Series) -> npt.NDArray[Any]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return np.asarray(pd.DatetimeIndex(column).tz_convert(None))
    return column.to_numpy() if column.dtype.kind in "biufM" else column.to_numpy(dtype=object)


@dataclass(frozen=True)
class Columns:
    """Names and order of the matrix.

    numbers    : columns beside ``position`` and ``elapsed_days``
    levels     : category -> its levels in order; ``activity`` is one of them
    typical    : activity -> shrunken mean of log(1 + remaining days) in training; ``""`` holds that of all
    zone       : of hour and weekday, an IANA name
    """

    numbers: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    typical: Mapping[str, float]
    zone: str

    @cached_property
    def _codes(self) -> dict[str, dict[str, int]]:
        return {name: {level: code for code, level in enumerate(levels)} for name, levels in self.levels.items()}

    @property
    def names(self) -> list[str]:
        """Of the matrix's columns."""
        return [*ALWAYS_NUMBERS, *self.numbers, "hour", "weekday", "typical", *self.levels]

    @property
    def categories(self) -> list[int]:
        """Positions of the categories in the matrix."""
        return list(range(len(self.names) - len(self.levels), len(self.names)))

    def matrix(self, table: pd.DataFrame | PlainTable) -> Floats:
        """Shape (n, columns); table : with known_at, activity, position, elapsed_days and the others."""
        prefixes = PlainTable.of(table)
        n = len(prefixes)
        matrix = np.empty((n, len(self.names)))
        for position, name in enumerate((*ALWAYS_NUMBERS, *self.numbers)):
            matrix[:, position] = np.asarray(prefixes[name], dtype=float)
        at = len(ALWAYS_NUMBERS) + len(self.numbers)
        known_at = pd.DatetimeIndex(prefixes["known_at"]).tz_localize("UTC")
        local = days_of(known_at.tz_convert(self.zone).tz_localize(None))
        matrix[:, at] = (local % 1.0) * 24.0
        matrix[:, at + 1] = (local + 3.0) % 7.0  # with the hour as its fraction; 1970-01-01 was a Thursday, Monday is 0
        activity = prefixes[ACTIVITY]
        matrix[:, at + 2] = looked_up(activity, self.typical, self.typical[""])
        for position, name in enumerate(self.levels, at + 3):
            matrix[:, position] = looked_up(prefixes[name], self._codes[name], np.nan)
        return matrix


def days_of(instants: pd.Series | pd.DatetimeIndex | npt.NDArray[np.datetime64]) -> Floats:
    """Days since 1970 of instants, NaN for NaT, shape (n,)."""
    index = pd.DatetimeIndex(instants)  # reading ``dt`` of a series costs several times as much
    values = (index if index.tz is None else index.tz_convert(None)).to_numpy().astype("datetime64[us]")
    return np.where(np.isnat(values), np.nan, values.astype("int64") / US_PER_DAY)


def looked_up(values: npt.NDArray[Any], table: Mapping[str, float], otherwise: float) -> Floats:
    """The table's number of every value as text, shape (n,)."""
    return np.fromiter((table.get(str(value), otherwise) for value in values), dtype=float, count=len(values))
