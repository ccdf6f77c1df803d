"""Loans whose default rates are their PDs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from training.params import read_section
from training.risk.disclosure import (
    DisclosureParams,
)

PARAMS = read_section("disclosure", DisclosureParams)
SCALE = {"A": 0.01, "B": 0.04, "C": 1.0}


def loans(seed=0, n=3_000, factor=1.0):
    """Loans of 1,000 firms in three half-years, whose default rates are their PDs times ``factor``."""
    rng = np.random.default_rng(seed)
    pd_12m = rng.choice([0.005, 0.02, 0.1], n)
    return pd.DataFrame(
        {
            "uscc": [f"firm{number % 1_000}" for number in range(n)],
            "as_of": np.repeat(pd.to_datetime(["2022-06-15", "2022-12-15", "2023-06-15"]), n // 3),
            "growth_stage": rng.choice(["startup", "growth", "stable"], n),
            "risk_grade": np.select([pd_12m < 0.01, pd_12m < 0.04], ["A", "B"], "C"),
            "pd_12m": pd_12m,
            "default": (rng.random(n) < factor * pd_12m).astype(int),
        }
    )
