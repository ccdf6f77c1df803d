"""A firm leaves: which nodes lose their only or main maker, and what of the supply downstream is lost with them.

Makers are those that the libraries hold; another one that they do not hold may fill in, so a loss is one "in this
library", never one of the country.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from models.chain.placed import PlacedChain
from models.chain.scores import ScoreParams

Role = Literal["only", "main", "one_of_several"]
ON_NODE = 0.5  # probability from which on the firm is taken to be on a node
BESIDE = 0.5  # expected number of other firms on a node below which the firm is its only one
MAIN_SHARE = 0.5  # of the node's revenue or patents, above which a firm is its main maker


@dataclass(frozen=True)
class NodeLoss:
    """A node that the firm is on.

    role : only (fewer than BESIDE other firms are expected there), main (more than MAIN_SHARE of its revenue or
        patents), or one_of_several
    probability : of the firm's placement; others : expected number of other firms; share : of the node's revenue or
    patents (basis), None where none is known
    """

    node_id: str
    role: Role
    probability: float
    others: float
    share: float | None
    basis: str


@dataclass(frozen=True)
class Step:
    """A node downstream of those that lose their only maker, in ``step`` steps of supply.

    firms : expected number of firms on the node itself, without the one that leaves
    sources : leaves whose supply reached it; sources_left : that still reach it; lost : none does
    """

    step: int
    node_id: str
    firms: float
    sources: int
    sources_left: int
    lost: bool


@dataclass(frozen=True)
class Removal:
    """What is lost when a firm leaves.

    nodes : that it is on, the chain's order; steps : nodes that lose sources, the nearest first
    share_of_reach : lost share of the pairs (leaf, firm) in which supply from the leaf reaches the firm; 0 where no
        node loses its only maker, None where the chain has no supply at all
    """

    firm_id: str
    nodes: tuple[NodeLoss, ...]
    steps: tuple[Step, ...]
    share_of_reach: float | None

    @property
    def nodes_lost(self) -> tuple[str, ...]:
        """Nodes that no leaf reaches any more, beside those without a maker."""
        return tuple(step.node_id for step in self.steps if step.lost)

    @property
    def firms_affected(self) -> float:
        """Expected number of firms on nodes that lose sources."""
        return float(sum(step.firms for step in self.steps))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "nodes_lost": list(self.nodes_lost), "firms_affected": self.firms_affected}


def remove_firm(placed: PlacedChain, firm_id: str, params: ScoreParams) -> Removal:
    """What the chain loses without a firm; raises ScoreError where the firm is not known on the day."""
    firm = placed.firm(firm_id)
    on, own = placed.on[[firm]].toarray().ravel(), placed.own[[firm]].toarray().ravel()
    others = np.maximum(np.asarray(placed.on.sum(axis=0)) - on, 0.0)
    amounts = placed.amounts(params.known_share)
    whole = np.asarray(amounts.amount.sum(axis=0))
    share = np.divide(amounts.amount[[firm]].toarray().ravel(), whole, out=np.zeros_like(whole), where=whole > 0)
    nodes, removed = [], np.zeros(len(on), dtype=bool)
    for number in np.flatnonzero(on >= ON_NODE):
        only = others[number] < BESIDE
        role: Role = "only" if only else "main" if share[number] > MAIN_SHARE else "one_of_several"
        if only:
            removed |= placed.network.within[number]
        nodes.append(
            NodeLoss(
                placed.node_ids[number],
                role,
                float(on[number]),
                float(others[number]),
                float(share[number]) if whole[number] > 0 else None,
                "revenue" if amounts.by_revenue[number] else "patents",
            )
        )
    firms = np.maximum(np.asarray(placed.own.sum(axis=0)) - own, 0.0)
    before = placed.network.reach().sum(axis=0)
    after = placed.network.reach(removed).sum(axis=0)
    counted = np.where(removed, 0, before)  # a node without a maker is lost itself, not what it received
    reach = float(counted @ firms)
    steps = placed.network.steps_from(removed)
    fewer = [int(number) for number in np.flatnonzero((after < counted) & (steps > 0))]
    return Removal(
        firm_id,
        tuple(nodes),
        tuple(
            Step(
                int(steps[number]),
                placed.node_ids[number],
                float(firms[number]),
                int(before[number]),
                int(after[number]),
                bool(after[number] == 0),
            )
            for number in sorted(fewer, key=lambda number: (steps[number], number))
        ),
        float((counted - after) @ firms) / reach if reach > 0 else None,
    )
