"""How a model of firms has to behave on cases: what must not matter, what must help or harm, what is cheap to fake."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import pandas as pd

from data.growth_stages import UNKNOWN
from models.comparison.rows import Floats
from training.points.audit import gamed
from training.promotion.checks import Behaviour

Predict = Callable[[pd.DataFrame], Floats]  # one figure a case, by the cases' order
SAMPLE = 200  # real rows that a check varies
ALONE = 20  # of them, predicted one by one
WEAK = {"overdue_days_max_24m": 90.0, "litigation_count_24m": 5.0, "debt_to_asset_ratio": 0.95,
        "revenue_growth": -0.5, "net_profit_margin": -0.5, "invention_patents_valid": 0.0}  # fmt: skip
SOUND = {"overdue_days_max_24m": 0.0, "litigation_count_24m": 0.0, "debt_to_asset_ratio": 0.2,
         "revenue_growth": 0.5, "net_profit_margin": 0.3, "invention_patents_valid": 20.0}  # fmt: skip


def sample_of(cases: pd.DataFrame, seed: int, rows: int = SAMPLE) -> pd.DataFrame:
    """Some cases of known growth stage, numbered anew."""
    known = cases.loc[cases["growth_stage"] != UNKNOWN]
    return known.sample(min(rows, len(known)), random_state=seed).reset_index(drop=True)


def case_behaviours(predict: Predict, cases: pd.DataFrame, better: int, padding_gain: float) -> list[Behaviour]:
    """The behaviours of a model whose prediction is better when higher (``better`` 1) or when lower (-1)."""
    before = predict(cases)

    def moved(**columns: pd.Series | float | str) -> Floats:
        return np.asarray(better * (predict(cases.assign(**columns)) - before), dtype=float)

    reversed_rows = predict(cases.iloc[::-1])[::-1]
    alone = np.concatenate([predict(cases.iloc[[row]]) for row in range(min(ALONE, len(cases)))])
    profiles = [predict(cases.assign(**one)) for one in (WEAK, SOUND)]
    return [
        Behaviour("name", moved(uscc=cases["uscc"].astype(str).str[::-1]), 0.0, 0.0),
        Behaviour("order", reversed_rows - before, 0.0, 0.0),
        Behaviour("other_rows", alone - before[: len(alone)], 0.0, 0.0),
        Behaviour("patent", moved(invention_patents_valid=cases["invention_patents_valid"] + 1.0), low=0.0),
        Behaviour("overdue", moved(overdue_days_max_24m=cases["overdue_days_max_24m"] + 30.0), high=0.0),
        Behaviour("litigation", moved(litigation_count_24m=cases["litigation_count_24m"] + 1.0), high=0.0),
        Behaviour("debt", moved(debt_to_asset_ratio=cases["debt_to_asset_ratio"] + 0.1), high=0.0),
        Behaviour("cash", moved(operating_cash_flow_wan=cases["operating_cash_flow_wan"] + 100.0), low=0.0),
        Behaviour("weak_firm", better * (profiles[1] - profiles[0]), low=0.0),
        padding(better * (predict(gamed(cases, relabelled=1.0)) - before), padding_gain),
    ]


def padding(gain: Floats, allowed: float) -> Behaviour:
    """What a burst of cheap rights gains the mean firm; gain: of each, shape (rows,)."""
    return Behaviour("padding", gain.mean(keepdims=True), high=allowed)


def milliseconds(predict: Predict, cases: pd.DataFrame) -> list[float]:
    """What each prediction of one case alone takes; the first, which may load something, is left out."""
    taken = []
    for row in range(min(ALONE, len(cases)) + 1):
        one = cases.iloc[[row % len(cases)]]
        started = perf_counter()
        predict(one)
        taken.append(1_000 * (perf_counter() - started))
    return taken[1:]
