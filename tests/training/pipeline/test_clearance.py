from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from models.alerts import AlertParams
from models.clearance.forecast import ClearanceModel
from tests.training.clearance.conftest import clearance_log  # noqa: F401  # a fixture
from training.__main__ import app
from training.pipeline import clearance as step

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
QUICK = {"test_from": "2023-10-01", "observed_until": "2023-12-20", "most_rows": 1_000, "steps": 1, "remembered": 0,
         "rounds": 15}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch, clearance_log):  # noqa: F811  # the fixture
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["clearance"] |= QUICK
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    step.DERIVED.mkdir(parents=True)
    for name, table in zip(step.TABLES, clearance_log, strict=True):
        table.to_parquet(step.DERIVED / f"{name}.parquet", index=False)
    return tmp_path


def test_the_step_writes_what_is_packed_and_says_that_figures_are_simulated(folder, monkeypatch):
    runs = []
    monkeypatch.setattr(step, "track", lambda *given: runs.append(given))
    done = CliRunner().invoke(app, ["clearance"])
    assert done.exit_code == 0, done.output
    assert "simulated" in done.output
    metrics = json.loads(Path("artifacts/clearance/metrics.json").read_text(encoding="utf-8"))
    assert metrics["caveat"].startswith("Simulated")
    assert set(metrics["test"]) == {"accepted", "examined", "released", "completed"}
    assert ClearanceModel.load(Path("artifacts/clearance/model")).digest == metrics["digest"]
    AlertParams(**json.loads(Path("artifacts/clearance/alerts.json").read_text(encoding="utf-8")))
    ((capability, _, figures, _, files),) = runs
    assert capability == "clearance"
    assert figures["completed.coverage"] == metrics["test"]["completed"]["coverage"]
    assert {"recent.parquet"} <= {path.name for path in files}


def test_too_short_a_log_ends_the_step_with_a_sentence(folder):
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    params["clearance"]["test_from"] = "2023-01-02"
    Path("params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    done = CliRunner().invoke(app, ["clearance"])
    assert done.exit_code == 1
    assert "fewer than 100 prefixes" in done.output
