"""The fishbone along a horizontal spine: ribs alternately above and below, nodes on both sides of each rib.

Ribs lean to the tail and run parallel, so the columns between them are equal parallelograms and no text of one reaches
into another. Ribs that would be too close to each other go on further spines below, the last of which has the head.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from data.chain.tree import Chain, Node
from models.chain.node_view import NodeView, say
from models.chain.picture.blocks import (
    LABEL_LINE,
    Label,
    Row,
    grouped,
    height_of,
    label_of,
    position_kind,
    rows_of,
    two_columns,
)
from models.chain.picture.drawing import Drawing, Item, Path, Words, moved, number, straight
from models.chain.picture.text_width import wrap

MARGIN, LEAN, STEEPEST = 26.0, 64.0, 0.42  # widest shift of a rib's tip to the tail; its shift a unit of height
HEAD, TAIL, HEAD_SIZE = 186.0, 46.0, 18.0
NARROWEST = {"zh": 118.0, "en": 138.0}  # column, half of the distance between ribs of one side
SPINE = 13.0  # half of its thickness
ROOM, LEAST = 15.0, 92.0  # between spine and text; length of the shortest rib
PAD, WIDEST_LABEL = 9.0, 230.0
BEFORE, BEHIND = 14.0, 11.0  # from a rib to the text on its right; from the text on its left to the column's end


@dataclass(frozen=True, slots=True)
class Rib:
    """One rib of level 1 with its two columns; ``length`` is from the spine's middle to the label."""

    node: Node
    label: Label
    columns: tuple[list[Row], list[Row]]
    length: float

    @property
    def height(self) -> float:
        """With the label at its tip."""
        return self.length + len(self.label.lines) * LABEL_LINE + PAD


def fewest_spines(chain: Chain, width: float, lang: str) -> int:
    """Spines that are needed so that no column is narrower than its least width."""
    most = max(1, int((width - 2.0 * MARGIN - LEAN - HEAD) / NARROWEST[lang]) - 1)
    return ceil(len(chain.ribs()) / most)


@dataclass(frozen=True)
class Plan:
    """Ribs on their spines in a width, measured and not yet drawn; ``unit`` is the width of a column."""

    name: str
    lang: str
    width: float
    unit: float
    spines: tuple[tuple[Rib, ...], ...]

    @classmethod
    def of(cls, chain: Chain, views: Mapping[str, NodeView], width: float, spines: int, depth: int) -> Plan:
        """Ribs from upstream to downstream, about equally many on each spine."""
        nodes = sorted(chain.ribs(), key=lambda node: position_kind(node.position))
        lang = views[nodes[0].id].lang
        each = ceil(len(nodes) / spines)
        unit = (width - 2.0 * MARGIN - LEAN - HEAD) / (each + 1)
        ribs = [_rib(chain, views, node, unit, depth) for node in nodes]
        name = chain.name_zh if lang == "zh" else chain.name_en
        return cls(name, lang, width, unit, tuple(tuple(ribs[at : at + each]) for at in range(0, len(ribs), each)))

    @property
    def head(self) -> list[str]:
        """Lines of the chain's name."""
        return wrap(self.name, (HEAD - 72.0) / HEAD_SIZE, bold=True)

    @property
    def head_half(self) -> float:
        """Half of the head's height."""
        return max(46.0, len(self.head) * 12.0 + 24.0)

    def reach(self, at: int) -> tuple[float, float]:
        """How far a spine's ribs, tail and head go above and below its middle."""
        ribs = self.spines[at]
        least = max(42.0, self.head_half if at == len(self.spines) - 1 else 0.0)
        up, down = (max((rib.height for rib in ribs[side::2]), default=0.0) for side in (0, 1))
        return max(least, up), max(least, down)

    @property
    def height(self) -> float:
        """Of all spines."""
        return sum(sum(self.reach(at)) + 26.0 for at in range(len(self.spines)))

    @property
    def wrapped(self) -> float:
        """The share of lines that go on with a name begun on the line before."""
        rows = [row for ribs in self.spines for rib in ribs for column in rib.columns for row in column]
        return 1.0 - len({row.view.node.id for row in rows}) / len(rows) if rows else 0.0

    def draw(self, drawing: Drawing, top: float) -> float:
        """Draw everything below ``top``; returns where it ends."""
        lean = min(STEEPEST, LEAN / max(rib.length for ribs in self.spines for rib in ribs))
        for at, ribs in enumerate(self.spines):
            up, down = self.reach(at)
            y = top + up
            feet = [MARGIN + LEAN + (1 + number_of) * self.unit for number_of in range(len(ribs))]
            end = feet[-1] + self.unit
            drawing.add(*_backbone(ribs, feet, y, end, self.lang, first=at == 0, last=at == len(self.spines) - 1))
            for number_of, (rib, foot) in enumerate(zip(ribs, feet, strict=True)):
                _Slot(self.unit, lean, foot, y, -1.0 if number_of % 2 == 0 else 1.0).draw(drawing, rib)
            if at == len(self.spines) - 1:
                drawing.add(*_head(self.head, end, y, self.head_half))
            top = y + down + 26.0
        return top


def _rib(chain: Chain, views: Mapping[str, NodeView], node: Node, unit: float, depth: int) -> Rib:
    view = views[node.id]
    blocks = [rows_of(chain, views, child.id, unit - BEFORE - BEHIND, depth) for child in chain.children(node.id)]
    columns = two_columns(blocks)
    tall = max(height_of(rows) for rows in columns)
    label = label_of(view, min(2.0 * unit - 44.0, WIDEST_LABEL))
    return Rib(node, label, columns, max(LEAST, SPINE + 2.0 * ROOM + tall))


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a rib is: its foot on the spine at (``foot``, ``y``), up (``side`` -1) or down (1), leaning to the tail."""

    unit: float
    lean: float
    foot: float
    y: float
    side: float

    def at_rib(self, level: float) -> float:
        """Where the rib is at a height."""
        return self.foot - self.lean * abs(level - self.y)

    def draw(self, drawing: Drawing, rib: Rib) -> None:
        tip, kind = self.y + self.side * rib.length, f"p{position_kind(rib.node.position)}"
        line = straight((self.foot, self.y + self.side * SPINE), (self.at_rib(tip), tip))
        drawing.add(Path(line, f"rib {kind}"))
        tall = max(height_of(rows) for rows in rib.columns)
        top = self.y - SPINE - ROOM - tall if self.side < 0.0 else self.y + SPINE + ROOM
        for right, rows in enumerate(rib.columns):
            placed = list(self._column(rows, top, right=bool(right)))
            drawing.add(*(bone for _, bones, _ in placed for bone in bones))
            drawing.groups += grouped([(row, items) for row, _, items in placed])
        height = rib.height - rib.length
        drawing.groups.append(rib.label.group(self.at_rib(tip), tip if self.side > 0.0 else tip - height, height, kind))

    def _column(self, rows: Sequence[Row], top: float, *, right: bool) -> Iterator[tuple[Row, list[Path], list[Item]]]:
        """Each line with the bone under it, if any, where it is drawn."""
        for row in rows:
            top += row.above + row.height
            base = top - 0.32 * row.height
            left = self.at_rib(base) + (BEFORE if right else BEHIND - self.unit)
            bones = []
            if row.bone:
                joint = self.at_rib(base + 5.0)
                end = joint + (self.unit - BEHIND if right else BEHIND - self.unit)
                bones.append(Path(straight((joint, base + 5.0), (end, base + 5.0)), "bone"))
            yield row, bones, moved(row.items, left, base)


def _backbone(
    ribs: Sequence[Rib], feet: Sequence[float], y: float, end: float, lang: str, *, first: bool, last: bool
) -> Iterator[Item]:
    """The spine in a piece for each position, named in its middle, with the tail, or an arrow where it goes on."""
    begin = MARGIN + TAIL if first else MARGIN + 12.0
    kinds = [position_kind(rib.node.position) for rib in ribs]
    half = (end - feet[-1]) / 2.0  # of the distance between two feet
    if first:
        yield Path(
            f"M{number(begin + 1)} {number(y - SPINE)}L{number(MARGIN)} {number(y - 40)}Q{number(MARGIN + 24)} "
            f"{number(y)} {number(MARGIN)} {number(y + 40)}L{number(begin + 1)} {number(y + SPINE)}Z",
            f"spine p{kinds[0]}",
        )
    starts = [at for at, kind in enumerate(kinds) if at == 0 or kind != kinds[at - 1]]
    for at, after in zip(starts, [*starts[1:], len(ribs)], strict=True):
        left = begin if at == 0 else (feet[at - 1] + feet[at]) / 2.0
        right = end + 4.0 if after == len(ribs) else (feet[after - 1] + feet[after]) / 2.0
        notch = 11.0 if at or not first else 0.0  # between two positions, pointing to the head
        tip = 0.0 if after == len(ribs) else 11.0
        corners = [(left, y - SPINE), (right, y - SPINE), (right + tip, y), (right, y + SPINE), (left, y + SPINE)]
        yield Path(straight(*corners, (left + notch, y)) + "Z", f"spine p{kinds[at]}")
        if at:
            yield Path(straight((left, y - SPINE), (left + notch, y), (left, y + SPINE)), "notch")
        position = ribs[at].node.position
        if position is not None:
            middle = (max(left, feet[at] - half) + min(right, feet[after - 1] + half)) / 2.0
            named = say(lang, f"position.{position}")  # type: ignore[arg-type]  # checked where the views were made
            yield Words(middle, y + 4.8, named, 13.5, "onspine", True, "middle")
    if not last:
        corners = [(end, y - SPINE - 7.0), (end + 26.0, y), (end, y + SPINE + 7.0)]
        yield Path(straight(*corners) + "Z", f"spine p{kinds[-1]}")


def _head(lines: Sequence[str], x: float, y: float, half: float) -> Iterator[Item]:
    """The fish's head with the chain's name and an eye."""
    nose, bend = x + HEAD, x + 0.62 * HEAD
    yield Path(
        f"M{number(x)} {number(y - half)}Q{number(bend)} {number(y - half)} {number(nose)} {number(y)}"
        f"Q{number(bend)} {number(y + half)} {number(x)} {number(y + half)}"
        f"Q{number(x + 20)} {number(y)} {number(x)} {number(y - half)}Z",
        "head",
    )
    yield Path(_circle(x + 0.82 * HEAD, y - 9.0, 3.6), "eye")
    base = y + 0.36 * HEAD_SIZE - (len(lines) - 1) * 11.5
    for at, line in enumerate(lines):
        yield Words(x + 0.42 * HEAD, base + 23.0 * at, line, HEAD_SIZE, "onspine", True, "middle")


def _circle(x: float, y: float, radius: float) -> str:
    r, wide = number(radius), number(2.0 * radius)
    return f"M{number(x - radius)} {number(y)}a{r} {r} 0 1 0 {wide} 0a{r} {r} 0 1 0-{wide} 0Z"
