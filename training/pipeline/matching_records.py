"""Where matching reads the zone's own records."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

RECORDS, SNAPSHOT = Path("data/derived/matching"), Path("artifacts/snapshot/cases.parquet")
TABLES = ("demands", "capabilities", "match_outcomes")


def read_tables() -> dict[str, pd.DataFrame]:
    """The ingested tables by name."""
    return {name: pd.read_parquet(RECORDS / f"{name}.parquet") for name in TABLES}


def snapshot_day() -> pd.Timestamp:
    """The day of the snapshot."""
    day: pd.Timestamp = pd.read_parquet(SNAPSHOT, columns=["as_of"])["as_of"].max()
    return day
