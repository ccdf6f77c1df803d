"""Work is shared out, every result comes once, and a killed parent leaves no worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from operator import mul, truediv
from pathlib import Path

import pytest

from training.processes import in_order, workers

WAITS = """
import os, sys, time
from pathlib import Path
from training.processes import workers
def work(folder, number):
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)
if __name__ == "__main__":
    with workers(2, sys.argv[1]) as each:
        list(each(work, [0, 1]))
"""


def alive(pid: int) -> bool:
    """Whether a process still runs; one that ended and was not yet collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.mark.law
def test_every_item_comes_back_once_whatever_the_jobs():
    """Two processes and this one give the same results of what is shared; this one keeps the order."""
    items = [3, 1, 2]
    with workers(1, 10) as each:
        assert list(each(mul, items)) == [(3, 30), (1, 10), (2, 20)]
        assert in_order(each, mul, items) == [30, 10, 20]
    with workers(2, 10) as each:
        assert sorted(each(mul, items)) == [(1, 10), (2, 20), (3, 30)]
        assert in_order(each, mul, items) == [30, 10, 20]
        assert in_order(each, mul, []) == []


@pytest.mark.contract
def test_no_jobs_are_refused_and_a_fault_of_one_item_comes_through():
    """Its own exception, from a process too."""
    with pytest.raises(ValueError, match="jobs must be at least 1, got 0"), workers(0, None):
        pass
    with workers(2, 1) as each, pytest.raises(ZeroDivisionError):
        list(each(truediv, [1, 0]))


@pytest.mark.behaviour
def test_workers_end_with_a_killed_parent(tmp_path):
    """Within seconds of SIGKILL, which no handler sees."""
    (tmp_path / "waits.py").write_text(WAITS, encoding="utf-8")
    folder = tmp_path / "workers"
    folder.mkdir()
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "waits.py", folder], env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    )
    deadline = time.monotonic() + 60
    while len(list(folder.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    workers = [int(one.name) for one in folder.iterdir()]
    assert len(workers) == 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, workers))
