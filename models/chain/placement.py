"""Placement of items on the nodes of any tree: candidates, an order by trees, probabilities, answers in three bands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sparse

from models.chain.bands import Bands, Doubles, Paths, answers_of, subtree_probability
from models.chain.columns import COLUMNS, candidates_of
from models.chain.evidence import evidence_of
from models.chain.hierarchy import Ints, Tree
from models.chain.items import Items
from models.chain.order import Odds, Order
from models.chain.retrieval import Knowledge
from models.content_digest import content_digest

CARD, BOOSTER = "placer.json", "booster.txt"
CHUNK = 512  # items compared with all rows at once


class PlacementError(ValueError):
    """A placer's files are missing, corrupt or made for other columns, or the encoder is another one."""


@dataclass(frozen=True)
class Placements:
    """What placing gave, for all items at once.

    start, node, probability : candidates by item, as in ``Candidates``
    answers : item_id, node_id, probability, band, is_parent, and with evidence: evidence, document_id, passage
    """

    tree: Tree
    bands: Bands
    item_id: Any
    start: Ints
    node: Ints
    probability: Doubles
    answers: pd.DataFrame

    def ranking(self, k: int = 20) -> tuple[Ints, Doubles]:
        """The k likeliest candidates of each item, best first; shape (items, k), node -1 where there is none."""
        nodes = np.full((len(self.item_id), k), -1, dtype=np.int64)
        found = np.zeros((len(self.item_id), k))
        item = np.repeat(np.arange(len(self.item_id)), np.diff(self.start))
        order = np.lexsort((self.node, -self.probability, item))
        rank = np.arange(len(order)) - self.start[:-1][item]
        kept = rank < k
        nodes[item[kept], rank[kept]] = self.node[order[kept]]
        found[item[kept], rank[kept]] = self.probability[order[kept]]
        return nodes, found

    def labels(self, threshold: float | None = None) -> list[tuple[str, ...]]:
        """The set of nodes of each item with the largest expected F1, whatever their bands.

        threshold : instead of the one that training chose
        """
        path = self.bands.path if threshold is None else threshold
        paths = Paths.of(self.tree, self.total(), path)
        rows = paths.best(self.tree, self.bands.several, path)
        found: list[list[str]] = [[] for _ in self.item_id]
        for item, node in zip(paths.item[rows], paths.node[rows], strict=True):
            found[item].append(self.tree.ids[node])
        return [tuple(one) for one in found]

    def total(self) -> sparse.csr_matrix:
        """Probability of every candidate and every node above one, shape (items, nodes)."""
        item = np.repeat(np.arange(len(self.item_id)), np.diff(self.start))
        return subtree_probability(self.tree, item, self.node, self.probability, len(self.item_id), self.bands.several)


@dataclass(frozen=True)
class Placer:
    """Everything that placing needs.

    encoder_digest : of the vectors that it learned from, or None
    """

    knowledge: Knowledge
    order: Order
    bands: Bands
    encoder_digest: str | None
    data_digest: str
    code: str

    @cached_property
    def digest(self) -> str:
        """Of everything that changes an answer."""
        known = self.knowledge
        arrays = (known.weights, known.linear, known.rows.vectors, known.rows.centre, known.rows.characters.idf)
        tables = (known.rows.node, known.rows.characters.postings, known.coded, known.together.held)
        parts = [one for one in arrays if one is not None] + [x for one in tables for x in (one.data, one.indices)]
        hashes = [sha256(np.ascontiguousarray(one).tobytes()).hexdigest() for one in parts]
        named = [list(known.tree.ids), known.tree.parent, list(known.codes), list(known.rows.kinds), known.params]
        return content_digest([self.order, self.bands, self.encoder_digest, list(COLUMNS), named, hashes])

    def check_encoder(self, digest: str | None) -> None:
        """Raises PlacementError unless items are encoded as the placer's own rows were."""
        if digest != self.encoder_digest:
            raise PlacementError(
                f"the placer learned the vectors of encoder {(self.encoder_digest or 'none')[:12]}, "
                f"the encoder is {(digest or 'none')[:12]}"
            )

    def place(
        self, items: Items, progress: Callable[[int], None] = lambda _: None, evidence: bool = False
    ) -> Placements:
        """Place all items; ``progress`` is called with the number of items done.

        evidence : also the words that decided, with their passage and document; about as slow again
        """
        parts = []
        for low, high in pairwise([*range(0, len(items), CHUNK), len(items)]):
            part = items.rows(np.arange(low, high))
            candidates = candidates_of(self.knowledge, part)
            p = self.order.probability(candidates, self.bands.several)
            parts.append((np.diff(candidates.start), candidates.node, p))
            progress(high)
        counts = np.concatenate([one for one, _, _ in parts]) if parts else np.empty(0, np.int64)
        nodes = np.concatenate([one for _, one, _ in parts]) if parts else np.empty(0, np.int64)
        probabilities = np.concatenate([one for _, _, one in parts]) if parts else np.empty(0)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        made = Placements(
            self.knowledge.tree, self.bands, items.item_id, start, nodes.astype(np.int64), probabilities, pd.DataFrame()
        )
        answers = answers_of(self.knowledge.tree, made.total(), self.bands)
        if evidence:
            answers = pd.concat([answers, evidence_of(self.knowledge, items, answers)], axis=1)
        ids = np.array(self.knowledge.tree.ids, dtype=object)
        answers.insert(0, "node_id", ids[answers.pop("node")])
        answers.insert(0, "item_id", items.item_id[answers.pop("item")])
        return replace(made, answers=answers)

    def save(self, folder: Path) -> None:
        """Write placer.json, booster.txt and the knowledge's arrays."""
        self.knowledge.save(folder)
        card = {
            "columns": list(COLUMNS),
            "base": list(self.order.base),
            "base_odds": asdict(self.order.base_odds),
            "odds": asdict(self.order.odds),
            "bands": asdict(self.bands),
            "encoder_digest": self.encoder_digest,
            "data_digest": self.data_digest,
            "code": self.code,
        }
        (folder / CARD).write_text(json.dumps(card, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
        (folder / BOOSTER).write_text(self.order.booster_text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Placer:
        """Read and check; raises PlacementError naming the folder and what is wrong with it."""
        try:
            card = json.loads((folder / CARD).read_text(encoding="utf-8"))
            odds = [Odds(card[name]["intercept"], tuple(card[name]["weights"])) for name in ("base_odds", "odds")]
            text = (folder / BOOSTER).read_text(encoding="utf-8")
            made = cls(
                Knowledge.load(folder),
                Order(tuple(card["base"]), odds[0], text, odds[1]),
                Bands(**card["bands"]),
                card["encoder_digest"],
                card["data_digest"],
                card["code"],
            )
            columns = card["columns"]
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise PlacementError(f"placer in {folder.name}/ cannot be read: {fault!r}") from fault
        if columns != list(COLUMNS):
            raise PlacementError(f"placer in {folder.name}/ was trained on other columns than this code makes")
        return made
