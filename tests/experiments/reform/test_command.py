from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import experiments
from experiments.__main__ import app
from experiments.reform import command
from experiments.reform.fingerprint import KINDS
from models.reform.read import read_packed, read_study
from tests.experiments.reform.example import example


@pytest.mark.contract
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--artifacts", "nowhere"],
            "nowhere/snapshot/cases.parquet: found no file; run `make run` first, or name its",
        ),
        (["--workers", "0"], "--workers: found 0; allowed: 1 and more"),
        (["--bank", "nobody"], "Invalid value: --bank: found nobody; allowed: all, or one or more of ["),
        (["--draws"], "cannot be read, make it by `training draws`"),
        (["--quick", "1999"], "--quick: found 1999; allowed: 0 for every firm, or 2000 and more"),
        (["--quick", "-5"], "--quick: found -5; allowed: 0 for every firm, or 2000 and more"),
        (["--replicates", "0"], "--replicates: found 0; allowed: 200 and more"),
        (["--replicates", "1"], "--replicates: found 1; allowed: 200 and more"),
        (["--replicates", "199"], "--replicates: found 199; allowed: 200 and more"),
    ],
    ids=[
        "artefacts",
        "workers",
        "bank",
        "draws",
        "small sample",
        "no sample",
        "no replicate",
        "one replicate",
        "few replicates",
    ],
)
def test_what_is_missing_is_one_message(trained, tmp_path, options, message):
    """No trace of the program, exit 2."""
    for name in ("baseline", "more"):
        (tmp_path / f"{name}.yaml").write_text("", encoding="utf-8")
    files = [str(tmp_path / f"{name}.yaml") for name in ("baseline", "more")]
    command = ["reform", *files, "--artifacts", str(trained.folder), "--out", str(tmp_path / "out"), *options]
    done = CliRunner().invoke(app, command, env={"COLUMNS": "400"})
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())
    assert "Traceback" not in done.output
    assert not (tmp_path / "out").exists()


@pytest.mark.contract
@pytest.mark.parametrize(
    ("firms", "message"), [(2_500, "found 9999, of 2500 firms; allowed: 0 for every firm, or 2000 to 2500"),
                           (1_200, "found 9999, of 1200 firms; allowed: 0 for every firm")],
)  # fmt: skip
def test_a_sample_of_more_firms_than_there_are_is_refused(trained, tmp_path, monkeypatch, firms, message):
    """It would be a run of all of them, and no quick one."""
    monkeypatch.setattr(command, "FirmFile", lambda *_, **__: SimpleNamespace(firms=firms))
    for name in ("baseline", "more"):
        (tmp_path / f"{name}.yaml").write_text("", encoding="utf-8")
    files = [str(tmp_path / f"{name}.yaml") for name in ("baseline", "more")]
    options = ["--quick", "9999", "--artifacts", str(trained.folder), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, ["reform", *files, *options], env={"COLUMNS": "400"})
    assert done.exit_code == 2
    assert f"--quick: {message} │" in " ".join(done.output.split())
    assert not (tmp_path / "out").exists()


@pytest.mark.contract
def test_one_refitted_model_is_refused(trained, tmp_path, monkeypatch):
    """It has no variance; exit 2 before anything is calculated."""
    monkeypatch.setattr(command.Draws, "load", lambda *_: [None])
    for name in ("baseline", "more"):
        (tmp_path / f"{name}.yaml").write_text("", encoding="utf-8")
    files = [str(tmp_path / f"{name}.yaml") for name in ("baseline", "more")]
    options = ["--draws", "--artifacts", str(trained.folder), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, ["reform", *files, *options], env={"COLUMNS": "400"})
    assert done.exit_code == 2
    text = " ".join(done.output.split())
    assert "--draws: found 1 refitted models in" in text
    assert "allowed: 2 and more, made by `python -m training draws`" in text
    assert not (tmp_path / "out").exists()


@pytest.mark.contract
def test_a_file_of_firms_that_is_no_parquet_is_one_message(trained, tmp_path):
    """No trace of the program, exit 2; nothing is written."""
    (tmp_path / "baseline.yaml").write_text("", encoding="utf-8")
    (tmp_path / "more.yaml").write_text("firms: later.csv\n", encoding="utf-8")
    (tmp_path / "later.csv").write_text("uscc\n1\n", encoding="utf-8")
    files = [str(tmp_path / f"{name}.yaml") for name in ("baseline", "more")]
    command = ["reform", *files, "--artifacts", str(trained.folder), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, command, env={"COLUMNS": "400"})
    assert done.exit_code == 2
    assert "later.csv: found" in (text := " ".join(done.output.split()))
    assert "allowed: a Parquet file with a row for each firm and its code in the column uscc" in text
    assert "Traceback" not in text
    assert not (tmp_path / "out").exists()


@pytest.mark.surface
@pytest.mark.parametrize(
    ("sampled", "line"),
    [(None, "7310 firms, 2 reforms: draft-1, "), (2_000, "quick run: 2000 of 7310 firms, 2 reforms: ")],
)
def test_the_command_says_how_many_firms_it_calculated(monkeypatch, tmp_path, sampled, line):
    """A quick run is not taken for one of all firms."""
    result = example()
    found = replace(result, method=replace(result.method, sampled_firms=sampled))
    mark = {"id": "draft-1", "inputs": {kind: {"lacking": []} for kind in KINDS}}
    monkeypatch.setattr(command, "carry_out", lambda *_: command.Made(found, mark))
    done = CliRunner().invoke(app, ["reform", "a.yaml", "b.yaml", "--out", str(tmp_path)])
    assert done.stdout.startswith(line)


@pytest.mark.surface
@pytest.mark.parametrize(("certified", "shown"), [(0, True), (2, False)])
def test_the_command_says_where_policies_have_no_certificate_of_these_models(monkeypatch, tmp_path, certified, shown):
    """And nothing where all have one."""
    found = replace(example(), certificates={"policies": 2, "issued": certified, "certified": certified})
    mark = {"id": "draft-1", "inputs": {kind: {"lacking": []} for kind in KINDS}}
    monkeypatch.setattr(command, "carry_out", lambda *_: command.Made(found, mark))
    done = CliRunner().invoke(app, ["reform", "a.yaml", "b.yaml", "--out", str(tmp_path)])
    assert ("certificates that belong to these models: 0 of 2 policies; certified: 0" in done.stdout) is shown


@pytest.mark.surface
def test_the_example_studies_are_read(trained):
    """Every file of experiments/reforms, beside its baseline."""
    found = sorted(Path(next(iter(experiments.__path__))).joinpath("reforms").glob("*.yaml"))
    baseline = [path for path in found if path.stem == "baseline"]
    others = [path for path in found if path not in baseline]
    study = read_study(baseline[0], others, read_packed(trained.folder), ["all"])
    assert len(study.reforms) >= 3
    assert all(reform.levers.values for reform in study.reforms)
