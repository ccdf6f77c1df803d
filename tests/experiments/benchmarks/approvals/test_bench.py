"""The benchmark of approvals from files to its record."""

import json

import pytest
import typer
from typer.testing import CliRunner

import experiments.benchmarks.approvals.bench as module
import experiments.benchmarks.remaining_time.baselines as baselines
from experiments.benchmarks.approvals.bench import bench
from tests.experiments.benchmarks.approvals.test_remaining import PARAMS, events

pytestmark = pytest.mark.surface
APP = typer.Typer()
APP.command()(bench)


def run(*arguments):
    return CliRunner().invoke(APP, [f"{one}" for one in arguments])


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setattr(baselines, "PLAIN_ROUNDS", 20)
    monkeypatch.setattr(module, "RemainingTimeParams", lambda zone: PARAMS)
    path = tmp_path / "planted.csv"
    events(cases=200).rename(columns={"at": "timestamp"}).drop(columns="c_office").to_csv(path, index=False)
    return path


def test_a_log_becomes_a_record_with_what_it_was_measured_on(log, tmp_path):
    out = tmp_path / "out.json"
    result = run("--log", log, "--out", out)
    assert result.exit_code == 0, result.output
    record = json.loads(out.read_text(encoding="utf-8"))
    part = record["parts"]["remaining"]["planted"]
    assert part["logs"]["planted"]["rows_answered"] > 0
    assert set(part["run"]["logs"]) == {"planted.csv"}
    assert {"machine", "code", "when", "cpu_s"} <= set(part["run"])
    assert "--deadline" in record["skipped"]["late"]


def test_a_log_that_cannot_be_used_is_refused_with_the_reason(log, tmp_path):
    out = tmp_path / "out.json"
    log.write_text(log.read_text(encoding="utf-8")[:300], encoding="utf-8")
    result = run("--log", log, "--out", out)
    assert result.exit_code == 2
    assert "at least 50 are needed" in result.output
    log.write_text("a,b\n1,2\n", encoding="utf-8")
    result = run("--log", log, "--out", out)
    assert result.exit_code == 2
    assert "refused: remaining" in result.output


def test_results_of_other_logs_are_kept(log, tmp_path):
    out = tmp_path / "out.json"
    other = {"parts": {"remaining": {"other": {"fits": 1}}, "kills": {"all": {"n": 2}}}, "skipped": {}}
    out.write_text(json.dumps(other), encoding="utf-8")
    assert run("--log", log, "--only", "remaining", "--out", out).exit_code == 0
    record = json.loads(out.read_text(encoding="utf-8"))
    assert record["parts"]["kills"] == {"all": {"n": 2}}
    assert list(record["parts"]["remaining"]) == ["other", "planted"]


@pytest.mark.parametrize(
    "arguments", [["--only", "nothing"], ["--log", "absent.csv"], ["--zone", "Mars"], ["--only", "remaining"]]
)
def test_what_is_unknown_or_absent_is_refused(arguments, tmp_path):
    assert run(*arguments, "--out", tmp_path / "out.json").exit_code == 2


def test_kills_hold_only_where_nothing_is_wrong(tmp_path, monkeypatch):
    wrong = dict.fromkeys(("lost", "twice", "altered", "not_found", "refused_wrong"), 0)
    monkeypatch.setattr(module, "kills", lambda _: {**wrong, "kills": 3})
    assert run("--only", "kills", "--out", tmp_path / "out.json").exit_code == 0
    monkeypatch.setattr(module, "kills", lambda _: {**wrong, "kills": 3, "lost": 1})
    assert run("--only", "kills", "--out", tmp_path / "out.json").exit_code == 1


def test_without_a_log_the_parts_that_need_none_are_run_and_what_is_absent_is_said(tmp_path, monkeypatch):
    done = {name: (lambda _: {"holds": True, "n": 1}) for name in ("kills", "permutations", "alerts")}
    monkeypatch.setattr(module, "PARTS", {**module.PARTS, **done})
    out = tmp_path / "out.json"
    result = run("--out", out, "--artifacts", tmp_path)
    assert result.exit_code == 0, result.output
    record = json.loads(out.read_text(encoding="utf-8"))
    assert {name for name, found in record["parts"].items() if found} == {"kills", "permutations", "alerts"}
    assert set(record["skipped"]) == {"imports", "reads"}
    assert run("--only", "reads", "--out", out, "--artifacts", tmp_path).exit_code == 2
