"""Kinds of jobs that a test can end, starve or break; they import nothing that takes long."""

from __future__ import annotations

import os
import time

from experiments.worker.child import JobProblem


def quick(body, folder, setting, report):
    """Writes its process's number, then is done."""
    report(0.5, {"key": "jobs.doing.writing"})
    folder.mkdir(parents=True)
    (folder / "pid").write_text(str(os.getpid()))
    return {"files": ["pid"]}


def endless(body, folder, setting, report):
    """Writes its process's number and goes on for a minute."""
    quick(body, folder, setting, report)
    time.sleep(60.0)
    return {}


def hungry(body, folder, setting, report):
    """Wants 300 MB."""
    return {"size": len(bytearray(300 * 1024 * 1024))}


def ends(body, folder, setting, report):
    """Ends without a word."""
    os._exit(3)


def impossible(body, folder, setting, report):
    """Cannot be carried out."""
    raise JobProblem("jobs.problem.absent", detail="snapshot", command="make run")


def faulty(body, folder, setting, report):
    """A fault of the program, whose text names what no owner should read."""
    raise ValueError("a secret of the machine")


KINDS = {one.__name__: one for one in (quick, endless, hungry, ends, impossible, faulty)}
