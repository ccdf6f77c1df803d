"""What is known of the nodes, and how near each item is to each node: the legs that candidates come from.

Known texts are rows: those of labelled items, and those of the nodes' cards. An item is compared with every row once,
by the cosine of character n-grams and by the cosine of centred vectors; every leg is read from these two tables.

    kernel   k(a, b) = m * exp(s * (cos_vectors - 1)) + (1 - m) * cos_characters
    ridge    sum over rows r of k(item, r) * weights[r, node], weights fitted to 0 and 1 by training
    ridge_vectors  the same, linear in the vector alone; centroid : cosine with the mean vector of a node's items
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

from models.chain.characters import PlacingCharacters
from models.chain.hierarchy import Ints, Tree
from models.chain.items import Floats, Items
from models.chain.together import TOGETHER_LEGS, Together

LEGS = ("ridge", "ridge_vectors", "centroid", "near_vectors", "near_characters", "votes", "card_vectors",
        "card_characters", "codes", "popularity", *TOGETHER_LEGS)  # fmt: skip
NEIGHBOURS = 10
ABSENT = -1.0  # cosine of a node that has no row of a kind


@dataclass(frozen=True)
class KernelParams:
    """Of the kernel and its ridge: share of the vectors, their sharpness, and the ridge on the diagonal."""

    vector_share: float
    sharpness: float
    ridge: float


@dataclass(frozen=True)
class Rows:
    """Known texts in numbered rows: labelled items first, then cards, then negatives of cards.

    node      : shape (rows, nodes); 1 where the row is known to belong to the node
    kinds     : number of labelled items, of card rows and of negative rows
    characters: of all rows; vectors : float32 of all rows, centred and of unit length, or None
    centre    : what was taken off items' vectors before
    """

    node: sparse.csr_matrix
    kinds: tuple[int, int, int]
    characters: PlacingCharacters
    vectors: Floats | None
    centre: Floats | None

    @cached_property
    def parts(self) -> tuple[slice, slice, slice]:
        """Rows of labelled items, of cards, of negatives."""
        a, b, c = np.cumsum(self.kinds)
        return slice(0, a), slice(a, b), slice(b, c)

    @cached_property
    def learned(self) -> int:
        """Rows that the ridge learns from: all but the negatives."""
        return self.kinds[0] + self.kinds[1]


def centred(vectors: Floats, centre: Floats) -> Floats:
    """Rows less the centre, of unit length; a row equal to the centre stays 0."""
    moved = vectors - centre
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(np.divide(moved, length, out=np.zeros_like(moved), where=length > 1e-9), dtype=np.float32)


def item_vectors(items: Items, centre: Floats) -> Floats:
    """The mean of each item's centred passages, of unit length."""
    if items.vectors is None:
        raise ValueError("the items have no vectors, but the rows have: give make_items the encoder")
    rows = centred(items.vectors, centre)
    summed = np.zeros((len(items), rows.shape[1]), np.float32)
    np.add.at(summed, items.owner(), rows)
    return centred(summed, np.zeros(rows.shape[1], np.float32))


def kernel(characters: Floats, vectors: Floats | None, params: KernelParams) -> Floats:
    """Both cosines as one kernel."""
    if vectors is None:
        return characters
    mixed = np.exp(params.sharpness * (vectors - 1.0)) * params.vector_share
    mixed += (1.0 - params.vector_share) * characters
    return np.asarray(mixed, dtype=np.float32)


def largest_by_node(similarity: Floats, node: sparse.csr_matrix) -> Floats:
    """The largest similarity of each node's rows, shape (items, nodes); ABSENT where a node has none.

    similarity : shape (items, rows); node : shape (rows, nodes)
    """
    by_node = node.tocsc()
    found = np.full((len(similarity), node.shape[1]), ABSENT, np.float32)
    filled = np.flatnonzero(np.diff(by_node.indptr))
    if len(filled):
        ordered = similarity[:, by_node.indices]
        found[:, filled] = np.maximum.reduceat(ordered, by_node.indptr[filled], axis=1)
    return found


def neighbour_votes(similarity: Floats, node: sparse.csr_matrix) -> Floats:
    """Sum of the similarities of the nearest NEIGHBOURS rows by node, each over the sum of all of them."""
    count = min(NEIGHBOURS, similarity.shape[1])
    if not count:
        return np.zeros((len(similarity), node.shape[1]), np.float32)
    near = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
    weight = np.maximum(np.take_along_axis(similarity, near, axis=1), 0.0)
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    start = np.arange(len(near) + 1) * count
    picked = sparse.csr_matrix((weight.ravel(), near.ravel(), start), shape=similarity.shape)
    return np.asarray((picked @ node).toarray(), dtype=np.float32)


@dataclass(frozen=True)
class Own:
    """What labelled items must not see of themselves when they are placed as if they were new.

    pairs  : item and row of its own group, shape (pairs, 2); held : nodes of its own group, shape (items, nodes)
    ridge, ridge_vectors : values without the rows of the own group, shape (items, nodes)
    """

    pairs: Ints
    held: sparse.csr_matrix
    ridge: Floats
    ridge_vectors: Floats


@dataclass(frozen=True)
class Knowledge:
    """Rows, the ridge's weights, codes and what occurs together: all that legs are read from.

    weights : float32 of shape (learned rows, nodes); linear : of the vectors alone, (dimension, nodes), 0 without any
    codes   : names of codes; coded : shape (codes, nodes), 1 where the node's card has the code
    together: which groups of labelled items are on which nodes
    """

    tree: Tree
    rows: Rows
    params: KernelParams
    weights: Floats
    linear: Floats
    codes: tuple[str, ...]
    coded: sparse.csr_matrix
    together: Together

    def legs(self, items: Items, own: Own | None = None) -> dict[str, Floats]:
        """Each leg's value of every node, shape (items, nodes), ABSENT where a node has nothing to compare with.

        Beside LEGS also ``against``, the nearest negative of the card. own : what labelled items must not see
        """
        characters = self.rows.characters.scores(items.text.tolist())
        own_vectors = None if self.rows.centre is None else item_vectors(items, self.rows.centre)
        vectors = None if own_vectors is None or self.rows.vectors is None else own_vectors @ self.rows.vectors.T
        if own is not None:
            characters[own.pairs[:, 0], own.pairs[:, 1]] = 0.0
            if vectors is not None:
                vectors[own.pairs[:, 0], own.pairs[:, 1]] = ABSENT
        labelled, cards, against = self.rows.parts
        node = self.rows.node
        learned = slice(0, self.rows.learned)
        mixed = kernel(characters[:, learned], None if vectors is None else vectors[:, learned], self.params)
        sight = characters if vectors is None else vectors
        found = {
            name: largest_by_node(table[:, part], node[part])
            for name, part, table in (
                ("near_vectors", labelled, sight),
                ("near_characters", labelled, characters),
                ("card_vectors", cards, sight),
                ("card_characters", cards, characters),
                ("against", against, sight),
            )
        }
        found["votes"] = neighbour_votes(mixed, node[learned])
        found["ridge"] = np.asarray(mixed @ self.weights) if own is None else own.ridge
        if own_vectors is None:
            found["ridge_vectors"] = found["centroid"] = np.full_like(found["ridge"], ABSENT)
        else:
            found["ridge_vectors"] = np.asarray(own_vectors @ self.linear) if own is None else own.ridge_vectors
            found["centroid"] = self.centroid_cosines(own_vectors, own)
        found["codes"] = self.shared_codes(items)
        found["popularity"] = np.broadcast_to(np.log1p(self.together.count), found["ridge"].shape)
        known = [self.tree.numbers(one) for one in items.known]
        if any(map(len, known)):
            found |= self.together.legs(self.tree, self.card_likeness, known, None if own is None else own.held)
        else:
            found |= dict.fromkeys(TOGETHER_LEGS, np.zeros_like(found["ridge"]))
        return found

    @cached_property
    def sums(self) -> Floats:
        """Sum of the vectors of each node's labelled items, shape (nodes, dimension)."""
        labelled = self.rows.parts[0]
        if self.rows.vectors is None:
            return np.zeros((len(self.tree), 0), np.float32)
        return np.asarray(self.rows.node[labelled].T @ self.rows.vectors[labelled], dtype=np.float32)

    def centroid_cosines(self, vectors: Floats, own: Own | None) -> Floats:
        """Cosine of items' vectors with the mean vector of each node's labelled items."""
        length = np.linalg.norm(self.sums, axis=1)
        found = vectors @ self.sums.T / np.maximum(length, 1e-6)
        found[:, length < 1e-6] = ABSENT
        if own is not None and self.rows.vectors is not None:
            self._without_own(found, vectors, own, self.rows.vectors)
        return np.asarray(found, dtype=np.float32)

    def _without_own(self, found: Floats, vectors: Floats, own: Own, rows: Floats) -> None:
        """The same in place for nodes that rows of the item's own group are on, those rows taken off."""
        held = self.rows.node[own.pairs[:, 1]].tocoo()
        item, row = own.pairs[held.row, 0], own.pairs[held.row, 1]
        key, place = np.unique(item * len(self.tree) + held.col, return_inverse=True)
        less = np.zeros((len(key), rows.shape[1]), np.float32)
        np.add.at(less, place, rows[row])
        item, node = np.divmod(key, len(self.tree))
        left = self.sums[node] - less
        length = np.linalg.norm(left, axis=1)
        cosine = np.einsum("ij,ij->i", vectors[item], left) / np.maximum(length, 1e-6)
        found[item, node] = np.where(length < 1e-3, ABSENT, cosine)

    def shared_codes(self, items: Items) -> Floats:
        """Share of the item's codes that the node's card has; ABSENT where the item or the node has none."""
        number = {code: at for at, code in enumerate(self.codes)}
        held = [[number[code] for code in codes if code in number] for codes in items.codes]
        start = np.concatenate([[0], np.cumsum([len(one) for one in held])])
        column = np.array([one for codes in held for one in codes], dtype=np.int64)
        table = sparse.csr_matrix(
            (np.ones(len(column), np.float32), column, start), shape=(len(items), len(self.codes))
        )
        shared = np.asarray((table @ self.coded).toarray(), dtype=np.float32)
        count = np.array([len(codes) for codes in items.codes], dtype=np.float32)[:, None]
        found: Floats = np.asarray(shared / np.maximum(count, 1.0), dtype=np.float32)
        found[np.asarray(count).ravel() == 0] = ABSENT
        found[:, np.asarray(self.coded.sum(axis=0)).ravel() == 0] = ABSENT
        return found

    @cached_property
    def card_likeness(self) -> Floats:
        """The largest cosine of n-grams of two nodes' cards, shape (nodes, nodes)."""
        part = self.rows.parts[1]
        rows = self.rows.characters.postings.T.tocsr()[part]
        by_node = largest_by_node(np.asarray((rows @ rows.T).toarray(), np.float32), self.rows.node[part])
        return np.asarray(largest_by_node(by_node.T, self.rows.node[part]).clip(0.0).T, dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write arrays as they are."""
        folder.mkdir(parents=True, exist_ok=True)
        self.rows.characters.save(folder)
        for name, table in (("node", self.rows.node), ("coded", self.coded), ("held", self.together.held)):
            for part in ("data", "indices", "indptr"):
                np.save(folder / f"{name}_{part}.npy", getattr(table, part))
        np.save(folder / "weights.npy", self.weights)
        np.save(folder / "linear.npy", self.linear)
        np.save(folder / "parent.npy", self.tree.parent)
        if self.rows.vectors is not None and self.rows.centre is not None:
            np.save(folder / "vectors.npy", self.rows.vectors)
            np.save(folder / "centre.npy", self.rows.centre)
        card = {
            "nodes": list(self.tree.ids),
            "codes": list(self.codes),
            "kinds": list(self.rows.kinds),
            "kernel": {one.name: getattr(self.params, one.name) for one in fields(KernelParams)},
        }
        (folder / "knowledge.json").write_text(
            json.dumps(card, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
        )

    @classmethod
    def load(cls, folder: Path) -> Knowledge:
        """Read what ``save`` wrote."""
        card = json.loads((folder / "knowledge.json").read_text(encoding="utf-8"))
        tree = Tree(tuple(card["nodes"]), np.load(folder / "parent.npy"))
        together = Together(_table(folder, "held", len(tree)))
        weights = np.load(folder / "weights.npy")
        count, kinds = len(tree), tuple(card["kinds"])

        has = (folder / "vectors.npy").is_file()
        rows = Rows(
            _table(folder, "node", count),
            (kinds[0], kinds[1], kinds[2]),
            PlacingCharacters.load(folder),
            np.load(folder / "vectors.npy") if has else None,
            np.load(folder / "centre.npy") if has else None,
        )
        codes = tuple(card["codes"])
        params = KernelParams(**card["kernel"])
        linear = np.load(folder / "linear.npy")
        return cls(tree, rows, params, weights, linear, codes, _table(folder, "coded", count), together)


def _table(folder: Path, name: str, columns: int) -> sparse.csr_matrix:
    parts = tuple(np.load(folder / f"{name}_{part}.npy") for part in ("data", "indices", "indptr"))
    return sparse.csr_matrix(parts, shape=(len(parts[2]) - 1, columns))
