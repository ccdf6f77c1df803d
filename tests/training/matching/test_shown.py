"""What is known of the firms that an order shows first."""

from __future__ import annotations

import numpy as np
import pytest

from training.matching.fit import prepare
from training.matching.folder import read_tasks
from training.matching.shown import detection, shown, shown_after, unanswerable


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    from importlib import import_module

    folder = tmp_path_factory.mktemp("task")
    import_module("tests.training.matching.worlds").write_task(folder / "task", 0, 60)
    return prepare(read_tasks(folder / "task")[0].part("dev"), None)


@pytest.mark.law
def test_the_first_of_an_order_and_its_share_of_being_known(one):
    """Scored by its gain the relevant firm is first; known with .5 it counts 2, with .1 as if with .3."""
    lists = one.lists
    for share, counted in ((1.0, 1.0), (0.5, 0.5), (0.1, 0.3)):
        found = shown(lists, lists.gain, np.full(len(lists.gain), share))
        assert found.hit.all()
        assert found.any_of_three.all()
        assert found.hit_known == pytest.approx(np.full(len(found.hit), counted))
        assert found.any_known == pytest.approx(np.full(len(found.hit), counted))
    assert set(found.task) == {"task"}
    assert shown(lists, -lists.gain).hit.sum() == 0


@pytest.mark.law
def test_detection_by_hand():
    """One known of .5: half. Two known of .5 and 1: the first stands for 2, seen with the other, the second for 1."""
    both = np.array([True, True])
    assert detection([(np.array([True, False]), np.array([0.5, 1.0]))]) == pytest.approx(0.5)
    assert detection([(both, np.array([0.5, 1.0]))]) == pytest.approx(1.0)
    assert detection([(np.array([True]), np.array([0.5])), (both, np.array([0.5, 1.0]))]) == pytest.approx(4.0 / 5.0)
    assert detection([]) == 1.0


@pytest.mark.truth
def test_detection_is_the_share_of_relevant_lists_that_are_known_where_firms_come_alone_or_in_threes():
    rng = np.random.default_rng(0)
    for count in (1, 3):
        relevant = np.arange(3) < count
        share = np.array([0.4, 0.5, 0.6])
        known = (rng.random((20_000, 3)) < share) & relevant
        truth = 1.0 - np.prod(1.0 - share[:count])
        assert detection([(row, share) for row in known]) == pytest.approx(truth, abs=0.02)


@pytest.mark.law
def test_firms_after_the_first_have_their_gap_rank_and_target(one):
    lists, known = one.lists, np.full(len(one.lists.gain), 0.5)
    gap, rank, query, target = shown_after([lists, lists], [-lists.gain, lists.gain], [known, known])
    assert set(rank) == set(range(2, 11))
    assert query.max() == 2 * len(lists.ideal) - 1
    assert gap.min() >= 0.0
    assert set(np.unique(target)) <= {0.0, 2.0}


@pytest.mark.law
def test_nothing_is_relevant_to_what_nobody_can_answer(one):
    lists = unanswerable(one.lists.candidates, one.lists.group)
    found = shown(lists, one.lists.gain)
    assert not found.hit.any()
    assert not found.any_of_three.any()
