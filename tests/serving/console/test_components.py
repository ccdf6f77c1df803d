"""The tests' own view of components; and nothing here or in the console reaches into a library."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from dash import html

from tests.serving.console.components import all_of, of_id, texts_of

OF_TUPLES = {"_replace", "_asdict", "_fields"}  # what the standard library documents of named tuples
SOURCES = sorted({*Path("serving/console").rglob("*.py"), *Path("tests/serving/console").rglob("*.py")})
PAGE = html.Div([html.P("first", id="a"), "bare", html.Div(html.B(["second", html.I("third", id={"type": "b"})]))])


def test_every_part_comes_in_reading_order_and_texts_with_it():
    assert [type(one).__name__ for one in all_of([PAGE, None])] == ["Div", "P", "Div", "B", "I"]
    assert texts_of(PAGE) == ["first", "bare", "second", "third"]
    assert of_id(PAGE, {"type": "b"}).children == "third"
    with pytest.raises(StopIteration):
        of_id(PAGE, "c")


def test_no_private_member_of_another_object_is_used():
    """A name that begins with one underscore is its owner's: reached through ``self`` and ``cls`` alone."""
    assert len(SOURCES) > 200
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute) or not node.attr.startswith("_") or node.attr.startswith("__"):
                continue
            own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if not own and node.attr not in OF_TUPLES:
                found.append(f"{path}:{node.lineno} {node.attr}")
    assert found == []


def test_no_private_member_is_reached_by_its_name():
    """Nor by ``getattr`` and ``hasattr``."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("getattr", "hasattr")
            ):
                name = node.args[1]
                if isinstance(name, ast.Constant) and str(name.value).startswith("_"):
                    found.append(f"{path}:{node.lineno} {name.value}")
    assert found == []
