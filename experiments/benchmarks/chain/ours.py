"""The placement as the benchmark runs it: fitted on some items of a table, and placing others.

What it found is kept on disk by all that it depends on, the code among it, so that a run that was cut off goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.code_version import MAKING, source_digest
from experiments.benchmarks.chain.options import Options
from experiments.benchmarks.chain.tables import LabelTable
from models.chain.hierarchy import Tree
from models.chain.items import Card, Items, make_items
from models.chain.placement import Placements, Placer
from training.chain.fit import fit_placer

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
RANKED = 30
ANSWER = ("item_id", "node_id", "band", "is_parent")


@dataclass(frozen=True)
class Found:
    """What placing found of n items.

    node : names of the RANKED likeliest nodes, best first, "" where there are fewer, shape (n, RANKED)
    probability : of them; answers : item_id, node_id, band, is_parent
    """

    node: npt.NDArray[np.object_]
    probability: Doubles
    answers: pd.DataFrame

    @classmethod
    def of(cls, tree: Tree, placements: Placements) -> Found:
        """From placements."""
        nodes, probability = placements.ranking(RANKED)
        names = np.array([*tree.ids, ""], dtype=object)[nodes]  # -1 is the last
        return cls(names, np.where(nodes >= 0, probability, 0.0), placements.answers[list(ANSWER)])


class Placing:
    """A table's items, cards and tree; the unseen items come after the others."""

    def __init__(self, table: LabelTable, options: Options) -> None:
        tables = [table.items] if table.unseen is None else [table.items, table.unseen]
        self.rows = pd.concat(tables, ignore_index=True)
        options.check(table.name, self.rows["text"].tolist())
        self.tree = Tree.of(table.parents)
        self.cards = tuple(Card(name, card.name, card.texts) for name, card in table.nodes.items())
        self.encoder, self.kept = options.encoder, options.kept_placements
        self.several = bool((table.items["nodes"].str.len() > 1).any())
        self.items: Items = make_items(self.rows[["item_id", "text"]], encoder=options.encoder)

    def fit(self, train: Ints) -> Placer:
        """Fitted on the items of these numbers."""
        truth = self.rows.iloc[train][["item_id", "nodes"]].explode("nodes").rename(columns={"nodes": "node_id"})
        items = self.items.rows(train)
        fitted = fit_placer(self.tree, self.cards, items, truth, encoder=self.encoder, several=self.several)
        return fitted.placer

    def place(self, train: Ints, tested: Ints) -> Found:
        """Fitted on some, the tested ones placed; or what was found then."""
        path = None if self.kept is None else self.kept / f"{self._digest(train, tested)}.parquet"
        if path is not None and path.is_file():
            return read_found(path)
        found = Found.of(self.tree, self.fit(train).place(self.items.rows(tested)))
        if path is not None:
            write_found(path, found)
        return found

    def ranked(self, train: Ints, tested: Ints) -> tuple[list[list[str]], Doubles]:
        """The likeliest nodes of each tested item, best first, and their probabilities."""
        found = self.place(train, tested)
        return found.node.tolist(), found.probability

    def _digest(self, train: Ints, tested: Ints) -> str:
        digest = blake2b(digest_size=16)
        encoder = "" if self.encoder is None else self.encoder.digest
        known, others = self.rows.iloc[train], self.rows.iloc[tested]
        cards = [(card.node_id, card.name, *card.texts) for card in self.cards]
        parts = (known["item_id"].tolist(), known["text"].tolist(), known["nodes"].tolist(),
                 others["item_id"].tolist(), others["text"].tolist(), cards, self.tree.parent.tolist())  # fmt: skip
        for part in (source_digest(MAKING), encoder, *map(repr, parts)):
            digest.update(part.encode(errors="ignore") + b"\0")
        return digest.hexdigest()


def write_found(path: Path, found: Found) -> None:
    """One table: an item's nodes and probabilities in a row with its answers, of which it may have several."""
    first = pd.DataFrame({"node": found.node.tolist(), "probability": found.probability.tolist()})
    table = pd.concat([first, found.answers.reset_index(drop=True)], axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    table.assign(items=len(first)).to_parquet(path)


def read_found(path: Path) -> Found:
    """What ``write_found`` wrote."""
    table = pd.read_parquet(path)
    items = int(table["items"].iloc[0])
    first = table.iloc[:items]
    node = np.array([list(row) for row in first["node"]], dtype=object)
    answers = table.loc[table["item_id"].notna(), list(ANSWER)].reset_index(drop=True)
    return Found(node, np.stack(first["probability"].tolist()), answers.astype({"is_parent": bool}))
