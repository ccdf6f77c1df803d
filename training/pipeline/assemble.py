"""Cases as they were known on their days, their labels, and the snapshot that is served."""

from __future__ import annotations

import pandas as pd

from features.labels import Outcome, survivorship
from training.assemble import assemble_cases
from training.assembled import (
    TABLES,
    AssembleParams,
)
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, write_json
from training.quota import fit as quota_training


def assemble() -> None:
    """Point-in-time cases for points, limit and risk with their labels, and the snapshot that is served."""
    params, limit = read_section("assemble", AssembleParams), read_section("quota", quota_training.QuotaParams)
    made = assemble_cases(ARTIFACTS / "snapshot", params, limit, read_section("points_outcome", Outcome))
    enterprises = pd.read_parquet(TABLES / "enterprises.parquet")
    founded = int((enterprises["founded_on"] <= pd.Timestamp(params.snapshot_on)).sum())
    write_json(
        ARTIFACTS / "labels/metrics.json",
        {
            "caveat": CAVEAT,
            "snapshot": {"enterprises": made.snapshot, "closed or left before": founded - made.snapshot},
            "labels": {
                name: {"cases": len(one.table), "labelled": len(one.rows), "dropped": one.dropped}
                for name, one in made.labels.items()
            },
            "survivorship": {
                name: survivorship(one, enterprises, pd.Timestamp(params.observed_until))
                for name, one in made.labels.items()
            },
        },
    )
