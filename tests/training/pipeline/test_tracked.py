"""What a stage logs: its figures by dotted name, and a model that predicts tables."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from data.code_version import MAKING, source_digest
from models.comparison.rows import RunRows
from training import tracking
from training.pipeline import tracked as module
from training.pipeline.tracked import Scored, track_stage
from training.promotion import registry
from training.promotion.sources import INPUTS
from training.run_rows import EvaluationRows, read_rows


@dataclass(frozen=True)
class Numbers:
    """A section of params.yaml."""

    rounds: int = 5


@pytest.mark.contract
def test_figures_are_flat_numbers_and_the_example_is_twenty_rows(monkeypatch):
    """Texts and lists are no figures; a colon, which the store refuses, is left out of a name."""
    seen = {}
    monkeypatch.setattr(module, "file_digest", lambda paths: f"digest of {[path.name for path in paths]}")

    def track(*given):
        seen.update(zip("cpndfmet", given, strict=True))
        seen["names"], seen["rows"] = [path.name for path in given[4]], read_rows(given[4][1])
        return "a run"

    monkeypatch.setattr(module, "track", track)
    monkeypatch.setattr(module, "keep_release", lambda *given: seen.update(kept=(*given[:2], given[3])))
    monkeypatch.setattr(module, "sources", lambda capability: {"data": f"of {capability}"})
    monkeypatch.setattr(module, "store_key", lambda: b"k" * 32)
    metrics = {"caveat": "synthetic", "test": {"auc": {"value": 0.75}, "n": 3, "list": [1]}, "dropped: open": 2}
    model = Scored(lambda frame: frame[["x"]] * 2)
    rows = RunRows(np.array(["A", "B"]), np.array([0.0, 1]), np.array([0.1, 0.2]), np.ones(2), key=np.array(["A", "B"]))
    example = pd.DataFrame({"x": range(30)})
    track_stage(
        "risk", Numbers(), metrics, [Path("a/cases.parquet")], [Path("m")], model, example, EvaluationRows(rows)
    )
    assert seen["c"] == "risk"
    assert seen["n"] == {"test.auc.value": 0.75, "test.n": 3, "dropped open": 2}
    assert seen["d"] == "digest of ['cases.parquet']"
    assert len(seen["e"]) == 20
    assert seen["m"].predict(pd.DataFrame({"x": [1, 2], "y": 0}))["x"].tolist() == [2, 4]
    assert seen["kept"] == ("a run", "risk", {"data": "of risk"})
    assert seen["t"] == {"statistics_sha256": "digest of ['statistics.json']"}
    assert seen["names"] == ["m", "rows.parquet", "statistics.json", "run.json"]
    assert seen["rows"].prediction.tolist() == [0.1, 0.2]


@pytest.mark.contract
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")  # MLflow's
def test_a_tracked_run_names_the_code_and_the_commit_that_made_it(tmp_path, monkeypatch):
    """In its tags, which a promotion reads, and in the file that a comparison reads; with the statistics' digest."""
    shutil.copy("params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in (*INPUTS["risk"], "artifacts/risk/model/model.json", "requirements.lock"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("pandas\n", encoding="utf-8")
    for one in (tracking, registry):  # by its whole path, for MLflow keeps one store open for each name in a process
        monkeypatch.setattr(one, "STORE", f"sqlite:///{tmp_path}/mlflow.db")
    for one in (tracking, module):
        monkeypatch.setattr(one, "git_commit", lambda: "c" * 40)
    names, model = np.array(["A", "B"]), Scored(lambda frame: frame[["x"]] * 2)
    rows = RunRows(names, np.array([0.0, 1]), np.array([0.1, 0.2]), np.ones(2), key=names)
    inputs = [Path(name) for name in INPUTS["risk"]]
    track_stage("risk", Numbers(), {}, inputs, [], model, pd.DataFrame({"x": [1.0, 2.0]}), EvaluationRows(rows))
    import mlflow

    run = mlflow.MlflowClient(tracking.STORE).get_run(registry.newest_run("risk"))
    kept = tmp_path / "mlruns" / run.info.run_id / "artifacts"
    about, tags = orjson.loads((kept / "run.json").read_bytes()), run.data.tags
    assert tags["made_of.code"] == source_digest(MAKING)
    assert about["git_commit"] == tags["git_commit"] == "c" * 40
    statistics = sha256((kept / "statistics.json").read_bytes()).hexdigest()
    assert about["statistics_sha256"] == tags["statistics_sha256"] == statistics
