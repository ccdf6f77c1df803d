"""What is placed, and the cards of the nodes that it is placed on, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.chain.tree import Chain
from models.chain.hierarchy import SEPARATOR, Ints

Floats = npt.NDArray[np.float32]
Texts = npt.NDArray[np.object_]


class ItemsError(ValueError):
    """Items or cards cannot be used; the message names the item and what is wrong with it."""


class Encoder(Protocol):
    """What ``features.text.TextEncoder`` can do."""

    @property
    def dimension(self) -> int: ...  # noqa: D102
    @property
    def digest(self) -> str: ...  # noqa: D102
    def encode(self, texts: Sequence[str], kind: Any) -> Floats: ...  # noqa: D102


@dataclass(frozen=True)
class Card:
    """What is written about a node.

    texts     : definition, products, key words, items of a standard
    codes     : ``gb:3919``, ``ipc:H04N``
    negatives : what does not belong to the node though it sounds so (不包括)
    """

    node_id: str
    name: str
    texts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    name_en: str = ""

    def rows(self) -> list[str]:
        """The name with each text, or alone; and the English name where it is another."""
        made = [f"{self.name}。{text}" for text in dict.fromkeys(self.texts)] or [self.name]
        return [*made, self.name_en] if self.name_en not in ("", self.name) else made


def cards_of_chains(chains: Iterable[Chain]) -> tuple[Card, ...]:
    """A card a node, named as in ``Tree.of_chains``: key words and products together are one text."""
    made = []
    for chain in chains:
        for node in chain.nodes:
            lists = tuple("、".join(words) for words in (node.keywords, node.products) if words)
            codes = (*(f"gb:{code}" for code in node.gb4754), *(f"ipc:{code}" for code in node.ipc))
            name_en = node.name_en if node.name_en != node.name_zh else ""
            made.append(Card(f"{chain.id}{SEPARATOR}{node.id}", node.name_zh, lists, codes, name_en=name_en))
    return tuple(made)


@dataclass(frozen=True)
class Items:
    """Firms, patents, demands, products: n items with p passages.

    text    : all passages of an item, one after the other, shape (n,)
    passage : texts, shape (p,), those of an item together and in order; start : first passage of each item, (n + 1,)
    document: of each passage, or ""
    vectors : of the passages, float32 of shape (p, dimension), rows of unit length; None without an encoder
    group   : what must not be on two sides of a split, usually the firm
    codes   : of each item, as on cards; known : node ids that the item is known to be on
    """

    item_id: Texts
    text: Texts
    passage: Texts
    document: Texts
    start: Ints
    vectors: Floats | None
    group: Texts
    codes: tuple[tuple[str, ...], ...]
    known: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.item_id)

    def rows(self, numbers: npt.ArrayLike) -> Items:
        """Some of the items, by number or flag, in the order given."""
        chosen = np.asarray(numbers)
        kept = np.arange(len(self))[chosen if chosen.size else chosen.astype(np.int64)]
        count = np.diff(self.start)[kept]
        start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
        places = np.repeat(self.start[kept] - start[:-1], count) + np.arange(start[-1])
        return Items(
            self.item_id[kept],
            self.text[kept],
            self.passage[places],
            self.document[places],
            start,
            None if self.vectors is None else self.vectors[places],
            self.group[kept],
            tuple(self.codes[one] for one in kept),
            tuple(self.known[one] for one in kept),
        )

    def owner(self) -> Ints:
        """Number of each passage's item, shape (p,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))


def make_items(
    passages: pd.DataFrame,
    encoder: Encoder | None = None,
    vectors: Floats | None = None,
    groups: Mapping[str, str] | None = None,
    codes: Mapping[str, Sequence[str]] | None = None,
    known: Mapping[str, Sequence[str]] | None = None,
) -> Items:
    """Items in the order in which their first passages come.

    passages : a row a passage, columns item_id, text and, if known, document_id
    encoder  : encodes the passages as queries; vectors : of the passages, instead of it
    groups   : an item without one is its own group
    raises   : ItemsError for an item without text that is on no known node, and vectors of another number
    """
    lacking = {"item_id", "text"} - set(passages.columns)
    if lacking:
        raise ItemsError(f"passages lack the columns {sorted(lacking)}; they have {list(passages.columns)}")
    ids = passages["item_id"].astype(str).to_numpy(dtype=object)
    texts = np.array([" ".join(one.split()) if isinstance(one, str) else "" for one in passages["text"]], dtype=object)
    code, names = pd.factorize(ids)
    item_id = np.asarray(names, dtype=object)
    order = np.argsort(code, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(code, minlength=len(item_id)))]).astype(np.int64)
    texts = texts[order]
    joined = np.array(["。".join(texts[a:b]) for a, b in pairwise(start)], dtype=object)
    known = {} if known is None else known
    empty = [str(one) for one, text in zip(item_id, joined, strict=True) if not text.strip("。") and not known.get(one)]
    if empty:
        raise ItemsError(f"items without text: {', '.join(empty[:5])} ({len(empty)} in all)")
    if vectors is None and encoder is not None:
        vectors = encoder.encode(texts.tolist(), "query")
    elif vectors is not None:
        if len(vectors) != len(texts):
            raise ItemsError(f"{len(texts)} passages, {len(vectors)} vectors")
        vectors = np.asarray(vectors, dtype=np.float32)[order]
    document = np.full(len(texts), "", dtype=object)
    if "document_id" in passages:
        document = passages["document_id"].fillna("").astype(str).to_numpy(dtype=object)
    groups = {} if groups is None else groups
    codes = {} if codes is None else codes
    return Items(
        item_id,
        joined,
        texts,
        document[order],
        start,
        vectors,
        np.array([groups.get(one, one) for one in item_id], dtype=object),
        tuple(tuple(codes.get(one, ())) for one in item_id),
        tuple(tuple(known.get(one, ())) for one in item_id),
    )
