"""A column as the leakage check sees it, what a plausible one is allowed, and what may be found about one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
MISSING = "missing"
ID_SHARE = 0.95  # text or whole numbers that almost never repeat name the row


@dataclass(frozen=True)
class LeakageParams:
    """Section ``leakage`` of params.yaml: what a plausible column is allowed.

    false_alarm_rate : of tables whose columns keep to the limits below, the share that is stopped, at most
    plausible_auc       : what a single column known beforehand may reach; whole scorecards of small firms reach .7 to
        .85
    plausible_share  : share of one class that a value may separate ...
    plausible_ratio     : ... when that class shows it this many times as often as the other
    max_bins         : bins of a column when it is tested by any shape, fewer where defaults are few
    folds            : parts of the cross-fit
    waived           : columns that were looked at and may stay
    """

    false_alarm_rate: float
    plausible_auc: float
    plausible_share: float
    plausible_ratio: float
    max_bins: int
    folds: int
    waived: tuple[str, ...]


@dataclass(frozen=True)
class Leak:
    """One finding about one column.

    kind   : timing, discrimination, one_class_value, one_class_missing or equality stop; is_odd, odd_value,
             odd_missing and id are warnings
    figure : rows known too late, the AUC, or the share of its class that shows the value
    """

    column: str
    kind: str
    figure: float
    found: str
    stops: bool


@dataclass(frozen=True)
class Column:
    """A column as bins (``codes``), as an order if it has one, and the bins that hold one value each."""

    name: str
    codes: Codes
    order: Floats | None
    atoms: tuple[tuple[int, str], ...]
    distinct_share: float
    is_id: bool


def read_column(values: pd.Series, bad: npt.NDArray[np.bool_], params: LeakageParams) -> Column:
    """Bins of the values that are common, of a missing one if that is, and of the rest by rank or by value."""
    codes, distinct = pd.factorize(values, sort=False)
    order = _order(values)
    few = max(10, len(values) // 1_000)  # below this a value is no bin of its own
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    common = np.flatnonzero(counts >= few)
    position = np.full(len(distinct) + 1, -1, dtype=np.intp)  # the last for a missing value
    position[common] = np.arange(common.size)
    bins = position[codes]
    atoms = [(number, f"value {distinct[int(code)]!s:.40}") for number, code in enumerate(common)]
    rest = bins < 0
    gap = (codes < 0) & rest
    if gap.any():
        bins[gap] = len(atoms)
        atoms.append((len(atoms), MISSING))
        rest &= ~gap
    if rest.any():
        if order is not None:
            wanted = int(np.clip(min(bad.sum(), (~bad).sum()) // 5, 2, params.max_bins))
            ends = np.unique(np.quantile(order[rest], np.linspace(0, 1, wanted + 1)[1:-1]))
            bins[rest] = len(atoms) + np.searchsorted(ends, order[rest], side="right")
        else:
            bins[rest] = len(atoms) + codes[rest]
    share = len(distinct) / len(values)
    whole = not pd.api.types.is_float_dtype(values) and not pd.api.types.is_datetime64_any_dtype(values)
    return Column(
        str(values.name),
        np.unique(bins, return_inverse=True)[1],
        order,
        tuple(_renumbered(atoms, bins)),
        share,
        whole and share > ID_SHARE,
    )


def _renumbered(atoms: list[tuple[int, str]], bins: Codes) -> Iterator[tuple[int, str]]:
    present = np.unique(bins)
    for code, text in atoms:
        yield int(np.searchsorted(present, code)), text


def _order(values: pd.Series) -> Floats | None:
    """The column as numbers, a missing one lowest; None for a category."""
    if pd.api.types.is_datetime64_any_dtype(values):
        numbers = values.astype("datetime64[s]").astype("int64").astype(float).to_numpy(copy=True)
    elif pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=float, na_value=np.nan).copy()
    else:
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float).copy()
        if np.isnan(numbers[values.notna().to_numpy()]).any():
            return None
    gap = values.isna().to_numpy() | np.isnan(numbers)
    if gap.all():
        return None
    numbers[gap] = numbers[~gap].min() - 1
    return np.asarray(numbers, dtype=np.float64)
