"""The planted super-population: its laws come back from a large library; wrong placements are as many as stated."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.benchmarks.chain.planted_chain import BETA, World, draw_library, planted_chain, wrong_placements


def test_the_chain_feeds_downstream():
    chain = planted_chain()
    assert len(chain.leaves()) == len(World().weight)
    assert chain.node("lens").feeds == ("camera",)


@pytest.mark.truth
def test_a_large_library_shows_its_laws():
    world = World()
    tables, placements = draw_library(world, 1, size=20.0)
    assert len(tables.firms) == pytest.approx(20 * world.firms, rel=0.05)
    firms = placements[placements["kind"] == "firm"].merge(tables.firms, left_on="item_id", right_on="firm_id")
    chips = firms[firms["node_id"] == "chip"]
    assert chips["local"].mean() == pytest.approx(0.25, abs=0.05)
    assert tables.firms["revenue_wan"].notna().mean() == pytest.approx(world.revenue_known, abs=0.02)


@pytest.mark.truth
def test_probabilities_of_wrong_placements_are_calibrated():
    """Of all placements the share that is right is their mean probability."""
    world = World()
    right = draw_library(world, 2, size=10.0)[1]
    placed = draw_library(world, 2, size=10.0, wrong_rates=wrong_placements(world, 9, size=10.0))[1]
    sure = set(zip(right["item_id"], right["node_id"], strict=True))
    is_right = np.array([pair in sure for pair in zip(placed["item_id"], placed["node_id"], strict=True)])
    assert is_right.mean() == pytest.approx(placed["probability"].mean(), abs=0.015)
    assert placed["probability"].mean() == pytest.approx(BETA[0] / sum(BETA), abs=0.02)
