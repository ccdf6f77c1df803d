"""Columns made from a table's own columns: encoded categories, crossed categories, ratios and differences.

Which are made is learned on the training rows alone. A category's encoding of a training row never counts the row's own
outcome among the category's: those are taken from the other folds. They are mixed with the mean of all training rows,
which is the same for every row and separates none.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
SMOOTHING = 20.0  # cases of the mean that every category is mixed with
NATIVE_LEVELS = 100  # up to so many, a category is also a column of its own
CROSSED_COLUMNS = 16  # at most so many categorical columns are crossed
CROSSES_KEPT = 150  # made columns that stay, by the gain of a quick booster
INTEGER_ROWS = 1_000  # from so many rows on, an integer column with repeated values counts as a category too


@dataclass(frozen=True)
class Encoding:
    """Mean outcome and log count by category, for one column or a pair of columns."""

    columns: tuple[str, ...]
    keys: Codes
    mean: Floats
    count: Floats
    prior: float


class Widened:
    """Fitted on training rows; ``train`` is their matrix, ``of`` that of other rows; columns by ``names``."""

    def __init__(
        self,
        x: pd.DataFrame,
        y: Floats,
        weight: Floats,
        *,
        folds: Codes,
        pairs: int,
        fixed: frozenset[str] = frozenset(),
        seed: int = 0,
    ) -> None:
        """Learn the columns.

        x : float64 and category columns; folds : which part a row's encoding leaves out
        pairs : ratios and differences among so many leading numeric columns, crosses of categories too; 0 makes none
        fixed : columns with a promised sign, which no made column may touch
        """
        self.categories = {str(name): x[name].cat.categories for name in x if x[name].dtype == "category"}
        self.numeric = [str(name) for name in x if str(name) not in self.categories]
        self.native = [name for name, levels in self.categories.items() if len(levels) <= NATIVE_LEVELS]
        coded = list(self.categories) + [
            name for name in self.numeric if name not in fixed and len(x) >= INTEGER_ROWS and _is_code(x[name])
        ]
        # Every integer level of training is kept as a category's level.
        self.levels = {name: np.unique(x[name].dropna()) for name in coded if name not in self.categories}
        groups: list[tuple[str, ...]] = [(name,) for name in coded]
        if pairs:
            groups += list(combinations(coded[:CROSSED_COLUMNS], 2))
        codes = self._codes(x)
        self.encodings, encoded = [], []
        for group in groups:
            joint = self._joint(codes, group)
            encoding, mean = _encode(group, joint, y, weight, folds)
            self.encodings.append(encoding)
            encoded += [mean, encoding.count[np.searchsorted(encoding.keys, joint)]]
        free = [name for name in self.numeric if name not in fixed]
        gain = _gain(x[free].to_numpy(dtype=float), y, weight, 0.5, seed) if pairs and len(free) > 1 else np.zeros(0)
        leading = [free[position] for position in np.argsort(-gain, kind="stable")[:pairs] if gain[position] > 0]
        self.crossed = [(one, two, how) for one, two in combinations(leading, 2) for how in ("-", "/")]
        self.names = self._names()
        self.train = self._matrix(x, codes, encoded)
        self._screen(y, weight, seed)
        self.native_positions = [self.names.index(name) for name in self.native]

    def _screen(self, y: Floats, weight: Floats, seed: int) -> None:
        """Keep the made columns that a quick booster gains most from."""
        # A list, so that of equal gains the same ones stay in every process.
        crosses = [name for one in self.encodings if len(one.columns) > 1 for name in _encoding_names(one)]
        crosses += [_cross_name(one) for one in self.crossed]
        if len(crosses) <= CROSSES_KEPT:
            return
        gain = dict(zip(self.names, _gain(self.train, y, weight, 0.2, seed), strict=True))
        kept = set(sorted(crosses, key=lambda name: -gain[name])[:CROSSES_KEPT])
        self.crossed = [one for one in self.crossed if _cross_name(one) in kept]
        self.encodings = [
            one for one in self.encodings if len(one.columns) == 1 or kept.intersection(_encoding_names(one))
        ]
        names = self._names()
        self.train = np.ascontiguousarray(self.train[:, [self.names.index(name) for name in names]])
        self.names = names

    def of(self, x: pd.DataFrame) -> Floats:
        """The matrix of other rows, shape (n, len(names)); an unseen category counts as missing."""
        codes, encoded = self._codes(x), []
        for encoding in self.encodings:
            joint = self._joint(codes, encoding.columns)
            position = np.minimum(np.searchsorted(encoding.keys, joint), len(encoding.keys) - 1)
            seen = encoding.keys[position] == joint
            encoded.append(np.where(seen, encoding.mean[position], encoding.prior))
            encoded.append(np.where(seen, encoding.count[position], 0.0))
        return self._matrix(x, codes, encoded)

    def _codes(self, x: pd.DataFrame) -> dict[str, Codes]:
        codes = {name: _positions(x[name], levels) for name, levels in self.categories.items()}
        for name, levels in self.levels.items():
            values = x[name].to_numpy(dtype=float)
            position = np.minimum(np.searchsorted(levels, values), len(levels) - 1)
            codes[name] = np.where(levels[position] == values, position, -1)
        return codes

    def _joint(self, codes: dict[str, Codes], group: tuple[str, ...]) -> Codes:
        joint = codes[group[0]] + 1
        for name in group[1:]:
            size = len(self.categories[name]) if name in self.categories else len(self.levels[name])
            joint = joint * (size + 1) + codes[name] + 1
        return joint

    def _names(self) -> list[str]:
        names = [*self.numeric, *self.native]
        names += [name for one in self.encodings for name in _encoding_names(one)]
        return names + [_cross_name(one) for one in self.crossed]

    def _matrix(self, x: pd.DataFrame, codes: dict[str, Codes], encoded: list[Floats]) -> Floats:
        columns = [x[name].to_numpy(dtype=float) for name in self.numeric]
        columns += [np.where(codes[name] < 0, np.nan, codes[name]) for name in self.native]
        columns += encoded
        for one, two, how in self.crossed:
            left, right = x[one].to_numpy(dtype=float), x[two].to_numpy(dtype=float)
            if how == "-":
                columns.append(left - right)
            else:
                with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                    ratio = left / right
                columns.append(np.where(np.isfinite(ratio), ratio, np.nan))
        return np.column_stack(columns)


def _encoding_names(encoding: Encoding) -> list[str]:
    return [f"{'&'.join(encoding.columns)}:{what}" for what in ("mean", "count")]


def _cross_name(cross: tuple[str, str, str]) -> str:
    return f"{cross[0]} {cross[2]} {cross[1]}"


def _is_code(column: pd.Series) -> bool:
    values = column.dropna().to_numpy()
    return bool(len(values) and (values % 1 == 0).all() and 10 < len(np.unique(values)) <= len(column) / 10)


def _positions(column: pd.Series, levels: pd.Index) -> Codes:
    return levels.get_indexer(pd.Index(column)).astype(np.int64)


def _encode(group: tuple[str, ...], joint: Codes, y: Floats, weight: Floats, folds: Codes) -> tuple[Encoding, Floats]:
    keys, position = np.unique(joint, return_inverse=True)
    parts = int(folds.max()) + 1
    apart = position * parts + folds
    bad = np.bincount(apart, weights=weight * y, minlength=len(keys) * parts).reshape(-1, parts)
    all_ = np.bincount(apart, weights=weight, minlength=len(keys) * parts).reshape(-1, parts)
    prior = float(np.average(y, weights=weight))
    scale = float(weight.mean()) * SMOOTHING
    other_bad, other_all = (
        bad.sum(axis=1)[position] - bad[position, folds],
        all_.sum(axis=1)[position] - all_[position, folds],
    )
    cross_fitted = (other_bad + scale * prior) / (other_all + scale)
    mean = (bad.sum(axis=1) + scale * prior) / (all_.sum(axis=1) + scale)
    return Encoding(group, keys, mean, np.log1p(np.bincount(position).astype(float)), prior), cross_fitted


def _gain(matrix: Floats, y: Floats, weight: Floats, share: float, seed: int) -> Floats:
    """What a quick booster gains from each column."""
    settings = {
        "objective": "binary",
        "learning_rate": 0.1,
        "num_leaves": 15,
        "min_child_samples": 10,
        "feature_fraction": share,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbosity": -1,
    }
    quick = lgb.train(settings, lgb.Dataset(matrix, y, weight=weight), 100)
    return np.asarray(quick.feature_importance("gain"), dtype=float)
