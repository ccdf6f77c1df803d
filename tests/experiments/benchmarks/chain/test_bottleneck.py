"""Planted bottlenecks: what is planted is one, and criticality finds it; the record holds five hundred networks."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from experiments.benchmarks.chain.bottleneck import Planting, find_bottlenecks, plant
from tests.experiments.benchmarks.chain.test_node_scores import PARAMS


@pytest.mark.law
def test_without_a_bypass_every_path_goes_through_the_bottleneck():
    size, middle, links = plant(Planting(bypass=0.0), np.random.default_rng(3))
    graph = nx.DiGraph(links)
    graph.remove_node(middle)
    above = [node for node in range(middle) if node in graph]
    assert not any(reached > middle for node in above for reached in nx.descendants(graph, node))
    assert nx.is_directed_acyclic_graph(nx.DiGraph(links))
    assert size > middle


@pytest.mark.truth
@pytest.mark.parametrize("seed", [1, 2])
def test_criticality_finds_the_planted_bottleneck(seed):
    found = find_bottlenecks(Planting(), PARAMS, 12, seed)
    assert found["criticality"]["first"] >= 0.75
    assert found["criticality"]["among_three"] >= 0.9
    assert set(found) == {"criticality", "betweenness", "links"}
