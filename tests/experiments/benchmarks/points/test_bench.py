"""The benchmark of points: its parts keep each other's figures, and planted replications are counted by hand."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.benchmarks.points import bench
from training.params import read_section
from training.points.fit import PointsParams
from training.points.shapes import ShapeParams

PARAMS, SHAPE = read_section("points", PointsParams), read_section("points_shape", ShapeParams)


@pytest.mark.contract
def test_a_part_that_is_run_again_leaves_the_others_as_they_were(tmp_path, monkeypatch):
    """Laws, then speed: both are in the record; an unknown part is named and nothing is run."""
    out = tmp_path / "points.json"
    monkeypatch.setattr(bench, "laws", lambda params: {"points_fell": 0})
    monkeypatch.setattr(bench, "speed", lambda params, shape: {"one_firm_us": 5.0})
    for part in ("laws", "speed"):
        done = CliRunner().invoke(app, ["bench", "points", "--parts", part, "--out", str(out)])
        assert done.exit_code == 0, done.output
    noted = json.loads(out.read_text(encoding="utf-8"))
    assert (noted["laws"]["points_fell"], noted["speed"]["one_firm_us"]) == (0, 5.0)
    assert {"seconds"} <= set(noted["laws"])
    assert "numpy" in noted["machine"]
    done = CliRunner().invoke(app, ["bench", "points", "--parts", "lwas", "--out", str(tmp_path / "none.json")])
    assert done.exit_code == 2
    assert "lwas" in done.output
    assert not (tmp_path / "none.json").exists()


@pytest.mark.law
def test_replications_are_summed_up_by_truth_and_size(monkeypatch):
    """Two replications with squared errors 1 and 4: a root mean square of sqrt(2.5); shrunk is better in one of two."""

    def replicate(truth, n, seed, start, params, shape):
        return {
            "truth": truth, "n": n, "covered": 0.8 + 0.2 * seed, "covered_differences": 1.0, "width": 2.0,
            "squared_error": {"shrunk": [1.0, 4.0][seed], "prior": 2.0}, "strength": {"own": 0.5, "shared": 1.0},
        }  # fmt: skip

    monkeypatch.setattr(bench, "ProcessPoolExecutor", lambda workers, mp_context: ThreadPoolExecutor(workers))
    monkeypatch.setattr(bench, "replicate", replicate)
    noted = bench.planted(PARAMS, SHAPE, (100, 200), 2, 1, 2, 7)["truths"]
    assert set(noted) == set(bench.TRUTHS)
    one = noted["planted"]["200"]
    assert one["replications"] == 2
    assert one["rmse"] == {"shrunk": pytest.approx(np.sqrt(2.5)), "prior": pytest.approx(np.sqrt(2.0))}
    assert one["replications_shrunk_is_better_than"] == {"prior": 1}
    assert (one["coverage"], one["coverage_standard_error"]) == (pytest.approx(0.9), pytest.approx(0.1))
    assert noted["equal"]["100"]["replications"] == 1
    assert noted["equal"]["100"]["coverage_standard_error"] is None
