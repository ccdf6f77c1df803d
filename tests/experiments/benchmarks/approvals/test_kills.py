"""Imports that are killed lose and double nothing."""

from __future__ import annotations

import pytest

from experiments.benchmarks.approvals.kills import kills

pytestmark = pytest.mark.law


def test_three_imports_are_killed_and_every_event_is_there_once():
    """Three kills of an import of 2,400 events, which are two transactions."""
    found = kills(3, cases=400)
    wrong = {name: found[name] for name in ("lost", "twice", "altered", "not_found", "refused_wrong")}
    assert (found["kills"], found["events"]) == (3, 2_400)
    assert wrong == dict.fromkeys(wrong, 0)
