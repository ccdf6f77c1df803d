"""Ranker and confidence from text tasks."""

from __future__ import annotations

import numpy as np
import pytest

from training.matching.confidence import ConfidenceParams
from training.matching.fit import fit, group_folds, prepare, without_suppliers
from training.matching.folder import read_tasks
from training.matching.fusion import RankParams

RANKING = RankParams(1e-3, 0.1, 30, 600, 5, 0.1, 4, 20, 1.0, 1.0, 7)
CONFIDENCE = ConfidenceParams((5.0, 20.0), 3, (0.4,), 0.3, 0.05, 0.9, 0.4, 7)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    from importlib import import_module

    folder = tmp_path_factory.mktemp("tasks")
    write_task = import_module("tests.training.matching.worlds").write_task
    for seed in range(3):
        write_task(folder / f"task{seed}", seed)
    return [prepare(task.part("dev"), None) for task in read_tasks(folder)]


@pytest.mark.truth
def test_planted_relevance_is_found_and_probabilities_are_calibrated(parts):
    fitted = fit(parts, RANKING, CONFIDENCE, None, "d", "c")
    assert set(fitted.report["left_out"]) == {"task0", "task1", "task2"}
    assert all(found["ndcg_10"] > 0.8 for found in fitted.report["tasks"].values())
    assert all(figure > 0.8 for figure in fitted.report["left_out"].values())
    assert fit(parts, RANKING, CONFIDENCE, None, "d", "c").ranker.digest == fitted.ranker.digest


@pytest.mark.law
def test_without_suppliers_no_relevant_firm_is_a_candidate(parts):
    one = parts[0]
    left = without_suppliers(one)
    for query, gains in enumerate(one.part.gains()):
        shown = left.firm[left.start[query] : left.start[query + 1]]
        assert not set(one.firm[list(gains)]) & set(shown)
        assert set(one.firm[list(gains)]) <= set(one.lists.candidates.firm[one.lists.candidates.query == query])


@pytest.mark.law
def test_a_group_is_in_one_fold():
    group = np.array(["a", "b", "a", "c", "b"], dtype=object)
    fold = group_folds(group, 2, 0)
    assert fold[0] == fold[2]
    assert fold[1] == fold[4]


@pytest.mark.contract
def test_no_query_is_refused():
    with pytest.raises(ValueError, match="no task has a query"):
        fit([], RANKING, CONFIDENCE, None, "d", "c")
