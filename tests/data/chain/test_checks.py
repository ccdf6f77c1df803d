"""The checks go on after a fault, and what they make of a faulty part is left empty."""

from __future__ import annotations

import pytest

from data.chain.checks import Checks

pytestmark = pytest.mark.contract


def test_content_of_another_form_adds_a_problem_and_no_exception():
    for content in (
        None,
        "x",
        [],
        {},
        {"layers": [], "nodes": {}},
        {"layers": {"structure": "x"}, "nodes": [None, []]},
    ):
        problems: list[str] = []
        chain = Checks(problems).chain(content)
        assert problems
        assert chain.nodes == ()
