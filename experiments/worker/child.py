"""One job's process: bounded memory, progress and the end of it over a pipe. It imports little, to start soon."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Report = Callable[[float, Mapping[str, Any]], None]  # progress from 0 to 1, and what is being done


@dataclass(frozen=True)
class Setting:
    """Where a worker finds things. artifacts : models and snapshot; runs : of the tracking store; threads : of a job"""

    artifacts: Path = Path("artifacts")
    runs: Path = Path("mlruns")
    threads: int = 2


class JobProblem(Exception):  # noqa: N818  # an answer, no fault of the program
    """A job that cannot be carried out; ``words`` is the ``key`` of a sentence with its figures."""

    def __init__(self, key: str, **figures: Any) -> None:
        self.words: dict[str, Any] = {"key": key, **figures}
        super().__init__(key)


Kind = Callable[[Mapping[str, Any], Path, Setting, Report], dict[str, Any]]


def run_child(
    pipe: Connection, carry: Kind, body: Mapping[str, Any], folder: Path, setting: Setting, memory_mb: int
) -> None:
    """The child's whole life: bound memory, carry the job out, send what came of it. It ends when its parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches both; the parent ends the child
    threading.Thread(target=_end_with_parent, daemon=True).start()
    most = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    sent: tuple[str, Mapping[str, Any]]
    try:
        sent = "done", carry(body, folder, setting, lambda at, doing: pipe.send(("at", (at, dict(doing)))))
    except JobProblem as problem:
        sent = "broken", problem.words
    except MemoryError:
        sent = "broken", {"key": "jobs.problem.memory", "megabytes": memory_mb}
    except Exception:  # noqa: BLE001 - whatever it is, its owner gets words and the operator the trace
        traceback.print_exc(file=sys.stderr)
        sent = "broken", {}
    pipe.send(sent)
    pipe.close()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # a parent that was killed ends nobody, and the job will be begun again
