"""Fitting a placer: rows and their ridge, trees over left-out values, probabilities and bands on held-out folds.

No labelled item sees itself or its group: the ridge's values are exact leave-group-out values, nearest rows of the own
group are hidden, and the trees that score an item for probabilities and bands come from the other folds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sparse

from models.chain.bands import NEVER, PLACED, Bands, Doubles, Paths, answers_of, subtree_probability
from models.chain.characters import PlacingCharacters
from models.chain.columns import Z_COLUMNS, Candidates, candidates_of
from models.chain.hierarchy import Ints, Tree
from models.chain.items import Card, Encoder, Floats, Items, make_items
from models.chain.placement import CHUNK, Placer
from models.chain.retrieval import KernelParams, Knowledge, Own, Rows, centred, item_vectors, kernel
from models.chain.together import Together
from models.content_digest import content_digest
from training.chain.bands import FEWEST, best_path, leaf_threshold, parent_threshold
from training.chain.evaluate import band_rows
from training.chain.order import fit_order
from training.chain.params import PlacementParams
from training.chain.ridge import fit_linear, fit_ridge, reciprocal_rank
from training.matching.fit import group_folds

LEAST_LIKELY = 0.5  # no answer is placed that is likelier wrong than right
LEAST_SHOWN = 0.25  # nor is one shown to a person that is wrong more than three times in four
_LIST = re.compile(r"[、；;，,]")


@dataclass(frozen=True)
class FittedPlacer:
    """The placer and what left-out items showed of it."""

    placer: Placer
    report: dict[str, Any]


def fit_placer(
    tree: Tree,
    cards: Sequence[Card],
    items: Items | None,
    truth: pd.DataFrame,
    encoder: Encoder | None = None,
    card_vectors: Floats | None = None,
    params: PlacementParams | None = None,
    several: bool = False,
    encoder_digest: str | None = None,
    code: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> FittedPlacer:
    """Fit on labelled items, or on the cards' own words where there are none.

    truth        : columns item_id, node_id; an item without a row belongs to no node
    encoder      : encodes the cards' rows; card_vectors : of ``card_texts(cards)`` instead, in its order
    several      : whether an item may be on several nodes
    """
    params = PlacementParams() if params is None else params
    planted = items is None or not len(items)
    if planted:
        items, truth = items_of_cards(cards, encoder)
        cards = [Card(one.node_id, one.name, (), one.codes, one.negatives, one.name_en) for one in cards]
    assert items is not None
    items = sample(items, params.most_items, params.seed)
    labels = label_table(tree, items, truth)
    progress("rows")
    rows = make_rows(tree, cards, items, labels, encoder, card_vectors)
    knowledge, left_out = learn_ridge(tree, rows, items, labels, cards, params, progress)
    progress("candidates of labelled items")
    candidates = left_out_candidates(knowledge, items, left_out)
    right = np.asarray(labels[candidates.item, candidates.node]).ravel() > 0
    fold = group_folds(items.group, params.folds, params.seed)
    fitted = fit_order(candidates, right, fold, several, params, progress)
    bands, report = fit_bands(tree, candidates, fitted.probability, labels, several, planted, params)
    kernel_used = {one.name: getattr(knowledge.params, one.name) for one in fields(KernelParams)}
    base = dict(zip(Z_COLUMNS, fitted.order.base, strict=True))
    report = {**report, "kernel": kernel_used, "base": base, "rounds": fitted.rounds}
    used = encoder.digest if encoder is not None else encoder_digest
    digest = content_digest(
        [
            items.item_id.tolist(),
            items.text.tolist(),
            labels.indptr,
            labels.indices,
            items.codes,
            items.known,
            list(cards),
        ]
    )
    return FittedPlacer(Placer(knowledge, fitted.order, bands, used, digest, code), report)


def card_texts(cards: Sequence[Card]) -> list[str]:
    """The rows of all cards, then their negatives: what ``card_vectors`` are of."""
    return [row for card in cards for row in card.rows()] + [text for card in cards for text in card.negatives]


def items_of_cards(cards: Sequence[Card], encoder: Encoder | None) -> tuple[Items, pd.DataFrame]:
    """The single products and words of the cards as items, where there are no labelled ones."""
    pairs = [
        (card.node_id, word.strip())
        for card in cards
        for word in dict.fromkeys(part for text in (*card.texts, card.name) for part in _LIST.split(text))
        if word.strip()
    ]
    passages = pd.DataFrame(
        {"item_id": [f"word {at}" for at in range(len(pairs))], "text": [word for _, word in pairs]}
    )
    truth = pd.DataFrame({"item_id": passages["item_id"], "node_id": [node for node, _ in pairs]})
    return make_items(passages, encoder), truth


def sample(items: Items, most: int, seed: int) -> Items:
    """At most so many items, drawn without regard to their labels, in their order."""
    if len(items) <= most:
        return items
    return items.rows(np.sort(np.random.default_rng(seed).permutation(len(items))[:most]))


def label_table(tree: Tree, items: Items, truth: pd.DataFrame) -> sparse.csr_matrix:
    """Shape (items, nodes), 1 where the item belongs to the node; labels of other items are left out."""
    number = {item: at for at, item in enumerate(items.item_id)}
    pairs = truth.loc[truth["item_id"].isin(number.keys())].drop_duplicates(["item_id", "node_id"])
    row = pairs["item_id"].map(number).to_numpy(dtype=np.int64)
    column = tree.numbers(pairs["node_id"])
    return sparse.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=(len(items), len(tree)))


def make_rows(
    tree: Tree,
    cards: Sequence[Card],
    items: Items,
    labels: sparse.csr_matrix,
    encoder: Encoder | None,
    card_vectors: Floats | None,
) -> Rows:
    """All known texts; vectors of cards have a centre of their own, since they are encoded as passages."""
    texts = card_texts(cards)
    of_card = tree.numbers(card.node_id for card in cards for _ in card.rows())
    of_negative = tree.numbers(card.node_id for card in cards for _ in card.negatives)
    node = np.concatenate([of_card, of_negative])
    table = sparse.csr_matrix(
        (np.ones(len(node), np.float32), (np.arange(len(node)), node)), shape=(len(node), len(tree))
    )
    characters = PlacingCharacters.fit([*items.text, *texts])
    vectors = centre = None
    if items.vectors is not None:
        if card_vectors is None:
            if encoder is None:
                raise ValueError("the items have vectors: give the encoder, or the vectors of card_texts(cards)")
            card_vectors = encoder.encode(texts, "passage")
        if len(card_vectors) != len(texts):
            raise ValueError(f"{len(card_vectors)} vectors of {len(texts)} rows of cards")
        centre = items.vectors.mean(axis=0)
        vectors = np.vstack([item_vectors(items, centre), centred(card_vectors, card_vectors.mean(axis=0))])
    kinds = (len(items), len(of_card), len(of_negative))
    return Rows(sparse.vstack([labels, table]).tocsr(), kinds, characters, vectors, centre)


def learn_ridge(
    tree: Tree,
    rows: Rows,
    items: Items,
    labels: sparse.csr_matrix,
    cards: Sequence[Card],
    params: PlacementParams,
    progress: Callable[[str], None],
) -> tuple[Knowledge, tuple[Floats, Floats]]:
    """The knowledge with its two ridges, and their values of the items without their own group."""
    by_row = rows.characters.postings.T.tocsr()[: rows.learned]
    group = np.concatenate([pd.factorize(items.group)[0], np.full(rows.kinds[1], -1)])
    target = np.asarray(rows.node[: rows.learned].toarray(), dtype=np.float32)
    vectors = None if rows.vectors is None else rows.vectors[: rows.learned]
    progress("kernel")
    chosen = choose_kernel(by_row, vectors, target, group, params)
    progress(f"ridge of {rows.learned} rows")
    characters = np.asarray((by_row @ by_row.T).toarray(), dtype=np.float32)
    mixed = kernel(characters, None if vectors is None else vectors @ vectors.T, chosen)
    del characters
    weights, left_out = fit_ridge(mixed, target, chosen.ridge, group)
    if vectors is None:
        linear, of_vectors = np.zeros((0, len(tree)), np.float32), np.zeros((len(items), len(tree)), np.float32)
    else:
        linear, of_vectors = fit_linear(vectors, target, params.linear_ridge, group)
    codes = sorted({code for card in cards for code in card.codes})
    number = {code: at for at, code in enumerate(codes)}
    nodes = tree.numbers(card.node_id for card in cards)
    pairs = [(number[code], node) for card, node in zip(cards, nodes, strict=True) for code in set(card.codes)]
    at, node = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    coded = sparse.csr_matrix((np.ones(len(at), np.float32), (at, node)), shape=(len(codes), len(tree)))
    together = Together(held_by_group(tree, items, labels))
    made = Knowledge(tree, rows, chosen, weights, linear, tuple(codes), coded, together)
    return made, (left_out[: len(items)], of_vectors[: len(items)])


def held_by_group(tree: Tree, items: Items, labels: sparse.csr_matrix) -> sparse.csr_matrix:
    """Nodes that the items of each group are labelled with or known to be on, shape (groups, nodes)."""
    group, names = pd.factorize(items.group)
    known = [tree.numbers(nodes) for nodes in items.known]
    start = np.concatenate([[0], np.cumsum([len(one) for one in known])])
    column = np.concatenate([*known, np.empty(0, np.int64)])
    table = labels + sparse.csr_matrix((np.ones(len(column), np.float32), column, start), shape=labels.shape)
    by_group = sparse.csr_matrix(
        (np.ones(len(items), np.float32), (group, np.arange(len(items)))), shape=(len(names), len(items))
    )
    held = (by_group @ table).tocsr()
    held.data[:] = 1.0
    return held


def choose_kernel(
    characters: sparse.csr_matrix, vectors: Floats | None, target: Floats, group: Ints, params: PlacementParams
) -> KernelParams:
    """The kernel with the best order of nodes on left-out rows; of labelled rows a sample, of cards all."""
    labelled = np.flatnonzero(group >= 0)
    drawn = np.random.default_rng(params.seed).permutation(labelled)[: params.sample]
    rows = np.sort(np.concatenate([drawn, np.flatnonzero(group < 0)]))
    own = group[rows] >= 0
    part = characters[rows]
    likeness = np.asarray((part @ part.T).toarray(), dtype=np.float32)
    sight = None if vectors is None else vectors[rows] @ vectors[rows].T
    shares = (0.0,) if vectors is None else params.vector_shares
    best = (-1.0, KernelParams(shares[0], params.sharpnesses[0], params.ridges[0]))
    for share in shares:
        for sharpness in params.sharpnesses if vectors is not None else params.sharpnesses[:1]:
            for ridge in params.ridges:
                tried = KernelParams(share, sharpness, ridge)
                _, left_out = fit_ridge(kernel(likeness, sight, tried), target[rows], ridge, group[rows])
                reached = reciprocal_rank(left_out[own], target[rows][own])
                best = max(best, (reached, tried), key=lambda one: one[0])
    return best[1]


def left_out_candidates(knowledge: Knowledge, items: Items, left_out: tuple[Floats, Floats]) -> Candidates:
    """Candidates of the labelled items as if none of their group were known."""
    group = pd.factorize(items.group)[0]
    order = np.argsort(group, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(group))])
    made = []
    for low, high in pairwise([*range(0, len(items), CHUNK), len(items)]):
        of_group = [order[first[one] : first[one + 1]] for one in group[low:high]]
        pairs = np.column_stack([np.repeat(np.arange(high - low), list(map(len, of_group))), np.concatenate(of_group)])
        own = Own(pairs, knowledge.together.held[group[low:high]], *(one[low:high] for one in left_out))
        made.append(candidates_of(knowledge, items.rows(np.arange(low, high)), own))
    start = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(one.start) for one in made]))]).astype(np.int64)
    return Candidates(start, np.concatenate([one.node for one in made]), np.vstack([one.columns for one in made]))


def fit_bands(
    tree: Tree,
    candidates: Candidates,
    p: Doubles,
    labels: sparse.csr_matrix,
    several: bool,
    planted: bool,
    params: PlacementParams,
) -> tuple[Bands, dict[str, Any]]:
    """Thresholds, and what the bands hold at them on held-out items."""
    count = labels.shape[0]
    total = subtree_probability(tree, candidates.item, candidates.node, p, count, several)
    truth = (labels @ tree.above).tocsr()
    truth.data[:] = 1.0
    path, f1 = best_path(tree, total, truth, several)
    paths = Paths.of(tree, total, path)
    right = np.asarray(truth[paths.item, paths.node]).ravel() > 0 if len(paths.item) else np.zeros(0, dtype=bool)
    leaf = tree.leaf[paths.node]
    likely = leaf & (paths.probability >= LEAST_LIKELY)
    best = likely if several else paths.first(likely, paths.probability)
    rate, certainty = params.error_rate, params.certainty
    least = leaf_threshold(paths.probability[best], right[best], rate, certainty)
    left = ~paths.having(best & (paths.probability >= least))
    parent = parent_threshold(tree, paths, right, left, LEAST_LIKELY, rate, certainty)
    if planted:
        least, parent = NEVER, NEVER  # nothing real was held out, so nothing is promised
    rest = answers_of(tree, total, Bands(rate, params.shown_error_rate, least, parent, 0.0, path, several))
    rest = rest[rest["band"] != PLACED]
    found = np.asarray(truth[rest["item"], rest["node"]]).ravel() > 0 if len(rest) else np.zeros(0, dtype=bool)
    shown = leaf_threshold(rest["probability"].to_numpy(), found, params.shown_error_rate, certainty)
    shown = path if planted or len(rest) < FEWEST else max(shown, LEAST_SHOWN)
    bands = Bands(rate, params.shown_error_rate, least, parent, shown, path, several)
    answers = answers_of(tree, total, bands)
    answers["right"] = np.asarray(truth[answers["item"], answers["node"]]).ravel() > 0
    report = {
        "items": count,
        "hierarchical_f1": f1,
        "thresholds": {"leaf": least, "parent": parent, "shown": shown, "path": path},
        "bands": band_rows(answers),
    }
    return bands, report
