"""Ranker and confidence from text tasks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.synthetic.matching import SyntheticMatchingParams, synthesize_matching
from models.matching.columns import candidates_of
from models.matching.confidence import confidence_columns
from models.matching.ranker import order_of
from training.matching.cohort import read_cohort
from training.matching.confidence import ConfidenceParams
from training.matching.evaluate import calibration_slope
from training.matching.fit import fit, group_folds, known_only, prepare, without_suppliers
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


@pytest.fixture(scope="module")
def planted_cohort(cohort):
    """Half of the planted demands' numbers are learned from; words alone, no encoder."""
    params = SyntheticMatchingParams(n_firms=400, n_demands=600)
    made = synthesize_matching(cohort.tables["enterprises"], params)
    read = read_cohort(made.tables)
    part = read.task.part("dev")
    one = prepare(part, None, read.documents_of(part.documents["doc_id"]), read.query_facts(part.queries))
    fitted = fit([one], RANKING, replace(CONFIDENCE, penalties=(5.0, 20.0, 80.0)), None, "d", "c")
    return made, read, one, fitted


def _new_demands(made, read, one, ranker):
    """Columns of demands that nothing was fitted on, and whether the planted truth has a relevant firm first."""
    queries = read.task.queries.loc[read.task.queries["split"] == "train"]
    found = candidates_of(one.library, queries["text"].tolist(), None, read.query_facts(queries))
    scores = ranker.scores(found)
    relevant = set(zip(*made.truth["relevance"][["demand_id", "enterprise_id"]].T.to_numpy(), strict=True))
    orders = order_of(scores, found)
    hit = [
        (number, one.library.firm_ids[found.firm[order[0]]]) in relevant
        for number, order in zip(queries["query_id"], orders, strict=True)
    ]
    return confidence_columns(found, scores), np.array(hit)


@pytest.mark.truth
def test_probabilities_of_a_whole_library_are_the_planted_ones_though_a_list_shows_few_firms(planted_cohort):
    """Learned from the firms that lists had shown alone, the mean was twice the planted share."""
    made, read, one, fitted = planted_cohort
    columns, hit = _new_demands(made, read, one, fitted.ranker)
    p = fitted.confidence.first.probability(columns)
    assert p.mean() == pytest.approx(hit.mean(), abs=0.08)
    assert calibration_slope(p, hit) > 0.7


@pytest.mark.truth
@pytest.mark.parametrize(
    "text",
    ["asdf qwer", "qwert zxcv bnm", "100 元 25 kg ab", "年会订两百份盒饭，中午十二点前送到", "婚礼跟拍和精修照片"],
)
def test_nonsense_figures_and_another_trade_are_not_answered(planted_cohort, text):
    _, _, one, fitted = planted_cohort
    found = candidates_of(one.library, [text], None)
    p = fitted.confidence.any_of_three.probability(confidence_columns(found, fitted.ranker.scores(found)))
    assert not fitted.confidence.answers(p, 0.4)[0]
    assert p[0] < 0.5


@pytest.mark.law
def test_a_firm_of_which_nothing_is_known_is_a_candidate_and_teaches_no_order(planted_cohort):
    _, _, one, _ = planted_cohort
    lists = one.lists
    assert one.partly_judged
    assert (lists.gain < -1.0).any()
    assert (one.known[lists.gain > 0] < 1.0).any()
    learned = known_only(lists)
    assert (learned.gain >= 0).all()
    assert len(learned.gain) == (lists.gain >= 0).sum()
