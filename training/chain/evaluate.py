"""Figures of placements on items whose nodes are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from models.chain.bands import BANDS, PLACED
from models.chain.hierarchy import hierarchical_scores
from models.chain.placement import Placements


def answer_figures(placements: Placements, truth: pd.DataFrame) -> dict[str, Any]:
    """Share of items whose likeliest node is true, hierarchical F1, and the bands with their errors.

    truth : item_id and node_id; items without a row are on no node, and every placed answer of theirs is an error
    """
    ids = list(placements.item_id)
    sets: dict[str, set[str]] = {item: set() for item in ids}
    for item, node in zip(truth["item_id"], truth["node_id"], strict=True):
        if item in sets:
            sets[item].add(node)
    true = [sets[item] for item in ids]
    tree = placements.tree
    full = tree.sets(true)
    nodes, _ = placements.ranking(1)
    on = np.array([bool(one) for one in true])
    first = nodes[:, 0]
    top = np.array([at >= 0 and tree.ids[at] in one for at, one in zip(first, true, strict=True)])
    answers = placements.answers
    number = {item: at for at, item in enumerate(ids)}
    rows = answers["item_id"].map(number).to_numpy(dtype=np.int64)
    right = np.asarray(full[rows, tree.numbers(answers["node_id"])]).ravel() > 0 if len(answers) else np.zeros(0, bool)
    shown = answers.loc[answers["band"] == PLACED].groupby("item_id")["node_id"].agg(list).to_dict()
    scores = hierarchical_scores(tree, true, placements.labels())
    return {
        "items": len(ids),
        "on_a_node": int(on.sum()),
        "top_1": float(top[on].mean()) if on.any() else None,
        "hierarchical_precision": scores.precision,
        "hierarchical_recall": scores.recall,
        "hierarchical_f1": scores.f1,
        "placed_items": len(shown),
        "bands": band_rows(answers.assign(right=right)),
    }


def band_rows(answers: pd.DataFrame) -> list[dict[str, Any]]:
    """Answers of each band with the share of errors among them, parents apart; columns band, is_parent, right."""
    groups = answers.groupby(["band", "is_parent"])["right"].agg(["size", "mean"]).reset_index()
    order = groups["band"].map(BANDS.index)
    groups = groups.assign(order=order).sort_values(["order", "is_parent"])
    columns = [groups[name].tolist() for name in ("band", "is_parent", "size", "mean")]
    return [
        {"band": band, "is_parent": bool(is_parent), "answers": int(size), "error_share": 1.0 - float(mean)}
        for band, is_parent, size, mean in zip(*columns, strict=True)
    ]
