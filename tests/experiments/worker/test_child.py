from __future__ import annotations

import pytest

from experiments.worker.child import JobProblem


@pytest.mark.surface
def test_a_problem_is_a_sentence_with_its_figures():
    """The key alone is the fault's text; figures go into the sentence."""
    problem = JobProblem("jobs.problem.absent", detail="draws", command="python -m training draws")
    assert problem.words == {"key": "jobs.problem.absent", "detail": "draws", "command": "python -m training draws"}
    assert str(problem) == "jobs.problem.absent"
