"""The fishbone 鱼骨图 of an industry chain: one SVG from the chain, its node scores and its flags.

It needs no script, font file or network; the same values give the same bytes. The spine is horizontal, or
vertical below ``UPRIGHT_PX``; below ``NARROW_PX`` ribs and level 2 alone are shown. Flags differ by shape, colour and
legend; a node without scores says that there are no data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from html import escape

import pandas as pd

from data.chain.tree import Chain, Layer
from models.chain.node_view import Language, NodeView, node_views, say
from models.chain.picture.drawing import Drawing, number
from models.chain.picture.frame import footer, heading
from models.chain.picture.style import style_sheet
from models.chain.picture.tall import draw_spine
from models.chain.picture.text_width import plain
from models.chain.picture.wide import Plan, fewest_spines

UPRIGHT_PX, NARROW_PX = 1000, 600
LEAST_PX, MOST_PX = 320, 10_000
SHEET = 297.0 / 420.0  # height by width of ISO A3, on which a wide picture fits if its content allows
ENLARGED = (1.1, 1.2, 1.35, 1.5)  # of the text: as large as the sheet allows
WRAPPED = 1.5  # times the share of lines that go on with a name: so much smaller text is preferred
FURTHER_SPINE = 0.25  # a fish of one spine is preferred, unless text on two is larger by as much
EVERY_LEVEL, FIRST_LEVELS = 4, 2

Link = Callable[[str], str | None]


def fishbone_svg(
    chain: Chain,
    scores: pd.DataFrame,
    flags: pd.DataFrame,
    lang: Language,
    width_px: int,
    *,
    as_of: dt.date,
    layers: Mapping[str, Layer] | None = None,
    link: Link | None = None,
) -> str:
    """The picture as SVG text.

    scores, flags : tables of the node scores, rows of other chains are ignored; empty where there are none
    width_px : from 320 to 10,000; text is at least 11 px high
    as_of : day of the snapshot that the scores are from
    layers : who answers for what is not in the chain file (firms, placements, scores), beside the file's own layers
    link : address of a node's page by its id, None for a node without one; no links without it
    raises : ValueError for another language or width
    """
    views = node_views(chain, scores, flags, lang, as_of)
    drawing = draw(chain, views, width_px, as_of=as_of, layers=layers)
    return _svg(drawing, chain, views, width_px, as_of, link)


def draw(
    chain: Chain,
    views: Mapping[str, NodeView],
    width_px: int,
    *,
    as_of: dt.date,
    layers: Mapping[str, Layer] | None = None,
) -> Drawing:
    """The picture before it is written; its unit is a pixel or, where the text is enlarged, more than one."""
    if not LEAST_PX <= width_px <= MOST_PX:
        raise ValueError(f"width_px is {width_px}, {LEAST_PX} to {MOST_PX} is allowed")
    shown, lang = {**chain.layers, **(layers or {})}, next(iter(views.values())).lang
    plan = None if width_px < UPRIGHT_PX else _plan(chain, views, width_px, as_of, shown)
    depth = FIRST_LEVELS if width_px < NARROW_PX else EVERY_LEVEL
    drawing = Drawing(plan.width if plan else float(width_px), 0.0)
    y = heading(drawing, chain, views, lang, as_of, depth)
    y = plan.draw(drawing, y) if plan else draw_spine(drawing, chain, views, depth, y)
    drawing.height = round(footer(drawing, shown, lang, y) + 4.0)
    return drawing


def _plan(
    chain: Chain, views: Mapping[str, NodeView], width_px: int, as_of: dt.date, layers: Mapping[str, Layer]
) -> Plan:
    """The wide layout whose text is largest on the sheet, less what names lose that go on over several lines."""
    lang = next(iter(views.values())).lang
    fewest = fewest_spines(chain, width_px, lang)

    def tried(spines: int, enlarged: float) -> tuple[float, bool, Plan]:
        """How legible a layout is on the sheet, whether it fits without being shrunk, and the layout."""
        frame = Drawing(width_px / enlarged, 0.0)
        around = footer(frame, layers, lang, heading(frame, chain, views, lang, as_of))
        plan = Plan.of(chain, views, frame.width, spines, EVERY_LEVEL)
        shrunk = min(1.0, SHEET * frame.width / (plan.height + around))
        legible = enlarged * shrunk - WRAPPED * plan.wrapped - FURTHER_SPINE * (spines - fewest)
        return legible, shrunk == 1.0, plan

    found = [tried(fewest, 1.0)]
    if not found[0][1]:
        found.append(tried(min(fewest + 1, len(chain.ribs())), 1.0))
    for enlarged in ENLARGED:
        width = width_px / enlarged
        if not found[-1][1] or width < UPRIGHT_PX or fewest_spines(chain, width, lang) > fewest:
            break  # what does not fit does not fit with larger text either
        found.append(tried(fewest, enlarged))
    return max(found, key=lambda one: one[0])[2]


def _svg(
    drawing: Drawing,
    chain: Chain,
    views: Mapping[str, NodeView],
    width_px: int,
    as_of: dt.date,
    link: Link | None,
) -> str:
    lang = next(iter(views.values())).lang
    name = chain.name_zh if lang == "zh" else chain.name_en
    title = say(lang, "fishbone.title", name=name)
    counted = say(lang, "fishbone.counted", day=as_of, ribs=len(chain.ribs()), nodes=len(chain.nodes))
    flagged = [
        say(lang, "fishbone.flagged", flag=say(lang, f"flag.{kind}"), nodes=[view.name for view in found])
        for kind in ("potential", "risk", "gap")
        if (found := [view for view in views.values() if kind in view.raised])
    ]
    height = drawing.height * width_px / drawing.width
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" lang="{"zh-CN" if lang == "zh" else "en"}" '
        f'class="fishbone" width="{width_px}" height="{number(height)}" '
        f'viewBox="0 0 {number(drawing.width)} {number(drawing.height)}">',
        f"<title>{escape(plain(title))}</title>",
        f"<desc>{escape(plain(' '.join([counted, *flagged])))}</desc>",
        f"<style>{style_sheet()}</style>",
        f'<rect width="{number(drawing.width)}" height="{number(drawing.height)}" class="fb-paper"/>',
    ]
    for group in drawing.groups:
        inner = "".join(item.svg() for item in group.items)
        if group.node_id is None:
            parts.append(inner)
            continue
        tip = f"<title>{escape(chr(10).join(plain(line) for line in group.tip.splitlines()))}</title>"
        href = link(group.node_id) if link else None
        parts.append(f'<a href="{escape(href, quote=True)}">{tip}{inner}</a>' if href else f"<g>{tip}{inner}</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"
