"""Planted runs are as training keeps them, and what is timed is the command and one run's statistics."""

from __future__ import annotations

import pytest

from experiments.benchmarks import comparison_time as module
from experiments.benchmarks.comparison_time import DIFFERENT, planted_runs, times_taken
from experiments.compare.runs import find_runs
from experiments.compare.study import compare_runs
from models.comparison.params import ComparisonParams
from training.params import read_section


@pytest.mark.law
def test_the_runs_of_the_page_are_read_from_what_they_stored(tmp_path, monkeypatch):
    """Nine runs on the same rows: nothing is computed afresh, each has its own parameters, none is the first."""
    params = read_section("comparison", ComparisonParams)
    folders = planted_runs(tmp_path, 9, 60, params)
    monkeypatch.setattr("experiments.compare.runs.run_statistics", lambda *_: pytest.fail("computed afresh"))
    result = compare_runs(find_runs([str(one) for one in folders]), params)
    assert (len(result["runs"]), result["rows"]["rows"]) == (9, 60)
    assert list(result["parameters"]["rounds"].values()) == list(range(9))
    gains = {one["run"]: one["gain"]["estimate"] for one in result["comparisons"] if one["metric"] == "auc"}
    assert len(set(gains.values())) == DIFFERENT
    assert 0.0 not in gains.values()


@pytest.mark.surface
def test_the_middle_of_three_times_is_recorded(monkeypatch):
    """By clocks of the test: the page takes 1, 5 and 2 seconds, the statistics 3 and twice 4; the command is called."""
    calls = []
    monkeypatch.setattr(module, "run_command", lambda names, out, metrics, fresh: calls.append((len(names), fresh)))
    wall, cpu = iter([0.0, 1.0, 10.0, 15.0, 20.0, 22.0]), iter([0.0, 3.0, 10.0, 14.0, 20.0, 24.0])
    monkeypatch.setattr(module, "perf_counter", lambda: next(wall))
    monkeypatch.setattr(module, "process_time", lambda: next(cpu))
    assert times_taken(3, 60) == {"runs": 3, "rows": 60, "page_s": 2.0, "fresh_cpu_s": 4.0}
    assert calls == [(3, False)] * 3
