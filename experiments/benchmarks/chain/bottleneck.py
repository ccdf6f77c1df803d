"""Whether criticality finds a planted bottleneck, beside betweenness and the number of links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from data.chain.tree import Chain, Node
from features.chain_snapshot import ChainTables, snapshot
from models.chain.placed import PlacedChain
from models.chain.scores import ScoreParams, Scorer

DAY = pd.Timestamp("2024-06-30")
Links = list[tuple[int, int]]


@dataclass(frozen=True)
class Planting:
    """Law of the networks. sides : nodes on each side, from and to; bypass : mean number of links past the bottleneck

    inside : chance of a link from a node to a later one of its side; through : chance of a link to or from the
    bottleneck, at least one on each side; hubs : nodes of each side that link to all later ones of it
    """

    sides: tuple[int, int] = (5, 11)
    inside: float = 0.2
    through: float = 0.8
    bypass: float = 1.5
    hubs: int = 1
    firms: float = 60.0


def plant(planting: Planting, rng: np.random.Generator) -> tuple[int, int, Links]:
    """Number of nodes, the bottleneck among them, and the links of one network; supply flows from lower to higher."""
    above, below = rng.integers(*planting.sides, 2)
    middle, size = int(above), int(above + 1 + below)
    links = []
    for first, last in ((0, middle), (middle + 1, size)):
        hubs = set(rng.choice(np.arange(first, last), planting.hubs, replace=False).tolist())
        links += [
            (one, other)
            for one in range(first, last)
            for other in range(one + 1, last)
            if one in hubs or rng.random() < planting.inside
        ]
    for side, outward in ((range(middle), False), (range(middle + 1, size), True)):
        own = [node for node in side if rng.random() < planting.through] or [int(rng.choice(side))]
        links += [(middle, node) if outward else (node, middle) for node in own]
    for _ in range(rng.poisson(planting.bypass)):
        links.append((int(rng.integers(0, middle)), int(rng.integers(middle + 1, size))))
    return size, middle, links


def library(size: int, links: Links, firms: float, rng: np.random.Generator) -> tuple[Chain, ChainTables, pd.DataFrame]:
    """A chain of these links, and firms on its nodes drawn at random."""
    names = [f"n{node:02d}" for node in range(size)]
    fed: dict[int, list[str]] = {node: [] for node in range(size)}
    for one, other in sorted(set(links)):
        fed[one].append(names[other])
    nodes = tuple(
        Node(name, None, 1, name, name, None, (), (), (), (), tuple(fed[node]), None) for node, name in enumerate(names)
    )
    count = int(rng.poisson(firms)) + 1
    ids = [f"F{number:04d}" for number in range(count)]
    table = pd.DataFrame({"firm_id": ids, "local": rng.random(count) < 0.3, "founded": DAY, "revenue_wan": 1.0})
    weight = rng.dirichlet(np.ones(size))
    placements = pd.DataFrame(
        {
            "kind": "firm",
            "item_id": ids,
            "chain_id": "planted",
            "node_id": rng.choice(names, count, p=weight),
            "probability": 1.0,
            "band": "placed",
            "as_of": DAY,
        }
    )
    patents = pd.DataFrame(columns=["publication_number", "applicant_ids", "inventor_keys", "publication_date"])
    staff = pd.DataFrame(columns=["firm_id", "occupation", "n_staff", "n_openings", "date"])
    products = pd.DataFrame(columns=["from_product", "to_product"])
    tables = ChainTables(table.assign(as_of=DAY), patents, staff, products)
    return Chain("planted", "预设产业链", "Planted chain", {}, nodes, "planted"), tables, placements


def find_bottlenecks(planting: Planting, params: ScoreParams, repetitions: int, seed: int) -> dict[str, Any]:
    """Share of networks in which each measure is largest at the planted bottleneck, and has it among its three largest.

    Equal values count as a share of the first; peers : betweenness (networkx) and the number of links of a node
    """
    rng = np.random.default_rng(seed)
    first: dict[str, list[float]] = {"criticality": [], "betweenness": [], "links": []}
    three: dict[str, list[bool]] = {name: [] for name in first}
    for _ in range(repetitions):
        size, middle, links = plant(planting, rng)
        chain, tables, placements = library(size, links, planting.firms, rng)
        placed = PlacedChain.of(chain, snapshot(tables, placements, DAY), params.growth_years, params.reach_steps)
        graph = nx.DiGraph(links)
        graph.add_nodes_from(range(size))
        between, degree = nx.betweenness_centrality(graph), dict(graph.degree())
        measures = {
            "criticality": np.nan_to_num(Scorer(placed, params).criticality().value),
            "betweenness": np.array([between[node] for node in range(size)]),
            "links": np.array([float(degree[node]) for node in range(size)]),
        }
        for name, value in measures.items():
            first[name].append(_share_of_first(value, middle))
            three[name].append(bool((value > value[middle]).sum() < 3))
    return {name: {"first": float(np.mean(first[name])), "among_three": float(np.mean(three[name]))} for name in first}


def _share_of_first(value: npt.NDArray[np.float64], node: int) -> float:
    return 1.0 / float((value == value.max()).sum()) if value[node] == value.max() else 0.0
