"""Points for any table: a codebook of its own, a target, an enterprise and a time; learned points against a line.

The same code as the pipeline's: percentiles among frozen peers, shrunk points, the verdict on stages. Tested on later
times of enterprises that were not trained on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler

from data.codebook import Codebook
from data.splits import enterprise_share
from training.points.fit import Fitted, PointsParams, fit
from training.points.shapes import ShapeParams
from training.points.verdict import rank_quality

Floats = npt.NDArray[np.float64]
TEST_TIMES, TEST_FIRMS = 0.3, 0.35


class PanelError(ValueError):
    """A table cannot be learned from; the message lists every fault."""


@dataclass(frozen=True)
class Columns:
    """What each column of a table holds; ``stage`` and ``industry`` may be absent: then there is one of each."""

    target: str
    entity: str
    time: str
    stage: str | None = None
    industry: str | None = None


@dataclass(frozen=True)
class Panel:
    """Cases as the points take them, and the outcome of each."""

    cases: pd.DataFrame
    outcome: pd.Series


def read_panel(path: Path, codebook: Codebook, columns: Columns) -> Panel:
    """A CSV or Parquet table as cases.

    raises : PanelError naming absent columns, values that are no numbers, unknown stages, and times that are no dates
    """
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (OSError, ValueError) as fault:
        raise PanelError(f"{path.name} cannot be read as CSV or Parquet: {fault}") from fault
    named = [columns.target, columns.entity, columns.time, columns.stage, columns.industry]
    absent = [name for name in (*codebook.keys, *named) if name is not None and name not in table]
    if absent:
        raise PanelError(f"{path.name} lacks the columns {absent}; it has {list(table.columns)}")
    problems = [
        f"{name}: {table[name].dtype} is no number"
        for name in (*codebook.keys, columns.target)
        if not pd.api.types.is_numeric_dtype(table[name])
    ]
    stage = table[columns.stage].astype(str) if columns.stage else pd.Series(codebook.stages[0], index=table.index)
    alien = sorted(set(stage) - set(codebook.stages))
    if alien:
        problems.append(f"{columns.stage}: stages {alien} have no weight in the codebook, it has {codebook.stages}")
    time = table[columns.time]
    day = pd.to_datetime(time.astype(str) + "-12-31" if pd.api.types.is_integer_dtype(time) else time, errors="coerce")
    if day.isna().any():
        problems.append(
            f"{columns.time}: {int(day.isna().sum())} values are no dates or years, first {time[day.isna()].iloc[0]!r}"
        )
    elif day.nunique() < 3:
        problems.append(
            f"{columns.time}: {day.nunique()} different times, at least 3 are needed to train, validate and test"
        )
    if problems:
        raise PanelError(f"{path.name}:\n  " + "\n  ".join(problems))
    cases = (
        table[list(codebook.keys)]
        .astype(float)
        .assign(
            uscc=table[columns.entity].astype(str),
            as_of=day,
            growth_stage=stage,
            industry=table[columns.industry].astype(str) if columns.industry else "all",
            size_rule="all",
            size_class="all",
        )
    )
    return Panel(cases, table[columns.target].astype(float))


def study(panel: Panel, codebook: Codebook, params: PointsParams, shape: ShapeParams) -> dict[str, Any]:
    """Rank quality of learned points on later times of other enterprises, against the prior and rival learners.

    The largest share of one indicator is a zone's policy and not bounded here: a table may have three indicators.
    """
    params = replace(params, largest_base_share=1.0, largest_bonus_share=1.0)
    cases, outcome = panel.cases, panel.outcome
    days = np.sort(cases["as_of"].unique())
    # The last times test; of those before, the last third validates.
    tests = max(1, round(TEST_TIMES * len(days)))
    tests_on = max(1, (len(days) - tests) // 3)
    test_from, tests_end = days[len(days) - tests], days[len(days) - tests - tests_on]
    held = enterprise_share(cases["uscc"], "panel") < TEST_FIRMS
    known = ((cases["as_of"] < test_from) & ~held & outcome.notna()).to_numpy()
    tested = ((cases["as_of"] >= test_from) & held & outcome.notna()).to_numpy()
    trained_on, later = cases.loc[known], cases.loc[tested]
    if known.sum() < 50 or tested.sum() < 30:
        raise PanelError(
            f"{int(known.sum())} rows to train on and {int(tested.sum())} to test; at least 50 and 30 are needed"
        )
    reference = trained_on.reset_index(drop=True)
    fitted = fit(
        reference, trained_on, outcome[known], (trained_on["as_of"] >= tests_end).to_numpy(), codebook, params, shape
    )
    scores = {
        "learned": _totals(fitted, later, "card"),
        "prior": _totals(fitted, later, "prior"),
        "pooled": _totals(fitted, later, "pooled"),
        **rivals(trained_on, outcome[known], later, codebook, params.seed),
    }
    quality = quality_of(scores, outcome[tested], later, params)
    weights = {
        stage: {key: [fitted.stage.points_low[stage][key][-1], value, fitted.stage.points_high[stage][key][-1]]
                for key, value in rows.items()}
        for stage, rows in fitted.stage.weights.items()
    }  # fmt: skip
    return {
        "rows": {"trained_on": int(known.sum()), "tested": int(tested.sum())},
        "enterprises": {"trained_on": int(trained_on["uscc"].nunique()), "tested": int(later["uscc"].nunique())},
        "test_from": str(pd.Timestamp(test_from).date()),
        "verdict": fitted.verdict.as_dict(),
        "quality": quality,
        "stage_weights_with_interval": weights,
    }


def quality_of(
    scores: dict[str, Floats], outcome: pd.Series, later: pd.DataFrame, params: PointsParams
) -> dict[str, Any]:
    """``rank_quality`` of scores and outcomes of the cases ``later``, all of shape (n,) and in its order."""
    stage, enterprise = later["growth_stage"].to_numpy(), later["uscc"].to_numpy()
    return rank_quality(scores, outcome.to_numpy(), stage, enterprise, level=params.interval_level, seed=params.seed)


def rivals(
    trained_on: pd.DataFrame, outcome: pd.Series, later: pd.DataFrame, codebook: Codebook, seed: int
) -> dict[str, Floats]:
    """Predictions of a straight line and an unconstrained LightGBM for the later cases, from the same columns.

    linear : ridge on the codebook's scale, gaps at the median with a flag, stages as columns
    """
    stages = sorted(trained_on["growth_stage"].unique())

    def wide(cases: pd.DataFrame) -> pd.DataFrame:
        columns = {item.key: np.log1p(cases[item.key]) if item.transform == "log1p" else cases[item.key]
                   for item in codebook}  # fmt: skip
        table = pd.DataFrame(columns, index=cases.index)
        flags = {f"{key}_missing": table[key].isna().astype(float) for key in codebook.keys}
        ordinal = {f"stage_{name}": (cases["growth_stage"] == name).astype(float) for name in stages}
        return table.assign(**flags, **ordinal)

    train, test = wide(trained_on), wide(later)
    middle = train.median()
    scaler = StandardScaler().fit(train.fillna(middle))
    line = RidgeCV(np.logspace(-2, 4, 13)).fit(scaler.transform(train.fillna(middle)), outcome)
    booster = lightgbm.train(
        {"objective": "regression", "learning_rate": 0.05, "num_leaves": 15, "min_child_samples": 40,
         "feature_fraction": 0.7, "bagging_fraction": 0.8, "bagging_freq": 1, "num_threads": 1, "deterministic": True,
         "seed": seed, "verbosity": -1},
        lightgbm.Dataset(train, outcome),
        200,
    )  # fmt: skip
    return {
        "linear": np.asarray(line.predict(scaler.transform(test.fillna(middle)))),
        "unconstrained_lightgbm": np.asarray(booster.predict(test)),
    }


def _totals(fitted: Fitted, cases: pd.DataFrame, name: str) -> Floats:
    return np.asarray(getattr(fitted, name).score(cases)["total"].to_numpy())
