"""The campaigns' command: each part is noted beside the others, and one that does not hold is an exit of 1."""

from __future__ import annotations

import json

import pytest
import structlog
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.benchmarks.serving import bench

pytestmark = pytest.mark.contract


@pytest.fixture
def out(tmp_path, monkeypatch):
    """Parts that are done at once, and the file of their figures."""
    monkeypatch.setattr(bench, "snapshot_day", lambda: "2024-06-30")
    monkeypatch.setattr(structlog, "configure", lambda **_: None)
    monkeypatch.setattr(bench, "_newcomer", lambda: {"holds": True, "n": 1})
    monkeypatch.setattr(bench, "_store", lambda: {"holds": False, "n": 2})
    monkeypatch.setattr(bench, "OUT", tmp_path / "bench/serving.json")
    return tmp_path / "bench/serving.json"


def test_a_part_that_does_not_hold_fails_the_run_and_is_noted_all_the_same(out):
    """The second run leaves the first one's figures where they were."""
    assert CliRunner().invoke(app, ["bench", "serving", "--only", "newcomer"]).exit_code == 0
    done = CliRunner().invoke(app, ["bench", "serving", "--only", "store"])
    assert done.exit_code == 1
    assert "does not hold: ['store']" in done.output
    noted = json.loads(out.read_text(encoding="utf-8"))
    assert (noted["newcomer"]["n"], noted["store"]["n"], noted["seed"]) == (1, 2, bench.SEED)
    assert set(noted["versions"]) == set(bench.PACKAGES)


def test_an_unknown_part_is_named(out):
    """Nothing is run."""
    done = CliRunner().invoke(app, ["bench", "serving", "--only", "sotre"])
    assert done.exit_code == 2
    assert "sotre" in done.output
    assert not out.exists()
