"""The command of the benchmark."""

from __future__ import annotations

import typer
from typer.testing import CliRunner

from experiments.benchmarks.console.bench import bench, registered_pages

app = typer.Typer()
app.command()(bench)


def test_unknown_parts_and_roles_are_refused_before_anything_starts():
    """With those that there are."""
    for given in (["--only", "speeed"], ["--role", "banker"]):
        result = CliRunner().invoke(app, given)
        assert result.exit_code == 2
        assert "keyboard" in result.output


def test_the_pages_are_those_of_the_registry():
    """Every role has its start page among them."""
    assert "/" in {page.path for page in registered_pages()}
