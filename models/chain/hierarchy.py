"""A tree of nodes as columns, and precision, recall and F1 over it.

A node stands for itself and all its ancestors, so an answer that is a sibling of the truth is half right. There is no
root: nodes without a parent are the top level, and what every answer shares does not count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse

from data.chain.tree import Chain

Ints = npt.NDArray[np.int64]
SEPARATOR = "/"  # between a chain and its node: node ids are unique in their chain only


class HierarchyError(ValueError):
    """Nodes are no tree, or a node is not in it; the message names the node."""


@dataclass(frozen=True)
class HierarchicalScores:
    """Micro precision, recall and F1 over the nodes and ancestors of all items."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Tree:
    """Nodes numbered from 0 in the order of ``ids``; ``parent`` holds the parent's number, -1 at the top level."""

    ids: tuple[str, ...]
    parent: Ints

    @classmethod
    def of(cls, parents: Mapping[str, str | None]) -> Tree:
        """From each node's parent; raises HierarchyError for a parent that is no node, and for a circle."""
        number = {node: at for at, node in enumerate(parents)}
        unknown = [
            f"{node}: {parent}" for node, parent in parents.items() if parent is not None and parent not in number
        ]
        if unknown:
            raise HierarchyError(f"parents that are no nodes: {', '.join(unknown[:5])}")
        made = cls(tuple(parents), np.array([-1 if p is None else number[p] for p in parents.values()], dtype=np.int64))
        return made.checked()

    @classmethod
    def of_chains(cls, chains: Iterable[Chain]) -> Tree:
        """All nodes of all chains, each named ``chain/node``."""
        return cls.of(
            {
                f"{chain.id}{SEPARATOR}{node.id}": None
                if node.parent is None
                else f"{chain.id}{SEPARATOR}{node.parent}"
                for chain in chains
                for node in chain.nodes
            }
        )

    def checked(self) -> Tree:
        """Itself; raises HierarchyError where following parents comes back to a node."""
        at = self.parent.copy()
        for _ in range(len(at)):
            if (at < 0).all():
                return self
            at = np.where(at >= 0, self.parent[at], -1)
        if (at >= 0).any():
            raise HierarchyError(f"node {self.ids[int(np.flatnonzero(at >= 0)[0])]} is its own ancestor")
        return self

    def __len__(self) -> int:
        return len(self.ids)

    def numbers(self, ids: Iterable[str]) -> Ints:
        """Numbers of nodes; raises HierarchyError for an id that is not in the tree."""
        names = list(ids)
        unknown = sorted({name for name in names if name not in self._number})
        if unknown:
            raise HierarchyError(f"not in the tree: {', '.join(map(repr, unknown[:5]))}")
        return np.array([self._number[name] for name in names], dtype=np.int64)

    @cached_property
    def _number(self) -> dict[str, int]:
        return {node: at for at, node in enumerate(self.ids)}

    @cached_property
    def depth(self) -> Ints:
        """Level of each node, 1 at the top."""
        return np.asarray(np.diff(self.above.indptr), dtype=np.int64)

    @cached_property
    def leaf(self) -> npt.NDArray[np.bool_]:
        """Whether a node has no children."""
        leaf = np.ones(len(self), dtype=bool)
        leaf[self.parent[self.parent >= 0]] = False
        return leaf

    @cached_property
    def above(self) -> sparse.csr_matrix:
        """Shape (n, n), 1 where the column is the row's node or one of its ancestors."""
        rows, columns = [], []
        at = np.arange(len(self), dtype=np.int64)
        start = at.copy()
        while len(at):
            rows.append(start)
            columns.append(at)
            kept = self.parent[at] >= 0
            start, at = start[kept], self.parent[at[kept]]
        row, column = (np.concatenate(part) if part else np.empty(0, np.int64) for part in (rows, columns))
        return sparse.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=(len(self), len(self)))

    @cached_property
    def top(self) -> Ints:
        """Each node's ancestor of the top level, or itself."""
        at = np.arange(len(self), dtype=np.int64)
        while (self.parent[at] >= 0).any():
            at = np.where(self.parent[at] >= 0, self.parent[at], at)
        return at

    def sets(self, labels: Sequence[Collection[str]]) -> sparse.csr_matrix:
        """Labels of items with all ancestors, shape (items, n), 1 where the node belongs to the item's set."""
        start = np.concatenate([[0], np.cumsum([len(one) for one in labels])])
        column = self.numbers([node for one in labels for node in one])
        given = sparse.csr_matrix((np.ones(len(column), np.float32), column, start), shape=(len(labels), len(self)))
        full = (given @ self.above).tocsr()
        full.data[:] = 1.0
        return full


def hierarchical_counts(tree: Tree, true: Sequence[Collection[str]], found: Sequence[Collection[str]]) -> Ints:
    """Of each item, nodes in both ancestor sets, in the found one and in the true one; shape (items, 3)."""
    if len(true) != len(found):
        raise HierarchyError(f"{len(true)} items with labels, {len(found)} with answers")
    of_true, of_found = tree.sets(true), tree.sets(found)
    parts = [of_true.multiply(of_found), of_found, of_true]
    return np.column_stack([np.asarray(part.sum(axis=1)).ravel() for part in parts]).astype(np.int64)


def hierarchical_scores(
    tree: Tree, true: Sequence[Collection[str]], found: Sequence[Collection[str]]
) -> HierarchicalScores:
    """Micro-averaged hierarchical precision, recall and F1; nothing found has precision 1, nothing true recall 1.

    hP = sum |T & F| / sum |F|, hR = sum |T & F| / sum |T|, T and F with all ancestors, without a root

    source : Kiritchenko, Matwin, Nock and Famili (2006), Learning and Evaluation in the Presence of Class Hierarchies
    """
    both, of_found, of_true = hierarchical_counts(tree, true, found).sum(axis=0)
    precision = float(both / of_found) if of_found else 1.0
    recall = float(both / of_true) if of_true else 1.0
    return HierarchicalScores(precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0)
