"""Columns that are equal to the last digit in one class and not in the other: how a table was made, not what is true.

Two measurements seldom coincide to the last digit. Where they do so by class, the classes were put together by
different procedures, and a learner that sees differences or ratios of columns reads the class off that.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.risk.leakage_column import Codes

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
EQUAL = 1e-9  # relative difference up to which two values count as equal
EQUAL_COLUMNS = "(equal columns)"  # in the stead of a column's name, in a finding and to waive it


def equal_pairs(x: Floats, least: int = 1) -> tuple[list[tuple[int, int]], Flags]:
    """Pairs of columns that are equal in at least ``least`` rows, and in which, shape (n, pairs).

    x : (n, k), NaN where missing, which equals nothing
    """
    pairs, flags = [], []
    size = np.abs(x)
    for one, two in combinations(range(x.shape[1]), 2):
        same = np.abs(x[:, one] - x[:, two]) <= EQUAL * np.maximum(size[:, one], size[:, two])
        if np.count_nonzero(same) >= least:
            pairs.append((one, two))
            flags.append(same)
    return pairs, np.column_stack(flags) if flags else np.zeros((len(x), 0), dtype=bool)


def unrepeated(table: pd.DataFrame, most: int) -> tuple[list[str], Floats]:
    """Numeric columns, NaN where the value occurs in more than ``most`` rows of its column.

    Zeros, counts and round amounts coincide by chance.
    """
    names = [
        str(name)
        for name in table
        if pd.api.types.is_numeric_dtype(table[name]) and not pd.api.types.is_bool_dtype(table[name])
    ]
    columns = []
    for name in names:
        values = table[name].to_numpy(dtype=float, na_value=np.nan)
        _, at, count = np.unique(values, return_inverse=True, return_counts=True)
        columns.append(np.where(count[at] > most, np.nan, values))
    return names, np.column_stack(columns) if columns else np.zeros((len(table), 0))


def equality_score(flags: Flags, bad: Flags, fold: Codes) -> Floats:
    """Log-likelihood ratio of each row's flags, taken as independent, with shares of the other folds; shape (n,)."""
    score = np.zeros(len(bad))
    for one in np.unique(fold):
        known, rest = fold != one, fold == one
        shares = [
            (flags[known & side].sum(axis=0) + 0.5) / (np.count_nonzero(known & side) + 1.0) for side in (bad, ~bad)
        ]
        equal, apart = np.log(shares[0] / shares[1]), np.log((1 - shares[0]) / (1 - shares[1]))
        score[rest] = np.where(flags[rest], equal, apart).sum(axis=1)
    return score
