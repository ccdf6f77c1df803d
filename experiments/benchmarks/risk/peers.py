"""The peers of ``bench risk``: each takes training columns and outcomes and returns a function of new rows."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost as xgb
from catboost import CatBoostClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

Floats = npt.NDArray[np.float64]
Predict = Callable[[pd.DataFrame], Floats]
RARE_SHARE = 0.01


def lightgbm_default(x: pd.DataFrame, y: Floats, weight: Floats, seed: int) -> Predict:
    """LightGBM as installed, categories native."""
    fitted = lgb.LGBMClassifier(verbosity=-1, n_jobs=1, random_state=seed).fit(x, y, sample_weight=weight)
    return lambda new: np.asarray(fitted.predict_proba(new)[:, 1])


def xgboost_default(x: pd.DataFrame, y: Floats, weight: Floats, seed: int) -> Predict:
    """XGBoost as installed, categories native."""
    fitted = xgb.XGBClassifier(n_jobs=1, enable_categorical=True, random_state=seed).fit(x, y, sample_weight=weight)
    return lambda new: np.asarray(fitted.predict_proba(new)[:, 1])


def catboost_default(x: pd.DataFrame, y: Floats, weight: Floats, seed: int) -> Predict:
    """CatBoost as installed, categories native."""
    return _catboost(x, y, weight, seed, {})


def catboost_tuned(x: pd.DataFrame, y: Floats, weight: Floats, seed: int, budget_s: float) -> Predict:
    """CatBoost by random search: settings and rounds by the log loss of a held-out fifth, while the budget lasts.

    The first trial is the default; the winner is fitted again on every row.
    """
    start = time.perf_counter()
    rng = np.random.default_rng(seed)
    rows = np.arange(len(y))
    inner, held = train_test_split(rows, test_size=0.2, random_state=seed, stratify=y)
    best: tuple[float, dict[str, Any]] | None = None
    longest = 0.0
    trial: dict[str, Any] = {}
    while best is None or time.perf_counter() - start + 2 * longest < budget_s:
        began = time.perf_counter()
        fitted = CatBoostClassifier(
            **_settings(x, seed) | {"iterations": 1_500, "od_type": "Iter", "od_wait": 60} | trial
        )
        ready = _strings(x)
        fitted.fit(
            ready.iloc[inner],
            y[inner],
            sample_weight=weight[inner],
            eval_set=(ready.iloc[held], y[held]),
        )
        loss = float(fitted.get_best_score()["validation"]["Logloss"])
        if best is None or loss < best[0]:
            rounds = max(20, round((fitted.get_best_iteration() + 1) * 1.1))
            best = (loss, trial | {"iterations": rounds, "learning_rate": fitted.get_all_params()["learning_rate"]})
        longest = max(longest, time.perf_counter() - began)
        trial = {
            "learning_rate": float(np.exp(rng.uniform(np.log(0.02), np.log(0.15)))),
            "depth": int(rng.integers(3, 9)),
            "l2_leaf_reg": float(np.exp(rng.uniform(np.log(0.5), np.log(20)))),
            "random_strength": float(rng.uniform(0, 3)),
            "bagging_temperature": float(rng.uniform(0, 1)),
            "rsm": float(rng.uniform(0.3, 1.0)),
        }
    return _catboost(x, y, weight, seed, best[1])


def woe_logistic(x: pd.DataFrame, y: Floats, weight: Floats) -> Predict:
    """The classic scorecard: weight of evidence on quantile bins (a category is a bin), then a logistic regression."""
    bins = {name: _bins(x[name], len(y)) for name in x}
    evidence = {}
    for name, position_of in bins.items():
        position = position_of(x[name])
        size = int(position.max()) + 2
        bad = np.bincount(position, weights=weight * y, minlength=size) + 0.5
        good = np.bincount(position, weights=weight * (1 - y), minlength=size) + 0.5
        evidence[name] = np.log(good / good.sum()) - np.log(bad / bad.sum())

    def columns(new: pd.DataFrame) -> Floats:
        every = []
        for name, position_of in bins.items():
            position = position_of(new[name])
            every.append(evidence[name][np.minimum(position, len(evidence[name]) - 1)])
        return np.column_stack(every)

    line = LogisticRegression(max_iter=2_000).fit(columns(x), y, sample_weight=weight)
    return lambda new: np.asarray(line.predict_proba(columns(new))[:, 1])


def woe_optbinning(x: pd.DataFrame, y: Floats, weight: Floats, python: Path) -> Predict:
    """Optbinning's optimal bins and a logistic regression, run by the interpreter that has it."""

    def predict(new: pd.DataFrame) -> Floats:
        with tempfile.TemporaryDirectory() as folder:
            side = {"train": _strings(x).assign(__y=y, __w=weight), "new": _strings(new)}
            for name, frame in side.items():
                frame.to_parquet(Path(folder) / f"{name}.parquet")
            subprocess.run([str(python), "-W", "ignore", "-c", _OPTBINNING, folder], check=True)
            return pd.read_parquet(Path(folder) / "predicted.parquet")["p"].to_numpy()

    return predict


_OPTBINNING = """
import sys, pandas as pd
from optbinning import BinningProcess
from sklearn.linear_model import LogisticRegression
folder = sys.argv[1]
train, new = (pd.read_parquet(f"{folder}/{name}.parquet") for name in ("train", "new"))
y, w, x = train["__y"], train["__w"], train.drop(columns=["__y", "__w"])
kinds = [name for name in x if not pd.api.types.is_numeric_dtype(x[name])]
bins = BinningProcess(list(x), categorical_variables=kinds).fit(x, y, sample_weight=w)
options = dict(metric="woe", metric_missing="empirical")
line = LogisticRegression(max_iter=2000).fit(bins.transform(x, **options), y, sample_weight=w)
pd.DataFrame({"p": line.predict_proba(bins.transform(new, **options))[:, 1]}).to_parquet(f"{folder}/predicted.parquet")
"""


def _bins(column: pd.Series, rows: int) -> Callable[[pd.Series], npt.NDArray[np.int64]]:
    """Bin of each value; missing and unseen values have bins of their own."""
    if column.dtype == "category":
        # A level that few cases have is no bin of its own: it would remember its cases.
        often = column.value_counts()
        levels = sorted(often.index[often >= max(10, RARE_SHARE * rows)])
        return lambda new: pd.Index(levels, dtype=object).get_indexer(new.astype(object)).astype(np.int64) + 1
    count = 4 if rows < 1_000 else 10
    edges: Floats = (
        np.unique(np.nanquantile(column, np.linspace(0, 1, count + 1)[1:-1])) if column.notna().any() else np.empty(0)
    )
    return lambda new: np.where(new.isna(), 0, np.searchsorted(edges, new) + 1)


def _catboost(x: pd.DataFrame, y: Floats, weight: Floats, seed: int, settings: dict[str, Any]) -> Predict:
    fitted = CatBoostClassifier(**_settings(x, seed) | settings).fit(_strings(x), y, sample_weight=weight)
    return lambda new: np.asarray(fitted.predict_proba(_strings(new))[:, 1])


def _settings(x: pd.DataFrame, seed: int) -> dict[str, Any]:
    kinds = [name for name in x if x[name].dtype == "category"]
    return {
        "verbose": 0,
        "thread_count": 1,
        "random_seed": seed,
        "allow_writing_files": False,
        "cat_features": kinds,
    }


def _strings(x: pd.DataFrame) -> pd.DataFrame:
    """Categories as text, a missing one as its own; CatBoost takes no other."""
    return x.assign(
        **{
            str(name): x[name].astype(object).where(x[name].notna(), "(missing)").astype(str)
            for name in x
            if x[name].dtype == "category"
        }
    )
