"""Columns of cases: of a data frame, or arrays by name. A table is many cases and a request is one.

Reading one row of a data frame column by column costs more than asking every model about it, so what is computed for
one request lies in arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_numeric_dtype

Array = npt.NDArray[Any]
Columns = pd.DataFrame | Mapping[str, Array]  # a mapping's arrays all have shape (n,)


def numbers(cases: Columns, name: str) -> npt.NDArray[np.float64]:
    """A column as float64, shape (n,); NaN where it is missing."""
    column = cases[name]
    if isinstance(column, pd.Series):
        return column.to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(column, dtype=float)  # None is NaN


def values(cases: Columns, name: str) -> Array:
    """A column as it is, shape (n,)."""
    column = cases[name]
    return column.to_numpy() if isinstance(column, pd.Series) else column


def of_table(table: pd.DataFrame) -> dict[str, Array]:
    """A data frame's columns, each of shape (n,): numbers and flags as ``numbers`` gives them, others as they are."""
    return {
        str(name): numbers(table, str(name)) if is_numeric_dtype(kind) else values(table, str(name))
        for name, kind in table.dtypes.items()
    }


def of_rows(rows: Sequence[Mapping[str, Any]]) -> dict[str, Array]:
    """Rows as columns, each of shape (n,) and of Python values; None where a row lacks one."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {}
    for name in names:
        columns[name] = np.empty(len(rows), dtype=object)
        columns[name][:] = [row.get(name) for row in rows]
    return columns
