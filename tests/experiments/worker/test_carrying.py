from __future__ import annotations

import os
import threading
import time

import pytest

from experiments.worker.carrying import ChildBounds
from serving.jobs.job import job_text

pytestmark = pytest.mark.behaviour


def until(found, limit_s=60.0):
    """Wait until something is there."""
    ends = time.monotonic() + limit_s
    while not found():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_job_is_carried_out_in_a_process_of_its_own(jobs, carried):
    """Its result and files are there; progress is whole."""
    outcome, job = carried("quick")
    assert (outcome, job.state, job.progress) == ("done", "done", 1.0)
    assert int(jobs.file(job, "pid").read_text()) != os.getpid()


def test_cancel_ends_the_process(jobs, carried):
    """The child that would go on for a minute is gone at once, and so are its files."""
    pids = []

    def cancel(made, claim, run):
        until(lambda: (claim.folder / "pid").is_file() and (claim.folder / "pid").read_text())
        pids.append(int((claim.folder / "pid").read_text()))
        jobs.cancel(made.job_id, "analyst-1")

    outcome, job = carried("endless", cancel)
    assert (outcome, job.state) == ("cancelled", "cancelled")
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert not list(jobs.folder.glob("*/*"))


def test_a_worker_that_is_to_end_gives_its_job_back(jobs, carried):
    """It waits again, and costs no attempt."""
    stop = threading.Event()

    def end(made, claim, run):
        until(lambda: jobs.find(made.job_id, "analyst-1").progress > 0)
        stop.set()

    outcome, job = carried("endless", end, stop=stop)
    assert (outcome, job.state, job.attempts) == ("given_back", "waiting", 0)


def test_a_job_beyond_its_memory_is_broken_with_words(carried):
    """300 MB where 200 are allowed."""
    outcome, job = carried("hungry", bounds=ChildBounds(memory_mb=200, beat_s=0.05))
    assert (outcome, job.state) == ("broken", "broken")
    assert job_text(job.problem)[0] == "任务需要的内存超过允许的 200 MB。请改用快速试算，或减少银行数。"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("ends", "ended unexpectedly"),
        ("impossible", "missing: snapshot. Ask the operator to run make run"),
        ("faulty", "The program failed"),
    ],
)
def test_what_breaks_a_job_is_said_in_words(carried, kind, words):
    """No trace and no word of the fault itself; the fault names the job."""
    outcome, job = carried(kind)
    assert (outcome, job.state) == ("broken", "broken")
    assert words in job_text(job.problem)[1]
    assert "secret" not in str(job.problem)


def test_a_job_beyond_its_time_is_broken(carried):
    """A tenth of a second, for one that takes a minute."""
    outcome, job = carried("endless", bounds=ChildBounds(seconds=0.1, beat_s=0.05))
    assert (outcome, job.problem["key"]) == ("broken", "jobs.problem.time")
