"""From probabilities of candidates to answers in three bands.

A parent is as probable as all that lies under it. The answer follows the path on which every node is probable enough:
with f the F1 that is reached, a node gains F1 where its probability is above f / 2.

placed      the answer's probability is above a threshold at which the share of errors among such answers was at most
            the promised one on held-out items: one threshold for nodes without children, one for parents. The promise
            is of items of the kind that was fitted on; other kinds have the same thresholds and no figure of their own
to_person   above the threshold at which a person still finds the right node among such answers often enough
not_placed  everything else; the likeliest node is kept beside it

source : Lipton, Elkan and Naryanaswamy (2014), Optimal Thresholding of Classifiers to Maximize F1 Measure
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sparse

from models.chain.hierarchy import Ints, Tree

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
PLACED, TO_PERSON, NOT_PLACED = "placed", "to_person", "not_placed"
BANDS = (PLACED, TO_PERSON, NOT_PLACED)
NEVER = 2.0  # a threshold that no probability reaches


@dataclass(frozen=True)
class Bands:
    """Thresholds of probabilities.

    error_rate : promised share of errors among placed answers; shown_error_rate : among answers sent to a person
    leaf, parent, shown : least probability of a placed leaf, of a placed parent, of an answer for a person
    path    : least probability of each node of an answer's path, half of the F1 that was reached on held-out items
    several : whether an item may be on several nodes
    """

    error_rate: float
    shown_error_rate: float
    leaf: float
    parent: float
    shown: float
    path: float
    several: bool


def subtree_probability(
    tree: Tree, item: Ints, node: Ints, probability: Doubles, items: int, several: bool
) -> sparse.csr_matrix:
    """Probability of every node that is a candidate or above one, shape (items, nodes).

    One node an item: the sum of what lies under a node. Several: 1 less the chance that none of it applies.
    """
    value = probability if not several else -np.log1p(-np.minimum(probability, 1.0 - 1e-9))
    own = sparse.csr_matrix((value, (item, node)), shape=(items, len(tree)))
    total = (own @ tree.above.astype(np.float64)).tocsr()
    total.sort_indices()
    total.data = -np.expm1(-total.data) if several else np.minimum(total.data, 1.0)
    return total


@dataclass(frozen=True)
class Paths:
    """Nodes with a probability, item by item: those of item i are start[i] to start[i + 1], by rising node.

    gain : sum over a node and its ancestors of what their probabilities exceed ``Bands.path`` by
    """

    start: Ints
    item: Ints
    node: Ints
    probability: Doubles
    gain: Doubles

    @classmethod
    def of(cls, tree: Tree, total: sparse.csr_matrix, path: float) -> Paths:
        """From ``subtree_probability``."""
        start = total.indptr.astype(np.int64)
        item, node = np.repeat(np.arange(total.shape[0]), np.diff(start)), total.indices.astype(np.int64)
        key = item * len(tree) + node
        gain = total.data - path
        above = tree.parent[node]
        while (above >= 0).any():
            rows = np.flatnonzero(above >= 0)
            gain[rows] += total.data[np.searchsorted(key, item[rows] * len(tree) + above[rows])] - path
            above[rows] = tree.parent[above[rows]]
        return cls(start, item, node, total.data, gain)

    @property
    def items(self) -> int:
        """Number of items."""
        return len(self.start) - 1

    def first(self, flag: Flags, *by: npt.NDArray[np.generic]) -> Flags:
        """Of each item's flagged rows the one with the largest ``by``, the first of them the most important."""
        rows = np.flatnonzero(flag)
        order = rows[np.lexsort((self.node[rows], *(-one[rows] for one in reversed(by)), self.item[rows]))]
        first = np.ones(len(order), dtype=bool)
        first[1:] = self.item[order[1:]] != self.item[order[:-1]]
        best = np.zeros(len(flag), dtype=bool)
        best[order[first]] = True
        return best

    def having(self, flag: Flags) -> Flags:
        """Whether each item has a flagged row."""
        found = np.zeros(self.items, dtype=bool)
        found[self.item[flag]] = True
        return found

    def near(self, tree: Tree, flag: Flags, under: bool) -> Doubles:
        """Of each row, flagged rows of its item that lie under it, itself among them; or else above it."""
        table = sparse.csr_matrix(
            (np.ones(int(flag.sum())), (self.item[flag], self.node[flag])), shape=(self.items, len(tree))
        )
        found = (table @ (tree.above if under else tree.above.T)).tocsr()
        return np.asarray(found[self.item, self.node]).ravel() if len(self.item) else np.zeros(0)

    def best(self, tree: Tree, several: bool, path: float) -> Flags:
        """The answers with the largest expected F1, without regard to bands; one at least for every item."""
        if several:
            probable = self.probability >= path
            chosen = probable & (self.near(tree, probable, under=True) <= 1.0)
            return chosen | self.first(~self.having(chosen)[self.item], self.gain)
        return self.first(np.ones(len(self.item), dtype=bool), self.gain)


def answers_of(tree: Tree, total: sparse.csr_matrix, bands: Bands) -> pd.DataFrame:
    """A row an answer: item, node, probability, band, is_parent; an item with a candidate has one at least.

    total : of ``subtree_probability``
    """
    paths = Paths.of(tree, total, bands.path)
    leaf, p = tree.leaf[paths.node], paths.probability
    certain_leaf = leaf & (p >= bands.leaf)
    if not bands.several:
        certain_leaf = paths.first(certain_leaf, p)
    parent = ~leaf & (p >= bands.parent) & ~paths.having(certain_leaf)[paths.item]
    certain = certain_leaf | paths.first(parent, tree.depth[paths.node], p)
    rest = paths.best(tree, bands.several, bands.path) & ~paths.having(certain)[paths.item]
    if bands.several:  # beside placed nodes, others may go to a person
        rest |= (p >= bands.path) & leaf & ~certain & paths.having(certain_leaf)[paths.item]
    shown = rest & (p >= bands.shown)
    likeliest = paths.first(rest & ~paths.having(certain | shown)[paths.item], p, paths.gain)
    rows = np.flatnonzero(certain | shown | likeliest)
    band = np.where(certain[rows], PLACED, np.where(shown[rows], TO_PERSON, NOT_PLACED))
    made = pd.DataFrame(
        {"item": paths.item[rows], "node": paths.node[rows], "probability": p[rows], "band": band,
         "is_parent": ~leaf[rows]}
    )  # fmt: skip
    return made.sort_values(["item", "probability"], ascending=[True, False], kind="stable", ignore_index=True)
