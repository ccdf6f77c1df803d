"""Arrivals of several traces, contradictions planted in them, and what is flagged where nothing was planted."""

import dataclasses

import pytest

from data.clearance.dialects import dialects
from experiments.benchmarks.clearance import permutations
from experiments.benchmarks.clearance.permutations import plants, run
from experiments.benchmarks.clearance.samples import simulated_traces
from models.clearance.fold import fold

pytestmark = pytest.mark.law


@pytest.fixture(scope="module")
def clean():
    return simulated_traces(20, contradiction_share=0.0, lost_share=0.0)


def test_every_arrival_is_its_set_and_every_plant_is_flagged(clean):
    found = run(dict(list(clean.items())[:5]), clean, 30, orders=3)
    assert found["holds"]
    assert (found["arrivals"], found["different"], found["duplicates_wrong"]) == (150, {}, {})
    kinds = found["planted"]["kinds"]
    assert set(kinds) == {"two_contents", "two_numbers", "released_and_rejected"}
    assert all(one["planted"] == one["found"] == 5 for one in kinds.values())
    assert found["planted"]["false_flags"] == 0


def test_long_traces_are_folded_in_parts(clean, monkeypatch):
    name, trace = next(iter(clean.items()))
    monkeypatch.setattr(permutations, "MOST_EVENTS", 2 * len(trace))
    assert run({name: trace}, {}, 7, orders=1)["arrivals"] == 7


def test_a_plant_adds_one_event_and_the_contradiction_of_its_name(clean):
    trace = next(iter(clean.values()))
    for kind, events in plants(trace, dialects()):
        assert len(events) == len(trace) + 1
        assert kind in {one.code for one in fold(events).contradictions}


def test_a_flag_without_a_plant_is_counted(clean):
    name, trace = next(iter(clean.items()))
    odd = [*trace, dataclasses.replace(trace[-1], note="another")]
    found = run({name: trace}, {name: odd}, 5, orders=1)
    assert found["planted"]["false_flags"] == 1
    assert not found["holds"]


def test_without_traces_nothing_holds():
    assert not run({}, {}, 5)["holds"]
