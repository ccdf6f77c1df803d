from __future__ import annotations

import os

import pytest

from experiments.benchmarks.console.job_kills import BOUNDS, STEPS, steps
from experiments.worker.child import Setting
from serving.jobs.job import job_text


@pytest.mark.surface
def test_a_job_of_steps_notes_that_it_began_and_reports_each_step(tmp_path):
    """What the count of kills rests on; one kill of a worker is in the worker's own tests."""
    seen = []
    result = steps({}, tmp_path / "1", Setting(), lambda at, doing: seen.append((at, job_text(doing)[1])))
    assert [at for at, _ in seen] == [step / STEPS for step in range(STEPS)]
    assert {words for _, words in seen} == {"Writing the result"}
    assert (tmp_path / "begun").read_text().split() == [str(os.getpid())]
    assert result == {"files": ["result.json"]}
    assert BOUNDS.attempts == 2
