"""The measurement of a running service: what it puts in, what it posts, and when its bar holds."""

from contextlib import contextmanager
from datetime import datetime

import pytest

from data.events import EventStore
from experiments.benchmarks.approvals import reads
from experiments.benchmarks.clearance.live import Spread
from serving.approvals.schemas import read_event
from serving.approvals.store import CaseStore


def test_cases_are_put_in_and_those_that_run_are_named(tmp_path):
    url = f"sqlite:///{tmp_path / 'e.sqlite'}"
    numbers = reads.fill(url, 100)
    kept = {one.event.case_number for one in CaseStore(EventStore(url)).events()}
    assert len(kept) == 100
    assert set(numbers) <= kept


def test_what_is_posted_is_an_event_that_the_service_takes():
    at = datetime.fromisoformat("2024-06-28T10:00:00+08:00")
    made = [read_event(reads.event_of(number, "A", at), at) for number in (1, 2)]
    assert made[0].digest != made[1].digest


@pytest.mark.parametrize(("p99_s", "holds"), [(0.04, True), (0.06, False)])
def test_the_bar_is_of_a_case_while_events_arrive(p99_s, holds, monkeypatch, tmp_path):
    @contextmanager
    def service(*_, **__):
        yield "http://nowhere", "key"

    async def measure(*_, posts_per_s=0.0, **__):
        return {"case": Spread(10, 0, 0.01, p99_s if posts_per_s else 9.0, 0.1)}

    monkeypatch.setattr(reads, "service", service)
    monkeypatch.setattr(reads, "measure", measure)
    monkeypatch.setattr(reads, "fill", lambda *_: ["A"])
    monkeypatch.setattr(reads, "first_list_s", lambda *_: 1.0)
    assert reads.reads(tmp_path, tmp_path, 1.0)["holds"] is holds
