"""A small log with a known law, for the tests beside it."""

import numpy as np
import pandas as pd

from experiments.benchmarks.remaining_time.logs import as_log


def events(seed=0, cases=260):
    """Four events a case, log-normal gaps, starts over 300 days."""
    rng = np.random.default_rng(seed)
    start = np.sort(rng.uniform(0, 300, cases))
    at = start[:, None] + np.cumsum(np.c_[np.zeros(cases), np.exp(1.0 + 0.4 * rng.normal(size=(cases, 3)))], axis=1)
    return pd.DataFrame(
        {
            "case_id": np.repeat([f"c{one:04d}" for one in range(cases)], 4),
            "activity": np.tile(["declared", "accepted", "released", "completed"], cases),
            "timestamp": pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(at.ravel(), unit="D"),
        }
    )


def planted_log(seed=0, cases=260):
    return as_log("planted", events(seed, cases).rename(columns={"timestamp": "at"}))
