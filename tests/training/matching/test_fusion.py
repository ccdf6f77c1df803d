"""Fitting the order of candidates."""

from __future__ import annotations

import numpy as np
import pytest

from models.matching.columns import PAIR_COLUMNS, QUERY_COLUMNS, Candidates
from training.matching.fit import ndcg_of
from training.matching.fusion import Lists, RankParams, fit_fusion, fit_ranker, join, task_weights

PARAMS = RankParams(1e-3, 0.1, 30, 600, 0, 0.1, 4, 20, 1.0, 1.0, 7)


def planted(queries=200, each=20, seed=0, leg="meaning_z", noise="words_unit_z"):
    """One relevant firm a query: the one with the largest value of ``leg`` by a margin; ``noise`` says nothing."""
    rng = np.random.default_rng(seed)
    columns = np.full((queries * each, len(PAIR_COLUMNS)), np.nan, np.float32)
    columns[:, PAIR_COLUMNS.index(leg)] = rng.normal(size=len(columns))
    columns[:, PAIR_COLUMNS.index(noise)] = rng.normal(size=len(columns))
    gain = np.zeros(len(columns))
    right = np.arange(queries) * each + rng.integers(each, size=queries)
    gain[right] = 1.0
    columns[right, PAIR_COLUMNS.index(leg)] += 2.5
    start = np.arange(queries + 1) * each
    firm = np.tile(np.arange(each), queries)
    described = rng.normal(size=(queries, len(QUERY_COLUMNS))).astype(np.float32)
    return Lists(
        Candidates(start, firm, firm, columns, described), gain, [[1.0]] * queries, np.arange(queries).astype(object)
    )


@pytest.mark.truth
def test_the_leg_that_knows_gets_the_weight():
    lists = planted()
    fusion = fit_fusion(lists, np.ones(200), PARAMS)
    weight = dict(zip(fusion.columns, fusion.weights[:, 0], strict=True))
    assert weight["meaning_z"] > 1.0
    assert abs(weight["words_unit_z"]) < 0.2
    assert min(weight.values()) >= 0.0


@pytest.mark.truth
def test_a_weight_that_depends_on_the_query_is_found():
    """Long queries are decided by meaning, short ones by words."""
    long, short = planted(seed=1), planted(seed=2, leg="words_unit_z", noise="meaning_z")
    place = QUERY_COLUMNS.index("log_size")
    long.candidates.queries[:, place], short.candidates.queries[:, place] = 2.0, -2.0
    fusion = fit_fusion(join([long, short]), np.ones(400), PARAMS)
    row, column = fusion.columns.index("meaning_z"), 1 + fusion.described.index("log_size")
    assert fusion.weights[row, column] > 0.1
    assert fusion.weights[fusion.columns.index("words_unit_z"), column] < -0.1


@pytest.mark.truth
def test_the_ranker_orders_new_queries_and_trees_do_not_spoil_it():
    for rounds in (0, 20):
        params = RankParams(**(PARAMS.__dict__ | {"rounds": rounds}))
        ranker = fit_ranker([planted()], params, None, "d", "c")
        new = planted(seed=9)
        assert ndcg_of(new, ranker.scores(new.candidates)).mean() > 0.8
        _, parts = ranker.contributions(new.candidates)
        assert parts.sum(axis=1) == pytest.approx(ranker.scores(new.candidates), abs=1e-6)


@pytest.mark.law
def test_the_same_lists_give_the_same_bytes():
    params = RankParams(**(PARAMS.__dict__ | {"rounds": 5}))
    first, second = (fit_ranker([planted()], params, None, "d", "c") for _ in range(2))
    assert first.digest == second.digest


@pytest.mark.law
def test_pruning_keeps_what_is_relevant_and_parts_are_joined_in_order():
    lists = planted(queries=10)
    pruned = lists.pruned(3)
    assert pruned.gain.sum() == 10
    assert (np.diff(pruned.candidates.start) <= 4).all()
    both = join([lists.of(np.array([3])), lists.of(np.array([], dtype=np.int64)), lists.of(np.array([0, 1]))])
    assert both.group.tolist() == [3, 0, 1]
    assert both.candidates.start.tolist() == [0, 20, 40, 60]
    assert np.array_equal(both.candidates.columns[20:40], lists.candidates.columns[:20], equal_nan=True)


@pytest.mark.law
def test_a_query_without_a_relevant_candidate_has_no_say():
    lists = planted()
    mute = planted(queries=50, seed=5, leg="characters_unit_z")
    mute.gain[:] = 0.0
    alone = fit_fusion(lists, np.ones(200), PARAMS)
    both = fit_fusion(join([lists, mute]), np.ones(250), PARAMS)
    place = alone.columns.index("meaning_z")
    assert both.weights[place, 0] / both.scale[place] == pytest.approx(
        alone.weights[place, 0] / alone.scale[place], rel=0.2
    )


@pytest.mark.law
def test_a_task_counts_with_the_root_of_its_queries():
    assert task_weights([4, 0, 1]).tolist() == [0.5] * 4 + [1.0]
