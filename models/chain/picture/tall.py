"""The fishbone along a vertical spine, for narrow screens: ribs alternately left and right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from data.chain.tree import Chain, Node
from models.chain.node_view import NodeView, say
from models.chain.picture.blocks import LABEL_LINE, Row, grouped, label_of, position_kind, rows_of, two_columns
from models.chain.picture.drawing import Drawing, Group, Item, Path, Words, moved, number, straight
from models.chain.picture.text_width import em_width, wrap

MARGIN, SPINE, BESIDE = 12.0, 8.0, 13.0  # half of the spine's thickness; from the spine to a rib's text
SHALLOW = 15.0  # how far a rib falls on its way to the spine
TIGHTER = 5.0  # less space between nodes than in the wide picture
STAGGER = 30.0  # at least between two ribs
TWO_COLUMNS, APART = 340.0, 18.0  # least width of a side with two columns of nodes; between the two
HEAD_SIZE = 17.0


def draw_spine(drawing: Drawing, chain: Chain, views: Mapping[str, NodeView], depth: int, top: float) -> float:
    """Draw spine, ribs and nodes down to level ``depth`` below ``top``; returns where they end."""
    ribs = sorted(chain.ribs(), key=lambda node: position_kind(node.position))
    lang, middle = views[ribs[0].id].lang, drawing.width / 2.0
    found: list[Group] = []
    begin = y = top + 30.0
    side = 0
    for kind, nodes in groupby(ribs, key=lambda node: position_kind(node.position)):
        start = y
        members = list(nodes)
        words = []
        if members[0].position is not None:
            named = say(lang, f"position.{members[0].position}")
            words = list(_pill(named, middle, y, kind))
            y += 36.0
        ends, foot = [y, y], y
        for node in members:
            from_y = max(ends[side], foot)
            groups, ends[side] = _rib(chain, views, node, depth, side, from_y, middle)
            found += groups
            foot, side = from_y + STAGGER, 1 - side
        y = max(ends)
        corners = [(middle - SPINE, start), (middle + SPINE, start), (middle + SPINE, y), (middle - SPINE, y)]
        drawing.add(Path(straight(*corners) + "Z", f"spine p{kind}"), *words)
    first = f"spine p{position_kind(ribs[0].position)}"
    drawing.add(
        Path(
            f"M{number(middle - SPINE)} {number(begin + 1)}L{number(middle - 34)} {number(top)}Q{number(middle)} "
            f"{number(top + 18)} {number(middle + 34)} {number(top)}L{number(middle + SPINE)} {number(begin + 1)}Z",
            first,
        )
    )
    drawing.groups += found
    name = chain.name_zh if lang == "zh" else chain.name_en
    lines = wrap(name, 0.5 * drawing.width / HEAD_SIZE, bold=True)
    tall = len(lines) * 23.0 + 46.0
    drawing.add(*_head(lines, middle, y, tall))
    return y + tall


def _pill(text: str, middle: float, y: float, kind: int) -> Iterator[Item]:
    """A position's name on the spine."""
    half = em_width(text, bold=True) * 13.0 / 2.0 + 14.0
    corners = [(middle - half, y), (middle + half, y), (middle + half, y + 22.0), (middle, y + 29.0)]
    yield Path(straight(*corners, (middle - half, y + 22.0)) + "Z", f"spine p{kind}")
    yield Words(middle, y + 16.0, text, 13.0, "onspine", True, "middle")


def _rib(
    chain: Chain, views: Mapping[str, NodeView], node: Node, depth: int, side: int, top: float, middle: float
) -> tuple[list[Group], float]:
    """One rib with its nodes on one side of the spine, and where it ends."""
    view, width = views[node.id], middle - SPINE - BESIDE - MARGIN
    left = MARGIN if side == 0 else middle + SPINE + BESIDE
    y = top
    items: list[Item] = []
    for line in label_of(view, width).lines:
        items += moved(line, left, y + 0.74 * LABEL_LINE)
        y += LABEL_LINE
    outer, inner, foot = (left, left + width, middle - SPINE) if side == 0 else (left + width, left, middle + SPINE)
    bone = straight((outer, y + 2.0), (inner, y + 2.0), (foot, y + 2.0 + SHALLOW))
    groups = [Group([Path(bone, f"rib p{position_kind(node.position)}")]), Group(items, node.id, view.tip)]
    several = 1 + (width >= TWO_COLUMNS)
    room = (width + APART) / several - APART - 2.0
    blocks = [rows_of(chain, views, child.id, room, depth) for child in chain.children(node.id)]
    columns = two_columns(blocks) if several == 2 else ([row for rows in blocks for row in rows],)
    placed: list[tuple[Row, list[Item]]] = []
    ends = [y + 4.0]
    for at, rows in enumerate(columns):
        level = y + 4.0
        for row in rows:
            level += row.height + max(0.0, row.above - TIGHTER)
            placed.append((row, moved(row.items, left + 1.0 + at * (room + APART + 2.0), level - 0.32 * row.height)))
        ends.append(level)
    return [*groups, *grouped(placed)], max(ends) + 16.0


def _head(lines: list[str], middle: float, y: float, tall: float) -> Iterator[Item]:
    """The fish's head with the chain's name."""
    half = max(max(em_width(line, bold=True) for line in lines) * HEAD_SIZE / 2.0 + 28.0, 64.0)
    bend = y + 0.62 * tall
    yield Path(
        f"M{number(middle - half)} {number(y)}Q{number(middle)} {number(y + 14)} {number(middle + half)} {number(y)}"
        f"Q{number(middle + half)} {number(bend)} {number(middle)} {number(y + tall)}"
        f"Q{number(middle - half)} {number(bend)} {number(middle - half)} {number(y)}Z",
        "head",
    )
    for at, line in enumerate(lines):
        yield Words(middle, y + 33.0 + 23.0 * at, line, HEAD_SIZE, "onspine", True, "middle")
