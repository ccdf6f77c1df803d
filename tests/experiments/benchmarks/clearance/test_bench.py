"""The command in short form: parts are merged into the record, what is missing is left out, a failed bar is exit 1."""

import json

import pytest
import typer
from typer.testing import CliRunner

from experiments.benchmarks.clearance import bench as command

SHORT = ["--variants", "20", "--arrivals", "3", "--declarations", "20", "--receipts", "20", "--kills", "1"]


app = typer.Typer()
app.command()(command.bench)


def run(out, *more):
    return CliRunner().invoke(app, ["--out", str(out), *SHORT, *more], env={"COLUMNS": "200"})


@pytest.mark.surface
def test_parts_are_merged_into_the_record(tmp_path):
    out = tmp_path / "clearance.json"
    done = run(out, "--only", "permutations")
    assert done.exit_code == 0, done.output
    first = json.loads(out.read_text(encoding="utf-8"))
    facts = first["parts"]["permutations"]["run"]
    assert (first["parts"]["permutations"]["arrivals"], len(facts["code"])) == (60, 16)
    assert facts["machine"]["cores"]
    assert run(out, "--only", "throughput").exit_code in (0, 1)  # the bar is not for a busy machine
    both = json.loads(out.read_text(encoding="utf-8"))
    assert set(both["parts"]) == {"permutations", "throughput"}
    assert both["parts"]["permutations"] == first["parts"]["permutations"]


def part(holds):
    return lambda _: {"holds": holds}


@pytest.mark.behaviour
def test_a_bar_that_fails_ends_with_1_and_a_part_without_its_data_is_left_out(tmp_path, monkeypatch):
    parts = {"round_trip": command.PARTS["round_trip"], "damage": part(True), "kills": part(True)}
    monkeypatch.setattr(command, "PARTS", parts)
    out = tmp_path / "clearance.json"
    done = run(out)
    assert done.exit_code == 0, done.output
    assert "give --data" in json.loads(out.read_text(encoding="utf-8"))["skipped"]["round_trip"]
    monkeypatch.setattr(command, "PARTS", {**parts, "damage": part(False)})
    done = run(out)
    assert done.exit_code == 1
    assert "does not hold: damage" in done.output


@pytest.mark.contract
def test_what_cannot_be_run_is_refused(tmp_path):
    out = tmp_path / "clearance.json"
    for more, message in (
        (["--only", "nothing"], "unknown ['nothing']"),
        (["--only", "round_trip"], "give --data"),
        (["--only", "live", "--artifacts", str(tmp_path)], "holds no snapshot"),
        (["--data", str(tmp_path / "none")], "is no folder"),
    ):
        done = run(out, *more)
        assert done.exit_code == 2
        assert message in " ".join(done.output.split())
    assert not out.exists()
    out.write_text("{}")
    assert run(out, "--only", "damage").exit_code == 2
