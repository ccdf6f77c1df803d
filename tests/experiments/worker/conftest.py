"""A store with jobs of the small kinds, and a worker that carries one out."""

from __future__ import annotations

import threading

import pytest

from experiments.worker.carrying import CarriedOut, ChildBounds
from experiments.worker.child import Setting
from serving.jobs.claims import Claims
from serving.jobs.store import Jobs
from serving.ledger.ledger import Ledger
from serving.ledger.store import migrate
from tests.experiments.worker.small_kinds import KINDS


@pytest.fixture
def jobs(tmp_path):
    """An empty list of jobs."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    ledger = Ledger(url)
    yield Jobs(ledger, tmp_path / "jobs")
    ledger.close()


@pytest.fixture
def carried(jobs):
    """Adds a job of a kind and carries it out, meanwhile doing something; gives the outcome and the job."""

    def carry(kind, meanwhile=None, bounds=None, stop=None, kinds=KINDS, body=None, setting=None):
        made = jobs.add(kind, "analyst-1", "zone", kind, body or {})
        claims = Claims(jobs, "one", list(kinds))
        claim, event = claims.claim(), stop or threading.Event()
        bounds = bounds or ChildBounds(beat_s=0.05)
        run = CarriedOut(claims, claim, kinds[kind], setting or Setting(), bounds, event.is_set)
        if meanwhile:
            threading.Thread(target=meanwhile, args=(made, claim, run)).start()
        outcome = run.run()
        assert not run.process.is_alive()
        return outcome, jobs.find(made.job_id, "analyst-1")

    return carry
