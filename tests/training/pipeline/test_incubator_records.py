"""The stage that writes the simulated registry."""

from __future__ import annotations

import shutil

import pytest

from training.pipeline.incubator_records import RECORDS, incubator_records


@pytest.mark.usefixtures("tmp_path")
def test_the_stage_writes_every_table(tmp_path, monkeypatch, pytestconfig):
    """With the planted faults beside them."""
    shutil.copy(pytestconfig.rootpath / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    incubator_records()
    assert sorted(path.name for path in (tmp_path / RECORDS).iterdir()) == [
        "corrections.jsonl", "incubators.csv", "planted_faults.csv", "reports.csv", "tenants.csv", "vouchers.csv"
    ]  # fmt: skip
