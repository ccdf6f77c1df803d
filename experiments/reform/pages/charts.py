"""Pictures as inline SVG: bars and whiskers in per cent of their width, so that text keeps its size, and lines.

Nothing here words or rounds a figure: a mark's hint comes from the writer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

from experiments.reform.pages.style import BASELINE, COLOURS, DOWN, INK, REFORM, UP

LEAST_LABELLED = 0.085  # share of a bar that has room for its figure
LANE = 3.0  # pixels between the whiskers below a bar
SIDES = (  # of zero: the buckets from there outwards
    (-1.0, ("lose_up_to_5pct", "lose_more_than_5pct")),
    (1.0, ("gain_up_to_5pct", "gain_more_than_5pct", "from_zero")),
)


@dataclass(frozen=True)
class Scale:
    """From a figure to a share of the picture's width; zero is always inside."""

    low: float
    high: float

    @classmethod
    def of(cls, ends: Sequence[float | None]) -> Scale:
        """The scale that holds zero and every end that there is, with a margin."""
        known = [0.0, *(end for end in ends if end is not None)]
        low, high = min(known), max(known)
        room = 0.06 * (high - low) or 1.0
        return cls(low - room, high + room)

    def x(self, value: float) -> str:
        """Where a figure lies, in per cent."""
        return f"{(value - self.low) / (self.high - self.low):.3%}"


def moves_scale(groups: Sequence[Mapping[str, Mapping[str, Any]]]) -> Scale:
    """The scale on which the moves of all groups fit: shares that lose to the left of zero, that gain to the right."""
    ends: list[float | None] = []
    for shares in groups:
        for side, names in SIDES:
            start = 0.0
            for name in names:
                value = shares[name]["value"] or 0.0
                ends.append(side * (start + value))
                if _is_drawn(shares[name]):
                    ends.append(side * (start + shares[name]["high"]))
                start += value
    return Scale.of(ends)


def moves_bar(scale: Scale, shares: Mapping[str, Mapping[str, Any]], labels: Mapping[str, tuple[str, str]]) -> str:
    """Shares of a group stacked to both sides of zero; below the end of each its interval.

    shares : estimates by bucket; where figures are withheld, the intervals alone are drawn, from zero
    labels : by bucket the figure as SVG text content, its position left open, and the mark's hint
    """
    parts, lines, lane = [], [], 0
    for side, names in SIDES:
        start = 0.0
        for name in names:
            one, (fill, ink, line), (text, hint) = shares[name], COLOURS[name], labels[name]
            value = one["value"] or 0.0
            left, width = _span(scale, side * start, side * (start + value))
            if value > 0:
                parts.append(
                    f'<rect x="{left}" y="0" width="{width}" height="22" fill="{fill}" stroke="#fff">{hint}</rect>'
                )
            if value >= LEAST_LABELLED * (scale.high - scale.low):
                parts.append(text.format(x=scale.x(side * (start + value / 2)), ink=ink))
            if _is_drawn(one):
                ends = sorted((side * (start + one["low"]), side * (start + one["high"])))
                lines.append(_whisker(scale, ends[0], ends[1], 26.5 + LANE * lane, line, hint))
                lane += 1
            start += value
    height = 28 + LANE * lane
    zero = f'<line x1="{scale.x(0)}" x2="{scale.x(0)}" y1="-4" y2="{height:.0f}" stroke="{INK}"/>'
    return f'<svg height="{height:.0f}" role="img" aria-hidden="true">{"".join(parts)}{"".join(lines)}{zero}</svg>'


def _is_drawn(share: Mapping[str, Any]) -> bool:
    """Whether a share's interval is drawn: not where no firm is in it, for the table has how many there might be."""
    return bool(share["high"] > share["low"] and share["value"] != 0)


def axis(scale: Scale, write: Any) -> str:
    """The figures of a scale; ``write`` gives the text of one."""
    marks = "".join(
        f'<text class="axis" x="{scale.x(tick)}" y="12" text-anchor="middle" fill="#4b5967">{write(abs(tick))}</text>'
        for tick in ticks(scale.low, scale.high, 6)
    )
    return f'<svg height="18" role="img" aria-hidden="true">{marks}</svg>'


def _whisker(scale: Scale, low: float, high: float, y: float, colour: str, hint: str) -> str:
    return (
        f'<line x1="{scale.x(low)}" x2="{scale.x(high)}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="2">'
        f"{hint}</line>"
    )


def whisker_row(scale: Scale, one: Mapping[str, Any], hint: str = "", *, bar: bool = True, height: int = 26) -> str:
    """An estimate as a bar from zero, its interval if it has one as a whisker; a dot instead of the bar on request."""
    y, value = height / 2, one["value"]
    colour = UP if value is None or value >= 0 else DOWN
    zero = scale.x(0.0)
    parts = [f'<line x1="{zero}" x2="{zero}" y1="0" y2="{height}" stroke="#8e9aa6"/>']
    if value is not None and bar:
        left, width = _span(scale, 0.0, value)
        parts.append(
            f'<rect x="{left}" width="{width}" y="{y - 7}" height="14" fill="{colour}" opacity=".55">{hint}</rect>'
        )
    if one["low"] is not None:
        low, high = scale.x(one["low"]), scale.x(one["high"])
        parts.append(f'<line x1="{low}" x2="{high}" y1="{y}" y2="{y}" stroke="{INK}" stroke-width="2">{hint}</line>')
        parts += (
            f'<line x1="{end}" x2="{end}" y1="{y - 5}" y2="{y + 5}" stroke="{INK}" stroke-width="2"/>'
            for end in (low, high)
        )
    if value is not None:
        parts.append(f'<circle cx="{scale.x(value)}" cy="{y}" r="4.5" fill="{colour}" stroke="#fff">{hint}</circle>')
    return f'<svg class="scale" height="{height}" role="img" aria-hidden="true">{"".join(parts)}</svg>'


def two_sided_bar(scale: Scale, gained: float, lost: float, net: float) -> str:
    """What a cause adds and takes away, and a dot where both leave it."""
    parts = [f'<line x1="{scale.x(0)}" x2="{scale.x(0)}" y1="0" y2="26" stroke="#8e9aa6"/>']
    for end, colour in ((gained, UP), (lost, DOWN)):
        left, width = _span(scale, 0.0, end)
        parts.append(f'<rect x="{left}" width="{width}" y="6" height="14" fill="{colour}" opacity=".55"/>')
    parts.append(f'<circle cx="{scale.x(net)}" cy="13" r="5" fill="{INK}" stroke="#fff"/>')
    return f'<svg class="scale" height="26" role="img" aria-hidden="true">{"".join(parts)}</svg>'


def parts_bar(shares: Mapping[str, float], colours: Mapping[str, str]) -> str:
    """Shares of a whole side by side, without text."""
    start, parts = 0.0, []
    for name, share in shares.items():
        parts.append(
            f'<rect x="{start:.3%}" y="2" width="{share:.3%}" height="18" fill="{colours[name]}" stroke="#fff"/>'
        )
        start += share
    return f'<svg height="22" role="img" aria-hidden="true">{"".join(parts)}</svg>'


def _span(scale: Scale, start: float, end: float) -> tuple[str, str]:
    low, high = min(start, end), max(start, end)
    return scale.x(low), f"{(high - low) / (scale.high - scale.low):.3%}"


@dataclass(frozen=True)
class Line:
    """Points of one scenario: x, y, and for each of both its interval or None; dots instead of steps on request."""

    x: Sequence[float]
    y: Sequence[float]
    scenario: str
    x_ends: Sequence[tuple[float | None, float | None]] = ()
    y_ends: Sequence[tuple[float | None, float | None]] = ()
    breaks: Sequence[int] = ()  # positions before which the line is interrupted
    marks: Sequence[tuple[str, int]] = ()  # text beside a point, as SVG content, and its number of letters


WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 440, 270, 62, 14, 12, 44


def line_chart(
    lines: Sequence[Line], titles: tuple[str, str], texts: tuple[Any, Any], *, at: Sequence[float] = ()
) -> str:
    """Lines over two axes.

    titles : of the x and the y axis; texts : functions that write a tick of each; at : vertical lines
    """
    xs = [
        value for one in lines for value in [*one.x, *(end for pair in one.x_ends for end in pair if end is not None)]
    ]
    ys = [
        value for one in lines for value in [*one.y, *(end for pair in one.y_ends for end in pair if end is not None)]
    ]
    (x_low, x_high), (y_low, y_high) = _room(xs), _room(ys)

    def x(value: float) -> float:
        return LEFT + (value - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (value - y_low) / (y_high - y_low) * (HEIGHT - TOP - BOTTOM)

    parts = []
    for tick in ticks(y_low, y_high):
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#e3e8ed"/>'
            f'<text class="axis" x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end" fill="#4b5967">'
            f"{texts[1](tick)}</text>"
        )
    for tick in ticks(x_low, x_high):
        parts.append(
            f'<text class="axis" x="{x(tick):.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle" fill="#4b5967">'
            f"{texts[0](tick)}</text>"
        )
    for mark in at:
        parts.append(
            f'<line x1="{x(mark):.1f}" x2="{x(mark):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="{INK}" '
            'stroke-dasharray="4 4"/>'
        )
    for one in lines:
        parts.append(_drawn(one, x, y))
    parts.append(
        f'<text class="axis" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle" fill="{INK}">'
        f"{titles[0]}</text>"
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{titles[1]} / {titles[0]}">{"".join(parts)}</svg>'
    )


def _drawn(one: Line, x: Any, y: Any) -> str:
    colour = BASELINE if one.scenario == "baseline" else REFORM
    dash = ' stroke-dasharray="7 4"' if one.scenario == "baseline" else ""
    parts, start = list[str](), 0
    for end in [*one.breaks, len(one.x)]:
        points = " ".join(f"{x(one.x[at]):.1f},{y(one.y[at]):.1f}" for at in range(start, end))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.2"{dash}/>')
        start = end
    for at, (low, high) in enumerate(one.x_ends):
        if low is not None:
            parts.append(_stroke(x(low), y(one.y[at]), x(high), y(one.y[at])))
    for at, (low, high) in enumerate(one.y_ends):
        if low is not None:
            parts.append(_stroke(x(one.x[at]), y(low), x(one.x[at]), y(high)))
        parts.append(f'<circle cx="{x(one.x[at]):.1f}" cy="{y(one.y[at]):.1f}" r="4.5" fill="{colour}" stroke="#fff"/>')
    taken: list[tuple[float, float, float]] = []
    for at, (text, letters) in enumerate(one.marks):
        left, line = x(one.x[at]) + 7, y(one.y[at]) - 7
        for begin, height, ends_at in taken:  # beside, not over, what is there already
            if abs(height - line) < 13 and begin - 1 <= left <= ends_at:
                left = ends_at + 6
        if left + 7.0 * letters > WIDTH:  # no room beside: above all of them
            left, line = WIDTH - 7.0 * letters, min([line, *(height for _, height, _ in taken)]) - 14
        taken.append((left, line, left + 7.0 * letters))
        parts.append(text.format(x=f"{left:.1f}", y=f"{line:.1f}"))
    return "".join(parts)


def _stroke(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{INK}" stroke-width="1.4"/>'


def _room(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or max(abs(high), 1.0) * 0.05
    return low - room, high + room


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """At most ``most`` round figures from low to high."""
    raw = (high - low) / most
    size = 10 ** floor(log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw)
    first = -floor(-low / step)
    return [round(step * at, 10) for at in range(first, floor(high / step) + 1)]
