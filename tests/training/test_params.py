"""Sections of params.yaml: every field given, no field extra."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from data.yaml_file import GivenTwiceError
from features.labels import Outcome
from training.params import ParamsError, build_section, read_section

pytestmark = pytest.mark.surface


def test_a_mistyped_parameter_is_an_error():
    """A key too many and a key too few are both named."""
    given = {"monhts": 24, "parts": {"revenue_growth": 1.0}}
    with pytest.raises(ParamsError, match=r"missing \['months'\], unknown \['monhts'\]"):
        build_section(given, "points_outcome", Outcome)


@dataclass(frozen=True)
class Example:
    rounds: int
    days: tuple[str, ...]


def test_a_section_is_read_as_its_dataclass(tmp_path):
    """Lists become tuples, so that parameters can be compared and hashed."""
    path = tmp_path / "params.yaml"
    path.write_text("example: {rounds: 3, days: [a, b]}\nother: {}\n", encoding="utf-8")
    assert read_section("example", Example, path) == Example(3, ("a", "b"))


def test_a_section_that_is_not_there_names_those_that_are(tmp_path):
    """The message names the file, the section and what there is."""
    path = tmp_path / "params.yaml"
    path.write_text("risk: {}\nquota: {}\n", encoding="utf-8")
    with pytest.raises(ParamsError, match=r"params\.yaml has no section 'points'; it has \['quota', 'risk'\]"):
        read_section("points", Example, path)


def test_a_text_where_a_number_belongs_is_named(tmp_path):
    """YAML reads 1e6 as a text; it must not reach a comparison that is made after outcomes were read."""
    path = tmp_path / "params.yaml"
    path.write_text("example: {rounds: 1e6, days: [a]}\n", encoding="utf-8")
    with pytest.raises(ParamsError, match=r"\[example\] rounds: found '1e6'; allowed: a number"):
        read_section("example", Example, path)


def test_a_number_that_is_given_twice_is_refused(tmp_path):
    """YAML would keep the last of the two without a message."""
    path = tmp_path / "params.yaml"
    path.write_text("example:\n  rounds: 3\n  days: [a]\n  rounds: 4\n", encoding="utf-8")
    with pytest.raises(GivenTwiceError, match="'rounds' is given twice"):
        read_section("example", Example, path)
