"""Late labels are learned beside the requests, and a fault leaves the packed forecasts."""

import datetime as dt
from types import SimpleNamespace

import pytest

from serving.clearance import learned
from serving.clearance.learned import Learned

pytestmark = pytest.mark.contract
NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def test_the_packed_model_answers_until_the_late_labels_are_learned(monkeypatch):
    calls = []
    monkeypatch.setattr(learned, "learned_since", lambda *given: calls.append(given) or "later")
    made = Learned(lambda: SimpleNamespace(events="e", declarations="d"))
    assert made.model("packed", NOW) in ("packed", "later")
    made.wait()
    assert made.model("packed", NOW) == "later"
    assert calls == [("packed", "e", "d", NOW)]  # not again within the hour


def test_a_fault_leaves_what_was_packed():
    def away():
        raise OSError

    made = Learned(away)
    made.model("packed", NOW)
    made.wait()
    assert made.model("packed", NOW) == "packed"
