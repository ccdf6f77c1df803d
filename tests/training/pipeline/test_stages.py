from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from training.__main__ import app

pytestmark = pytest.mark.surface
ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())


def test_every_stage_of_the_pipeline_is_a_command():
    """Every stage of dvc.yaml is a command of its name; what a person does once in a while is no stage."""
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    alone = {"tune", "draws", "import_card", "promote", "champion", "matching_feedback", "ladder_versions"}
    assert {command.callback.__name__ for command in app.registered_commands} == {*stages} | alone
    assert all(stage["cmd"] == f"python -m training {name.replace('_', '-')}" for name, stage in stages.items())
    assert CliRunner().invoke(app, ["--help"]).exit_code == 0


def test_only_the_stage_that_makes_the_truth_may_name_it():
    """No stage depends on the planted truth, and no file of features, models or training reads it."""
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    for name, stage in stages.items():
        assert not [dep for dep in stage.get("deps", []) if "truth" in dep and not dep.endswith(".py")], name
        assert "data" not in stage.get("deps", [])
    for layer in ("features", "models", "training", "serving"):
        for path in (ROOT / layer).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"read_(parquet|text)\([^)]*TRUTH", text), path


def test_labels_are_made_by_the_assemble_stage_alone():
    """No file but that of the assemble stage names a function that makes labels; the others read what it wrote."""
    made = ("default_labels", "outcome_parts", "weighted_outcome", "serviceable_debt_labels")
    naming = {
        path.relative_to(ROOT).as_posix()
        for layer in ("models", "training", "serving")
        for path in (ROOT / layer).rglob("*.py")
        if any(one in path.read_text(encoding="utf-8") for one in made)
    }
    assert naming == {"training/assemble.py"}
