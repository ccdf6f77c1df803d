"""Workers of jobs that are killed at any moment: every job ends, none is begun more than twice, no process stays."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter as Tally
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from experiments.worker.carrying import ChildBounds
from experiments.worker.child import Report, Setting
from experiments.worker.command import work
from serving.jobs.claims import Claims
from serving.jobs.job import JobBounds
from serving.jobs.store import Jobs
from serving.ledger.ledger import Ledger
from serving.ledger.store import migrate

BOUNDS = JobBounds(open_per_account=1_000, stale_s=1.0)
BEATS = ChildBounds(beat_s=0.1)
STEPS = 6  # of a job, a twentieth of a second each
_START = multiprocessing.get_context("spawn")


def steps(_: Mapping[str, Any], folder: Path, __: Setting, report: Report) -> dict[str, Any]:
    """A job of a few short steps that notes its process where it began."""
    folder.mkdir(parents=True)
    with (folder.parent / "begun").open("a", encoding="utf-8") as begun:
        begun.write(f"{os.getpid()}\n")
    for step in range(STEPS):
        time.sleep(0.05)
        report(step / STEPS, {"key": "jobs.doing.writing"})
    (folder / "result.json").write_text("{}", encoding="utf-8")
    return {"files": ["result.json"]}


KINDS = {"steps": steps}


def serve(url: str, folder: Path) -> None:
    """A worker of these jobs until it is killed."""
    jobs = Jobs(Ledger(url), folder, BOUNDS)
    work(Claims(jobs, f"{os.getpid()}", list(KINDS)), KINDS, Setting(), BEATS, threading.Event(), once=False)


def job_kills(kills: int, seed: int = 7) -> dict[str, Any]:
    """Kill a worker so many times at a random moment while jobs wait, then let one finish what is left."""
    chance = random.Random(seed)
    with TemporaryDirectory(prefix="jobs-") as name:
        folder, url = Path(name) / "jobs", f"sqlite:///{name}/ledger.sqlite"
        migrate(url)
        jobs = Jobs(Ledger(url), folder, BOUNDS)
        made = [jobs.add("steps", "one", "zone", f"{at}", {}).job_id for at in range(kills + 4)]
        for _ in range(kills):
            worker = _START.Process(target=serve, args=(url, folder))
            worker.start()
            time.sleep(chance.uniform(0.5, 6.0))
            os.kill(int(worker.pid or 0), signal.SIGKILL)
            worker.join()
        last = _START.Process(target=serve, args=(url, folder))
        last.start()
        ends = time.monotonic() + 120 + 20 * len(made)
        while any(state.state in ("waiting", "running") for state in jobs.states()) and time.monotonic() < ends:
            time.sleep(0.2)
        last.terminate()
        last.join()
        found = [jobs.find(job_id, "one") for job_id in made]
        begun = {job_id: _begun(folder / job_id / "begun") for job_id in made}
        alive = [pid for pids in begun.values() for pid in pids if _runs(pid)]
        whole = [job for job in found if job.state == "done" and jobs.file(job, "result.json").is_file()]
        jobs.ledger.close()
    states = Tally(job.state for job in found)
    holds = (
        set(states) <= {"done", "broken"}
        and len(whole) == states["done"]
        and all(len(pids) <= BOUNDS.attempts for pids in begun.values())
        and not alive
    )
    twice = sum(len(pids) > 1 for pids in begun.values())
    return {
        "kills": kills, "jobs": len(made), "states": dict(states), "begun_twice": twice,
        "most_begun": max(map(len, begun.values())), "processes_left": len(alive), "holds": holds,
    }  # fmt: skip


def _begun(path: Path) -> list[int]:
    return [int(line) for line in path.read_text(encoding="utf-8").split()] if path.is_file() else []


def _runs(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has collected yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
