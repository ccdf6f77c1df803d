"""Fitting a placer: rows and their ridge, trees over left-out values, probabilities and bands on held-out folds.

No labelled item sees itself or its group: the ridge's values are exact leave-group-out values, nearest rows of the own
group are hidden, and the trees that score an item for probabilities and bands come from the other folds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sparse

from models.chain.bands import NEVER, Bands, Doubles, Paths, answers_of, subtree_probability
from models.chain.columns import Candidates, candidates_of
from models.chain.hierarchy import Ints, Tree
from models.chain.items import Card, Encoder, Floats, Items, make_items
from models.chain.placement import CHUNK, Placer, Probability, score_columns
from models.chain.retrieval import KernelParams, Knowledge, Own, Rows, centred, item_vectors, kernel
from models.content_digest import content_digest
from models.matching.lexical import CharacterLeg
from training.chain.bands import best_path, leaf_threshold, parent_threshold
from training.chain.ridge import fit_ridge
from training.matching.fit import group_folds
from training.matching.logistic import fit_logistic

FEWEST_RIGHT = 50  # right candidates of labelled items; with fewer there are no trees, and the ridge is the score
_LIST = re.compile(r"[、；;，,]")


@dataclass(frozen=True)
class PlacementParams:
    """Numbers of the fit; see ``KernelParams`` for the first three.

    error_rate, shown_error_rate : promised shares of errors among placed answers, and among those for a person
    certainty : with which a threshold keeps its promise
    """

    vector_share: float = 0.8
    sharpness: float = 3.0
    ridge: float = 0.2
    folds: int = 3
    rounds: int = 120
    learning_rate: float = 0.06
    num_leaves: int = 15
    min_child_samples: int = 40
    reg_lambda: float = 5.0
    feature_fraction: float = 0.6
    error_rate: float = 0.1
    shown_error_rate: float = 0.6
    certainty: float = 0.9
    most_items: int = 12_000
    threads: int = 1
    seed: int = 7


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
    kernel_params = KernelParams(params.vector_share, params.sharpness, params.ridge)
    codes = sorted({code for card in cards for code in card.codes})
    knowledge, left_out = learn_ridge(tree, rows, items, labels, cards, codes, kernel_params, progress)
    progress("candidates of labelled items")
    candidates = left_out_candidates(knowledge, items, labels, left_out)
    right = np.asarray(labels[candidates.item, candidates.node]).ravel() > 0
    fold = group_folds(items.group, params.folds, params.seed)
    text, scores = fit_trees(candidates, right, fold, params, progress)
    probability, p = fit_probability(scores, candidates, right, fold, several, params)
    bands, report = fit_bands(tree, candidates, p, labels, several, planted, params)
    used = encoder.digest if encoder is not None else encoder_digest
    digest = content_digest([items.item_id.tolist(), items.text.tolist(), [[c.node_id, c.name, *c.texts] for c in cards]])
    return FittedPlacer(Placer(knowledge, text, probability, bands, used, digest, code), report)


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
    passages = pd.DataFrame({"item_id": [f"word {at}" for at in range(len(pairs))], "text": [word for _, word in pairs]})
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
    table = sparse.csr_matrix((np.ones(len(node), np.float32), (np.arange(len(node)), node)), shape=(len(node), len(tree)))
    characters = CharacterLeg.fit([*items.text, *texts])
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
    codes: Sequence[str],
    params: KernelParams,
    progress: Callable[[str], None],
) -> tuple[Knowledge, Floats]:
    """The knowledge with its ridge, and the ridge's values of the items without their own group."""
    progress(f"ridge of {rows.taught} rows")
    by_row = rows.characters.postings.T.tocsr()[: rows.taught]
    characters = np.asarray((by_row @ by_row.T).toarray(), dtype=np.float32)
    dense = None if rows.vectors is None else rows.vectors[: rows.taught] @ rows.vectors[: rows.taught].T
    group = np.concatenate([pd.factorize(items.group)[0], np.full(rows.kinds[1], -1)])
    target = np.asarray(rows.node[: rows.taught].toarray(), dtype=np.float32)
    weights, left_out = fit_ridge(kernel(characters, dense, params), target, params.ridge, group)
    number = {code: at for at, code in enumerate(codes)}
    pairs = [(number[code], node) for card, node in zip(cards, tree.numbers(c.node_id for c in cards), strict=True) for code in card.codes]
    at, node = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    coded = sparse.csr_matrix((np.ones(len(at), np.float32), (at, node)), shape=(len(codes), len(tree)))
    together = (labels.T @ labels).tocsr()
    return Knowledge(tree, rows, params, weights, tuple(codes), coded, together), left_out[: len(items)]


def left_out_candidates(knowledge: Knowledge, items: Items, labels: sparse.csr_matrix, left_out: Floats) -> Candidates:
    """Candidates of the labelled items as if none of their group were known."""
    group = pd.factorize(items.group)[0]
    order = np.argsort(group, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(group))])
    made = []
    for low, high in pairwise([*range(0, len(items), CHUNK), len(items)]):
        of_group = [order[first[one] : first[one + 1]] for one in group[low:high]]
        pairs = np.column_stack([np.repeat(np.arange(high - low), list(map(len, of_group))), np.concatenate(of_group)])
        own = Own(pairs, labels[low:high], left_out[low:high])
        made.append(candidates_of(knowledge, items.rows(np.arange(low, high)), own))
    start = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(one.start) for one in made]))]).astype(np.int64)
    return Candidates(start, np.concatenate([one.node for one in made]), np.vstack([one.columns for one in made]))


def fit_trees(
    candidates: Candidates,
    right: npt.NDArray[np.bool_],
    fold: Ints,
    params: PlacementParams,
    progress: Callable[[str], None],
) -> tuple[str, Doubles]:
    """LightGBM's text of the trees of all items, and each candidate's score by trees that had not seen its fold."""
    if right.sum() < FEWEST_RIGHT:
        from models.chain.columns import COLUMNS

        return "", candidates.columns[:, COLUMNS.index("ridge")].astype(np.float64)
    settings = {
        "objective": "binary",
        "learning_rate": params.learning_rate,
        "num_leaves": params.num_leaves,
        "min_data_in_leaf": params.min_child_samples,
        "lambda_l2": params.reg_lambda,
        "feature_fraction": params.feature_fraction,
        "num_threads": params.threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "seed": params.seed,
    }

    def learn(rows: npt.NDArray[np.bool_]) -> lgb.Booster:
        table = lgb.Dataset(candidates.columns[rows], label=right[rows].astype(float), free_raw_data=True)
        return lgb.train(settings, table, params.rounds)

    of = fold[candidates.item]
    scores = np.zeros(len(right))
    for one in range(params.folds):
        progress(f"trees, fold {one + 1} of {params.folds}")
        held = of == one
        if held.any() and not held.all():
            scores[held] = learn(~held).predict(candidates.columns[held], raw_score=True, num_threads=params.threads)
    progress("trees of all folds")
    return str(learn(np.ones(len(right), dtype=bool)).model_to_string()), scores


def fit_probability(
    scores: Doubles,
    candidates: Candidates,
    right: npt.NDArray[np.bool_],
    fold: Ints,
    several: bool,
    params: PlacementParams,
) -> tuple[Probability, Doubles]:
    """The calibration of all folds, and each candidate's probability by the calibration of the other folds."""
    columns = score_columns(scores, candidates.start)
    of = fold[candidates.item]

    def learn(rows: npt.NDArray[np.bool_]) -> Probability:
        intercept, weights = fit_logistic(columns[rows], right[rows].astype(float), np.ones(int(rows.sum())), 1.0)
        return Probability(intercept, (float(weights[0]), float(weights[1]), float(weights[2])))

    p = np.zeros(len(right))
    for one in range(params.folds):
        held = of == one
        if held.any() and not held.all():
            p[held] = learn(~held).of(scores, candidates.start, several)[held]
    return learn(np.ones(len(right), dtype=bool)), p


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
    asked = leaf if several else paths.first(leaf, paths.probability)
    rate, certainty = params.error_rate, params.certainty
    least = leaf_threshold(paths.probability[asked], right[asked], rate, certainty)
    left = ~paths.having(asked & (paths.probability >= least))
    parent = parent_threshold(tree, paths, right, left, rate, certainty)
    best = paths.best(tree, several, path)
    shown = leaf_threshold(paths.probability[best], right[best], params.shown_error_rate, certainty)
    if planted:
        least, parent, shown = NEVER, NEVER, path  # nothing real was held out, so nothing is promised
    bands = Bands(rate, params.shown_error_rate, least, parent, min(shown, 1.0), path, several)
    answers = answers_of(tree, total, bands)
    answers["right"] = np.asarray(truth[answers["item"], answers["node"]]).ravel() > 0
    groups = answers.groupby(["band", "is_parent"])["right"].agg(["size", "mean"]).reset_index()
    report = {
        "items": count,
        "hierarchical_f1": f1,
        "thresholds": {"leaf": least, "parent": parent, "shown": shown, "path": path},
        "bands": _band_rows(groups),
    }
    return bands, report


def _band_rows(groups: pd.DataFrame) -> list[dict[str, Any]]:
    columns = [groups[name].tolist() for name in ("band", "is_parent", "size", "mean")]
    return [
        {"band": band, "is_parent": bool(is_parent), "answers": int(size), "error": 1.0 - float(mean)}
        for band, is_parent, size, mean in zip(*columns, strict=True)
    ]
