"""The benchmark of the remaining time from a folder to its record."""

import json

import pytest
import typer
from typer.testing import CliRunner

import experiments.benchmarks.remaining_time.baselines as baselines
from experiments.benchmarks.remaining_time.bench import bench
from tests.experiments.benchmarks.remaining_time.conftest import events

pytestmark = pytest.mark.surface
APP = typer.Typer()
APP.command()(bench)


def test_a_folder_of_logs_becomes_a_record(tmp_path, monkeypatch):
    monkeypatch.setattr(baselines, "PLAIN_ROUNDS", 20)
    events().to_parquet(tmp_path / "planted.parquet")
    arguments = ["--data", str(tmp_path), "--out", str(tmp_path / "out.json")]
    result = CliRunner().invoke(APP, arguments)
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "out.json").read_text())["logs"]["planted"]
    assert found["mae_days"]["ours"] < found["mae_days"]["constant_median"]
    assert 0.6 < found["intervals"]["ours"]["coverage"] < 0.95
    assert set(found["intervals"]) == {"ours", "plain_raw", "split_conformal", "as_of_split_conformal"}
    assert set(found["random_split_mae"]) == {"mean_by_position", "plain"}


def test_an_empty_folder_is_refused(tmp_path):
    assert CliRunner().invoke(APP, ["--data", str(tmp_path)]).exit_code == 2
