"""Parts of the benchmark of quotas that need no finished pipeline, in short form."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.benchmarks.quota.bench import closed_form


@pytest.mark.law
def test_the_closed_form_of_the_best_amount_is_what_a_numerical_search_finds():
    """Sixty firms over every bank: at most a ten-thousandth apart."""
    gaps = closed_form(seed=3, firms=60)
    assert gaps["firms"] == 60
    assert gaps["further_apart_than_1e-4"] == 0
    assert gaps["largest_relative_gap"] < 1e-4


@pytest.mark.contract
def test_without_a_finished_pipeline_it_says_what_to_run(tmp_path, monkeypatch):
    """No model, no figures."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["bench", "quota"])
    assert done.exit_code == 2
    assert "make run" in re.sub(r"\s+", " ", done.output)
