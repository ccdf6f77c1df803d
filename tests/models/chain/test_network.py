"""Reach and what of it is lost, counted by hand on networks of a few nodes."""

from __future__ import annotations

import numpy as np
import pytest

from models.chain.network import SupplyNetwork

FLAT = np.full(6, -1)


@pytest.fixture
def hourglass() -> SupplyNetwork:
    """0 and 1 supply 2; 2 supplies 3 and 4; 5 has no link."""
    return SupplyNetwork.of(FLAT, [(0, 2), (1, 2), (2, 3), (2, 4)])


def test_reach_by_hand(hourglass):
    reached = {source: set(np.flatnonzero(row).tolist()) for source, row in enumerate(hourglass.reach())}
    assert reached == {0: {2, 3, 4}, 1: {2, 3, 4}, 2: {3, 4}, 3: set(), 4: set(), 5: set()}
    assert hourglass.linked.tolist() == [True] * 5 + [False]


def test_losses_by_hand(hourglass):
    """Without 2 nothing reaches 3 and 4, which three leaves reached; without 0 each node loses one of its leaves."""
    lost, whole = hourglass.losses()
    assert lost[2].tolist() == [0, 0, 0, 3, 3, 0]
    assert whole[2].tolist() == [0, 0, 0, 3, 3, 0]
    assert lost[0].tolist() == [0, 0, 1, 1, 1, 0]
    assert whole[0].tolist() == [0, 0, 2, 3, 3, 0]
    assert not lost[3].any()


def test_a_second_way_round_loses_less(hourglass):
    """With 0 supplying 3 directly, the loss of 2 leaves 3 one of its three leaves."""
    other = SupplyNetwork.of(FLAT, [(0, 2), (1, 2), (2, 3), (2, 4), (0, 3)])
    assert other.losses()[0][2].tolist() == [0, 0, 0, 2, 3, 0]


def test_steps_are_bounded():
    """A line of five: in two steps 0 reaches 1 and 2."""
    line = [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert np.flatnonzero(SupplyNetwork.of(FLAT, line, 2).reach()[0]).tolist() == [1, 2]
    assert np.flatnonzero(SupplyNetwork.of(FLAT, line, 4).reach()[0]).tolist() == [1, 2, 3, 4]
    assert SupplyNetwork.of(FLAT, line, 2).steps_from(np.arange(6) == 0).tolist() == [0, 1, 2, -1, -1, -1]


def test_a_cycle_ends():
    network = SupplyNetwork.of(FLAT, [(0, 1), (1, 0), (1, 1)])
    assert network.reach().sum() == 2
    assert not network.feeds[1, 1]


def test_parents_pass_their_feeds_to_their_parts():
    """0 holds 1 and 2, and feeds 3, which holds 4: both parts feed both, so one part's loss leaves the other."""
    network = SupplyNetwork.of(np.array([-1, 0, 0, -1, 3]), [(0, 3)])
    assert network.leaf.tolist() == [False, True, True, False, True]
    assert network.within[0].tolist() == [True, True, True, False, False]
    reached = network.reach()
    assert np.flatnonzero(reached[1]).tolist() == [3, 4]
    assert not reached[0].any()
    lost, whole = network.losses()
    assert lost[1].tolist() == [0, 0, 0, 1, 1]
    assert lost[0].tolist() == whole[0].tolist() == [0, 0, 0, 2, 2]
    assert np.flatnonzero(network.downstream[0]).tolist() == [3, 4]


def test_the_only_part_carries_what_its_parent_does():
    """0 - (1, of which 2 is the only part) - 3: without 2 nothing of 0 reaches 3."""
    network = SupplyNetwork.of(np.array([-1, -1, 1, -1]), [(0, 1), (1, 3)])
    assert network.losses()[0][2].tolist() == network.losses()[0][1].tolist() == [0, 0, 0, 2]


def test_no_link_at_all():
    network = SupplyNetwork.of(FLAT, [])
    assert not network.linked.any()
    assert not network.losses()[0].any()
