"""The three bands on held-out items, ours beside the baseline with the same rule, and parents counted apart.

The baseline's margins are made probabilities, and its thresholds found, by the functions that fit ours, on margins of
folds that the SVM had not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sparse

from experiments.benchmarks.chain.baselines import Decisions, fit_and_decide
from experiments.benchmarks.chain.figures import DRAWS, Measured, interval
from models.chain.bands import NOT_PLACED, PLACED, TO_PERSON, answers_of, subtree_probability
from models.chain.columns import Candidates
from models.chain.hierarchy import Tree
from training.chain.fit import PlacementParams, fit_bands, fit_probability
from training.matching.fit import group_folds

Strings = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]
RANKED = 20  # classes of an item that are its candidates
COLUMNS = ("node_id", "band", "is_parent")


def baseline_answers(
    tree: Tree, texts: Sequence[str], nodes: Sequence[str], tested: Sequence[str], kept: Path | None
) -> pd.DataFrame:
    """The baseline's answer to each tested text: node_id, band, is_parent.

    texts, nodes : of the training items
    """
    params = PlacementParams()
    fold = group_folds(np.arange(len(texts)).astype(str).astype(object), params.folds, params.seed)
    number, found = tree.numbers(nodes), []
    scores = np.zeros(0)
    order = np.argsort(fold, kind="stable")
    for one in range(params.folds):
        train, held = np.flatnonzero(fold != one), np.flatnonzero(fold == one)
        decided = fit_and_decide(
            [texts[row] for row in train], [(nodes[row],) for row in train], [texts[row] for row in held], kept
        )
        part, own = ranked_candidates(tree, decided)
        found.append(part)
        scores = np.concatenate([scores, own])
    candidates = joined(found)
    labels = sparse.csr_matrix(
        (np.ones(len(order), np.float32), (np.arange(len(order)), number[order])), shape=(len(order), len(tree))
    )
    right = number[order][candidates.item] == candidates.node
    probability, p = fit_probability(scores, candidates, right, fold[order], False, params)
    bands, _ = fit_bands(tree, candidates, p, labels, False, False, params)
    decided = fit_and_decide(texts, [(node,) for node in nodes], tested, kept)
    late, own = ranked_candidates(tree, decided)
    total = subtree_probability(tree, late.item, late.node, probability.of(own, late.start, False), len(tested), False)
    answers = answers_of(tree, total, bands)
    return answers.assign(node_id=np.array(tree.ids, dtype=object)[answers["node"]])[list(COLUMNS)]


def ranked_candidates(tree: Tree, decided: Decisions) -> tuple[Candidates, npt.NDArray[np.float64]]:
    """The classes with the largest margins as candidates, and their margins."""
    most = min(RANKED, len(decided.classes))
    order = np.argsort(-decided.margins, axis=1, kind="stable")[:, :most]
    node = tree.numbers(decided.classes.tolist())[order].ravel()
    scores = np.take_along_axis(decided.margins, order, axis=1).ravel().astype(float)
    start = np.arange(len(order) + 1, dtype=np.int64) * most
    return Candidates(start, node, np.zeros((len(node), 0), np.float32)), scores


def joined(parts: Sequence[Candidates]) -> Candidates:
    """Candidates of several parts' items, one part after the other."""
    start = np.concatenate([[0], np.cumsum(np.concatenate([np.diff(one.start) for one in parts]))]).astype(np.int64)
    return Candidates(start, np.concatenate([one.node for one in parts]), np.vstack([one.columns for one in parts]))


def band_figures(
    tree: Tree, item: Strings, true: Strings, answers: Mapping[str, pd.DataFrame], draws: int = DRAWS
) -> dict[str, Any]:
    """By name: shares of items in each band and errors among them; ours less the others' share of placed items.

    item, true : of each row; answers : a row an item in that order: node_id, band, is_parent
    A leaf is right where it is the item's node, a parent where it is above it.
    """
    found: dict[str, Any] = {}
    covered: dict[str, dict[str, Measured]] = {}
    for name, own in answers.items():
        right = is_right(tree, true, own["node_id"].to_numpy(dtype=object))
        band, parent = own["band"].to_numpy(dtype=object), own["is_parent"].to_numpy(dtype=bool)
        groups = {
            "placed": (band == PLACED) & ~parent,
            "placed_on_parent": (band == PLACED) & parent,
            "to_person": band == TO_PERSON,
            "not_placed": band == NOT_PLACED,
        }
        covered[name] = {group: Measured.share(item, flag) for group, flag in groups.items()}
        found[name] = {
            group: {
                "share": interval(covered[name][group].statistic(draws)),
                "error": interval(Measured.share(item, ~right, flag).statistic(draws)),
                "answers": int(flag.sum()),
                "errors": int((flag & ~right).sum()),
            }
            for group, flag in groups.items()
        }
    ours = covered["ours"]["placed"].statistic(draws)
    found["placed_gain"] = {
        name: interval(ours - one["placed"].statistic(draws)) for name, one in covered.items() if name != "ours"
    }
    return found


def is_right(tree: Tree, true: Strings, found: Strings) -> Flags:
    """Whether each found node is the true one or above it."""
    return np.asarray(tree.above[tree.numbers(true.tolist()), tree.numbers(found.tolist())]).ravel() > 0


def one_answer(answers: pd.DataFrame, item_id: Sequence[str]) -> pd.DataFrame:
    """A placement's answers in the order of the items, one an item; raises ValueError where there are not."""
    if answers["item_id"].tolist() != list(item_id):
        raise ValueError("needed is one answer an item, in the items' order")
    return answers[list(COLUMNS)].reset_index(drop=True)
