"""The ingested tables and the day of the snapshot."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from training.pipeline.matching_records import RECORDS, SNAPSHOT, TABLES, read_tables, snapshot_day


@pytest.mark.contract
def test_tables_are_read_by_name_and_the_day_is_the_latest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in (RECORDS, SNAPSHOT.parent):
        Path(folder).mkdir(parents=True)
    for name in TABLES:
        pd.DataFrame({"name": [name]}).to_parquet(RECORDS / f"{name}.parquet")
    pd.DataFrame({"as_of": pd.to_datetime(["2024-06-30", "2023-06-30"])}).to_parquet(SNAPSHOT)
    assert {name: table["name"].tolist() for name, table in read_tables().items()} == {name: [name] for name in TABLES}
    assert snapshot_day() == pd.Timestamp("2024-06-30")
    (RECORDS / "demands.parquet").unlink()
    with pytest.raises(FileNotFoundError, match="demands"):
        read_tables()
