"""The day's paths."""

from __future__ import annotations

from types import SimpleNamespace

from experiments.benchmarks.console import paths
from experiments.benchmarks.console.paths import WALKS, Walk, walked
from serving.auth.access import ROLES


def test_every_role_has_a_path():
    """No role of the console is left out."""
    assert set(WALKS) == set(ROLES)


def test_a_path_that_breaks_is_reported_with_the_steps_before(monkeypatch):
    """And so is a message of the browser's console on a path that was gone to its end."""
    noted = {"faults": ["console: x"], "foreign": []}
    walk = Walk(SimpleNamespace(page=None, clean=lambda: noted))

    def gone(_):
        yield walk

    def broken(_):
        yield walk
        walk.steps.append("signed in")
        raise TimeoutError("no firm")

    monkeypatch.setitem(paths.WALKS, "bank", gone)
    assert not walked(None, "bank")["holds"]
    monkeypatch.setitem(paths.WALKS, "bank", broken)
    found = walked(None, "bank")
    assert (found["steps"], found["broke"]) == ([["signed in"]], "TimeoutError: no firm")
