"""How fast the card scores a million firms and one, beside the bare prediction of the boosters behind it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from data.codebook import read_codebook
from experiments.benchmarks.points.laws import random_firms
from experiments.benchmarks.points.planted import TRUTHS, firm_pool, plant
from models.points.card import PointsCard
from training.points.fit import PointsParams
from training.points.sample import build_sample
from training.points.shapes import ShapeParams, fit_shapes

FIRMS_A_SECOND = 1_000_000


def speed(params: PointsParams, shape: ShapeParams) -> dict[str, Any]:
    """Seconds for a million firms and microseconds for one, as ratios to a bare Booster.predict in the same run.

    The bare prediction is of the additive boosters behind the card: the pooled one and the firm's stage's own.
    """
    card = PointsCard.load(Path("artifacts/points/card.yaml"))
    pool, rng = firm_pool(), np.random.default_rng(params.seed)
    drawn = plant(pool, TRUTHS["planted"](pool.prior, rng), 20_000, rng)
    sample = build_sample(pool.card, drawn.cases, drawn.outcome)
    boosters = fit_shapes(sample, pool.prior, shape).boosters
    many = random_firms(FIRMS_A_SECOND, rng)
    matrix = many[list(read_codebook().keys)].to_numpy(dtype=float)
    stage = many["stage3"].to_numpy()
    rows = {name: np.flatnonzero(stage == name) for name in boosters if name != "pooled"}

    def bare_many() -> None:
        boosters["pooled"].predict(matrix, num_threads=2)
        for name, own in rows.items():
            boosters[name].predict(matrix[own], num_threads=2)

    records = [{str(key): value for key, value in row.items()} for row in many.head(2_000).to_dict("records")]
    alone = [matrix[place : place + 1] for place in range(300)]

    def bare_one() -> None:
        for place, row in enumerate(alone):
            boosters["pooled"].predict(row, num_threads=1)
            boosters[stage[place]].predict(row, num_threads=1)

    def one() -> None:
        for row in records:
            card.score_row(row)

    batch, bare_batch = _best(lambda: card.score(many)), _best(bare_many)
    single, bare_single = _best(one, 5) / len(records), _best(bare_one, 5) / len(alone)
    return {
        "million_firms_s": batch,
        "million_firms_bare_predict_s": bare_batch,
        "million_firms_ratio": batch / bare_batch,
        "one_firm_us": single * 1e6,
        "one_firm_bare_predict_us": bare_single * 1e6,
        "one_firm_ratio": single / bare_single,
        "trees": {name: booster.num_trees() for name, booster in boosters.items()},
    }


def _best(run: Callable[[], Any], times: int = 3) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
