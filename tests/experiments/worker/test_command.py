from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from experiments.worker.carrying import ChildBounds
from experiments.worker.child import Setting
from experiments.worker.command import work
from serving.jobs.claims import Claims
from serving.jobs.job import jobs_table
from serving.jobs.store import later_text
from tests.experiments.worker.small_kinds import KINDS
from tests.experiments.worker.test_carrying import until

pytestmark = pytest.mark.behaviour
WORKER = """
import sys
from experiments.worker import command
from tests.experiments.worker.small_kinds import KINDS
from experiments.worker.child import Setting
from experiments.worker.carrying import ChildBounds
if __name__ == "__main__":
    command.run_worker(sys.argv[1], KINDS, Setting(), ChildBounds(beat_s=0.05), once=False)
"""


@pytest.fixture
def worker_process(jobs, tmp_path):
    """A worker's process, as the command starts one; killed at the end."""
    script = tmp_path / "worker_of_small_kinds.py"
    script.write_text(WORKER)
    environment = os.environ | {"IP_JOBS": str(jobs.folder), "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen([sys.executable, script, jobs.ledger.url], env=environment, stdout=subprocess.PIPE)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def once(jobs, name="second"):
    """Another worker carries out what waits."""
    work(Claims(jobs, name, list(KINDS)), KINDS, Setting(), ChildBounds(beat_s=0.05), threading.Event(), once=True)


def running_pid(jobs, made):
    """The number of the process that carries a job out, once it works."""
    path = jobs.folder / made.job_id / "1" / "pid"
    until(lambda: path.is_file() and path.read_text())
    return int(path.read_text())


def gone(pid):
    """Whether no process has this number any more, or only its parent's duty to collect it is left."""
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_killed_worker_takes_its_child_along_and_the_job_is_carried_out_again_once(jobs, worker_process):
    """Kill -9: the child ends, the claim is kept until it is stale, then another worker begins anew."""
    made = jobs.add("endless", "analyst-1", "zone", "long", {})
    pid = running_pid(jobs, made)
    worker_process.send_signal(signal.SIGKILL)
    worker_process.wait()
    until(lambda: gone(pid))
    once(jobs)
    assert jobs.find(made.job_id, "analyst-1").state == "running"
    with jobs.ledger.engine.execution_options(writes=True).begin() as connection:
        connection.execute(jobs_table.update().values(heartbeat_at=later_text(-31.0), kind="quick"))
    once(jobs)
    job = jobs.find(made.job_id, "analyst-1")
    assert (job.state, job.attempts) == ("done", 2)


def test_a_worker_that_gets_sigterm_gives_its_job_back_and_ends(jobs, worker_process):
    """Exit 0; the job waits for another worker."""
    made = jobs.add("endless", "analyst-1", "zone", "long", {})
    pid = running_pid(jobs, made)
    worker_process.send_signal(signal.SIGTERM)
    printed, _ = worker_process.communicate(timeout=20)
    assert worker_process.returncode == 0
    assert "has ended" in printed.decode()
    assert gone(pid)
    job = jobs.find(made.job_id, "analyst-1")
    assert (job.state, job.attempts) == ("waiting", 0)


def test_once_carries_out_all_that_waits_and_ends(jobs):
    """Two jobs, one of which cannot be done; then it returns."""
    made = [jobs.add(kind, "analyst-1", "zone", kind, {}) for kind in ("quick", "impossible")]
    began = time.monotonic()
    once(jobs)
    assert [jobs.find(job.job_id, "analyst-1").state for job in made] == ["done", "broken"]
    assert time.monotonic() - began < 30
