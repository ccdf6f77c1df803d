"""Incubators by level and kind as a bar of parts that add up to the whole, SVG that needs nothing else."""

from __future__ import annotations

from html import escape

import pandas as pd

from models.chain.picture.drawing import number
from models.chain.picture.style import FONTS
from models.chain.picture.text_width import plain
from models.incubators.gathered import Gathered

WIDTH, HEIGHT, EDGE, BAR, LINE = 360.0, 40.0, 4.0, 34.0, 22.0  # as wide as a telephone: letters are not made smaller
SIZE = 13.0  # of letters
_STYLE = (
    f".ib text{{font:{SIZE:g}px {FONTS};fill:#16202b}}.ib .national{{fill:#2a567e}}.ib .regional{{fill:#6f9cc4}}"
    ".ib .lower{fill:#c3d3e2}.ib .cut{stroke:#fff;stroke-width:2}"
    "@media screen and (prefers-color-scheme:dark){.ib text{fill:#e9eff5}.ib .national{fill:#6ea8d8}"
    ".ib .regional{fill:#456e93}.ib .lower{fill:#33495d}.ib .cut{stroke:#16202b}}"
)


def level_picture(made: Gathered) -> str:
    """A bar whose parts are as long as their numbers, and a line of words for each; "" without incubators."""
    parts: pd.DataFrame = made.reconciliation.parts
    whole = float(parts["value"].sum())
    if whole == 0:
        return ""
    scale, at, items = (WIDTH - 2 * EDGE) / whole, EDGE, []
    for row, (level, kind, value) in enumerate(zip(parts["level"], parts["kind"], parts["value"], strict=True)):
        length = float(value) * scale
        items.append(
            f'<rect class="{level} cut" x="{number(at)}" y="4" width="{number(length)}" height="{number(BAR)}"/>'
        )
        name = made.named("level", level) + (f" · {made.named('kind', kind)}" if kind else "")
        y = HEIGHT + LINE * (row + 1)
        items.append(f'<rect class="{level}" x="{number(EDGE)}" y="{number(y - 11)}" width="12" height="12"/>')
        items.append(f'<text x="{number(EDGE + 20)}" y="{number(y)}">{escape(plain(f"{name}: {value}"))}</text>')
        at += length
    height = HEIGHT + LINE * (len(parts) + 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ib" viewBox="0 0 {number(WIDTH)} {number(height)}" role="img" '
        f'aria-label="{escape(picture_text(made), quote=True)}"><style>{_STYLE}</style>{"".join(items)}</svg>'
    )


def picture_text(made: Gathered) -> str:
    """What the picture shows, in words."""
    sums = made.reconciliation.parts.groupby("level")["value"].sum()
    levels = {level: int(sums.get(level, 0)) for level in ("national", "regional", "lower")}
    return made.say("report.picture", **levels, whole=sum(levels.values()))
