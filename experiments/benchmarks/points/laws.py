"""The laws of the card over random firms: a better value never costs points, and hiding a value never gains any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.codebook import read_codebook
from experiments.benchmarks.points.planted import firm_pool
from models.points.card import PointsCard
from training.points.audit import hiding
from training.points.fit import PointsParams


def laws(params: PointsParams, firms: int = 10_000) -> dict[str, Any]:
    """Falls of points when one value betters, over random firms and every indicator; and what hiding ever gains."""
    card = PointsCard.load(Path("artifacts/points/card.yaml"))
    book, rng = read_codebook(), np.random.default_rng(params.seed)
    cases = random_firms(firms, rng)
    before, falls = card.score(cases)["total"], {}
    for item in book:
        better = cases[item.key].fillna(item.low if item.direction > 0 else item.high)
        edge = item.high if item.direction > 0 else item.low
        better = better + (edge - better) * rng.random(firms) ** 4
        falls[item.key] = int((card.score(cases.assign(**{item.key: better}))["total"] < before).sum())
    return {
        "card": card.version,
        "firms": firms,
        "indicators": len(book),
        "points_fell": sum(falls.values()),
        "hiding": hiding(card, cases),
    }


def random_firms(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Firms from the pool, each value exchanged with another firm's, a tenth of them missing."""
    pool = firm_pool()
    cases = pool.cases.iloc[rng.integers(0, len(pool.cases), n)].reset_index(drop=True)
    for item in read_codebook():
        cases[item.key] = rng.permutation(cases[item.key].to_numpy(dtype=float))
        cases.loc[rng.random(n) < 0.1, item.key] = np.nan
    return cases.assign(revenue_wan=800.0, age_years=5.0)
