"""A member that occurs twice is found wherever it is and however it is written."""

from __future__ import annotations

import pytest

from serving.contract.json_members import repeated_members

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    ("text", "wheres"),
    [
        (b'{"a": 1, "b": 2}', []),
        (b'{"a": {"b": 1}, "c": {"b": 1}}', []),
        (b'{"a": 1, "\\u0061": 2}', ["a"]),
        (b'[{"a": 1}, {"b": {"c": 1, "c": 1, "c": 2}}]', ["1.b.c"]),
        (b'{"a": {"b": 1, "b": 1}, "a": 2}', ["a"]),
        (b"no JSON", []),
        (b"[" * 100_000, []),
    ],
)
def test_repeated_members_are_named_by_their_path(text, wheres):
    """Each once; a text that is no JSON has none."""
    assert [fault.where for fault in repeated_members(text)] == wheres
