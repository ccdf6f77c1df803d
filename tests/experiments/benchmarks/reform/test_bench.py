from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.benchmarks.reform import speed


@pytest.mark.surface
def test_the_bench_writes_every_part_of_its_record(trained, tmp_path, monkeypatch):
    """In small: two repetitions, two reforms of each kind, no large run."""
    monkeypatch.setattr(speed, "LEVERS", 2)
    options = ["--repetitions", "2", "--rows", "0", "--draws", "2", "--runs", "1", "--workers", "1"]
    out = tmp_path / "reform.json"
    done = CliRunner().invoke(app, ["bench", "reform", *options, "--artifacts", str(trained.folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    record = json.loads(out.read_text(encoding="utf-8"))
    assert set(record) == {"machine", "seed", "null", "refit", "quick", "speed", "million"}
    assert record["speed"]["draws_are_refitted"] is False


@pytest.mark.contract
def test_without_artefacts_it_names_what_is_absent(tmp_path):
    done = CliRunner().invoke(app, ["bench", "reform", "--artifacts", str(tmp_path)], env={"COLUMNS": "400"})
    assert done.exit_code == 2
    assert "cases.parquet is absent" in " ".join(done.output.split())
