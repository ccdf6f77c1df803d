"""Experiment 0003: why a learner with ratios and differences of columns reaches an AUC of .996 on the Polish table.

A difference of two columns shows whether they are equal to the last digit, which their values alone do not. If the
two classes were put together by different procedures, equality gives the class away and is no fact of a firm.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from training.risk.leakage_equal import equal_pairs

Floats = npt.NDArray[np.float64]
APART = 0.01  # pairs whose share of equal rows differs by more between the classes are kept
SHOWN = 8
FOLDS, ROUNDS, SEED = 5, 300, 7


def equalities(x: Floats, y: Floats) -> tuple[list[tuple[int, int]], Floats, Floats]:
    """Pairs of columns that are equal more often in one class, the flags (n, pairs), and both shares (pairs, 2).

    x : (n, k), NaN where missing, which equals nothing; y : 0 or 1, (n,)
    """
    pairs, same = equal_pairs(x)
    flags = same.astype(float)
    shares = np.column_stack([flags[y == 0].mean(axis=0), flags[y == 1].mean(axis=0)])
    order = np.argsort(-np.abs(shares[:, 1] - shares[:, 0]), kind="stable")
    kept = [position for position in order if abs(shares[position, 1] - shares[position, 0]) > APART]
    return [pairs[position] for position in kept], flags[:, kept], shares[kept]


def auc(x: Floats, y: Floats) -> float:
    """AUC of LightGBM out of fold, stratified, the same settings for every set of columns."""
    settings = {
        "objective": "binary", "learning_rate": 0.06, "num_leaves": 15, "min_child_samples": 14, "reg_lambda": 5.0,
        "feature_fraction_bynode": 0.25, "bagging_fraction": 0.8, "bagging_freq": 1, "num_threads": 1,
        "deterministic": True, "force_row_wise": True, "seed": SEED, "verbosity": -1,
    }  # fmt: skip
    predicted = np.empty(len(y))
    for train, rest in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(x, y):
        predicted[rest] = lgb.train(settings, lgb.Dataset(x[train], y[train]), ROUNDS).predict(x[rest])
    return float(roc_auc_score(y, predicted))


def run(path: Path, folder: Path) -> dict[str, Any]:
    """Read the table (columns Attr1..Attr64, bankrupt), measure, and write ``results/metrics.json`` in ``folder``."""
    table = pd.read_parquet(path)
    y = table["bankrupt"].to_numpy(dtype=float)
    x = table.drop(columns="bankrupt").apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    pairs, flags, shares = equalities(x, y)
    report = {
        "rows": len(y),
        "bankrupt": int(y.sum()),
        "pairs": len(pairs),
        "most_telling_pairs": [
            {"columns": [f"Attr{i + 1}", f"Attr{j + 1}"], "equal_share_sound": good, "equal_share_bankrupt": bad}
            for (i, j), (good, bad) in zip(pairs[:SHOWN], shares[:SHOWN].tolist(), strict=True)
        ],
        "auc": {
            "values": auc(x, y),
            "equality_flags_alone": auc(flags, y),
            "values_and_equality_flags": auc(np.column_stack([x, flags]), y),
            "missing_flags_alone": auc(np.isnan(x).astype(float), y),
        },
    }
    out = folder / "results"
    out.mkdir(parents=True, exist_ok=True)
    (out / "metrics.json").write_text(json.dumps(report, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return report
