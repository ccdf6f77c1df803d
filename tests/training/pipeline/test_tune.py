"""The search proposes; a person commits the numbers."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import ClassVar

import pytest
import yaml
from typer.testing import CliRunner

from training.__main__ import app
from training.pipeline import tune as stage

quadratic = import_module("tests.training.tuning.quadratic")


class Runs:
    """The runs of a search without MLflow."""

    kept: ClassVar[dict[str, list]] = {}

    def __init__(self, capability, study, params, data_digest):
        self.own = self.kept.setdefault(study, [])
        self.begun = (capability, params, data_digest)

    def add(self, trial, values, metrics, *, pruned):
        if trial not in [one[0] for one in self.own]:
            self.own.append((trial, values, metrics, pruned))

    def end(self, metrics, artefacts):
        self.kept["end"] = [metrics, *artefacts]


@pytest.fixture
def command(monkeypatch, tmp_path):
    """The command over a bowl, with a folder for artefacts."""
    monkeypatch.setattr(stage, "ARTIFACTS", tmp_path)
    monkeypatch.setattr(stage, "SearchRuns", Runs)
    monkeypatch.setattr(Runs, "kept", {})
    monkeypatch.setattr(stage, "file_digest", lambda paths: "data" if not paths else "other data")
    monkeypatch.setattr(stage, "READERS", {"risk": lambda: (quadratic.Quadratic(), []), "quota": stage.read_quota})
    return lambda *options: CliRunner().invoke(app, ["tune", *options, "--jobs", "1"])


@pytest.mark.contract
def test_the_proposal_is_a_file_of_its_own_and_every_trial_a_run(command, tmp_path):
    """params.yaml keeps its bytes; a second call adds nothing and writes the same bytes."""
    before = Path("params.yaml").read_bytes()
    done = command("risk", "--trials", "4")
    assert (done.exit_code, Path("params.yaml").read_bytes()) == (0, before)
    path = tmp_path / "risk/proposed.yaml"
    proposed = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert proposed["risk"] == proposed["report"]["proposed"]["values"]
    (study,) = [one for one in Runs.kept if one != "end"]
    assert [one[0] for one in Runs.kept[study]] == [
        f"{name} {number}" for name in ("before", "all") for number in range(4)
    ]
    assert Runs.kept["end"][1] == path
    assert Runs.kept["end"][0]["optimism_gap"] == proposed["report"]["optimism_gap"]
    assert len(list((tmp_path / "risk").glob("tuning-*.journal"))) == 1
    content = path.read_bytes()
    assert command("risk", "--trials", "4").exit_code == 0
    assert (path.read_bytes(), len(Runs.kept[study])) == (content, 8)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["chain"], "unknown capability 'chain': risk or quota"),
        (["risk", "--trials", "0"], "trials must be at least 1, got 0"),
    ],
)
def test_bad_calls_are_one_sentence(command, options, message):
    done = command(*options)
    assert (done.exit_code, done.output.strip()) == (1, message)


@pytest.mark.contract
def test_a_journal_of_other_data_and_missing_artefacts_are_one_sentence(command, monkeypatch, tmp_path):
    """The journal names both; the missing file is named."""
    journal = str(tmp_path / "a.journal")
    assert command("risk", "--trials", "1", "--journal", journal).exit_code == 0
    monkeypatch.setattr(stage, "READERS", {"risk": lambda: (quadratic.Quadratic(), ["more"])})
    done = command("risk", "--trials", "1", "--journal", journal)
    assert done.exit_code == 1
    (line,) = [one for one in done.output.replace("\n", " ").split("  ") if "holds the study" in one]
    assert "of other data, numbers or code than" in line

    def missing():
        raise FileNotFoundError(2, "No such file or directory", "cases.parquet")

    monkeypatch.setattr(stage, "READERS", {"risk": missing})
    done = command("risk")
    assert (done.exit_code, done.output.strip()) == (1, "No such file or directory: cases.parquet")


@pytest.mark.law
def test_the_test_part_is_never_searched_on(labelled):
    """A to D are known to the search."""
    cases, labels, until = stage._known(labelled)
    assert ("".join(cases["uscc"]), labels.tolist(), len(until)) == ("ABCD", [0.0, 1.0, 0.0, 1.0], 4)


@pytest.mark.law
def test_whatever_decides_a_trial_changes_the_digest():
    """Data, seed, blocks, today's numbers; the same of all gives the same."""
    one = quadratic.Quadratic()
    digests = [
        stage.search_digest(one, "a", 7),
        stage.search_digest(one, "b", 7),
        stage.search_digest(one, "a", 8),
        stage.search_digest(quadratic.Quadratic(blocks=("2018", "2019", "2020")), "a", 7),
        stage.search_digest(quadratic.Quadratic(start=(0.4, 40)), "a", 7),
    ]
    assert len(set(digests)) == 5
    assert stage.search_digest(quadratic.Quadratic(seconds=1.0), "a", 7) == digests[0]
    assert set(stage.READERS) == {"points", "risk", "quota", "matching"}
