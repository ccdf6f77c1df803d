"""The stage that makes the cohort keeps its truth apart and its figures beside their targets."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from data.synthetic.tables import SyntheticParams, synthesize, target_table
from training.pipeline import synthesize as stage


@pytest.mark.contract
def test_tables_and_truth_go_to_folders_of_their_own(tmp_path, monkeypatch):
    """300 enterprises: no table of the raw folder holds a true PD; the record holds every target's figure."""
    made = synthesize(SyntheticParams(n_enterprises=300))
    monkeypatch.setattr(stage, "make_cohort", lambda params: made)
    simulate = stage.synthesize_clearance
    monkeypatch.setattr(
        stage, "synthesize_clearance", lambda firms, params: simulate(firms, replace(params, n_declarations=60))
    )
    cases = stage.synthesize_approvals
    monkeypatch.setattr(stage, "synthesize_approvals", lambda params: cases(replace(params, n_cases=60)))
    for name in ("RAW", "TRUTH", "ARTIFACTS"):
        monkeypatch.setattr(stage, name, tmp_path / name)
    stage.synthesize()
    raw = {path.stem: pd.read_parquet(path) for path in (tmp_path / "RAW").glob("*.parquet")}
    assert {"enterprises", "loans", "invoices"} <= set(raw)
    assert len(raw["enterprises"]) == len(made.tables["enterprises"])
    assert not [name for name, table in raw.items() if {"pd_12m", "relevance", "method", "role"} & set(table)]
    assert list((tmp_path / "TRUTH").iterdir())
    figures = json.loads((tmp_path / "ARTIFACTS/synthetic/metrics.json").read_text(encoding="utf-8"))
    targets = target_table(made)
    assert set(figures) == {"caveat", "matching", "chain", "clearance", "approvals", *targets["target"]}
    assert figures["matching"]["demands"] == len(raw["demands"])
    assert figures["chain"]["firms"] == len(raw["firms"])
    assert [figures[name] for name in targets["target"]] == pytest.approx(targets["figure"].tolist(), nan_ok=True)
