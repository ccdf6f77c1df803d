"""An industry chain 产业链 in memory: a tree of nodes 环节 with names, codes, key words and products."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

Position = Literal["upstream", "midstream", "downstream"]
POSITIONS: tuple[str, ...] = get_args(Position)


@dataclass(frozen=True, slots=True)
class Layer:
    """Who answers for one kind of content: an office, the day that it is of, and where it comes from."""

    owner: str
    as_of: dt.date
    source: str


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the tree; ``level`` is 1 for a rib and at most 4.

    name_en : the Chinese name where the file has none
    position : of the node, or of the nearest ancestor that has one
    gb4754 : classes of GB/T 4754-2017, as 3915; ipc : subclasses, as H04N; feeds : nodes that it supplies
    """

    id: str
    parent: str | None
    level: int
    name_zh: str
    name_en: str
    position: Position | None
    gb4754: tuple[str, ...]
    ipc: tuple[str, ...]
    keywords: tuple[str, ...]
    products: tuple[str, ...]
    feeds: tuple[str, ...]
    note: str | None


@dataclass(frozen=True)
class Chain:
    """A chain as loaded: ``nodes`` has each node after its parent, subtree by subtree, siblings in the file's order.

    digest : SHA-256 of the content; comments, the order of keys and the way of quoting do not change it
    """

    id: str
    name_zh: str
    name_en: str
    layers: Mapping[str, Layer]
    nodes: tuple[Node, ...]
    digest: str

    def __hash__(self) -> int:
        """Of the content, as equality is."""
        return hash(self.digest)

    def node(self, node_id: str) -> Node:
        """The node of this id; raises KeyError that names the chain."""
        try:
            return self._by_id[node_id]
        except KeyError:
            raise KeyError(f"chain {self.id} has no node {node_id!r}") from None

    def children(self, node_id: str) -> tuple[Node, ...]:
        """The nodes whose parent it is, in the file's order; raises KeyError for an unknown node."""
        return self._children[self.node(node_id).id]

    def ancestors(self, node_id: str) -> tuple[Node, ...]:
        """Its parent first, its rib last; none for a rib."""
        found, node = [], self.node(node_id)
        while node.parent is not None:
            node = self._by_id[node.parent]
            found.append(node)
        return tuple(found)

    def ribs(self) -> tuple[Node, ...]:
        """The nodes of level 1."""
        return tuple(node for node in self.nodes if node.parent is None)

    def leaves(self) -> tuple[Node, ...]:
        """The nodes without children."""
        return tuple(node for node in self.nodes if not self._children[node.id])

    def names(self, lang: str) -> dict[str, str]:
        """Name of each node by id, in "zh" or "en"."""
        if lang not in ("zh", "en"):
            raise ValueError(f"lang is {lang!r}, allowed: ['zh', 'en']")
        return {node.id: node.name_zh if lang == "zh" else node.name_en for node in self.nodes}

    @cached_property
    def _by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def _children(self) -> dict[str, tuple[Node, ...]]:
        found: dict[str, list[Node]] = {node.id: [] for node in self.nodes}
        for node in self.nodes:
            if node.parent is not None:
                found[node.parent].append(node)
        return {name: tuple(nodes) for name, nodes in found.items()}
