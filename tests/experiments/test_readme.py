"""The figures of the documents are those of the run records."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.readme import PLACES, RESULTS, fill, read_figures, table

pytestmark = pytest.mark.surface
READMES = ("README.md", "README.zh-CN.md")
ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
BLOCK = re.compile(r"<!-- figures:([a-z-]+) -->\n(.*?)<!-- /figures -->", re.DOTALL)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def values(block: str) -> list[str]:
    """The last column of a block's table."""
    return [line.split("|")[-2].strip() for line in block.splitlines() if line.startswith("| ")][1:]


def test_both_languages_hold_the_same_figures():
    """Chinese and English quote one set of run records, and every known table stands in both."""
    english, chinese = (dict(BLOCK.findall(text(name))) for name in RESULTS)
    assert set(english) == set(chinese) == set(PLACES) == {figure.block for figure in read_figures()}
    assert all(values(english[name]) == values(chinese[name]) for name in PLACES)
    assert all(values(block) for block in english.values())


def test_every_figure_of_a_document_is_a_row_of_the_list():
    """Nothing stands between the markers that the command did not write: the labels are those of the list."""
    for name, language in RESULTS.items():
        for block, body in BLOCK.findall(text(name)):
            told = [line.split("|")[1].strip() for line in body.splitlines() if line.startswith("| ")][1:]
            assert told == [getattr(figure, language) for figure in read_figures() if figure.block == block]


@pytest.mark.parametrize(("name", "language"), RESULTS.items())
@pytest.mark.parametrize("block", [block for block, place in PLACES.items() if place.startswith("experiments/")])
def test_the_figures_of_a_committed_experiment_are_those_of_its_record(block, name, language):
    """The block in the document is what the committed record says, to the character."""
    record = json.loads(text(PLACES[block]))
    assert dict(BLOCK.findall(text(name)))[block] == table(block, record, language)


def test_an_unknown_block_is_an_error():
    """A typo in a marker does not pass in silence."""
    with pytest.raises(KeyError, match="never-run"):
        fill("<!-- figures:never-run -->\n<!-- /figures -->", {})


def test_a_figure_that_its_record_lacks_is_an_error():
    """A figure is never left out in silence: the message names it."""
    with pytest.raises(KeyError, match="enterprises"):
        table("synthetic", {"caveat": ""}, "en")


def test_every_command_has_help_and_the_layer_stands_in_both_readmes():
    """A command without a sentence is a command nobody finds."""
    assert CliRunner().invoke(app, ["--help"]).exit_code == 0
    for name, one in typer.main.get_command(app).commands.items():
        assert one.help, name
    assert all("python -m experiments --help" in text(name) for name in READMES)
