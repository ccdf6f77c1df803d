"""What a stage logs: its figures by dotted name, and a model that predicts tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from training.pipeline import tracked as module
from training.pipeline.tracked import Scored, track_stage


@pytest.mark.contract
def test_figures_are_flat_numbers_and_the_example_is_twenty_rows(monkeypatch):
    """Texts and lists are no figures; a colon, which the store refuses, is left out of a name."""
    seen = {}
    monkeypatch.setattr(module, "file_digest", lambda paths: f"digest of {[path.name for path in paths]}")
    monkeypatch.setattr(module, "track", lambda *given: seen.update(zip("cpndfme", given, strict=True)))
    metrics = {"caveat": "synthetic", "test": {"auc": {"value": 0.75}, "n": 3, "list": [1]}, "dropped: open": 2}
    model = Scored(lambda frame: frame[["x"]] * 2)
    track_stage(
        "risk", {"rounds": 5}, metrics, [Path("a/cases.parquet")], [Path("m")], model, pd.DataFrame({"x": range(30)})
    )
    assert seen["c"] == "risk"
    assert seen["n"] == {"test.auc.value": 0.75, "test.n": 3, "dropped open": 2}
    assert seen["d"] == "digest of ['cases.parquet']"
    assert len(seen["e"]) == 20
    assert seen["m"].predict(pd.DataFrame({"x": [1, 2], "y": 0}))["x"].tolist() == [2, 4]
