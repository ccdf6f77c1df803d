"""The report for a merge request: newest runs of each capability against a commit's or a folder's."""

from __future__ import annotations

import os
import shutil
import subprocess

import orjson
import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.compare import report as module
from experiments.compare.report import report
from experiments.compare.runs import CompareError


@pytest.fixture
def store(runs, tmp_path):
    """A store in which base is the older and worse the newer run of one capability, of different commits."""
    for age, (name, commit) in enumerate((("base", "a" * 40), ("worse", "b" * 40))):
        folder = tmp_path / "mlruns" / (16 * str(age)) / "artifacts"
        shutil.copytree(runs / name, folder)
        about = orjson.loads((folder / "run.json").read_bytes())
        (folder / "run.json").write_bytes(orjson.dumps({**about, "git_commit": commit}))
        os.utime(folder / "run.json", (1_000 + age, 1_000 + age))
    return tmp_path / "mlruns"


@pytest.mark.law
def test_the_newest_run_is_beside_that_of_the_commit(store, comparison_params, monkeypatch):
    monkeypatch.setattr(module, "_commit", lambda name: "a" * 40)
    text = report("main", comparison_params, store)
    assert text.startswith("## Metrics against main (aaaaaaaaaa)\n\n1 of 4 capabilities have a metric that is worse.")
    row = next(line for line in text.splitlines() if line.startswith("| AUC |"))
    assert row.endswith("| **worse** |")
    assert row.count("|") == 6
    assert "400 held-out rows of 400 firms, commit bbbbbbbbbb." in text
    assert "`rounds` 0 → 20" in text
    assert "### matching\n\nNot compared: no run." in text


@pytest.mark.law
def test_a_folder_is_a_checkout_a_store_or_a_run(store, comparison_params, runs):
    older = store / "0000000000000000/artifacts"
    assert "**worse**" in report(str(older), comparison_params, store)
    other = shutil.copytree(store.parent, store.parent.parent / f"{store.parent.name}-copy")
    for folder in (other, other / "mlruns"):
        assert "No metric is worse." in report(str(folder), comparison_params, store)
    text = report(str(runs / "other"), comparison_params, store)
    assert "Not compared: rows.parquet: key: found 100 rows that the baseline lacks" in text
    assert str(store) not in text


@pytest.mark.contract
def test_a_commit_without_runs_and_no_commit(store, comparison_params, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "_commit", lambda name: "c" * 40)
    with pytest.raises(CompareError, match=r"found no run of main .* \(aaaaaaaaaa, bbbbbbbbbb\)"):
        report("main", comparison_params, store)
    monkeypatch.undo()
    done = CliRunner().invoke(app, ["report", "--against", "nosuch"])
    assert (done.exit_code, "'nosuch' is no folder and no commit" in done.output) == (1, True)


@pytest.mark.contract
def test_a_commit_is_resolved_by_git():
    found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    assert module._commit("HEAD") == found


@pytest.mark.surface
def test_the_command_writes_the_report(store, tmp_path, monkeypatch, runs):
    shutil.copy("params.yaml", tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["report", "--against", str(runs / "base"), "--out", "report.md"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "report.md").read_text(encoding="utf-8").startswith("## Metrics against base")
