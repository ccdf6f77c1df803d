"""A small planted folder of text tasks with a model fitted on it, for the matching benchmark and experiment 0004."""

from __future__ import annotations

import pytest

from tests.training.matching.worlds import write_task
from training.matching.confidence import ConfidenceParams
from training.matching.fit import fit, prepare
from training.matching.folder import read_tasks
from training.matching.fusion import RankParams


@pytest.fixture(scope="session")
def matching_world(tmp_path_factory):
    """tasks/task0..2 and model/ in one folder."""
    folder = tmp_path_factory.mktemp("world")
    for seed in range(3):
        write_task(folder / f"tasks/task{seed}", seed, 240)
    parts = [prepare(task.part("dev"), None) for task in read_tasks(folder / "tasks")]
    ranking = RankParams(1e-3, 0.1, 30, 600, 5, 0.1, 4, 20, 1.0, 1.0, 7)
    fitted = fit(parts, ranking, ConfidenceParams((5.0, 20.0), 3, (0.4,), 0.3, 0.05, 0.9, 0.4, 7), None, "d", "c")
    fitted.ranker.save(folder / "model/model")
    fitted.confidence.save(folder / "model/model")
    return folder
