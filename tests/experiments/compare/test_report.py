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


def add(folder, run, age, commit):
    """A run in a store, whose file was written at ``age``."""
    shutil.copytree(run, folder)
    about = orjson.loads((folder / "run.json").read_bytes())
    (folder / "run.json").write_bytes(orjson.dumps({**about, "git_commit": commit}))
    os.utime(folder / "run.json", (1_000 + age, 1_000 + age))


@pytest.fixture
def store(runs, tmp_path):
    """A store in which base is the older and worse the newer run of one capability, of different commits."""
    for age, (name, commit) in enumerate((("base", "a" * 40), ("worse", "b" * 40))):
        add(tmp_path / "mlruns" / (16 * str(age)) / "artifacts", runs / name, age, commit)
    return tmp_path / "mlruns"


@pytest.mark.law
def test_the_newest_run_is_beside_that_of_the_commit(store, comparison_params, monkeypatch):
    monkeypatch.setattr(module, "_commit", lambda name: "a" * 40)
    text = report("main", comparison_params, store)
    head = "Compared: 1 of 4 capabilities. With a metric that is worse: 1."
    assert text.startswith(f"## Metrics against main (aaaaaaaaaa)\n\n{head}")
    row = next(line for line in text.splitlines() if line.startswith("| AUC |"))
    assert row.endswith("| **worse** |")
    assert row.count("|") == 6
    assert "400 held-out rows of 400 firms. Before: commit aaaaaaaaaa; now: commit bbbbbbbbbb." in text
    assert "`rounds` 0 → 20" in text
    assert "### matching\n\nNot compared: no run." in text


@pytest.mark.law
def test_runs_with_uncommitted_changes_count_and_are_named(store, runs, comparison_params, monkeypatch):
    """``dvc repro`` changes dvc.lock, so after the first stage every run is one of them."""
    for run in store.iterdir():
        about = orjson.loads((run / "artifacts/run.json").read_bytes())
        (run / "artifacts/run.json").write_bytes(orjson.dumps({**about, "git_commit": f"{about['git_commit']}-dirty"}))
        os.utime(run / "artifacts/run.json", (1_000 + int(run.name[0]), 1_000 + int(run.name[0])))
    monkeypatch.setattr(module, "_commit", lambda name: "a" * 40)
    changes = "with uncommitted changes"
    text = report("main", comparison_params, store)
    assert f"Before: commit aaaaaaaaaa {changes}; now: commit bbbbbbbbbb {changes}." in text
    assert "| **worse** |" in text
    add(store / (16 * "2") / "artifacts", runs / "same", -1, "a" * 40)  # the oldest, of the commit alone
    text = report("main", comparison_params, store)
    assert f"Before: commit aaaaaaaaaa; now: commit bbbbbbbbbb {changes}." in text
    assert "`rounds` 10 → 20" in text


@pytest.mark.law
def test_the_newest_run_is_now_though_it_is_of_the_same_commit(store, comparison_params, monkeypatch):
    """Two runs of one commit: the older is before. A run is never beside itself."""
    for run in store.iterdir():
        about = orjson.loads((run / "artifacts/run.json").read_bytes())
        (run / "artifacts/run.json").write_bytes(orjson.dumps({**about, "git_commit": f"{'a' * 40}-dirty"}))
        os.utime(run / "artifacts/run.json", (1_000 + int(run.name[0]), 1_000 + int(run.name[0])))
    monkeypatch.setattr(module, "_commit", lambda name: "a" * 40)
    assert "`rounds` 0 → 20" in report("main", comparison_params, store)
    shutil.rmtree(store / (16 * "0"))
    text = report("main", comparison_params, store)
    assert text.startswith("## Metrics against main (aaaaaaaaaa)\n\nCompared: 0 of 4 capabilities.\n")
    assert "### risk\n\nNot compared: the only run of before is the newest run itself." in text
    assert "| metric |" not in text


@pytest.mark.law
def test_a_folder_is_a_checkout_a_store_or_a_run(store, comparison_params, runs):
    older = store / "0000000000000000/artifacts"
    assert "**worse**" in report(str(older), comparison_params, store)
    other = shutil.copytree(store.parent, store.parent.parent / f"{store.parent.name}-copy")
    for folder in (other, other / "mlruns"):
        assert "`rounds` 0 → 20" in report(str(folder), comparison_params, store)  # the newest of both is one run
    shutil.rmtree(other / "mlruns/0000000000000000")
    for folder in (other, other / "mlruns", store / "1111111111111111/artifacts"):
        text = report(str(folder), comparison_params, store)
        assert "Compared: 0 of 4 capabilities.\n" in text
        assert "the only run of before is the newest run itself" in text
    text = report(str(runs / "other"), comparison_params, store)
    assert "Not compared: rows.parquet: key: found 100 rows that the baseline lacks" in text
    assert str(store) not in text


@pytest.mark.law
def test_runs_of_one_name_in_two_stores_are_two(store, comparison_params, tmp_path):
    """The name of the folder alone says nothing: without an id, both may be called alike."""
    add(tmp_path / "old/1111111111111111/artifacts", store / "0000000000000000/artifacts", 0, "c" * 40)
    text = report(str(tmp_path / "old"), comparison_params, store)
    assert "Before: commit cccccccccc; now: commit bbbbbbbbbb." in text
    assert "| **worse** |" in text


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
