"""Matching: blocks of groups in order of time, rankers that know earlier groups alone, and their figures."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from models.matching.columns import PAIR_COLUMNS
from training.matching.confidence import ConfidenceParams
from training.matching.fit import known_only, ndcg_of, prepare
from training.matching.folder import read_tasks
from training.matching.fusion import RankParams
from training.matching.tuning import MatchingProblem, group_blocks, matching_problem
from training.params import build_section
from training.tuning.problem import HeldOut, TuningError

RANKING = RankParams(1e-3, 0.1, 30, 600, 5, 0.1, 4, 20, 1.0, 1.0, 7)
CONFIDENCE = ConfidenceParams((5.0, 20.0), 3, (0.4,), 0.3, 0.05, 0.9, 0.4, 7)


@pytest.fixture(scope="module")
def problem(tmp_path_factory) -> MatchingProblem:
    """One planted task of 450 queries, 150 of them dev, a group each; one a day."""
    folder = tmp_path_factory.mktemp("tasks")
    import_module("tests.training.matching.worlds").write_task(folder / "task", 3, queries=450)
    made = prepare(read_tasks(folder)[0].part("dev"), None)
    lists = made.lists
    days = pd.Series(pd.date_range("2020-01-01", periods=len(lists.ideal)))
    return matching_problem(lists, made.known, days, RANKING, CONFIDENCE)


@pytest.mark.law
def test_blocks_of_groups_by_hand():
    """Group b ends last though it began first, so it is the last block; c and a share the days before."""
    group = np.array(["b", "a", "c", "a", "b"], dtype=object)
    days = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-03", "2020-01-02", "2020-01-04", "2020-01-05"]))
    assert [one.tolist() for one in group_blocks(group, days, 2)] == [[1, 2, 3], [0, 4]]
    names, same_day = np.array([f"g{one}" for one in range(100)], dtype=object), pd.Timestamp("2020-01-01")
    whole = group_blocks(names, pd.Series(same_day, index=range(100)), 5)
    assert [len(one) for one in whole] == [20] * 5
    assert sorted(np.concatenate(whole).tolist()) == list(range(100))


@pytest.mark.law
def test_later_groups_are_ranked_by_rankers_of_earlier_ones(problem, monkeypatch):
    """A block's ranker sees the blocks before it and nothing else."""
    import training.matching.tuning as module

    seen, fitted = [], module.fit_ranker
    monkeypatch.setattr(
        module, "fit_ranker", lambda lists, *rest: (seen.append(set(lists[0].group)), fitted(lists, *rest))[1]
    )
    for block in range(len(problem.blocks)):
        part = problem.hold_out(problem.now, block)
        later = set(problem.lists.group[problem.queries[block + 1]])
        assert len(part.outcome) == len(problem.queries[block + 1])
        assert not seen[-1] & later
        assert seen[-1] == set(problem.lists.group[np.concatenate(problem.queries[: block + 1])])
    assert len(problem.blocks) == 4


@pytest.mark.truth
def test_trees_are_found_to_help_where_a_middle_length_is_what_is_relevant(problem):
    """Planted: of each query the firm of the most usual length is relevant, which no weighted sum can say."""
    lists = problem.lists
    column, query = PAIR_COLUMNS.index("log_units"), lists.candidates.query
    columns = np.random.default_rng(0).normal(size=lists.candidates.columns.shape)
    far = np.abs(columns[:, column])
    nearest = np.array([far[query == one].min() for one in range(len(lists.ideal))])
    gain = (far == nearest[query]).astype(float)
    candidates = replace(lists.candidates, columns=columns)
    planted = replace(problem, lists=replace(lists, candidates=candidates, gain=gain, ideal=[[1.0]] * len(lists.ideal)))
    params = replace(RANKING, rounds=60, learning_rate=0.1, num_leaves=8, min_child_samples=20, kept=200)
    planted = replace(planted, params=params)
    none, some = (planted.hold_out({**planted.now, "rounds": rounds}, 3) for rounds in (0, 60))
    assert planted.loss(some) < planted.loss(none) - 0.2
    assert (none.size, some.size > 0) == (0.0, True)
    figures = problem.figures([problem.hold_out(problem.now, block) for block in range(4)])
    assert figures.discrimination > 0.8
    assert 0 <= figures.calibration < 0.3


@pytest.mark.law
def test_the_loss_by_hand_and_the_section(problem):
    """Of nDCG 1 and 0.5: the loss is 0.25; a proposed section is what params.yaml takes."""
    part = HeldOut(np.ones(2), np.array([1.0, 0.5]), np.zeros(2), np.zeros(2, dtype=np.int64), 0.0)
    assert problem.loss(part) == 0.25
    made = problem.sections({**problem.now, "rounds": 9.0})["matching_ranking"]
    assert build_section(made, "matching_ranking", RankParams) == replace(RANKING, rounds=9)


@pytest.mark.law
def test_firms_of_which_nothing_is_known_teach_no_order_and_cost_nothing(problem):
    """They have a score, for they may be shown; nDCG is of the firms whose gain is known."""
    lists = problem.lists
    odd = (np.arange(len(lists.gain)) % 3 == 0) & (lists.gain == 0)
    partly = replace(problem, lists=replace(lists, gain=np.where(odd, -2.0, lists.gain)))
    part = partly.hold_out(problem.now, 0)
    own = partly.lists.of(partly.queries[1])
    kept = own.gain >= 0
    assert len(part.score) == len(own.gain)
    assert not kept.all()
    assert part.prediction.tolist() == ndcg_of(known_only(own), part.score[kept]).tolist()


@pytest.mark.contract
def test_too_few_queries_are_one_sentence(problem):
    few = problem.lists.of(np.arange(50))
    with pytest.raises(TuningError, match=r"blocks of \[10, 10, 10, 10, 10\] queries by group; each needs at least 20"):
        matching_problem(
            few, problem.known, pd.Series(pd.Timestamp("2020-01-01"), index=range(50)), RANKING, CONFIDENCE
        )
