"""Pictures of a report as SVG: time and number of declarations by period, and the change of the time part by part.

Each is drawn for a width, so that its letters keep their size on a narrow page; nothing is measured by a browser.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import Literal

from models.chain.picture.drawing import number
from models.chain.picture.style import FONTS
from models.chain.picture.text_width import em_width, plain, wrap
from models.clearance.reports.gather import Gathered, in_days, signed
from models.clearance.reports.groups import TOTAL
from models.clearance.reports.query import ReportError
from models.clearance.reports.stages import DAY, WHOLE

Picture = Literal["time", "counts", "change"]
PICTURES: tuple[Picture, ...] = ("time", "counts", "change")
WIDE, NARROW = 760.0, 360.0
SIZE, SMALL = 13.0, 12.0
VALUES = 58.0  # kept free on the right of the parts of a change for their figures
_LIGHT = (
    "ground:#fff;ink:#16202b;quiet:#4b5967;line:#d7dee6;bar:#2a567e;late:#a8280f;slower:#a8280f;faster:#0a6b4b;"
    "mean:#56626e"
)
_DARK = (
    "ground:#10171f;ink:#e9eff5;quiet:#a9b6c3;line:#33404d;bar:#6ea8d8;late:#ff9c86;slower:#ff9c86;faster:#66d6ab;"
    "mean:#8a97a5"
)
_STYLE = (
    f".cr text{{font-family:{FONTS};fill:var(--cr-ink);paint-order:stroke;stroke:var(--cr-ground);stroke-width:4px}}"
    ".cr .cr-quiet{fill:var(--cr-quiet)}"
    ".cr .cr-grid{stroke:var(--cr-line);fill:none}.cr .cr-zero{stroke:var(--cr-quiet);fill:none}"
    ".cr .cr-median{stroke:var(--cr-bar);stroke-width:2.5;fill:none}"
    ".cr .cr-p90{stroke:var(--cr-late);stroke-width:2;stroke-dasharray:6 4;fill:none}"
    ".cr .cr-median-dot,.cr .cr-bar{fill:var(--cr-bar)}.cr .cr-p90-dot{fill:var(--cr-late)}"
    ".cr .cr-mean{fill:var(--cr-mean)}"
    ".cr .cr-slower{fill:var(--cr-slower)}.cr .cr-faster{fill:var(--cr-faster)}"
    ".cr .cr-ends{stroke:var(--cr-ink);stroke-width:1.5;fill:none}"
)


def draw(made: Gathered, picture: Picture, width: float = WIDE) -> str:
    """One picture, ``width`` units wide; "" where it would be empty."""
    makers = {"time": _time, "counts": _counts, "change": _change}
    if picture not in makers:
        raise ReportError("picture", picture, ", ".join(PICTURES))
    return makers[picture](made, width)


def _document(title: str, width: float, height: float, items: Sequence[str]) -> str:
    """The picture with its own colours, dark where the reader's system is; no line is drawn over a text."""
    ordered = sorted(items, key=lambda item: item.startswith("<text"))
    light, dark = ("".join(f"--cr-{pair};" for pair in colours.split(";")) for colours in (_LIGHT, _DARK))
    style = f".cr{{{light}}}@media screen and (prefers-color-scheme:dark){{.cr{{{dark}}}}}{_STYLE}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="cr" viewBox="0 0 {number(width)} {number(height)}" role="img" '
        f'aria-label="{escape(plain(title), quote=True)}"><style>{style}</style>{"".join(ordered)}</svg>'
    )


def _text(x: float, y: float, text: str, *, kind: str = "", anchor: str = "start", size: float = SIZE) -> str:
    named = f' class="cr-{kind}"' if kind else ""
    return (
        f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}" text-anchor="{anchor}"{named}>'
        f"{escape(plain(text))}</text>"
    )


def steps_of(largest: float) -> list[float]:
    """Round values from 0 to at least ``largest``, three to six of them."""
    if largest <= 0:
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(largest))
    step = next(power * factor for factor in (0.2, 0.25, 0.5, 1.0, 2.0, 2.5) if largest <= 5 * power * factor)
    return [step * at for at in range(math.ceil(largest / step - 1e-9) + 1)]


class _Axes:
    """Periods from left to right over a scale of round values."""

    def __init__(self, labels: Sequence[str], largest: float, width: float, top: float) -> None:
        self.ticks = steps_of(largest)
        digits = 0 if all(tick == round(tick) for tick in self.ticks) else 2
        self.tick_texts = [f"{tick:,.{digits}f}" for tick in self.ticks]
        self.left = 10 + max(em_width(text) for text in self.tick_texts) * SMALL
        self.top, self.bottom, self.right = top, top + 190.0, width - 14.0
        self.labels, self.step = labels, (self.right - self.left) / max(len(labels), 1)
        self.height = self.bottom + 30.0

    def x(self, at: int) -> float:
        return self.left + (at + 0.5) * self.step

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.ticks[-1]

    def items(self) -> list[str]:
        found = [
            f'<path class="cr-grid" d="M{number(self.left)} {number(self.y(tick))}H{number(self.right)}"/>'
            for tick in self.ticks
        ]
        found += [
            _text(self.left - 6, self.y(tick) + 4, text, kind="quiet", anchor="end", size=SMALL)
            for tick, text in zip(self.ticks, self.tick_texts, strict=True)
        ]
        every = math.ceil((max(em_width(label) for label in self.labels) * SMALL + 8) / self.step)
        # Counted from the last, so that the latest period always has its label.
        shown = [at for at in range(len(self.labels)) if (len(self.labels) - 1 - at) % every == 0]
        return found + [
            _text(self.x(at), self.bottom + 18, self.labels[at], kind="quiet", anchor="middle", size=SMALL)
            for at in shown
        ]


def _time(made: Gathered, width: float) -> str:
    """Median and p90 of the whole time by period; a gap where one is not known."""
    table = made.report.table
    rows = table[table["group"] == TOTAL]
    series = {name: rows[f"{WHOLE}_{name}_days"].tolist() for name in ("median", "p90")}
    known = [value for values in series.values() for value in values if not math.isnan(value)]
    if not known:
        return ""
    axes = _Axes(rows["period"].tolist(), max(known), width, 46.0)
    items = axes.items()
    x = axes.left
    for name, values in series.items():
        legend = f"{made.say(f'legend.{name}')} ({made.say('axis.days')})"
        items += [f'<path class="cr-{name}" d="M{number(x)} 14H{number(x + 26)}"/>', _text(x + 32, 18, legend)]
        x += 50 + em_width(legend) * SIZE
        drawn = ""
        for at, value in enumerate(values):
            if math.isnan(value):
                continue
            joined = at > 0 and not math.isnan(values[at - 1])
            drawn += f"{'L' if joined else 'M'}{number(axes.x(at))} {number(axes.y(value))}"
            items.append(_dot(axes.x(at), axes.y(value), name))
            if at == len(values) - 1 or axes.step > 3.6 * SMALL:
                items.append(_text(axes.x(at), axes.y(value) - 8, f"{value:.2f}", anchor="middle", size=SMALL))
        items.append(f'<path class="cr-{name}" d="{drawn}"/>')
    return _document(made.say("picture.time"), width, axes.height, items)


def _dot(x: float, y: float, name: str) -> str:
    """A circle for the median, a square for the p90: shapes say what colours say."""
    if name == "median":
        return f'<circle class="cr-median-dot" cx="{number(x)}" cy="{number(y)}" r="4"/>'
    return f'<path class="cr-p90-dot" d="M{number(x - 3.5)} {number(y - 3.5)}h7v7h-7z"/>'


def _counts(made: Gathered, width: float) -> str:
    """Declarations by period."""
    table = made.report.table
    rows = table[table["group"] == TOTAL]
    if rows.empty:
        return ""
    axes = _Axes(rows["period"].tolist(), float(rows["n"].max()), width, 16.0)
    items, wide = axes.items(), min(axes.step * 0.62, 70.0)
    for at, n in enumerate(rows["n"]):
        x, y = axes.x(at), axes.y(float(n))
        items.append(
            f'<path class="cr-bar" d="M{number(x - wide / 2)} {number(axes.bottom)}V{number(y)}h{number(wide)}'
            f'V{number(axes.bottom)}z"/>'
        )
        if em_width(f"{n:,}") * SMALL < axes.step:
            items.append(_text(x, y - 5, f"{n:,}", anchor="middle", size=SMALL))
    return _document(made.say("picture.counts"), width, axes.height, items)


def _change(made: Gathered, width: float) -> str:
    """The mean before, each part from where the last one ended, the mean after; lines over the parts' intervals."""
    parts = made.steps(_CENTIDAY)
    if not parts:
        return ""
    sides, running = list[tuple[float, float]](), 0.0
    for at, part in enumerate(parts):
        value = in_days(part.value)
        start = running if 0 < at < len(parts) - 1 else 0.0
        sides.append((start, start + value))
        running = start + value
    reach = [end for side in sides for end in side]
    for (start, _), part in zip(sides, parts, strict=True):
        reach += [start + in_days(end) for end in (part.low, part.high) if end is not None]
    first, last = min(0.0, *reach), max(reach)
    scale = _scale(first, last, width)
    items, y = list[str](), 0.0
    for at, (part, (start, end)) in enumerate(zip(parts, sides, strict=True)):
        whole = at in (0, len(parts) - 1)
        shown = f"{in_days(part.value):.2f}" if whole else signed(part.value)
        for line in wrap(part.text, (width - 16) / SIZE):
            items.append(_text(8, y + 17, line))
            y += 18
        items.append(_text(width - 8, y + 18, shown, anchor="end"))
        left, right = sorted((scale(start), scale(end)))
        kind = "mean" if whole else "slower" if end > start else "faster"
        edges = f"M{number(left)} {number(y + 6)}H{number(max(right, left + 1.0))}v14H{number(left)}z"
        items.append(f'<path class="cr-{kind}" d="{edges}"/>')
        if part.low is not None and part.high is not None:
            low, high = (number(scale(start + in_days(one))) for one in (part.low, part.high))
            edge = number(y + 9)
            items.append(f'<path class="cr-ends" d="M{low} {number(y + 13)}H{high}M{low} {edge}v8M{high} {edge}v8"/>')
        if at < len(parts) - 1:
            items.append(
                f'<path class="cr-zero" stroke-dasharray="2 3" d="M{number(scale(end))} {number(y + 20)}v26"/>'
            )
        y += 28
    if first < 0:
        items.append(f'<path class="cr-zero" d="M{number(scale(0.0))} 0V{number(y)}"/>')
    return _document(made.say("picture.change"), width, y + 4, items)


_CENTIDAY = DAY // 100


def _scale(first: float, last: float, width: float) -> Callable[[float], float]:
    span = (last - first) or 1.0
    return lambda value: 8.0 + (width - 16.0 - VALUES) * (value - first) / span
