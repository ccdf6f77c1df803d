"""The assemble stage's figures: every enterprise and every case is counted."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from training.assembled import AssembleParams
from training.params import read_section
from training.pipeline import assemble as stage


@pytest.mark.law
def test_enterprises_that_are_gone_and_cases_without_a_label_are_counted(tmp_path, monkeypatch):
    """Four founded by the day, one later; three are in the snapshot, so one had left. 3 of 5 cases have a label."""
    day = pd.Timestamp(read_section("assemble", AssembleParams).snapshot_on)
    founded = [day, day - pd.Timedelta(days=1), day - pd.Timedelta(days=9), pd.Timestamp("2001-01-01")]
    pd.DataFrame({"founded_on": [*founded, day + pd.Timedelta(days=1)]}).to_parquet(tmp_path / "enterprises.parquet")
    label = SimpleNamespace(table=range(5), rows=[0, 2, 3], dropped={"open": 2})
    seen = []

    def made(folder, params, limit, outcome):
        seen.append(folder)
        return SimpleNamespace(snapshot=3, labels={"default_12m": label})

    monkeypatch.setattr(stage, "ARTIFACTS", tmp_path)
    monkeypatch.setattr(stage, "TABLES", tmp_path)
    monkeypatch.setattr(stage, "assemble_cases", made)
    monkeypatch.setattr(stage, "survivorship", lambda one, firms, until: {"firms": len(firms), "until": f"{until:%F}"})
    stage.assemble()
    figures = json.loads((tmp_path / "labels/metrics.json").read_text(encoding="utf-8"))
    assert seen == [tmp_path / "snapshot"]
    assert figures["snapshot"] == {"enterprises": 3, "closed or left before": 1}
    assert figures["labels"] == {"default_12m": {"cases": 5, "labelled": 3, "dropped": {"open": 2}}}
    until = read_section("assemble", AssembleParams).observed_until
    assert figures["survivorship"] == {"default_12m": {"firms": 5, "until": until}}
