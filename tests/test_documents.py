"""What the documents say is what runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from serving.__main__ import app as serving_app
from training.__main__ import app as training_app

pytestmark = pytest.mark.surface
READMES = ("README.md", "README.zh-CN.md")
ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(("layer", "app"), [("training", training_app), ("serving", serving_app)])
def test_every_command_has_help_and_every_layer_stands_in_both_readmes(layer, app):
    """A command without a sentence is a command nobody finds."""
    command = typer.main.get_command(app)
    assert CliRunner().invoke(app, ["--help"]).exit_code == 0
    for name, one in command.commands.items():
        assert one.help, name
    assert all(f"python -m {layer} --help" in text(name) for name in READMES)


@pytest.mark.parametrize("target", ["run", "test"])
def test_the_two_commands_of_a_newcomer_are_in_the_makefile_and_the_readmes(target):
    """``make run`` and ``make test`` are all that a newcomer types."""
    assert re.search(rf"^{target}:", text("Makefile"), re.MULTILINE)
    assert all(f"make {target}" in text(name) for name in READMES)


def test_telemetry_is_off_by_the_projects_own_settings():
    """DVC, MLflow, BentoML and Hugging Face tell nobody anything."""
    makefile = text("Makefile")
    for name in ("DVC_NO_ANALYTICS", "MLFLOW_DISABLE_TELEMETRY", "BENTOML_DO_NOT_TRACK", "HF_HUB_OFFLINE"):
        assert f"export {name}" in makefile
    assert "analytics = false" in text(".dvc/config")
