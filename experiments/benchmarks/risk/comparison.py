"""Models compared on the same rows: figures with intervals, paired differences, and ranks over tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from training.risk.figures import FIGURES, TAIL, Predicted, resamples, summary
from training.risk.table import Table

Floats = npt.NDArray[np.float64]
DRAWS = 200
LOWER_IS_BETTER = ("brier", "log_loss")


def evaluate(table: Table, predicted: dict[str, Floats], seed: int) -> dict[str, Any]:
    """Figures of every model, mean over repeats, with intervals, and each peer's paired difference from ours."""
    tested = ~np.isnan(predicted["ours"]).any(axis=0)
    y, weight = table.y[tested], table.weight[tested]
    group = np.flatnonzero(tested) if table.group is None else table.group[tested]
    draws = resamples(group, y, DRAWS, seed)
    every = {name: [Predicted(one[tested], y) for one in values] for name, values in predicted.items()}
    spread: dict[str, pd.DataFrame] = {}
    models: dict[str, Any] = {}
    for name, ones in every.items():
        spread[name] = pd.DataFrame([_mean(ones, weight * draw) for draw in draws])
        models[name] = {"figures": summary(_mean(ones, weight), spread[name])}
    for name in models:
        gap = spread["ours"] - spread[name]
        models[name]["ours_minus_this"] = {
            figure: {
                "value": models["ours"]["figures"][figure]["value"] - models[name]["figures"][figure]["value"],
                "low": float(gap[figure].quantile(TAIL)),
                "high": float(gap[figure].quantile(1 - TAIL)),
            }
            for figure in FIGURES
        }
    untuned = [name for name in models if name.endswith("_default")]
    if not untuned:
        return {"models": models}
    best = max(untuned, key=lambda name: models[name]["figures"]["auc"]["value"])
    least = min(untuned, key=lambda name: models[name]["figures"]["log_loss"]["value"])
    gap = models[least]["ours_minus_this"]["log_loss"]
    floor = models[best]["figures"]["auc"]["value"] - models[best]["figures"]["auc"]["se"]
    return {
        "models": models,
        "auc_floor": {"peer": best, "value": floor, "held": models["ours"]["figures"]["auc"]["value"] >= floor},
        "log_loss_against_best": {"peer": least, **gap, "not_worse": gap["low"] <= 0},
    }


def _mean(ones: Sequence[Predicted], weight: Floats) -> dict[str, float]:
    rows = [one.figures(weight) for one in ones]
    return {name: float(np.mean([row[name] for row in rows])) for name in FIGURES}


def mean_ranks(every: Mapping[str, Any]) -> dict[str, float]:
    """Mean rank over Brier and log loss over the tables, 1 is best; of the models that every table has.

    A table whose classes are given away by how it was made (``unranked``) has no part in it.
    """
    tables = [one["models"] for one in every.values() if not one.get("unranked")]
    if not tables:
        return {}
    names = [name for name in tables[0] if all(name in one for one in tables)]
    ranks = [
        rankdata([models[name]["figures"][figure]["value"] for name in names])
        for models in tables
        for figure in LOWER_IS_BETTER
    ]
    return dict(zip(names, np.mean(ranks, axis=0).tolist(), strict=True))
