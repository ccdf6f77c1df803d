"""The three bands on held-out items, ours beside the baseline with the same rule, and parents counted apart.

The baseline's margins take the way of our scores: the same functions make them probabilities and find the thresholds,
on margins of folds that the SVM had not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sparse

from experiments.benchmarks.chain.baselines import Decisions, fit_and_decide
from experiments.benchmarks.chain.figures import DRAWS, Measured, interval
from models.chain.bands import NOT_PLACED, PLACED, TO_PERSON, answers_of, subtree_probability
from models.chain.columns import Z_COLUMNS, Candidates
from models.chain.hierarchy import Tree
from training.chain.fit import fit_bands
from training.chain.order import fit_order
from training.chain.params import PlacementParams
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
    params = replace(PlacementParams(), rounds=0)
    fold = group_folds(np.arange(len(texts)).astype(str).astype(object), params.folds, params.seed)
    table = pd.DataFrame({"text": texts, "node": nodes})
    parts = []
    for one in range(params.folds):
        known, held = table[fold != one], table[fold == one]
        labels = [(node,) for node in known["node"]]
        parts.append(
            ranked_candidates(tree, fit_and_decide(known["text"].tolist(), labels, held["text"].tolist(), kept))
        )
    candidates = joined(parts)
    order = np.argsort(fold, kind="stable")
    number = tree.numbers(nodes)[order]
    truth = sparse.csr_matrix(
        (np.ones(len(order), np.float32), (np.arange(len(order)), number)), shape=(len(order), len(tree))
    )
    right = number[candidates.item] == candidates.node
    fitted = fit_order(candidates, right, fold[order], False, params, lambda _: None)
    bands, _ = fit_bands(tree, candidates, fitted.probability, truth, False, False, params)
    late = ranked_candidates(tree, fit_and_decide(texts, [(node,) for node in nodes], tested, kept))
    total = subtree_probability(tree, late.item, late.node, fitted.order.probability(late, False), len(tested), False)
    answers = answers_of(tree, total, bands)
    return answers.assign(node_id=np.array(tree.ids, dtype=object)[answers["node"]])[list(COLUMNS)]


def ranked_candidates(tree: Tree, decided: Decisions) -> Candidates:
    """The classes with the largest margins as candidates; the margin is the one leg of the base that they have."""
    most = min(RANKED, len(decided.classes))
    order = np.argsort(-decided.margins, axis=1, kind="stable")[:, :most]
    node = tree.numbers(decided.classes.tolist())[order].ravel()
    columns = np.zeros((len(node), len(Z_COLUMNS)), np.float32)
    columns[:, 0] = np.take_along_axis(decided.margins, order, axis=1).ravel()
    return Candidates(np.arange(len(order) + 1, dtype=np.int64) * most, node, columns)


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
