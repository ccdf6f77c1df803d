from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from typer.testing import CliRunner

from models.alerts import AlertParams
from models.approvals.forecast import ApprovalsModel
from tests.training.approvals.planted import QUICK, planted_stage_tables
from training.__main__ import app
from training.pipeline import approvals as step

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["approvals"] |= {**vars(QUICK), "rounds": 8}
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    step.DERIVED.mkdir(parents=True)
    events, cases, suspensions = planted_stage_tables()
    cases = cases[cases["office"] == "bureau_east"]
    for name, table in zip(step.TABLES, (events, cases, suspensions), strict=True):
        table[table["case_number"].isin(set(cases["case_number"]))].to_parquet(
            step.DERIVED / f"{name}.parquet", index=False
        )
    return tmp_path


def test_the_step_writes_what_is_packed_and_shows_the_drift(folder, monkeypatch):
    runs = []
    monkeypatch.setattr(step, "track", lambda *given: runs.append((*given[:-1], ZipFile(given[-1][0]).namelist())))
    stale = Path("artifacts/approvals/model/late/late.json")
    stale.parent.mkdir(parents=True)
    stale.write_text("{}", encoding="utf-8")
    done = CliRunner().invoke(app, ["approvals"])
    assert done.exit_code == 0, done.output
    assert "simulated" in done.output
    assert "of the intervals of 80% held the instant" in " ".join(done.output.split())
    metrics = json.loads(Path("artifacts/approvals/metrics.json").read_text(encoding="utf-8"))
    assert metrics["learned_from"] == "simulated"
    assert metrics["caveat"].startswith("Simulated")
    assert metrics["test"]["drift"]["state"] in ("none", "alarm")
    model = ApprovalsModel.load(Path("artifacts/approvals/model"))
    assert (model.digest, model.learned_from) == (metrics["digest"], "simulated")
    assert metrics["late"]["rule"] == model.late.rule in ("model", "slack")
    AlertParams(**json.loads(Path("artifacts/approvals/alerts.json").read_text(encoding="utf-8")))
    ((capability, _, figures, _, files),) = runs
    assert capability == "approvals"
    assert figures["refitted.coverage"] == metrics["test"]["refitted"]["coverage"]
    assert {"about.json", "remaining_time/offices.json", "remaining_time/pooled/middle_0.txt"} <= set(files)


def test_an_alarm_is_printed_for_a_person():
    month = {"from": "2024-05-01", "cases": 3,
             "refitted": {"mae_days": 2.0, "coverage": 0.5, "reliable_share": 0.0}}  # fmt: skip
    figures = {"refitted": {"mae_days": 2.0, "coverage": 0.5}, "kept": {"mae_days": 3.0}, "median_mae_days": 4.0,
               "months": [month], "drift": {"state": "alarm", "coverage": 0.5, "cases": 80.0, "days": 90.0},
               "offices": {"bureau_port": {"drift": "alarm"}, "bureau_east": {"drift": "none"}}}  # fmt: skip
    text = "\n".join(step.lines(figures, "real"))
    assert "漂移警报" in text
    assert "Drift alarm: in the last 90 days 50% of the intervals of 80% held the instant" in text
    assert "bureau_port: drift alarm" in text
    assert "bureau_east" not in text


def test_too_short_a_log_ends_the_step_with_a_sentence(folder):
    done = CliRunner().invoke(app, ["approvals", "--until", "2023-03-15"])
    assert done.exit_code == 1
    assert "fewer than 100 prefixes" in done.output
