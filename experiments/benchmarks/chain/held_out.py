"""Ours and the baseline on the same held-out items: five seeded random splits of a fifth each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.benchmarks.chain.bands import band_figures, baseline_answers, one_answer
from experiments.benchmarks.chain.baselines import Decisions, fit_and_decide
from experiments.benchmarks.chain.figures import Measured, beside
from experiments.benchmarks.chain.options import Options
from experiments.benchmarks.chain.ours import Placing
from experiments.benchmarks.chain.tables import LabelTable
from models.chain.hierarchy import Tree, hierarchical_counts

Ints = npt.NDArray[np.int64]
Strings = npt.NDArray[np.object_]
HELD_OUT = 0.2
HITS = (3,)
BANDED = ("listed_firms", "sina", "startups")  # tables of real firms


def splits(count: int, seeds: int) -> Iterator[tuple[Ints, Ints]]:
    """Row numbers of the training and of the held-out part, for each seed from 0."""
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(count)
        size = max(1, round(HELD_OUT * count))
        yield np.sort(order[size:]), np.sort(order[:size])


def with_cards(
    table: LabelTable, texts: Sequence[str], labels: Sequence[Sequence[str]]
) -> tuple[list[str], list[Sequence[str]]]:
    """The training texts, and names and definitions of the nodes that have items as further ones of theirs."""
    leaves = {name for own in table.items["nodes"] for name in own}
    more = [(text, (name,)) for name in sorted(leaves) for text in (table.nodes[name].name, *table.nodes[name].texts)]
    return [*texts, *(text for text, _ in more)], [*labels, *(own for _, own in more)]


def run_labels(table: LabelTable, options: Options) -> dict[str, dict[str, Any]]:
    """Figures of the held-out items, and of the items that are never trained on where the table has some.

    returns : by the name of the table and of its unseen items
    """
    count = len(table.items)
    placing = Placing(table, options)
    rows, unseen = placing.rows, np.arange(count, len(placing.rows))
    texts, labels = rows["text"], rows["nodes"]
    answers: list[dict[str, pd.DataFrame]] = []
    parts: dict[str, list[dict[str, Strings]]] = {table.name: [], f"{table.name}_unseen": []}
    for train, held in splits(count, options.seeds):
        tested = np.concatenate([held, unseen])
        placed = placing.place(train, tested)
        first = {"ours": placed.node[:, :3]}
        own: tuple[list[str], list[Sequence[str]]] = (texts.iloc[train].tolist(), labels.iloc[train].tolist())
        wanted = {"tfidf_svc": own}
        if any(card.texts for card in table.nodes.values()):
            wanted["tfidf_svc_with_cards"] = with_cards(table, *own)
        for name, (known, nodes) in wanted.items():
            decided = fit_and_decide(known, nodes, texts.iloc[tested].tolist(), options.kept)
            first[name] = first_classes(decided, 3)
        for name, part in zip(parts, (slice(0, len(held)), slice(len(held), None)), strict=True):
            if len(tested[part]):
                parts[name].append({"row": tested[part], **{one: found[part] for one, found in first.items()}})
        if table.name in BANDED:
            held_texts = texts.iloc[held].tolist()
            theirs = baseline_answers(placing.tree, own[0], [one for (one,) in own[1]], held_texts, options.kept)
            ours = one_answer(placed.answers, rows["item_id"].iloc[tested].tolist())
            answers.append({"ours": ours, "tfidf_svc": theirs})
    blocks = {name: summary(table, rows, found, options) for name, found in parts.items() if found}
    if answers:
        at = np.concatenate([one["row"] for one in parts[table.name]]).astype(int)
        item, true = (rows[column].to_numpy(dtype=object)[at] for column in ("item_id", "nodes"))
        pooled = {name: pd.concat([one[name] for one in answers], ignore_index=True) for name in answers[0]}
        nodes_of = np.array([one for (one,) in true], dtype=object)
        blocks[table.name]["bands"] = band_figures(placing.tree, item, nodes_of, pooled, options.draws)
    return blocks


def first_classes(decided: Decisions, most: int) -> Strings:
    """The classes with the largest margins, best first, shape (n, most)."""
    order = np.argsort(-decided.margins, axis=1, kind="stable")[:, :most]
    return np.asarray(decided.classes[order], dtype=object)


def summary(table: LabelTable, rows: Any, found: Sequence[dict[str, Strings]], options: Options) -> dict[str, Any]:
    """Top-1, hits, and hierarchical F1, with the level of the tree above the leaves where there is one."""
    at = np.concatenate([one["row"] for one in found]).astype(int)
    item, true = rows["item_id"].to_numpy(dtype=object)[at], rows["nodes"].str[0].to_numpy(dtype=object)[at]
    tree = Tree.of(table.parents)
    figures: dict[str, dict[str, Measured]] = {}
    for name in [name for name in found[0] if name != "row"]:
        ranked = np.concatenate([one[name] for one in found])
        top = [(node,) if node else () for node in ranked[:, 0]]
        own = {"top_1": Measured.share(item, ranked[:, 0] == true)}
        own |= {f"hit_{k}": Measured.share(item, (ranked[:, :k] == true[:, None]).any(axis=1)) for k in HITS}
        own["hierarchical_f1"] = Measured.micro_f1(item, hierarchical_counts(tree, [(one,) for one in true], top))
        if tree.depth.max() > 1:
            own["top_level"] = Measured.share(item, top_level(tree, true) == top_level(tree, ranked[:, 0]))
        for figure, measured in own.items():
            figures.setdefault(figure, {})[name] = measured
    return {
        "items": len(np.unique(item)),
        "nodes": len(set(true)),
        "tested": len(item),
        "splits": len(found),
        **{
            name: beside(own["ours"], {other: one for other, one in own.items() if other != "ours"}, options.draws)
            for name, own in figures.items()
        },
    }


def top_level(tree: Tree, nodes: Strings) -> Ints:
    """Number of each node's ancestor on the top level; -1 for no node."""
    known = np.array([bool(node) for node in nodes])
    found = np.full(len(nodes), -1, np.int64)
    found[known] = tree.top[tree.numbers(nodes[known].tolist())]
    return found
