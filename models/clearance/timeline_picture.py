"""The stages of a declaration as an SVG picture: what is reached, when, how long each step took, and what is missing.

Stages are at equal distances, since steps take from a second to weeks; the time between two is written beside the line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from data.clearance.dialects import STAGES
from models.chain.picture.drawing import number
from models.chain.picture.style import FONTS
from models.chain.picture.text_width import em_width, plain, wrap
from models.clearance.state import CONTRADICTORY, ClearanceState, HistoryRow

WIDE, NARROW, UPRIGHT_BELOW = 900.0, 360.0, 700.0
SIZE, SMALL, HEAD = 14.0, 12.5, 17.0
RADIUS, MARGIN = 9.0, 16.0
_LIGHT = "ink:#16202b;quiet:#4b5967;line:#b9c3cd;done:#0a6b4b;stop:#a8280f;open:#ffffff;detour:#5b3fa0"
_DARK = "ink:#e9eff5;quiet:#a9b6c3;line:#475563;done:#66d6ab;stop:#ff9c86;open:#10171f;detour:#c6b5ff"
_STYLE = (
    f".ct text{{font-family:{FONTS};fill:var(--ct-ink)}}.ct .quiet{{fill:var(--ct-quiet)}}.ct .b{{font-weight:700}}"
    ".ct .stop{fill:var(--ct-stop)}.ct .detour{fill:var(--ct-detour)}.ct .bar{stroke:var(--ct-line);stroke-width:3}"
    ".ct .bar.done{stroke:var(--ct-done)}.ct circle{stroke-width:2.5;stroke:var(--ct-line);fill:var(--ct-open)}"
    ".ct circle.reached{stroke:var(--ct-done);fill:var(--ct-done)}"
    ".ct circle.gap{stroke:var(--ct-done);stroke-dasharray:4 3}"
    ".ct circle.ended{stroke:var(--ct-stop);fill:var(--ct-stop)}"
)


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a picture in one language; ``text`` gives that of a key, ``span`` that of seconds."""

    title: Callable[[str], str]
    heading: Callable[[str], str]
    text: Callable[[str], str]
    episode: Callable[[int], str]
    status: Callable[[str], str]
    instant: Callable[[dt.datetime], str]
    span: Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Node:
    """A stage, or the return or end of the episode.

    kind : reached, gap, pending or ended; name : what it is called; at : of its first event; below : what is written
    """

    kind: str
    name: str
    at: dt.datetime | None
    below: str


def timeline_picture(state: ClearanceState, width: float, words: Words, status: str) -> str:
    """The picture of a state, ``width`` units wide."""
    shown = nodes(state, words)
    head = wrap(words.heading(status), (width - 2 * MARGIN) / HEAD, bold=True)
    kind = "b stop" if state.clearance_status in (CONTRADICTORY, "rejected", "withdrawn", "detained") else "b"
    items = [_text(MARGIN, 28.0 + 24.0 * at, line, kind, HEAD) for at, line in enumerate(head)]
    y = 28.0 + 24.0 * len(head)
    if state.episode > 1:
        items.append(_text(MARGIN, y, words.episode(state.episode), "quiet", SMALL))
        y += 20.0
    drawn, y = (_upright if width < UPRIGHT_BELOW else _broad)(shown, width, y, words)
    items += drawn
    for line in detours(state, words):
        for part in wrap(line, (width - 2 * MARGIN) / SMALL):
            items.append(_text(MARGIN, y, part, "detour", SMALL))
            y += 19.0
    light, dark = ("".join(f"--ct-{pair};" for pair in colours.split(";")) for colours in (_LIGHT, _DARK))
    style = f".ct{{{light}}}@media screen and (prefers-color-scheme:dark){{.ct{{{dark}}}}}{_STYLE}"
    label = escape(plain(words.title(status)), quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ct" viewBox="0 0 {number(width)} {number(y)}" role="img" '
        f'aria-label="{label}"><style>{style}</style>{"".join(items)}</svg>'
    )


def nodes(state: ClearanceState, words: Words) -> list[Node]:
    """The five stages and, where the current episode has one, its return or end."""
    current = [row for row in state.history if row.episode == state.episode]
    seen = {stage for stage in STAGES if getattr(state, f"{stage}_at") is not None}
    seen |= {row.status for row in current if row.effect == "stage" and row.at is None}
    found = []
    for stage in STAGES:
        at = getattr(state, f"{stage}_at")
        kind = "reached" if stage in seen else "gap" if stage in state.gaps else "pending"
        missing = {"reached": "picture.no_time", "gap": "picture.gap", "pending": "picture.pending"}[kind]
        found.append(
            Node(kind, words.text(f"stage.{stage}"), at, words.text(missing) if at is None else words.instant(at))
        )
    ends = [row for row in current if row.effect in ("return", "end")]
    if ends:
        last = max(ends, key=lambda row: (row.effect == "end", row.at is not None, row.at or row.at_text))
        found.append(Node("ended", words.status(last.status), last.at, _when(last, words)))
    return found


def detours(state: ClearanceState, words: Words) -> list[str]:
    """A line for each detour and exception of the current episode, once a status, with its first instant."""
    found: dict[str, str] = {}
    for row in state.history:
        if row.episode == state.episode and row.effect in ("detour", "exception"):
            key = row.status if row.effect == "detour" else f"{row.status} {row.code}"
            shown = words.status(row.status) + (f" {row.code}" if row.effect == "exception" else "")
            found.setdefault(key, f"◆ {shown} · {_when(row, words)}")
    return list(found.values())


def _when(row: HistoryRow, words: Words) -> str:
    return words.text("picture.no_time") if row.at is None else words.instant(row.at)


def _gap_text(shown: list[Node], index: int, words: Words) -> str:
    """How long the step to a node took, from the last node before it whose instant is known; "" where that is not."""
    at, before = shown[index].at, [node.at for node in shown[:index] if node.at is not None]
    if at is None or not before or at < before[-1]:
        return ""
    return words.span((at - before[-1]).total_seconds())


def _broad(shown: list[Node], width: float, top: float, words: Words) -> tuple[list[str], float]:
    step = (width - 2 * MARGIN) / len(shown)
    y, items, lowest = top + 34.0, [], 0
    for index, node in enumerate(shown):
        x = MARGIN + step * (index + 0.5)
        if index:
            kind = "bar done" if node.kind == "reached" else "bar"
            items.append(f'<path class="{kind}" d="M{number(x - step + RADIUS)} {number(y)}H{number(x - RADIUS)}"/>')
            if length := _gap_text(shown, index, words):
                items.append(_text(x - step / 2, y - 10.0, length, "quiet", SMALL, "middle"))
        items.append(_circle(x, y, node))
        items.append(_text(x, y + 32.0, node.name, _bold(node), SIZE, "middle"))
        for at, line in enumerate(wrap(node.below, (step - 6.0) / SMALL)):
            items.append(_text(x, y + 52.0 + 17.0 * at, line, "quiet", SMALL, "middle"))
            lowest = max(lowest, at)
    return items, y + 52.0 + 17.0 * lowest + 30.0


def _upright(shown: list[Node], width: float, top: float, words: Words) -> tuple[list[str], float]:
    x, y, items = MARGIN + RADIUS + 2.0, top + 8.0, []
    for index, node in enumerate(shown):
        if index:
            kind = "bar done" if node.kind == "reached" else "bar"
            items.append(f'<path class="{kind}" d="M{number(x)} {number(y - 56.0 + RADIUS)}V{number(y - RADIUS)}"/>')
            if length := _gap_text(shown, index, words):
                items.append(_text(width - MARGIN, y - 24.0, length, "quiet", SMALL, "end"))
        items.append(_circle(x, y, node))
        left = x + RADIUS + 12.0
        items.append(_text(left, y + 5.0, node.name, _bold(node), SIZE))
        after = left + em_width(plain(node.name), bold=True) * SIZE + 12.0
        if after + em_width(plain(node.below)) * SMALL <= width - MARGIN:
            items.append(_text(width - MARGIN, y + 5.0, node.below, "quiet", SMALL, "end"))
        else:
            items.append(_text(left, y + 22.0, node.below, "quiet", SMALL))
        y += 56.0
    return items, y - 14.0


def _bold(node: Node) -> str:
    return {"reached": "b", "ended": "b stop", "gap": "quiet", "pending": "quiet"}[node.kind]


def _circle(x: float, y: float, node: Node) -> str:
    return f'<circle class="{node.kind}" cx="{number(x)}" cy="{number(y)}" r="{number(RADIUS)}"/>'


def _text(x: float, y: float, text: str, kind: str, size: float, anchor: str = "start") -> str:
    return (
        f'<text x="{number(x)}" y="{number(y)}" class="{kind}" font-size="{number(size)}" text-anchor="{anchor}">'
        f"{escape(plain(text))}</text>"
    )
