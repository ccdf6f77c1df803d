"""Any table as a learner takes it: float64 and category columns, a 0/1 target, and what was left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
UNIQUE_TEXT_SHARE = 0.5  # a text column with more distinct values than this share of rows names rows, not kinds
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
    time: pd.Series | None
    dropped: Mapping[str, str]  # column -> why


def read_table(path: Path) -> pd.DataFrame:
    """A Parquet or CSV file."""
    if not path.is_file():
        raise TableError(f"{path}: no such file")
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix in {".csv", ".gz"}:
        return pd.read_csv(path)
    raise TableError(f"{path.name}: {path.suffix or 'no suffix'} is not read; give .parquet or .csv")


def as_table(
    frame: pd.DataFrame,
    target: str,
    *,
    group: str | None = None,
    split: str | None = None,
    time: str | None = None,
    weight: str | None = None,
    exclude: Sequence[str] = (),
) -> Table:
    """Check the options, type the columns, leave out identifiers; raises TableError."""
    named = {"target": target, "group": group, "split": split, "time": time, "weight": weight}
    lost = [f"--{role} {name}" for role, name in named.items() if name is not None and name not in frame]
    lost += [f"--exclude {name}" for name in exclude if name not in frame]
    if lost:
        raise TableError(f"not in the table: {', '.join(lost)}; it has {list(map(str, frame.columns))}")
    if frame[target].isna().all():
        raise TableError(f"target {target} is missing in every row")
    known = frame[target].notna()
    frame = frame.loc[known].reset_index(drop=True)
    y = _outcome(frame[target], target)
    heavy = np.ones(len(frame)) if weight is None else frame[weight].to_numpy(dtype=float)
    if not (np.isfinite(heavy) & (heavy > 0)).all():
        raise TableError(f"weight {weight}: {int((~(heavy > 0)).sum())} values are not above 0")
    dropped = dict.fromkeys(exclude, "excluded by name")
    dropped |= {name: role for role, name in named.items() if name is not None and role not in ("time",)}
    if not known.all():
        dropped[f"{int((~known).sum())} rows"] = "target missing"
    columns: dict[str, pd.Series] = {}
    for raw_name in frame:
        name = str(raw_name)
        if name in dropped:
            continue
        why = _identifies(frame[raw_name], name)
        if why:
            dropped[name] = why
        elif frame[raw_name].nunique(dropna=False) < 2:
            dropped[name] = "one value only"
        else:
            columns[name] = _typed(frame[raw_name])
    if not columns:
        raise TableError("no column is left to learn from")
    return Table(
        x=pd.DataFrame(columns),
        y=y,
        weight=heavy,
        group=None if group is None else frame[group].astype(str).to_numpy(dtype=object),
        split=None if split is None else frame[split].astype(str).to_numpy(dtype=object),
        time=None if time is None else frame[time],
        dropped=dropped,
    )


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
