"""The table of operations: what is in it is served, and nothing else."""

from __future__ import annotations

import inspect

import pytest

from serving.http.app import create_app
from serving.http.routes import OPERATIONS

pytestmark = pytest.mark.contract


def test_every_operation_is_served_and_nothing_beside_it():
    """One route for each path of the table, a plain one before a pattern that would take it."""
    paths = [route.path_format for route in create_app().routes]
    assert set(paths) == {operation.path for operation in OPERATIONS}
    assert len(paths) == len(set(paths))
    assert paths == sorted(paths, key=lambda path: "{" in path)


def test_each_method_and_path_and_each_handler_occurs_once():
    """A handler's name is the operation's name in the contract, and its docstring the summary."""
    assert len({(operation.method, operation.path) for operation in OPERATIONS}) == len(OPERATIONS)
    assert len({operation.handler.__name__ for operation in OPERATIONS}) == len(OPERATIONS)
    assert all(inspect.getdoc(operation.handler) for operation in OPERATIONS)
