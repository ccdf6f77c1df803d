"""Libraries of firms drawn from a planted super-population on a small chain, and the node scores that it has in truth.

Each library is a Poisson number of firms; each firm has a node, sometimes a second one, and by its node a chance to be
local, revenue, patents by year and staff. With errors of placement a firm or patent is on the node with the probability
that its placement states, no more and no less: every placement that is right has a lower probability, and others, of
items alike, are wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.chain.tree import Chain, Node
from features.chain_snapshot import ChainTables

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
DAY = pd.Timestamp("2024-06-30")
KNOWN = pd.Timestamp("2018-01-01")
TREE = {  # rib: its leaves and whom each supplies
    "parts": {"lens": ("camera",), "chip": ("camera", "module"), "board": ("module",)},
    "devices": {"camera": ("analysis", "operation"), "module": ("operation",)},
    "services": {"analysis": ("operation",), "operation": ()},
}
BETA = (8.0, 2.0)  # law of a placement's probability where placements err
YEARS = 8  # over which patents were published


@dataclass(frozen=True)
class World:
    """The super-population: of each leaf its mean number of firms and their laws. Every array of shape (leaves,).

    firms : mean number of all leaves; weight : of each leaf in it; local : share; sigma : of the logarithm of revenue
    patents : mean of a firm in a year before the last three, and growth : the factor after; openings : for each person
    """

    firms: float = 220.0
    weight: tuple[float, ...] = (0.10, 0.20, 0.06, 0.22, 0.12, 0.18, 0.12)
    local: tuple[float, ...] = (0.10, 0.25, 0.40, 0.20, 0.30, 0.35, 0.50)
    sigma: tuple[float, ...] = (1.2, 1.0, 0.8, 1.2, 0.6, 1.2, 1.0)
    patents: tuple[float, ...] = (0.6, 1.0, 0.3, 0.8, 0.4, 1.0, 0.3)
    growth: tuple[float, ...] = (1.0, 1.5, 0.7, 1.2, 2.0, 1.0, 0.8)
    openings: tuple[float, ...] = (0.02, 0.10, 0.04, 0.06, 0.05, 0.12, 0.03)
    second_share: float = 0.2  # of firms that are on a second leaf too
    revenue_known: float = 0.8


def planted_chain() -> Chain:
    """Three ribs and seven leaves."""
    nodes = []
    for rib, leaves in TREE.items():
        nodes.append(_node(rib, None, ()))
        nodes += [_node(leaf, rib, feeds) for leaf, feeds in leaves.items()]
    return Chain("planted", "预设产业链", "Planted chain", {}, tuple(nodes), "planted")


def draw_library(
    world: World, seed: int, *, size: float = 1.0, wrong_rates: tuple[Floats, Floats] | None = None
) -> tuple[ChainTables, pd.DataFrame]:
    """The tables of one library and its placements.

    size : times as many firms, to see the truth; wrong_rates : ``wrong_placements``, None where each is right and sure
    """
    rng = np.random.default_rng(seed)
    leaves = [leaf for one in TREE.values() for leaf in one]
    n = int(rng.poisson(world.firms * size))
    home = rng.choice(len(leaves), n, p=np.array(world.weight) / sum(world.weight))
    second = np.where(rng.random(n) < world.second_share, rng.integers(0, len(leaves), n), -1)
    local = rng.random(n) < np.array(world.local)[home]
    revenue = np.exp(rng.normal(7.0, np.array(world.sigma)[home]))
    firm_ids = np.array([f"F{number:06d}" for number in range(n)], dtype=object)
    firms = pd.DataFrame(
        {
            "firm_id": firm_ids,
            "local": local,
            "founded": pd.Timestamp("2010-01-01"),
            "revenue_wan": np.where(rng.random(n) < world.revenue_known, revenue, np.nan),
            "as_of": KNOWN,
        }
    )
    # A firm's own activity makes its patents a cluster.
    activity = rng.gamma(1.0, 1.0, n)
    year = np.arange(YEARS)
    pace = np.where(year[None] >= YEARS - 3, np.array(world.growth)[home][:, None], 1.0)
    counts = rng.poisson(activity[:, None] * np.array(world.patents)[home][:, None] * pace)
    owner = np.repeat(np.repeat(np.arange(n), YEARS), counts.ravel())
    years_ago = YEARS - np.repeat(np.tile(year, n), counts.ravel()) - rng.uniform(0.01, 0.99, len(owner))
    on_second = (second[owner] >= 0) & (rng.random(len(owner)) < 0.3)
    patent_node = np.where(on_second, second[owner], home[owner])
    numbers = np.array([f"P{number:07d}" for number in range(len(owner))], dtype=object)
    patents = pd.DataFrame(
        {
            "publication_number": numbers,
            "applicant_ids": firm_ids[owner],
            "inventor_keys": "",
            "publication_date": DAY - pd.to_timedelta(np.rint(years_ago * 365.25), unit="D"),
        }
    )
    people = 5 + rng.negative_binomial(1, 0.02, n)
    staff = pd.DataFrame(
        {
            "firm_id": firm_ids,
            "occupation": "engineer",
            "n_staff": people,
            "n_openings": rng.poisson(people * np.array(world.openings)[home] * rng.gamma(2.0, 0.5, n)),
            "date": KNOWN,
        }
    )
    both = second >= 0
    item = np.concatenate([np.arange(n), np.flatnonzero(both)])
    node = np.concatenate([home, second[both]])
    alike = local.astype(int), local[owner].astype(int) * 3 + np.minimum(years_ago // 3.0, 2).astype(int)
    wrong = [None, None] if wrong_rates is None else [rate * size for rate in wrong_rates]
    firm_rows = _placed(rng, item, node, alike[0], wrong[0])
    patent_rows = _placed(rng, np.arange(len(owner)), patent_node, alike[1], wrong[1])
    placements = pd.concat(
        [_table("firm", firm_rows, firm_ids, leaves), _table("patent", patent_rows, numbers, leaves)], ignore_index=True
    )
    links = pd.DataFrame({"from_product": [], "to_product": []}, dtype=object)
    return ChainTables(firms, patents, staff, links), placements


def wrong_placements(world: World, seed: int, size: float = 50.0) -> tuple[Floats, Floats]:
    """Mean number of wrong placements of firms and of patents in a library, by group alike and leaf.

    As many as make the probabilities of BETA right in every group: local firms and others; their patents by age.
    """
    tables, placements = draw_library(world, seed, size=size)
    local = tables.firms.set_index("firm_id")["local"]
    ages = (DAY - tables.patents["publication_date"]).dt.days / 365.25
    of_patent = tables.patents["applicant_ids"].map(local).astype(int) * 3 + np.minimum(ages // 3.0, 2).astype(int)
    groups = {**local.astype(int).to_dict(), **dict(zip(tables.patents["publication_number"], of_patent, strict=True))}
    leaves = [leaf for one in TREE.values() for leaf in one]
    found = []
    for kind, count in (("firm", 2), ("patent", 6)):
        rows = placements[placements["kind"] == kind]
        rates = np.zeros((count, len(leaves)))
        at = rows["item_id"].map(groups).to_numpy(), rows["node_id"].map(leaves.index).to_numpy()
        np.add.at(rates, at, BETA[1] / BETA[0] / size)
        found.append(rates)
    return found[0], found[1]


def _placed(
    rng: np.random.Generator, item: Integers, node: Integers, alike: Integers, wrong: Floats | None
) -> tuple[Integers, Integers, Floats]:
    """Items, nodes and probabilities of placements.

    alike : group of each item; wrong : mean number of wrong placements of each group on each node, shape (groups,
        nodes), which are of items of the group that are not there; None where no placement is wrong
    """
    if wrong is None:
        return item, node, np.ones(len(item))
    a, b = BETA
    others, on = [], []
    for group, leaf in np.ndindex(wrong.shape):
        free = np.setdiff1d(np.flatnonzero(alike == group), item[node == leaf])
        others.append(rng.choice(free, rng.poisson(wrong[group, leaf])))
        on.append(np.full(len(others[-1]), leaf))
    which, where = np.concatenate(others), np.concatenate(on)
    probability = np.concatenate([rng.beta(a + 1.0, b, len(item)), rng.beta(a, b + 1.0, len(which))])
    return np.concatenate([item, which]), np.concatenate([node, where]), probability


def _table(
    kind: str, rows: tuple[Integers, Integers, Floats], ids: npt.NDArray[np.object_], leaves: list[str]
) -> pd.DataFrame:
    item, node, probability = rows
    return pd.DataFrame(
        {
            "kind": kind,
            "item_id": ids[item],
            "chain_id": "planted",
            "node_id": np.array(leaves, dtype=object)[node],
            "probability": probability,
            "band": "placed",
            "as_of": KNOWN,
        }
    )


def _node(node_id: str, parent: str | None, feeds: tuple[str, ...]) -> Node:
    level = 1 if parent is None else 2
    return Node(node_id, parent, level, node_id, node_id, None, (), (), (), (), feeds, None)
