"""The ingest stage stops on too many quarantined rows."""

from __future__ import annotations

import pandas as pd
import pytest
from typer.testing import CliRunner

from training.__main__ import app
from training.pipeline import ingest as stage

pytestmark = pytest.mark.law


def small_cohort(cohort, folder):
    known = set(cohort.tables["enterprises"]["uscc"].head(60))
    for name, table in cohort.tables.items():
        table.loc[table["uscc"].isin(known)].head(500).to_parquet(folder / f"{name}.parquet")


def test_too_many_quarantined_rows_stop_the_pipeline_and_are_reported(cohort, tmp_path, monkeypatch):
    """Above the share of params.yaml: exit 1, the columns at fault printed, the rows kept for looking, no tables."""
    raw = tmp_path / "raw"
    raw.mkdir()
    small_cohort(cohort, raw)
    loans = pd.read_parquet(raw / "loans.parquet")
    amounts = loans["amount_wan"].copy()
    loans.loc[loans.index[: max(len(loans) // 5, 1)], "amount_wan"] = -1.0
    loans.to_parquet(raw / "loans.parquet")
    monkeypatch.setattr(stage, "RAW", raw)
    monkeypatch.setattr(stage, "DERIVED", tmp_path / "out")
    monkeypatch.setattr(stage, "ARTIFACTS", tmp_path / "artifacts")
    failed = CliRunner().invoke(app, ["ingest"])
    assert failed.exit_code == 1
    result = " ".join(failed.output.split())
    assert "loans:" in result
    assert "amount_wan:" in result
    assert len(pd.read_parquet(tmp_path / "out/quarantine/loans.parquet")) == max(len(loans) // 5, 1)
    assert not (tmp_path / "out/tables").exists()
    loans["amount_wan"] = amounts
    loans.to_parquet(raw / "loans.parquet")
    passed = CliRunner().invoke(app, ["ingest"])
    assert passed.exit_code == 0, passed.output
    assert f"loans: read {len(loans)}, kept {len(loans)}, quarantined 0" in passed.output


def test_a_folder_of_ones_own_chain_tables_needs_no_other_and_leaves_the_figures(tmp_path, monkeypatch):
    """With --source and --chain-only: the chain's tables alone; an empty one is one sentence and exit 1."""
    monkeypatch.setattr(stage, "DERIVED", tmp_path / "out")
    monkeypatch.setattr(stage, "ARTIFACTS", tmp_path / "artifacts")
    links = tmp_path / "product_links.csv"
    links.write_text("上游产品,下游产品,来源\n镜头,摄像机,调研\n", encoding="utf-8")
    (tmp_path / "product_link.csv").write_text("x", encoding="utf-8")
    passed = CliRunner().invoke(app, ["ingest", "--source", str(tmp_path), "--chain-only"])
    assert passed.exit_code == 0, passed.output
    assert "product_links: read 1, kept 1, quarantined 0" in passed.output
    assert "not read, as no table of this run has their names: 2\n  out/\n  product_link.csv\n" in passed.output
    assert pd.read_parquet(tmp_path / "out/chain/product_links.parquet").to_numpy().tolist() == [
        ["镜头", "摄像机", "调研"]
    ]
    assert not (tmp_path / "artifacts").exists()
    links.write_text("上游产品,下游产品,来源\n", encoding="utf-8")
    failed = CliRunner().invoke(app, ["ingest", "--source", str(tmp_path), "--chain-only"])
    assert failed.exit_code == 1
    assert "the table has 0 rows" in failed.output
