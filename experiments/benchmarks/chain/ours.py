"""The placement as the benchmark runs it: fitted on some items of a table, and placing others."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from experiments.benchmarks.chain.options import Options
from experiments.benchmarks.chain.tables import LabelTable
from models.chain.hierarchy import Tree
from models.chain.items import Card, Items, make_items
from models.chain.placement import Placements, Placer
from training.chain.fit import fit_placer

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
RANKED = 20


class Placing:
    """A table's items, cards and tree; the unseen items come after the others."""

    def __init__(self, table: LabelTable, options: Options) -> None:
        tables = [table.items] if table.unseen is None else [table.items, table.unseen]
        self.rows = pd.concat(tables, ignore_index=True)
        options.check(table.name, self.rows["text"].tolist())
        self.tree = Tree.of(table.parents)
        self.cards = tuple(Card(name, card.name, card.texts) for name, card in table.nodes.items())
        self.encoder = options.encoder
        self.several = bool((table.items["nodes"].str.len() > 1).any())
        self.items: Items = make_items(self.rows[["item_id", "text"]], encoder=options.encoder)

    def fit(self, train: Ints) -> Placer:
        """Fitted on the items of these numbers."""
        truth = self.rows.iloc[train][["item_id", "nodes"]].explode("nodes").rename(columns={"nodes": "node_id"})
        items = self.items.rows(train)
        fitted = fit_placer(self.tree, self.cards, items, truth, encoder=self.encoder, several=self.several)
        return fitted.placer

    def place(self, train: Ints, tested: Ints) -> Placements:
        """Fitted on some, the tested ones placed."""
        return self.fit(train).place(self.items.rows(tested))

    def ranked(self, train: Ints, tested: Ints) -> tuple[list[list[str]], Doubles]:
        """The RANKED likeliest nodes of each tested item, best first, and their probabilities."""
        return ranking(self.tree, self.place(train, tested), RANKED)


def ranking(tree: Tree, placements: Placements, most: int) -> tuple[list[list[str]], Doubles]:
    """Names and probabilities of the likeliest nodes of each item; where there are fewer, "" with probability 0."""
    nodes, probability = placements.ranking(most)
    names: Any = np.array([*tree.ids, ""], dtype=object)  # -1 is the last
    return [row.tolist() for row in names[nodes]], np.where(nodes >= 0, probability, 0.0).astype(float)
