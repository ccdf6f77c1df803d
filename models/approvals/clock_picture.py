"""The three clocks of a case as an SVG picture: one time axis, a bar each, suspended stretches hatched.

Each bar has its text above it, so that it reads the same on a narrow page; nothing is measured by a browser. Every
text knows the box that it takes, so that a test can show that none covers another and none is cut off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from models.chain.picture.drawing import Words, number
from models.chain.picture.style import FONTS
from models.chain.picture.text_width import plain, wrap

WIDE, NARROW = 860.0, 360.0
SIZE, SMALL = 14.0, 12.5
MARGIN, BAR, LINE = 10.0, 16.0, 18.0
_LIGHT = (
    "ink:#16202b;quiet:#4b5967;line:#b9c3cd;statutory:#8a97a5;promised:#2a567e;used:#0a6b4b;past:#a8280f;paper:#fff"
)
_DARK = (
    "ink:#e9eff5;quiet:#a9b6c3;line:#475563;statutory:#7f8d9c;promised:#6ea8d8;used:#66d6ab;past:#ff9c86;paper:#10171f"
)
_STYLE = (
    f".ac text{{font-family:{FONTS};fill:var(--ac-ink)}}.ac .fb-quiet{{fill:var(--ac-quiet)}}"
    ".ac .fb-b{font-weight:700}.ac .statutory{fill:var(--ac-statutory)}.ac .promised{fill:var(--ac-promised)}"
    ".ac .used{fill:var(--ac-used)}.ac .past{fill:var(--ac-past);stroke:var(--ac-ink);stroke-width:1.5}"
    ".ac .axis{stroke:var(--ac-line);stroke-width:1.5}.ac .back{fill:var(--ac-paper)}"
    ".ac .due{stroke:var(--ac-promised);stroke-width:1.5;stroke-dasharray:4 3}.ac .law{stroke:var(--ac-statutory)}"
    ".ac .hatch{stroke:var(--ac-ink);stroke-width:1.6}.ac .stop{stroke:var(--ac-ink);stroke-width:1}"
    ".ac .span{stroke:var(--ac-ink);stroke-width:3}.ac .dot{fill:var(--ac-ink)}"
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One clock: its text, from which day to which (both included), and how it is drawn.

    last : None where it is not known, such as a due day while the clock is suspended; the bar then fades out
    past_from : first day that is drawn as past the promise, None for none
    """

    kind: str  # statutory, promised, used
    text: str
    first: dt.date
    last: dt.date | None
    past_from: dt.date | None = None


@dataclass(frozen=True, slots=True)
class ClockPicture:
    """What is drawn: bars, suspended stretches, days that a line marks, an interval, texts.

    stops : first and last day of each suspended stretch; due : last day in time, by the kind of its bar
    expected : earliest, median and latest day, with its text
    """

    title: str
    bars: Sequence[Bar]
    stops: Sequence[tuple[dt.date, dt.date]] = ()
    due: Sequence[tuple[str, dt.date]] = ()
    expected: tuple[dt.date, dt.date, dt.date] | None = None
    expected_text: str = ""
    name: str = "a"  # of the pattern, different for each picture of a page


@dataclass
class _Canvas:
    """Elements with the texts among them, and the scale."""

    picture: ClockPicture
    width: float
    first: dt.date
    days: int
    items: list[str] = field(default_factory=list)
    texts: list[Words] = field(default_factory=list)
    y: float = 4.0

    def x(self, day: dt.date, *, after: bool = False) -> float:
        """Where a day begins, or ends."""
        passed = min(max((day - self.first).days + after, 0), self.days)
        return MARGIN + (self.width - 2 * MARGIN) * passed / self.days

    def write(self, text: str, *, bold: bool = False) -> None:
        """A paragraph at the left, moving down."""
        for line in wrap(text, (self.width - 2 * MARGIN) / SIZE, bold=bold):
            self.y += LINE
            self.texts.append(Words(MARGIN, self.y - 4.0, line, SIZE, "ink", bold))

    def box(self, kind: str, left: float, right: float, fill: str = "") -> None:
        """A bar at the present height, at least two units wide."""
        size = f'width="{number(max(right - left, 2.0))}" height="{number(BAR)}"'
        self.items.append(f'<rect class="{kind}"{fill} x="{number(left)}" y="{number(self.y)}" {size}/>')


def draw(picture: ClockPicture, width: float) -> str:
    """The picture, ``width`` units wide."""
    canvas = _canvas(picture, width)
    light, dark = ("".join(f"--ac-{pair};" for pair in colours.split(";")) for colours in (_LIGHT, _DARK))
    style = f".ac{{{light}}}@media screen and (prefers-color-scheme:dark){{.ac{{{dark}}}}}{_STYLE}"
    hatch = (
        f'<pattern id="{_hatch(picture, width)}" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="back" width="6" height="6"/>'
        '<path class="hatch" d="M1 0V6"/></pattern>'
    )
    label = escape(plain(picture.title), quote=True)
    body = "".join([*canvas.items, *(text.svg() for text in canvas.texts)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ac" viewBox="0 0 {number(width)} {number(canvas.y)}" '
        f'role="img" aria-label="{label}"><style>{style}</style><defs>{hatch}</defs>{body}</svg>'
    )


def texts(picture: ClockPicture, width: float) -> Iterator[Words]:
    """Every line of text of the picture, with its box."""
    yield from _canvas(picture, width).texts


def _canvas(picture: ClockPicture, width: float) -> _Canvas:
    ends = [bar.last or bar.first for bar in picture.bars]
    ends += [day for _, day in picture.due] + list(picture.expected or ())
    first, last = min(bar.first for bar in picture.bars), max(ends)
    canvas = _Canvas(picture, width, first, (last - first).days + 1)
    rows = []
    for bar in picture.bars:
        canvas.write(bar.text, bold=bar.kind == "used")
        rows.append(canvas.y)
        _bar(canvas, bar)
        canvas.y += BAR + 4.0
    if picture.expected is not None:
        canvas.write(picture.expected_text)
        _interval(canvas, picture.expected)
        canvas.y += BAR + 4.0
    _lines(canvas, rows)
    _axis(canvas, first, last)
    return canvas


def _bar(canvas: _Canvas, bar: Bar) -> None:
    """A clock: solid up to its last day, past the promise from ``past_from``, hatched where it is suspended."""
    right = canvas.x(bar.last, after=True) if bar.last else canvas.width - MARGIN
    canvas.box(bar.kind, canvas.x(bar.first), right)
    if bar.past_from is not None and bar.last is not None and bar.past_from <= bar.last:
        canvas.box("past", canvas.x(bar.past_from), right)
    for start, end in canvas.picture.stops:
        left = max(canvas.x(start), canvas.x(bar.first))
        if left < right:
            fill = f' fill="url(#{_hatch(canvas.picture, canvas.width)})"'
            canvas.box("stop", left, min(canvas.x(end, after=True), right), fill)
    if bar.last is None:
        edge = number(right)
        canvas.items.append(f'<path class="axis" stroke-dasharray="3 3" d="M{edge} {number(canvas.y)}v{number(BAR)}"/>')


def _interval(canvas: _Canvas, expected: tuple[dt.date, dt.date, dt.date]) -> None:
    middle = canvas.y + BAR / 2
    low, median, high = (canvas.x(day, after=at > 0) for at, day in enumerate(expected))
    canvas.items.append(f'<path class="span" d="M{number(low)} {number(middle)}H{number(max(high, low + 1.0))}"/>')
    canvas.items.append(f'<circle class="dot" cx="{number(median)}" cy="{number(middle)}" r="5"/>')


def _lines(canvas: _Canvas, rows: Sequence[float]) -> None:
    """A dashed line at the end of each due day, across its own bar and that of the actual time."""
    for kind, day in canvas.picture.due:
        own = [row for row, bar in zip(rows, canvas.picture.bars, strict=True) if bar.kind in (kind, "used")]
        at = number(canvas.x(day, after=True))
        law = " law" if kind == "statutory" else ""
        canvas.items += [f'<path class="due{law}" d="M{at} {number(row - 2.0)}v{number(BAR + 4.0)}"/>' for row in own]


def _axis(canvas: _Canvas, first: dt.date, last: dt.date) -> None:
    """The first and the last day, with a tick at the beginning of each month between."""
    top = canvas.y + 4.0
    left, right = MARGIN, canvas.width - MARGIN
    ticks = [left, right]
    month = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    while month <= last and len(ticks) < 60:
        ticks.append(canvas.x(month))
        month = (month + dt.timedelta(days=31)).replace(day=1)
    canvas.items.append(f'<path class="axis" d="M{number(left)} {number(top)}H{number(right)}"/>')
    canvas.items += [f'<path class="axis" d="M{number(tick)} {number(top)}v5"/>' for tick in ticks]
    canvas.texts.append(Words(left, top + 20.0, first.isoformat(), SMALL, "quiet"))
    if last > first:
        canvas.texts.append(Words(right, top + 20.0, last.isoformat(), SMALL, "quiet", anchor="end"))
    canvas.y = top + 28.0


def _hatch(picture: ClockPicture, width: float) -> str:
    return f"ac-hatch-{picture.name}-{width:g}"
