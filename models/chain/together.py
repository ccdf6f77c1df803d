"""Nodes that are often held together: what an item's known nodes say about its further ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sparse

from models.chain.hierarchy import Ints, Tree
from models.chain.items import Floats

TOGETHER_LEGS = ("together", "together_mean", "together_share", "known_parent", "known_top", "known_names")


@dataclass(frozen=True)
class Together:
    """Which groups of labelled items, usually firms, are on which nodes.

    held : shape (groups, nodes), 1 where the group is on the node
    """

    held: sparse.csr_matrix

    @cached_property
    def pairs(self) -> Floats:
        """Groups on both nodes, shape (nodes, nodes); the diagonal counts the groups of a node."""
        return np.asarray((self.held.T @ self.held).toarray(), dtype=np.float32)

    @property
    def count(self) -> Floats:
        """Groups of each node."""
        return np.asarray(self.held.sum(axis=0), dtype=np.float32).ravel()

    def legs(
        self, tree: Tree, names: Floats, known: list[Ints], own: sparse.csr_matrix | None = None
    ) -> dict[str, Floats]:
        """Values of every node by the item's known nodes, shape (items, nodes); 0 for items without known nodes.

        together, together_mean : largest and mean cosine of the node's column of ``held`` with a known node's
        together_share : share of the known nodes that some group holds together with the node
        known_parent, known_top : share of the known nodes with the same parent, or the same ancestor at the top level
        known_names : mean likeness of the cards, ``names`` of shape (nodes, nodes)
        own : what the items' own groups hold, which is taken off the counts, shape (items, nodes)
        """
        parent = np.where(tree.parent >= 0, tree.parent, np.arange(len(tree)))
        found = {name: np.zeros((len(known), len(tree)), np.float32) for name in TOGETHER_LEGS}
        nothing = np.zeros(len(tree), np.float32)
        for at, nodes in enumerate(known):
            if not len(nodes):
                continue
            less = nothing if own is None else np.asarray(own[at].toarray(), dtype=np.float32).ravel()
            pair = np.maximum(self.pairs[nodes] - np.outer(less[nodes], less), 0.0)
            size = np.sqrt(np.maximum(np.outer(self.count[nodes] - less[nodes], self.count - less), 1.0))
            cosine = pair / size
            found["together"][at] = cosine.max(axis=0)
            found["together_mean"][at] = cosine.mean(axis=0)
            found["together_share"][at] = (pair > 0).mean(axis=0)
            found["known_parent"][at] = (parent[nodes][:, None] == parent).mean(axis=0)
            found["known_top"][at] = (tree.top[nodes][:, None] == tree.top).mean(axis=0)
            found["known_names"][at] = names[nodes].mean(axis=0)
        return found
