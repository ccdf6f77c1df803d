"""A killed receiver loses nothing that it acknowledged and stores nothing twice; a loss would be found."""

from __future__ import annotations

import pytest

from data.events import EventStore
from data.ingest.messages.read import read_message
from experiments.benchmarks.clearance import kills

pytestmark = pytest.mark.law


def test_three_kills_lose_nothing_and_double_nothing(tmp_path):
    report = kills.run(f"sqlite:///{tmp_path / 'events.sqlite'}", 3)
    assert (report.kills, report.lost, report.twice, report.altered) == (3, 0, 0, 0)
    assert report.acknowledged >= 3
    assert report.sent - report.acknowledged <= 1


def test_a_loss_would_be_found(tmp_path, monkeypatch):
    """A receiver that answers before it stores, and stores nothing."""
    lying = """import sys
print("ready", flush=True)
for line in sys.stdin:
    print("zone:" + line.strip()[-20:], flush=True)
"""
    monkeypatch.setattr(kills, "CHILD", lying)
    url = f"sqlite:///{tmp_path / 'events.sqlite'}"
    EventStore(url).close()
    report = kills.run(url, 1)
    assert report.lost == report.acknowledged > 0


def test_a_receipt_is_a_real_one():
    (event,) = read_message(kills.receipt(7)).events
    assert (event.code, dict(event.keys)["entry_id"]) == ("L", f"2244{7:014d}")
