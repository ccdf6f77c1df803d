"""The parts of the benchmark and what holds."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from experiments.benchmarks.console import parts
from experiments.benchmarks.console.crawl import PageAt


def test_every_part_that_is_named_is_there():
    """Each with a sentence on what it measures."""
    assert all(getattr(parts, name).__doc__ for name in parts.PARTS)


@pytest.mark.parametrize(("kind", "holds"), [("Chinese in English", True), ("cut", False), ("raw", False)])
def test_pictures_hold_unless_a_fault_is_certain(monkeypatch, kind, holds):
    """A name of the other language may be right; what is cut or raw never is."""
    shown = {"looks": [{"kind": kind}], "faults": [], "foreign": [], "refused": []}
    monkeypatch.setattr(parts, "look_at", lambda *_: [shown])
    world = SimpleNamespace(
        roles=("bank",), browser=None, address="", pictures=None, state=lambda role: None,
        found=lambda role: ([PageAt(role, "/", "/console/")], []),
    )  # fmt: skip
    assert parts.screens(world)["holds"] is holds


def test_the_first_page_holds_within_its_seconds_and_bytes(monkeypatch):
    """Two seconds, 3 MB, and 300 kB on the second visit."""
    world = SimpleNamespace(
        roles=("bank",), browser=None, address="", state=lambda role: None,
        found=lambda role: ([PageAt(role, "/", "/console/")], []),
    )  # fmt: skip
    good = {"first_done_s": 1.9, "first_bytes": 2_900_000, "second_bytes": 40_000, "second_done_s": 0.4}
    for change, holds in (({}, True), ({"first_done_s": 2.1}, False), ({"second_bytes": 300_001}, False)):
        monkeypatch.setattr(parts, "visits", lambda *_, change=change: good | change)
        assert parts.speed(world)["holds"] is holds
