"""The command makes what is missing and no more, and says in one sentence what it lacks."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from training.__main__ import app
from training.pipeline import draws as stage
from training.pipeline.draws import Making


@pytest.fixture
def command(monkeypatch, tmp_path):
    """The command over a folder, with draws that are a file each."""
    folder = tmp_path / "draws"
    made = []

    def write_manifest(where, count, engine, key):
        where.mkdir(exist_ok=True)
        (where / "key").write_text(json.dumps(key), encoding="utf-8")
        return [one for one in range(count) if not (where / str(one)).exists()]

    def make_draw(making, number):
        assert making.seed == 7
        if number == 2 and not made.count(2):
            made.append(number)
            raise ValueError("draw 2: 0 defaults among 9 cases; both outcomes are needed")
        made.append(number)
        (folder / str(number)).touch()

    monkeypatch.setattr(stage, "FOLDER", folder)
    monkeypatch.setattr(stage, "file_digest", lambda paths: f"{len(list(paths))} files")
    monkeypatch.setattr(stage, "read_making", lambda seed: Making("sources", "params", "engine", seed))
    monkeypatch.setattr(stage, "write_manifest", write_manifest)
    monkeypatch.setattr(stage, "make_draw", make_draw)
    return lambda *options: (CliRunner().invoke(app, ["draws", "--jobs", "1", *options]), made, folder)


@pytest.mark.contract
def test_an_ended_command_goes_on_where_it_was(command):
    """Draw 2 fails: one sentence and status 1; the next call makes 2 and 3 alone."""
    first, made, folder = command("--draws", "4")
    assert (first.exit_code, made) == (1, [0, 1, 2])
    assert first.output.strip().splitlines()[-1] == "draw 2: 0 defaults among 9 cases; both outcomes are needed"
    second, made, _ = command("--draws", "4")
    assert (second.exit_code, made[3:]) == (0, [2, 3])
    assert "4 draws" in second.output
    key = json.loads((folder / "key").read_text(encoding="utf-8"))
    assert key["data"] == "6 files"
    assert set(key) == {"seed", "data", "params", "code"}


@pytest.mark.contract
def test_missing_artefacts_are_one_sentence(command, monkeypatch):
    """The file that is missing is named."""

    def missing(paths):
        raise FileNotFoundError(2, "No such file or directory", "cases.parquet")

    monkeypatch.setattr(stage, "file_digest", missing)
    done, made, _ = command()
    assert (done.exit_code, made) == (1, [])
    assert done.output.strip() == "No such file or directory: cases.parquet"
