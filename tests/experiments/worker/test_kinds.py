from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.reform import command, kept
from experiments.worker.child import JobProblem, Setting
from experiments.worker.kinds import compare, reform

pytestmark = pytest.mark.behaviour
NOTHING = "name: {zh: 不变, en: No change}\n"
CAPS = "policies: {standard: {stage_cap_wan: {startup: 20}, expert_cap_wan: {startup: 20}}}\n"


def body(text, **changes):
    return {"baseline": "", "reform": text, "file": "try", "banks": ["standard"], "quick": 0, "draws": False} | changes


@pytest.fixture(autouse=True)
def no_release(monkeypatch):
    """No packed release is looked for, which takes seconds."""
    monkeypatch.setattr(kept, "_packed", lambda artifacts, names: "")
    monkeypatch.setattr(kept, "_packed_names", lambda artifacts, names: set())


@pytest.fixture(scope="module")
def setting(trained, tmp_path_factory):
    """Quick models without loss certificates, and their snapshot."""
    folder = tmp_path_factory.mktemp("made") / "artifacts"
    shutil.copytree(trained.folder, folder)
    (folder / "quota/certificates.json").write_text(json.dumps({"certificates": []}))
    return Setting(folder)


def carried(text, folder, setting, **changes):
    """A job's result and result.json."""
    steps = []
    result = reform(body(text, **changes), folder, setting, lambda at, doing: steps.append((at, doing["key"])))
    assert [at for at, _ in steps] == sorted(at for at, _ in steps)
    return result, json.loads((folder / "result.json").read_text(encoding="utf-8"))["reforms"][0]


def test_a_reform_that_changes_nothing_moves_nobody_at_all(setting, tmp_path):
    """Every difference is exactly 0 with an interval of exactly 0, and every firm is the same."""
    _, found = carried(NOTHING, tmp_path / "out", setting)
    assert found["changes"] == []
    for total in found["totals"]:
        assert (total["difference"]["value"], total["difference"]["low"], total["difference"]["high"]) == (0, 0, 0)
    for one in found["distributions"]:
        same = one["buckets"]["same"]["value"]
        assert same in (None, 1.0) or one["firms"] == one["unknown"]


def test_a_sample_of_more_firms_than_there_are_is_a_run_of_every_firm(setting, tmp_path):
    """The form allows what a larger zone has; the result says that every firm was calculated."""
    result, _ = carried(NOTHING, tmp_path / "out", setting, quick=100_000)
    found = json.loads((tmp_path / "out/result.json").read_text(encoding="utf-8"))
    assert found["method"]["sampled_firms"] is None
    assert found["population"]["firms"] == result["firms"]


def test_a_lower_cap_of_start_ups_takes_from_start_ups_alone(setting, tmp_path):
    """Nobody gains, nobody of another stage moves, and the total falls."""
    _, found = carried(CAPS, tmp_path / "out", setting)
    credit = next(one for one in found["totals"] if one["measure"] == "credit_cny")
    assert credit["difference"]["value"] < 0
    stages = {
        one["group"]: one for one in found["distributions"]
        if one["grouping"] == "growth_stage" and one["measure"] == "quota_cny"
    }  # fmt: skip
    assert stages["startup"]["move_sum"] == credit["difference"]["value"]
    assert all(one["move_sum"] in (0, None) for name, one in stages.items() if name != "startup")


def test_a_saved_reform_gives_the_command_the_same_fingerprint(setting, tmp_path, monkeypatch):
    """The job's YAML files, given to ``python -m experiments reform``, name the same result, of a sample too."""
    monkeypatch.setattr(command, "LEAST_SAMPLED", 200)  # the small cohort has 1,500 firms
    job, _ = carried(CAPS, tmp_path / "job", setting, quick=200)
    files = [str(tmp_path / "job/studies" / name) for name in ("baseline.yaml", "try.yaml")]
    options = ["--artifacts", str(setting.artifacts), "--out", str(tmp_path / "command"), "--quick", "200"]
    done = CliRunner().invoke(app, ["reform", *files, *options], env={"COLUMNS": "400"})
    assert done.exit_code == 0, done.output
    made = json.loads((tmp_path / "command/fingerprint.json").read_text(encoding="utf-8"))
    assert made["id"] == job["fingerprint"]
    result = json.loads((tmp_path / "command/result.json").read_text(encoding="utf-8"))
    assert result["method"]["sampled_firms"] == 200
    assert {"result.json", "fingerprint.json", "totals.csv", "try.draft.zh.html"} <= set(job["files"])


@pytest.mark.parametrize(
    ("text", "changes", "key", "words"),
    [
        ("policies: {standard: {pd_cutoff: 3}}\n", {}, "jobs.problem.invalid", "try.yaml: policies.standard.pd_cutoff"),
        (CAPS, {"file": "../try"}, "jobs.problem.invalid", "../try"),
        (CAPS, {"draws": True}, "jobs.problem.absent", "draws"),
    ],
    ids=["lever", "file", "draws"],
)
def test_what_cannot_be_carried_out_is_a_problem_in_words(setting, tmp_path, text, changes, key, words):
    """The same message as the command's, and nothing outside the job's folder."""
    with pytest.raises(JobProblem) as problem:
        carried(text, tmp_path / "job" / "out", setting, **changes)
    assert problem.value.words["key"] == key
    assert words in problem.value.words["detail"]
    assert [path.name for path in tmp_path.iterdir()] in ([], ["job"])


def test_without_a_snapshot_the_problem_names_what_makes_it(tmp_path):
    """``make run`` makes the snapshot."""
    with pytest.raises(JobProblem) as problem:
        carried(CAPS, tmp_path / "out", Setting(tmp_path))
    assert problem.value.words == {
        "key": "jobs.problem.absent", "detail": "snapshot/cases.parquet", "command": "make run",
    }  # fmt: skip


@pytest.mark.parametrize("runs", [["../secret", "abcdef01"], ["/etc", "abcdef01"], ["abc", "abd"]])
def test_only_ids_of_runs_are_compared(tmp_path, runs):
    """The command also takes folders; a job takes none, so that nobody reads one through it."""
    with pytest.raises(JobProblem) as problem:
        compare({"runs": runs}, tmp_path / "out", Setting(runs=tmp_path), lambda at, doing: None)
    assert problem.value.words["key"] == "jobs.problem.invalid"


def test_without_a_tracking_store_the_problem_says_so(tmp_path):
    """There is nothing to compare."""
    with pytest.raises(JobProblem) as problem:
        compare({"runs": ["abcdef01", "abcdef02"]}, tmp_path / "o", Setting(runs=tmp_path / "mlruns"), lambda *_: None)
    assert problem.value.words["key"] == "jobs.problem.absent"
