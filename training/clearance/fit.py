"""The models of the forecasts: one of remaining time a stage, by what had been received before the day of the fit.

Declarations whose receipts contradict one another are not learned from; those without an end, withdrawn ones among
them, count as open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.beijing import BEIJING_ZONE
from features.clearance import CATEGORIES, NUMBERS, STAGES, KnownMedians, features_at, moments, recent_medians
from models.clearance.forecast import ClearanceModel, forecast_rows, reached_number
from models.clearance.labels import learned_since, stage_ends
from models.remaining_time.columns import days_of
from models.remaining_time.scores import winkler
from training.remaining_time import RemainingTimeParams, fit

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ClearanceParams:
    """Section ``clearance`` of params.yaml.

    test_from, observed_until : days of Beijing; the figures are of the time between, by a fit on the first; what is
        packed is fitted on the second
    most_rows, steps, remembered, rounds : of each stage's fit (``training.remaining_time``)
    """

    test_from: str
    observed_until: str
    most_rows: int = 10_000
    steps: int = 3
    remembered: int = 1
    rounds: int = 120
    seed: int = 7


def day_of(text: str) -> pd.Timestamp:
    """The beginning of a day of Beijing, in UTC."""
    return pd.Timestamp(text, tz=BEIJING_ZONE).tz_convert("UTC")


def fit_clearance(
    events: pd.DataFrame, declarations: pd.DataFrame, params: ClearanceParams, day: pd.Timestamp
) -> ClearanceModel:
    """The models by what was known on ``day``; raises TooFewCasesError of ``training.remaining_time``."""
    seen = events[events["received_at"] < day]
    recent = recent_medians(seen, declarations)
    clear = declarations.loc[declarations["clearance_status"] != "contradictory"].reset_index(drop=True)
    rows = features_at(moments(seen, day), seen, clear, KnownMedians.of(recent))
    rows = rows[rows["declaration_id"].isin(set(clear["declaration_id"]))]
    settings = RemainingTimeParams(
        numbers=NUMBERS, categories=("milestone", *CATEGORIES), office="office", zone=BEIJING_ZONE, seed=params.seed,
        most_rows=params.most_rows, steps=params.steps, rounds=params.rounds, end_rounds=params.rounds,
        remembered=params.remembered,
    )  # fmt: skip
    stages = {}
    for stage in STAGES:
        ends = stage_ends(seen, clear, stage, day)
        before = rows[reached_number(rows) <= STAGES.index(stage)].rename(columns={"declaration_id": "case_id"})
        closed = before["case_id"].map(ends.set_index("case_id")["closed_at"])
        stages[stage] = fit(ends, before[~(closed < before["known_at"])], settings, day)
    return ClearanceModel(stages, recent)


def out_of_time_figures(
    model: ClearanceModel, events: pd.DataFrame, declarations: pd.DataFrame, since: pd.Timestamp, until: pd.Timestamp
) -> dict[str, dict[str, Any]]:
    """Of each stage, over the receipts of declarations of a time after the fit, late labels fed in as they arrive.

    Rows weigh one over the rows of their declaration. ``recent_median`` is what the office's recent medians known then
    would have given: the sum of those of the stages to come, less the time in the current one, at least 0.
    """
    known = learned_since(model, events, declarations, until.to_pydatetime())
    rows = moments(events[events["received_at"] < until], until, mornings=False)
    clear = set(declarations.loc[declarations["clearance_status"] != "contradictory", "declaration_id"])
    rows = rows[(rows["known_at"] >= since) & rows["declaration_id"].isin(clear)]
    features = features_at(rows, events, declarations, known.known_medians)
    made = forecast_rows(features, known)
    return {
        stage: stage_figures(
            made.table.iloc[made.positions[stage]], features, stage_ends(events, declarations, stage, until), stage
        )
        for stage in STAGES
    }


def stage_figures(table: pd.DataFrame, features: pd.DataFrame, ends: pd.DataFrame, stage: str) -> dict[str, Any]:
    """Errors, coverage and interval score in hours of one stage's rows of a forecast, and the recent median's error."""
    closed = days_of(table["declaration_id"].map(ends.set_index("case_id")["closed_at"]))
    now = days_of(table["known_at"])
    used = np.flatnonzero(closed >= now)
    table, actual, now = table.iloc[used], (closed - now)[used] * 24, now[used]
    low, median, high = (np.maximum(days_of(table[f"{name}_at"]) - now, 0) * 24 for name in ("low", "median", "high"))
    count = table.groupby("declaration_id")["declaration_id"].transform("size").to_numpy(dtype=float)
    weight = 1 / count
    usual = recent_median_hours(features.iloc[table["feature_row"].to_numpy()], stage)
    return {
        "declarations": int(table["declaration_id"].nunique()),
        "rows": len(table),
        "mae_hours": _mean(np.abs(median - actual), weight),
        "recent_median_mae_hours": _mean(np.abs(usual - actual), weight),
        "coverage": _mean(((low <= actual) & (actual <= high)).astype(float), weight),
        "width_hours": _mean(high - low, weight),
        "interval_score_hours": _mean(winkler(actual, low, high), weight),
        "reliable_share": _mean(table["reliable"].to_numpy(dtype=float), weight),
    }


def recent_median_hours(features: pd.DataFrame, stage: str) -> Floats:
    """Hours to a stage by the recent medians of the office: the current stage's less the time in it, and the later."""
    reached = reached_number(features)
    total = np.zeros(len(features))
    for at, one in enumerate(STAGES[: STAGES.index(stage) + 1]):
        days = features[f"recent_{one}_days"].fillna(0.0).to_numpy(dtype=float)
        spent = np.where(reached == at, features["stage_elapsed_days"].to_numpy(dtype=float), 0.0)
        total += np.where(reached <= at, np.maximum(days - spent, 0.0), 0.0)
    found: Floats = total * 24
    return found


def _mean(values: Floats, weight: Floats) -> float:
    return float(values @ weight / weight.sum()) if len(values) else float("nan")
