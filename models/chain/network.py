"""Who supplies whom among the nodes of a chain, how far supply reaches, and what of it is lost without a node.

Supply runs along ``feeds`` of the chain file and along links of products that are placed on nodes. A node's feeds hold
for each node beneath it, and a node is fed as a whole: what feeds it feeds each node beneath it. Paths run through
leaves, because a node that is divided further is where its parts are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SupplyNetwork:
    """A tree of n nodes and the supply among them.

    parent : number of each node's parent, -1 for none, smaller than its own; shape (n,)
    feeds : whether a node supplies another, as filed; shape (n, n)
    reach_steps : a path of supply has at most so many steps
    """

    parent: Integers
    feeds: Bools
    reach_steps: int = 4

    @classmethod
    def of(cls, parent: Integers, links: Iterable[tuple[int, int]], reach_steps: int = 4) -> SupplyNetwork:
        """From pairs (supplier, supplied) of node numbers; a pair of a node and itself says nothing."""
        feeds = np.zeros((len(parent), len(parent)), dtype=bool)
        for supplier, supplied in links:
            feeds[supplier, supplied] = supplier != supplied
        return cls(parent, feeds, reach_steps)

    @cached_property
    def within(self) -> Bools:
        """Whether node ``column`` is node ``row`` or beneath it, shape (n, n)."""
        found = np.eye(len(self.parent), dtype=bool)
        for node in range(len(self.parent) - 1, -1, -1):
            if self.parent[node] >= 0:
                found[self.parent[node]] |= found[node]
        return found

    @cached_property
    def leaf(self) -> Bools:
        """Nodes with none beneath them, shape (n,)."""
        return np.asarray(self.within.sum(axis=1) == 1)

    @cached_property
    def supplies(self) -> Bools:
        """Whether a node supplies another by its own feeds or those of a node above either; shape (n, n)."""
        below = self.within.T.astype(np.float32)
        return np.asarray((below @ self.feeds.astype(np.float32) @ below.T) > 0) & ~self._related

    @cached_property
    def _related(self) -> Bools:
        return np.asarray(self.within | self.within.T)

    @cached_property
    def linked(self) -> Bools:
        """Nodes that supply or are supplied, they or a node beneath them; shape (n,)."""
        own = self.supplies.any(axis=1) | self.supplies.any(axis=0)
        return np.asarray((self.within & own).any(axis=1))

    @cached_property
    def downstream(self) -> Bools:
        """Nodes that a node or one beneath it supplies directly, outside of itself; shape (n, n)."""
        found = (self.within.astype(np.float32) @ self.supplies.astype(np.float32)) > 0
        return np.asarray(found) & ~self._related

    def feeds_of(self, node: int) -> Bools:
        """Nodes that a node, one above it or one beneath it is filed to supply, as filed; shape (n,)."""
        return np.asarray(self.feeds[self._related[node]].any(axis=0) & ~self._related[node])

    def reach(self, removed: Bools | None = None) -> Bools:
        """Whether supply from a leaf reaches a node, in at most ``reach_steps`` steps; shape (n, n).

        Rows of nodes that are no leaves or are ``removed`` are empty; so are columns of the removed.
        """
        kept = self.leaf & (self.supplies.any(axis=1) | self.supplies.any(axis=0))
        if removed is not None:
            kept = kept & ~removed
        step = self.supplies[np.ix_(kept, kept)].astype(np.float32)
        within = np.eye(len(step), dtype=np.float32)
        for _ in range(self.reach_steps - 1):
            within = np.minimum(within + within @ step, 1.0)
        found = np.zeros_like(self.feeds)
        found[kept] = within @ self.supplies[kept].astype(np.float32) > 0
        if removed is not None:
            found[:, removed] = False
        return found & ~np.eye(len(found), dtype=bool)

    def losses(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """How many leaves no longer reach each node without a node, and how many reached it with it; shape (n, n) each.

        Row: the node that is removed with all beneath it. Column: a node that is reached, 0 for the removed. A removed
        node itself counts among the leaves that no longer reach.
        """
        whole = self.reach()
        lost, all_of_it = np.zeros(whole.shape), np.zeros(whole.shape)
        for node, removed in enumerate(self.within):
            outside = ~removed
            all_of_it[node, outside] = whole[:, outside].sum(axis=0)
            if (self.downstream[node]).any():  # what supplies nothing passes nothing on
                lost[node, outside] = all_of_it[node, outside] - self.reach(removed)[:, outside].sum(axis=0)
        return lost, all_of_it

    def steps_from(self, sources: Bools) -> Integers:
        """Steps of supply from any of the sources to each node, -1 where none within ``reach_steps``; shape (n,)."""
        found = np.where(sources, 0, -1)
        front = sources & self.leaf
        for step in range(1, self.reach_steps + 1):
            fresh = self.supplies[front].any(axis=0) & (found < 0)
            found[fresh] = step
            front = fresh & self.leaf
        return found
