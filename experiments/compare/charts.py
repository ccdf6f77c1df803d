"""Pictures of a comparison as inline SVG: intervals beside the margin, and lines of several runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite

COLOURS = ("#16202b", "#1f5c94", "#b8741d", "#4c4f8f", "#3f7f5f", "#96480a")  # the baseline's first
VERDICT_COLOURS = {
    "better": "#1f5c94",
    "worse": "#96480a",
    "equivalent": "#4b5967",
    "not_distinguishable": "#8e9aa6",
}
DASHES = ("", "", "6 3", "2 3", "8 3 2 3", "1 4")
WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM = 460, 330, 64, 24, 44


@dataclass(frozen=True)
class Scale:
    """From a figure to a share of the width: zero and the margin on both sides are inside."""

    low: float
    high: float

    @classmethod
    def of(cls, ends: Sequence[float], margin: float) -> Scale:
        """The scale that holds every finite end, a little room beside it, and the margin where that is not far off."""
        known = [end for end in ends if isfinite(end)]
        reach = max((abs(end) for end in known), default=0.0)
        inside = [margin, -margin] if margin < 4 * reach or reach == 0 else []
        low, high = min([0.0, *known, *inside]), max([0.0, *known, *inside])
        room = 0.06 * (high - low) or 1.0
        return cls(low - room, high + room)

    def x(self, value: float) -> float:
        """Where a figure lies, in per cent of the width."""
        return min(max(100 * (value - self.low) / (self.high - self.low), 0.0), 100.0)


def interval_mark(
    scale: Scale, estimate: float, low: float, high: float, margin: float, verdict: str, hint: str
) -> str:
    """A gain with its interval over the band of the margin; a line at zero."""
    left, right, zero = scale.x(-margin), scale.x(margin), scale.x(0.0)
    colour = VERDICT_COLOURS[verdict]
    parts = [
        f'<rect x="{left:.2f}%" width="{right - left:.2f}%" y="0" height="30" fill="#e8eef4"/>',
        f'<line x1="{zero:.2f}%" x2="{zero:.2f}%" y1="0" y2="30" stroke="#8e9aa6"/>',
    ]
    if isfinite(low) and isfinite(high):
        ends = scale.x(low), scale.x(high)
        parts.append(
            f'<line x1="{ends[0]:.2f}%" x2="{ends[1]:.2f}%" y1="15" y2="15" stroke="{colour}" stroke-width="2.5"/>'
        )
        parts += [
            f'<line x1="{end:.2f}%" x2="{end:.2f}%" y1="9" y2="21" stroke="{colour}" stroke-width="2.5"/>'
            for end in ends
        ]
    if isfinite(estimate):
        parts.append(f'<circle cx="{scale.x(estimate):.2f}%" cy="15" r="5" fill="{colour}" stroke="#fff"/>')
    label = escape(hint, quote=True)
    return f'<svg class="interval" height="30" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def lines(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    whiskers: Mapping[str, Sequence[tuple[float, float, float]]],
    labels: tuple[str, str],
    diagonal: bool,
    text: tuple[str, str] = ("%", "%"),
) -> str:
    """Lines of several runs in one picture.

    curves : by run, points; whiskers : by run, where and from what to what
    labels : below and beside; text : "%" where an axis shows shares, "" where numbers
    """
    points = [point for of in curves.values() for point in of]
    ends = [(x, y) for of in whiskers.values() for x, low, high in of for y in (low, high)]
    xs = [x for x, _ in points] + ([0.0] if text[0] else [])
    ys = [y for _, y in [*points, *ends] if isfinite(y)] + ([0.0] if text[1] else [])
    axes = _axis(xs), _axis(ys)

    def at(x: float, y: float) -> tuple[float, float]:
        across = LEFT + (x - axes[0][0]) / (axes[0][-1] - axes[0][0]) * (WIDTH - LEFT - RIGHT)
        up = HEIGHT - BOTTOM - (y - axes[1][0]) / (axes[1][-1] - axes[1][0]) * (HEIGHT - BOTTOM - 10)
        return across, up

    parts = []
    for tick in axes[0]:
        x, _ = at(tick, axes[1][0])
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="10" y2="{HEIGHT - BOTTOM}" stroke="#eef2f5"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">{_tick(tick, text[0])}</text>')
    for tick in axes[1]:
        _, y = at(axes[0][0], tick)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d7dee6"/>')
        parts.append(f'<text x="{LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{_tick(tick, text[1])}</text>')
    if diagonal:
        most = min(axes[0][-1], axes[1][-1])
        (x1, y1), (x2, y2) = at(0.0, 0.0), at(most, most)
        parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#8e9aa6" stroke-dasharray="4 4"/>'
        )
    for number, (name, of) in enumerate(curves.items()):
        colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
        for x, low, high in whiskers.get(name, ()):
            (x1, y1), (_, y2) = at(x, low), at(x, high)
            shift = 2.0 * (number - (len(curves) - 1) / 2)
            parts.append(
                f'<line x1="{x1 + shift:.1f}" x2="{x1 + shift:.1f}" y1="{y1:.1f}" y2="{y2:.1f}" '
                f'stroke="{colour}" stroke-opacity=".35" stroke-width="2"/>'
            )
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in of))
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}">'
            f"<title>{escape(name)}</title></polyline>"
        )
        if len(of) <= 10:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in (at(*one) for one in of)]
    middle = (HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text x="{(WIDTH + LEFT - RIGHT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(labels[0])}</text>'
    )
    parts.append(
        f'<text x="12" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 12 {middle:.0f})">'
        f"{escape(labels[1])}</text>"
    )
    label = escape(f"{labels[1]} – {labels[0]}", quote=True)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def swatch(number: int) -> str:
    """The line of a run in a legend."""
    colour, dash = COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]
    return (
        '<svg class="swatch" width="26" height="10" aria-hidden="true"><line x1="0" x2="26" y1="5" y2="5" '
        f'stroke="{colour}" stroke-width="3" stroke-dasharray="{dash}"/></svg>'
    )


def _axis(values: Sequence[float]) -> list[float]:
    """Round steps from at most the least to at least the largest value."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    span = high - low or 1.0
    power = 10.0
    while power > span:
        power /= 10
    while power * 10 <= span:
        power *= 10
    step = next(power * one for one in (0.2, 0.25, 0.5, 1.0, 2.0) if span / (power * one) <= 6)
    first = step * (low // step)
    count = 1
    while first + count * step < high - 1e-9 * step:
        count += 1
    return [first + number * step for number in range(count + 1)]


def _tick(value: float, unit: str) -> str:
    text = f"{100 * value:.4g} %" if unit == "%" else f"{value:.4g}"
    return text.replace("-", "−") if float(text.split()[0]) else f"0{' %' if unit == '%' else ''}"
