"""Candidates of each item, and what an item and a candidate have in common as numbers: what the trees read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.matching import size_of
from models.chain.hierarchy import Ints, Tree
from models.chain.items import Floats, Items
from models.chain.retrieval import ABSENT, LEGS, Knowledge, Own

PROPOSING = {"ridge": 12, "ridge_vectors": 6, "centroid": 4, "near_vectors": 6, "near_characters": 4, "votes": 4,
             "card_vectors": 6, "card_characters": 4, "codes": 3, "popularity": 3, "together": 20,
             "together_mean": 10}  # fmt: skip
# Of an item with known nodes: its others are often popular nodes of the same top, which few legs of texts propose.
PROPOSING_WITH_KNOWN = {"popularity": 60, "together": 80, "together_mean": 80, "known_top": 60}
Z_COLUMNS = tuple(f"{name}_z" for name in LEGS)
COLUMNS = (
    *Z_COLUMNS, *LEGS, "against", "parent_subtree", "top_subtree", "parent_card_vectors", "depth", "leaf",
    "log_siblings", "ridge_less_best", "rank", "log_size", "log_passages", "best_ridge", "second_ridge",
)  # fmt: skip


@dataclass(frozen=True)
class Candidates:
    """Nodes that an item may belong to, item by item; those of item i are start[i] to start[i + 1].

    columns : float32 of shape (candidates, len(COLUMNS))
    """

    start: Ints
    node: Ints
    columns: Floats

    @property
    def item(self) -> Ints:
        """Number of each candidate's item."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


def candidates_of(knowledge: Knowledge, items: Items, own: Own | None = None) -> Candidates:
    """The nodes that any leg proposes, with their columns; a known node is no candidate.

    own : what labelled items must not see of themselves
    """
    legs = knowledge.legs(items, own)
    tree = knowledge.tree
    chosen = np.zeros((len(items), len(tree)), dtype=bool)
    for name, most in PROPOSING.items():
        _propose(chosen, legs[name], min(most, len(tree)))
    known = _known(items, tree)
    if (placed := known.any(axis=1)).any():
        more = chosen[placed]
        for name, most in PROPOSING_WITH_KNOWN.items():
            _propose(more, legs[name][placed], min(most, len(tree)))
        chosen[placed] = more
    chosen &= known == 0
    item, node = np.nonzero(chosen)
    start = np.concatenate([[0], np.cumsum(chosen.sum(axis=1))]).astype(np.int64)
    parts: list[npt.NDArray[np.generic]] = [
        _pair_columns(legs, tree, item, node),
        _rank(legs["ridge"][item, node], start),
        _described(items, legs["ridge"])[item],
    ]
    return Candidates(start, node.astype(np.int64), np.column_stack(parts).astype(np.float32))


def _propose(chosen: npt.NDArray[np.bool_], leg: Floats, most: int) -> None:
    """Flag the ``most`` best nodes of each item whose value is above 0."""
    best = np.argpartition(-leg, most - 1, axis=1)[:, :most]
    rows = np.arange(len(leg))[:, None]
    chosen[rows, best] |= np.take_along_axis(leg, best, axis=1) > 0.0


def _known(items: Items, tree: Tree) -> Floats:
    """1 where an item is known to be on the node, shape (items, nodes)."""
    known = np.zeros((len(items), len(tree)), np.float32)
    for row, nodes in zip(known, items.known, strict=True):
        row[tree.numbers(nodes)] = 1.0
    return known


def _pair_columns(legs: Mapping[str, Floats], tree: Tree, item: Ints, node: Ints) -> Floats:
    parent = np.where(tree.parent >= 0, tree.parent, np.arange(len(tree)))
    subtree = np.asarray((tree.above.T @ legs["ridge"].T).T)
    made: list[npt.NDArray[np.generic]] = [_standard(legs[name])[item, node] for name in LEGS]
    made += [legs[name][item, node] for name in (*LEGS, "against")]
    made += [subtree[item, parent[node]], subtree[item, tree.top[node]], legs["card_vectors"][item, parent[node]]]
    siblings = np.bincount(parent, minlength=len(tree))
    made += [tree.depth[node], tree.leaf[node], np.log1p(siblings[parent[node]])]
    made.append(legs["ridge"][item, node] - legs["ridge"].max(axis=1)[item])
    return np.column_stack([np.asarray(one, dtype=np.float32) for one in made])


def _standard(leg: Floats) -> Floats:
    """Distance from the mean of the item's nodes in standard deviations; 0 where a node has nothing to compare with."""
    there = leg > ABSENT
    count = np.maximum(there.sum(axis=1, keepdims=True), 1)
    mean = np.where(there, leg, 0.0).sum(axis=1, keepdims=True) / count
    moved = np.where(there, leg - mean, 0.0)
    spread = np.sqrt((moved**2).sum(axis=1, keepdims=True) / count)
    return np.asarray(moved / np.maximum(spread, 1e-6), dtype=np.float32)


def _rank(value: Floats, start: Ints) -> Ints:
    """Rank of each candidate among its item's, 0 the largest value."""
    item = np.repeat(np.arange(len(start) - 1), np.diff(start))
    order = np.lexsort((-value, item))
    rank = np.empty(len(value), dtype=np.int64)
    rank[order] = np.arange(len(value)) - start[:-1][item]
    return rank


def _described(items: Items, ridge: Floats) -> Floats:
    """What each item is like: size of its text, passages, and its two largest values of the ridge."""
    two = (
        -np.partition(-ridge, min(1, ridge.shape[1] - 1), axis=1)[:, :2]
        if ridge.shape[1]
        else np.zeros((len(items), 2))
    )
    size = np.log1p([size_of(text) for text in items.text])
    return np.column_stack([size, np.log1p(np.diff(items.start)), two[:, 0], two[:, -1]]).astype(np.float32)
