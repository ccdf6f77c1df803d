"""What an operation may refuse follows from its kind, and from what it names itself."""

from __future__ import annotations

import pytest

from serving.http.operation import Operation
from serving.http.problems import STATUS
from serving.http.routes import OPERATIONS

pytestmark = pytest.mark.contract


async def nothing(_):
    raise NotImplementedError


def test_problems_follow_from_keys_and_bodies():
    """An open GET knows no key and no body; a POST with a key knows both, each problem once."""
    open_get = Operation("GET", "/x", nothing, refusals=("not-found",))
    assert open_get.problems == ("not-found", "invalid-request", "method-not-allowed", "not-ready", "internal")
    keyed = Operation("POST", "/x", nothing, ("bank",), "quota", dict, refusals=("not-ready",)).problems
    assert {"key-missing", "permission-missing", "too-many-requests", "body-too-large", "unsupported-media"} <= set(
        keyed
    )
    assert len(keyed) == len(set(keyed))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}")
def test_every_problem_of_the_table_is_in_the_catalogue(operation):
    """And a key is needed exactly where a permission is."""
    assert set(operation.problems) <= set(STATUS)
    assert bool(operation.permission) == bool(operation.roles)
