"""A small log of declarations with planted medians: office 2 takes four times as long to release."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.clearance import MILESTONES

HOURS = {"accepted": 0.05, "examined": 3.0, "released": 10.0, "completed": 60.0}


@pytest.fixture(scope="session")
def clearance_log() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Events and declarations of a year."""
    rng, n = np.random.default_rng(3), 500
    office = rng.choice(["2901", "2902"], n)
    at = pd.Timestamp("2023-01-01", tz="UTC") + pd.to_timedelta(np.sort(rng.uniform(0, 360, n)), unit="D")
    declarations = pd.DataFrame({"declaration_id": [f"D{i:04d}" for i in range(n)], "office": office})
    declarations = declarations.assign(direction="export", transport="2", supervision_mode="0110", hs_chapter="85",
                                       n_goods=2, gross_kg=100.0, clearance_status="completed")  # fmt: skip
    parts = []
    for name in MILESTONES:
        if name != "declared":
            slow = np.where((office == "2902") & (name == "released"), 4.0, 1.0)
            at = at + pd.to_timedelta(HOURS[name] * slow * np.exp(rng.normal(0, 0.4, n)), unit="h")
        instant = at.round("s").as_unit("us")
        declarations[f"{name}_at"] = instant
        parts.append(pd.DataFrame({"declaration_id": declarations["declaration_id"], "status": name, "at": instant,
                                   "received_at": instant + pd.Timedelta(seconds=30)}))  # fmt: skip
    return pd.concat(parts, ignore_index=True), declarations
