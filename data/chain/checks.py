"""What a chain file must hold: keys, names, codes of standards, one tree of at most four levels, layers with owners."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from data.chain.standards import gb4754_classes, ipc_subclasses
from data.chain.tree import POSITIONS, Chain, Layer, Node, Position

# What a layer holds, and the keys of a node that it covers.
LAYERS: Mapping[str, tuple[str, ...]] = {
    "structure": ("parent", "position", "feeds"),
    "codes": ("gb4754", "ipc"),
    "keywords": ("keywords",),
    "products": ("products",),
}
DEEPEST = 4
MOST_NODES = 5_000
MOST_CHARACTERS = 200  # of a name, key word or product
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Checks:
    """What a file must hold. Each fault is added to ``problems``, and a value that cannot be used is left empty."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems

    def chain(self, content: Any) -> Chain:
        """The chain of a file's content: mappings, lists and texts. It is of use only where no problem was added."""
        cells = self._mapping(content, "file", ("id", "name_zh", "layers", "nodes"), ("name_en",))
        layers = self._layers(cells.get("layers", {}))
        nodes = self._nodes(cells.get("nodes", []))
        for layer, keys in LAYERS.items():
            used = [key for key in keys if any(getattr(node, key) for node in nodes)]
            if used and "layers" in cells and layer not in layers:
                self.problems.append(f"layers: nodes have {used[0]}, so the layer {layer!r} is needed")
        name = self._text(cells, "name_zh", "file")
        chain_id, english = self._identifier(cells, "file"), self._text(cells, "name_en", "file") or name
        rows = [asdict(node) for node in nodes]
        parts = [chain_id, name, english, {key: asdict(layer) for key, layer in layers.items()}, rows]
        text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
        return Chain(chain_id, name, english, layers, nodes, hashlib.sha256(text.encode()).hexdigest())

    def _layers(self, found: Any) -> dict[str, Layer]:
        layers = {}
        others = tuple(name for name in LAYERS if name != "structure")
        for name, value in self._mapping(found, "layers", ("structure",), others).items():
            cells = self._mapping(value, f"layer {name}", ("owner", "as_of", "source"))
            owner, day, source = (self._text(cells, key, f"layer {name}") for key in ("owner", "as_of", "source"))
            try:
                layers[name] = Layer(owner, dt.date.fromisoformat(day or "1949-10-01"), source)
            except ValueError:
                self.problems.append(f"layer {name}: as_of is {day!r}, a day as 2024-06-30 is allowed")
        return layers

    def _nodes(self, found: Any) -> tuple[Node, ...]:
        if not isinstance(found, list) or not 0 < len(found) <= MOST_NODES:
            size = f"{len(found)} nodes" if isinstance(found, list) else repr(found)
            self.problems.append(f"nodes: {size}, a list of 1 to {MOST_NODES} nodes is allowed")
            return ()
        rows: dict[str, dict[str, Any]] = {}
        for number, value in enumerate(found, start=1):
            given = value.get("id") if isinstance(value, dict) else None
            known = isinstance(given, str) and ID.fullmatch(given)
            where = f"node {given}" if known else f"node {number}"
            cells = self._mapping(value, where, ("id", "name_zh"), _NODE_KEYS)
            if name := self._identifier(cells, f"node {number}"):
                if name in rows:
                    self.problems.append(f"node {number}: id {name!r} is also that of an earlier node")
                rows.setdefault(name, cells)
        parents = {name: self._parent(name, cells, rows) for name, cells in rows.items()}
        levels = self._levels(parents)
        positions: dict[str | None, Position | None] = {None: None}
        nodes = []
        for name in _tree_order(parents, levels):
            positions[name] = self._position(rows[name], f"node {name}") or positions[parents[name]]
            nodes.append(self._node(name, rows[name], parents[name], levels[name], positions[name], rows))
        return tuple(nodes)

    def _parent(self, name: str, cells: Mapping[str, Any], rows: Mapping[str, Any]) -> str | None:
        parent = self._text(cells, "parent", f"node {name}") or None
        if parent is not None and parent not in rows:
            self.problems.append(f"node {name}: parent is {parent!r}, a node of the file is allowed")
            return None
        return parent

    def _levels(self, parents: Mapping[str, str | None]) -> dict[str, int]:
        """Level of each node; those on a cycle, or below one, have none."""
        levels: dict[str, int] = {}
        in_cycle: set[str] = set()
        for name in parents:
            path: list[str] = []
            at: str | None = name
            while at is not None and at not in levels and at not in in_cycle and at not in path:
                path.append(at)
                at = parents[at]
            if at is not None and at not in levels:
                if at in path:
                    cycle = path[path.index(at) :]
                    self.problems.append(f"node {at}: its parents form a cycle: {' > '.join([*cycle, at])}")
                in_cycle.update(path)
                continue
            above = 0 if at is None else levels[at]
            for level, one in enumerate(reversed(path), start=above + 1):
                levels[one] = level
                if level == DEEPEST + 1:
                    self.problems.append(f"node {one}: level is {level}, 1 to {DEEPEST} is allowed")
        return levels

    def _position(self, cells: Mapping[str, Any], where: str) -> Position | None:
        found = self._text(cells, "position", where) or None
        if found is not None and found not in POSITIONS:
            self.problems.append(f"{where}: position is {found!r}, allowed: {list(POSITIONS)}")
            return None
        return found  # type: ignore[return-value]  # checked above

    def _node(
        self,
        name: str,
        cells: Mapping[str, Any],
        parent: str | None,
        level: int,
        position: Position | None,
        rows: Mapping[str, Any],
    ) -> Node:
        where = f"node {name}"
        zh = self._text(cells, "name_zh", where)
        return Node(
            id=name,
            parent=parent,
            level=level,
            name_zh=zh,
            name_en=self._text(cells, "name_en", where) or zh,
            position=position,
            gb4754=self._codes(cells, "gb4754", where, gb4754_classes().__contains__, "a class of GB/T 4754-2017"),
            ipc=self._codes(cells, "ipc", where, ipc_subclasses().__contains__, "a subclass of the IPC"),
            keywords=self._texts(cells, "keywords", where),
            products=self._texts(cells, "products", where),
            feeds=self._codes(
                cells, "feeds", where, lambda one: one in rows and one != name, "another node of the file"
            ),
            note=self._text(cells, "note", where, most=2_000) or None,
        )

    def _codes(
        self, cells: Mapping[str, Any], key: str, where: str, known: Callable[[str], bool], allowed: str
    ) -> tuple[str, ...]:
        found = self._texts(cells, key, where)
        self.problems += [f"{where}: {key} has {one!r}, {allowed} is allowed" for one in found if not known(one)]
        return found

    def _texts(self, cells: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        given = cells.get(key) or []
        if not isinstance(given, list) or not all(
            isinstance(one, str) and _fits(one, MOST_CHARACTERS) for one in given
        ):
            self.problems.append(f"{where}: {key} is {given!r:.80}, a list of texts is allowed")
            return ()
        found = tuple(_one_line(one) for one in given)
        if twice := sorted({one for one in found if found.count(one) > 1}):
            self.problems.append(f"{where}: {key} has {twice} twice")
        return found

    def _identifier(self, cells: Mapping[str, Any], where: str) -> str:
        found = self._text(cells, "id", where)
        if found and not ID.fullmatch(found):
            self.problems.append(f"{where}: id is {found!r}, 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-' are allowed")
            return ""
        return found

    def _text(self, cells: Mapping[str, Any], key: str, where: str, most: int = MOST_CHARACTERS) -> str:
        """The text of a key, "" where the key is missing, which ``mapping`` has noted if it is needed."""
        found = cells.get(key, "")
        if not isinstance(found, str) or (found and not _fits(found, most)):
            self.problems.append(
                f"{where}: {key} is {found!r:.80}, a text of 1 to {most} characters that can be printed is allowed"
            )
            return ""
        return _one_line(found)

    def _mapping(self, found: Any, where: str, needed: tuple[str, ...], others: tuple[str, ...] = ()) -> dict[str, Any]:
        if not isinstance(found, dict):
            self.problems.append(f"{where}: {found!r:.80} found, a mapping with {list(needed)} is needed")
            return {}
        for key in needed:
            if not found.get(key):
                self.problems.append(f"{where}: {key} is missing")
        if alien := [key for key in found if key not in (*needed, *others)]:
            self.problems.append(f"{where}: unknown {alien}, allowed: {[*needed, *others]}")
        return {key: value for key, value in found.items() if key not in alien}


_NODE_KEYS = tuple(field.name for field in fields(Node) if field.name not in ("id", "name_zh", "level"))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _fits(text: str, most: int) -> bool:
    return 0 < len(_one_line(text)) <= most and _one_line(text).isprintable()


def _tree_order(parents: Mapping[str, str | None], levels: Mapping[str, int]) -> list[str]:
    """The nodes that have a level, each after its parent, subtree by subtree."""
    below: dict[str | None, list[str]] = {}
    for name, parent in parents.items():
        if name in levels:
            below.setdefault(parent, []).append(name)
    order: list[str] = []
    todo = below.get(None, [])[::-1]
    while todo:
        order.append(todo.pop())
        todo += below.get(order[-1], [])[::-1]
    return order
