"""The lines of a fishbone's nodes: names that wrap, marks of flags, firms of both libraries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.chain.tree import Chain
from models.chain.node_view import NodeView
from models.chain.picture.drawing import Group, Item, Mark, Path, Words, moved, rounded, tail_width
from models.chain.picture.text_width import wrap

SIZES = (13.0, 12.0, 11.0)  # of levels 2, 3 and 4, in units of the picture; none may be smaller than 11
HEIGHTS = (18.0, 16.0, 15.0)
INDENTS = (0.0, 11.0, 22.0)
BETWEEN = 9.0  # above a node of level 2
LABEL_SIZE, LABEL_LINE = 14.0, 19.0
MARK_RADIUS, MARK_STEP, DOT_STEP = 4.6, 13.0, 9.0
POSITIONS = ("upstream", "midstream", "downstream", None)


def position_kind(position: str | None) -> int:
    """From 0 for upstream to 3 for a node without a position."""
    return POSITIONS.index(position)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a column: its items with the line's left end at x = 0 and its baseline at y = 0.

    above : free space over it; bone : whether a bone is drawn under it, the last line of a node of level 2
    """

    view: NodeView
    items: tuple[Item, ...]
    height: float
    above: float
    bone: bool


def rows_of(chain: Chain, views: Mapping[str, NodeView], node_id: str, width: float, depth: int) -> list[Row]:
    """The lines of a node of level 2 and of what is below it down to ``depth``, none wider than ``width``."""
    view = views[node_id]
    found = _rows(view, width, depth)
    if view.node.level < depth:
        for child in chain.children(node_id):
            found += rows_of(chain, views, child.id, width, depth)
    return found


def height_of(rows: Sequence[Row]) -> float:
    """Of lines below each other."""
    return sum(row.height + row.above for row in rows)


def two_columns(blocks: Sequence[list[Row]]) -> tuple[list[Row], list[Row]]:
    """Blocks of lines in their order on two columns, split where the higher of the two is lowest."""
    heights = [height_of(rows) for rows in blocks]
    split = min(range(len(blocks) + 1), key=lambda at: (max(sum(heights[:at]), sum(heights[at:])), -at))
    left, right = ([row for rows in part for row in rows] for part in (blocks[:split], blocks[split:]))
    return left, right


def grouped(rows: Sequence[tuple[Row, Sequence[Item]]]) -> list[Group]:
    """Lines as groups, one a node, in their order."""
    found: dict[str, Group] = {}
    for row, items in rows:
        found.setdefault(row.view.node.id, Group([], row.view.node.id, row.view.tip)).items.extend(items)
    return list(found.values())


def _rows(view: NodeView, width: float, depth: int) -> list[Row]:
    """The lines of one node; level 2 is bold where deeper levels are under it."""
    at = view.node.level - 2
    bold = at == 0 and depth > 2
    lines = _lines(view, INDENTS[at], width, SIZES[at], bold=bold, dot=at > 0)
    return [
        Row(view, tuple(items), HEIGHTS[at], 0.0 if number or at else BETWEEN, at == 0 and number == len(lines) - 1)
        for number, items in enumerate(lines)
    ]


def _lines(view: NodeView, x: float, width: float, size: float, *, bold: bool, dot: bool) -> list[list[Item]]:
    """Marks, name and firms between ``x`` and ``width``, each line with its baseline at 0."""
    start, marks = x, list[Item]()
    for kind in view.marks or (("none",) if dot else ()):
        step = DOT_STEP if kind == "none" else MARK_STEP
        marks.append(Mark(x + step / 2.0 - 0.8, -0.35 * size, MARK_RADIUS * size / 13.0, kind))
        x += step
    lines = wrap(view.name, (width - x) / size, bold=bold, tail=tail_width(view.count) / size)
    found: list[list[Item]] = [[Words(x, 0.0, text, size, view.colour, bold)] for text in lines[:-1]]
    # Firms on a line of their own are under the name, or further left where many marks leave too little room.
    left = x if lines[-1] or x + tail_width(view.count, after="") <= width else start
    found.append([Words(left, 0.0, lines[-1], size, view.colour, bold, tail=view.count)])
    found[0][:0] = marks
    return found


@dataclass(frozen=True, slots=True)
class Label:
    """The name of a rib with its firms; lines begin at x = 0 and have their baseline at 0."""

    view: NodeView
    lines: tuple[tuple[Item, ...], ...]

    def group(self, middle: float, top: float, height: float, kind: str) -> Group:
        """A box around the lines, each centred on ``middle``."""
        wide = max(_right(line) for line in self.lines)
        items: list[Item] = [Path(rounded(middle - wide / 2.0 - 10.0, top, wide + 20.0, height), f"label {kind}")]
        base = top + (height - LABEL_LINE * len(self.lines)) / 2.0 + 0.74 * LABEL_LINE
        for at, line in enumerate(self.lines):
            items += moved(line, middle - _right(line) / 2.0, base + LABEL_LINE * at)
        return Group(items, self.view.node.id, self.view.tip)


def label_of(view: NodeView, width: float) -> Label:
    """The lines of a rib's label, none wider than ``width``."""
    lines = _lines(view, 0.0, width, LABEL_SIZE, bold=True, dot=False)
    return Label(view, tuple(tuple(line) for line in lines))


def _right(line: Sequence[Item]) -> float:
    return max(item.box.right for item in line if not isinstance(item, Path))
