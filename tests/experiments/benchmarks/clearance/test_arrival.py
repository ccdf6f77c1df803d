"""Random arrivals fold to the state of their set, and a fold that went by arrival would be found out."""

import dataclasses
import datetime as dt

import pytest

from data.clearance.records import CaseEvent
from experiments.benchmarks.clearance import arrival
from experiments.benchmarks.clearance.arrival import arrivals

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def event(code, second, number=1):
    at = START + dt.timedelta(seconds=second)
    return CaseEvent((("seq_no", f"E{number}"),), "single_window", code, at, at.isoformat(), "放行" * (code == "P"))


TRACE = [event("7", 0), event("L", 1), event("J", 8), event("C", 9), event("P", 40_000), event("R", 40_000)]


def test_every_arrival_is_the_state_of_its_set():
    found = arrivals([*TRACE, event("E", 50_000), event("7", 60_000), TRACE[0]], 400, seed=1)
    assert (found.n, found.n_different, found.n_duplicates_wrong) == (400, 0, 0)
    assert found.n_sets > 20


def test_a_state_by_arrival_would_be_found_out(monkeypatch):
    """The comparison is not blind: a fold that remembers which note came last differs."""

    class ByArrival:
        def __init__(self, events, ids, **_):
            self.table, self.last = arrival.__dict__["_real"](events, ids), dict(zip(ids, events, strict=True))

        def state(self, index):
            return dataclasses.replace(self.table.state(index), clearance_status=self.last[index].code)

    monkeypatch.setitem(arrival.__dict__, "_real", arrival.fold_table)
    monkeypatch.setattr(arrival, "fold_table", ByArrival)
    assert arrivals(TRACE, 50, seed=1).n_different > 40


def test_an_empty_trace_is_refused():
    with pytest.raises(ValueError, match="at least one event"):
        arrivals([], 10, seed=1)
