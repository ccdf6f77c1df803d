"""A picture as values: lines of text, marks and paths with their sizes, before anything is written as SVG.

Every text knows the box that it takes, so that a test can show that none covers another and none is cut off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from html import escape
from typing import Literal, NamedTuple

from models.chain.picture.text_width import ASCENT, DESCENT, em_width, plain

Anchor = Literal["start", "middle", "end"]


class Box(NamedTuple):
    """Left, top, right, bottom, in units of the picture; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Whether the two share more than an edge."""
        return (
            min(self.right, other.right) - max(self.left, other.left) > 1e-6
            and min(self.bottom, other.bottom) - max(self.top, other.top) > 1e-6
        )


PREFIX = "fb-"  # of every class, so that the rules of a page around the picture do not reach into it
TAIL_SIZE, TAIL_SPACE = 11.0, 5.5  # of what follows a text, and between the two


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; ``y`` is its baseline, ``kind`` its classes in the style sheet.

    tail : follows the text on its line, small and quiet
    """

    x: float
    y: float
    text: str
    size: float
    kind: str = "ink"
    bold: bool = False
    anchor: Anchor = "start"
    tail: str = ""

    @property
    def box(self) -> Box:
        """What the text covers at most."""
        width = em_width(self.text, bold=self.bold) * self.size + tail_width(self.tail, after=self.text)
        left = self.x - {"start": 0.0, "middle": width / 2.0, "end": width}[self.anchor]
        return Box(left, self.y - ASCENT * self.size, left + width, self.y + DESCENT * self.size)

    def svg(self) -> str:
        """The element; the tail follows wherever the reader's font ends the text."""
        anchor = "" if self.anchor == "start" else f' text-anchor="{self.anchor}"'
        kind = classes(f"{self.kind} b" if self.bold else self.kind)
        space = f' dx="{number(TAIL_SPACE)}"' if self.text else ""
        small = f'font-size="{number(TAIL_SIZE)}" class="{classes("tail")}"{space}'
        tail = f"<tspan {small}>{escape(plain(self.tail))}</tspan>"
        return (
            f'<text x="{number(self.x)}" y="{number(self.y)}" font-size="{number(self.size)}" class="{kind}"{anchor}>'
            f"{escape(plain(self.text))}{tail if self.tail else ''}</text>"
        )


def classes(kind: str) -> str:
    """Classes of the style sheet, each with the prefix."""
    return " ".join(f"{PREFIX}{one}" for one in kind.split())


def tail_width(tail: str, *, after: str = " ") -> float:
    """Of what follows a text, with the space between them."""
    return em_width(tail) * TAIL_SIZE + (TAIL_SPACE if after else 0.0) if tail else 0.0


# Each mark within a circle of radius 1; its shape says what its colour says.
_SHAPES = {
    "potential": "M0-1L.95.8H-.95Z",
    "risk": "M0-1.1L1.1 0L0 1.1L-1.1 0Z",
    "gap": "M-.82-.82H.82V.82H-.82Z",
    "none": "M-.45 0A.45.45 0 1 0 .45 0A.45.45 0 1 0-.45 0Z",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A shape centred on a point: that of a flag, hollow where "maybe" follows it, or a dot for "none"."""

    x: float
    y: float
    radius: float
    kind: str

    @property
    def box(self) -> Box:
        """What the mark covers at most."""
        reach = 1.1 * self.radius
        return Box(self.x - reach, self.y - reach, self.x + reach, self.y + reach)

    def svg(self) -> str:
        """The element; its outline keeps the same width at any size."""
        where = f"translate({number(self.x)} {number(self.y)}) scale({number(self.radius)})"
        return f'<path d="{_SHAPES[self.kind.split()[0]]}" transform="{where}" class="{classes("m " + self.kind)}"/>'


@dataclass(frozen=True, slots=True)
class Path:
    """A line or area of the skeleton; text may lie on it."""

    d: str
    kind: str

    def svg(self) -> str:
        """The element."""
        return f'<path d="{self.d}" class="{classes(self.kind)}"/>'


Item = Words | Mark | Path


@dataclass(slots=True)
class Group:
    """What belongs together: the items of one node, which lead to its page, or parts of the frame (``node_id`` None).

    tip : shown where the pointer rests
    """

    items: list[Item]
    node_id: str | None = None
    tip: str = ""


@dataclass(slots=True)
class Drawing:
    """A picture of a size; groups are drawn in their order."""

    width: float
    height: float
    groups: list[Group] = field(default_factory=list)

    def texts(self) -> Iterator[Words]:
        """Every line of text."""
        yield from (item for group in self.groups for item in group.items if isinstance(item, Words))

    def marks(self) -> Iterator[Mark]:
        """Every mark."""
        yield from (item for group in self.groups for item in group.items if isinstance(item, Mark))

    def add(self, *items: Item) -> None:
        """Add a part of the frame, if it has any item."""
        if items:
            self.groups.append(Group(list(items)))


def moved(items: Iterable[Item], dx: float, dy: float) -> list[Item]:
    """Texts and marks at another point; paths are not moved, they are made where they stay."""
    return [item if isinstance(item, Path) else replace(item, x=item.x + dx, y=item.y + dy) for item in items]


def number(value: float) -> str:
    """A coordinate with at most two decimals, never "-0"."""
    return f"{round(value, 2) + 0.0:g}" if abs(value) < 1e5 else f"{value:.1f}"


def straight(*points: tuple[float, float]) -> str:
    """Path data through the points."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def rounded(x: float, y: float, width: float, height: float) -> str:
    """Path data of a box with round corners."""
    right, down = number(width - 10.0), number(height - 10.0)
    return (
        f"M{number(x + 5.0)} {number(y)}h{right}a5 5 0 0 1 5 5v{down}a5 5 0 0 1-5 5h-{right}a5 5 0 0 1-5-5v-{down}"
        "a5 5 0 0 1 5-5z"
    )
