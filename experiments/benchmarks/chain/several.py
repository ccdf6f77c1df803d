"""Patents in the subclasses of the IPC, several each: trained on the first folds of the table, tested on its last.

The threshold above which a subclass is given is chosen on the last but one fold, by a fit that has not seen it, for
ours and for the baseline alike; the first subclass is always given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.benchmarks.chain.baselines import fit_and_decide
from experiments.benchmarks.chain.figures import Measured, beside
from experiments.benchmarks.chain.options import Options
from experiments.benchmarks.chain.ours import Placing
from experiments.benchmarks.chain.tables import LabelTable, TableError
from models.chain.hierarchy import Tree, hierarchical_counts

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
RANKED = 30  # classes of an item that may be given
HITS = (1, 5)


def run_several(table: LabelTable, options: Options) -> dict[str, Any]:
    """Micro-F1 of subclasses, over their ancestors too, and hits, with the intervals of ``figures``."""
    if table.fold is None or table.fold.nunique() < 3:
        raise TableError(f"{table.name}: needed are three folds or more, two to train and choose on and one to test")
    *_, chosen_on, tested = sorted(table.fold.unique())
    fold = table.fold.to_numpy()
    earlier, dev, late = (np.flatnonzero(mask) for mask in (fold < chosen_on, fold == chosen_on, fold == tested))
    placing = Placing(table, options)
    names = {"ours": placing.ranked, "tfidf_svc": _baseline(table, options)}
    truth = table.items["nodes"].tolist()
    found, thresholds, ranked = {}, {}, {}
    for name, rank in names.items():
        nodes, scores = rank(earlier, dev)
        thresholds[name] = best_threshold(nodes, scores, [truth[row] for row in dev])
        ranked[name], scores = rank(np.flatnonzero(fold < tested), late)
        found[name] = given(ranked[name], scores, thresholds[name])
    true = [truth[row] for row in late]
    item = table.items["item_id"].to_numpy(dtype=object)[late]
    tree = Tree.of(table.parents)
    figures = {
        "micro_f1": {name: Measured.micro_f1(item, flat_counts(true, own)) for name, own in found.items()},
        "hierarchical_f1": {
            name: Measured.micro_f1(item, hierarchical_counts(tree, true, own)) for name, own in found.items()
        },
    }
    for most in HITS:
        figures[f"hit_{most}"] = {name: Measured.share(item, hits(true, rows, most)) for name, rows in ranked.items()}
    return {
        "items": len(table.items),
        "nodes": len({node for own in truth for node in own}),
        "tested": len(late),
        "splits": 1,
        "thresholds": thresholds,
        "labels_an_item": {name: float(np.mean([len(own) for own in rows])) for name, rows in found.items()},
        **{
            name: beside(own["ours"], {other: one for other, one in own.items() if other != "ours"}, options.draws)
            for name, own in figures.items()
        },
    }


def _baseline(table: LabelTable, options: Options) -> Any:
    texts, nodes = table.items["text"], table.items["nodes"]

    def ranked(train: Ints, tested: Ints) -> tuple[list[list[str]], Doubles]:
        decided = fit_and_decide(
            texts.iloc[train].tolist(), nodes.iloc[train].tolist(), texts.iloc[tested].tolist(), options.kept
        )
        most = min(RANKED, len(decided.classes))
        order = np.argsort(-decided.margins, axis=1, kind="stable")[:, :most]
        scores = np.take_along_axis(decided.margins, order, axis=1).astype(float)
        return [decided.classes[row].tolist() for row in order], scores

    return ranked


def given(ranked: Sequence[Sequence[str]], scores: Doubles, threshold: float) -> list[tuple[str, ...]]:
    """The first node of each item and every other one with a score of the threshold or above."""
    return [
        tuple(node for at, (node, score) in enumerate(zip(nodes, own, strict=True)) if at == 0 or score >= threshold)
        for nodes, own in zip(ranked, scores, strict=True)
    ]


def best_threshold(ranked: Sequence[Sequence[str]], scores: Doubles, true: Sequence[Sequence[str]]) -> float:
    """The score from which on giving a node makes the micro-F1 largest, the first of each item always given.

    ranked : nodes of each item, best first, all of one number; scores : of them, shape (items, that number)
    """
    right = np.array([[node in own for node in row] for row, own in zip(ranked, true, strict=True)])
    rest, of_rest = scores[:, 1:].ravel(), right[:, 1:].ravel()
    order = np.argsort(-rest, kind="stable")
    overlap = right[:, 0].sum() + np.concatenate([[0], np.cumsum(of_rest[order])])
    count = len(ranked) + np.arange(len(order) + 1)
    f1 = 2.0 * overlap / (count + sum(map(len, true)))
    best = int(np.argmax(f1))
    return float(rest[order[best - 1]]) if best else float(scores.max()) + 1.0


def flat_counts(true: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> Ints:
    """Of each item, how many nodes are found and true, found, and true; shape (items, 3)."""
    return np.array(
        [(len({*own} & {*other}), len({*other}), len({*own})) for own, other in zip(true, found, strict=True)]
    )


def hits(true: Sequence[Sequence[str]], ranked: Sequence[Sequence[str]], most: int) -> npt.NDArray[np.bool_]:
    """Whether one of an item's nodes is among the first ``most``, shape (items,)."""
    return np.array([bool({*row[:most]} & {*own}) for row, own in zip(ranked, true, strict=True)])
