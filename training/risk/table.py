"""Any table as a learner takes it: float64 and category columns, a 0/1 target, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.ingest.rules import Field
from data.ingest.source import IngestError, heading, read_source
from data.ingest.values import UNITS, typed_column

Floats = npt.NDArray[np.float64]
UNIQUE_TEXT_SHARE = 0.5  # a text column with more distinct values than this share of rows names rows, not kinds
SAMPLE = 50  # cells that show whether a notation is worth trying on all
ID_WORDS = ("id", "no", "nr", "number", "code", "key", "index", "uuid")


class TableError(ValueError):
    """A table or an option about it is wrong; the message names the column, what was found and what is allowed."""


@dataclass(frozen=True)
class Table:
    """Features, outcomes, and the columns that no model sees."""

    x: pd.DataFrame
    y: Floats
    weight: Floats
    group: npt.NDArray[np.object_] | None
    split: npt.NDArray[np.object_] | None
    time: Floats | None  # days for dates
    dropped: Mapping[str, str]  # column -> why


def read_table(path: Path) -> pd.DataFrame:
    """A CSV, Parquet or Excel file, cells as they are, read as the ingest reads one; raises TableError."""
    try:
        read = read_source(path, "table")
    except IngestError as fault:
        raise TableError(str(fault)) from fault
    if (faulty := read.faults != "").any():
        first = int(np.flatnonzero(faulty)[0])
        raise TableError(
            f"{path.name}: {int(faulty.sum())} faulty lines, first {read.lines[first]}: {read.faults[first]}"
        )
    return read.frame


def as_table(
    frame: pd.DataFrame,
    target: str,
    *,
    group: str | None = None,
    split: str | None = None,
    time: str | None = None,
    weight: str | None = None,
    since: str | None = None,
    exclude: Sequence[str] = (),
) -> Table:
    """Check the options, type the columns, leave out identifiers; raises TableError.

    since : rows whose ``time`` is earlier are left out
    Text that writes numbers, flags or days throughout is read as such (``read_notation``), whatever a column's name.
    """
    names = pd.Index([str(name) for name in frame])
    if names.has_duplicates:
        raise TableError(f"the table has columns of one name: {sorted(set(names[names.duplicated()]))}")
    frame = frame.set_axis(names, axis=1)
    named = {"target": target, "group": group, "split": split, "time": time, "weight": weight}
    lost = [f"--{role} {name}" for role, name in named.items() if name is not None and name not in frame]
    lost += [f"--exclude {name}" for name in exclude if name not in frame]
    if lost:
        raise TableError(f"not in the table: {', '.join(lost)}; it has {list(map(str, frame.columns))}")
    if frame[target].isna().all():
        raise TableError(f"target {target} is missing in every row")
    frame = pd.DataFrame({name: read_notation(frame[name]) for name in frame})
    known = frame[target].notna()
    early = 0
    if time is not None:
        if int(frame.loc[known, time].isna().sum()):
            raise TableError(f"time {time}: {int(frame.loc[known, time].isna().sum())} values are missing")
        if since is not None:
            before = known & (frame[time] < _moment(since, frame[time]))
            early, known = int(before.sum()), known & ~before
    unknown = int(frame[target].isna().sum())
    frame = frame.loc[known].reset_index(drop=True)
    y = _outcome(frame[target], target)
    heavy = np.ones(len(frame)) if weight is None else frame[weight].to_numpy(dtype=float)
    if not (np.isfinite(heavy) & (heavy > 0)).all():
        raise TableError(f"weight {weight}: {int((~(heavy > 0)).sum())} values are not above 0")
    dropped = dict.fromkeys(exclude, "excluded by name")
    dropped |= {name: role for role, name in named.items() if name is not None and role not in ("time",)}
    if unknown:
        dropped[f"{unknown} rows"] = "target missing"
    if early:
        dropped[f"{early} rows before {since}"] = f"earlier by {time}"
    columns: dict[str, pd.Series] = {}
    for name in map(str, frame):
        if name in dropped:
            continue
        why = _identifies(frame[name], name)
        if why:
            dropped[name] = why
        elif frame[name].nunique(dropna=False) < 2:
            dropped[name] = "one value only"
        else:
            columns[name] = _typed(frame[name])
    if not columns:
        raise TableError("no column is left to learn from")
    return Table(
        x=pd.DataFrame(columns),
        y=y,
        weight=heavy,
        group=None if group is None else frame[group].astype(str).to_numpy(dtype=object),
        split=None if split is None else frame[split].astype(str).to_numpy(dtype=object),
        time=None if time is None else _clock(frame[time], time),
        dropped=dropped,
    )


def read_notation(column: pd.Series) -> pd.Series:
    """A text column as numbers, flags or days if every cell writes one as the ingest reads them, else as it is.

    A unit behind the numbers or in the header scales all of them alike. Digits that begin with 0 are a code.
    """
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    texts = column.dropna().astype(str).str.strip()
    column = column.mask(column.astype(object).map(lambda cell: isinstance(cell, str) and not cell.strip()))
    if texts.empty or texts.str.fullmatch(r"0\d+").any():
        return column
    for unit in ("", *UNITS, "flag", "date"):
        field = Field("flag") if unit == "flag" else Field("date") if unit == "date" else Field("number", unit=unit)
        for part in (column.head(SAMPLE), column):
            read = typed_column(part, field, heading(column.name)[1])
            if len(read.faults) or read.empty.all():
                break
        else:
            values = read.values.mask(read.empty) if field.dtype == "date" else read.values.astype(float)
            whole = (
                field.dtype != "date" and values.notna().all() and ((values % 1 == 0) & (values.abs() < 2**53)).all()
            )
            return values.astype("int64") if whole else values
    return column


def _moment(text: str, column: pd.Series) -> Any:
    try:
        return pd.Timestamp(text) if pd.api.types.is_datetime64_any_dtype(column) else float(text)
    except ValueError as fault:
        raise TableError(f"--since {text}: {fault}; {column.name} begins with {column.min()}") from fault


def _clock(column: pd.Series, name: str) -> Floats:
    values = _typed(column)
    if values.dtype == "category":
        raise TableError(f"time {name}: {column.iloc[0]!r} is no number and no day")
    return values.to_numpy(dtype=float)


def _outcome(values: pd.Series, name: str) -> Floats:
    levels = sorted(values.unique().tolist())
    if len(levels) != 2 or {float(level) if isinstance(level, int | float | bool) else None for level in levels} != {
        0.0,
        1.0,
    }:
        raise TableError(f"target {name} has the values {levels[:5]}; 0 (good) and 1 (default) are allowed")
    return values.to_numpy(dtype=float)


def _identifies(column: pd.Series, name: str) -> str | None:
    text = not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))
    distinct = column.nunique()
    if text and distinct > UNIQUE_TEXT_SHARE * len(column):
        return f"identifier: {distinct} distinct texts in {len(column)} rows"
    if pd.api.types.is_integer_dtype(column) and distinct == len(column):
        words = name.lower().replace("-", "_").split("_")
        if column.is_monotonic_increasing or column.is_monotonic_decreasing or set(words) & set(ID_WORDS):
            return f"identifier: {distinct} distinct integers in {len(column)} rows"
    return None


def _typed(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        days = column.dt.tz_localize(None).astype("datetime64[us]").astype("int64") / 86_400e6
        return pd.Series(days.where(column.notna()), dtype=float)
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        return pd.Series(np.where(np.isfinite(values), values, np.nan), index=column.index)
    return column.astype(object).where(column.notna(), None).astype("category")
