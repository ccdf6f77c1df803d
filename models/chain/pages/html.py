"""Parts of a page: a document that needs nothing else, tables, bars of intervals, links. Every text is escaped here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

from data.chain.tree import Layer
from models.chain.node_view import Language, NodeView, Score, say
from models.chain.picture.drawing import number
from models.chain.picture.frame import layer_name
from models.chain.picture.text_width import plain

BAR_WIDTH, BAR_HEIGHT, BAR_EDGE = 190.0, 18.0, 6.0
# What the bar of a score reaches over, and the value that it is compared with; others reach as far as their interval.
BAR_ENDS: Mapping[str, tuple[float, float]] = {
    "local_share": (0.0, 1.0), "concentration": (0.0, 1.0), "criticality": (0.0, 1.0), "growth": (-2.0, 2.0),
}  # fmt: skip
BAR_MIDDLE: Mapping[str, float] = {"rta": 1.0, "growth": 0.0, "gap": 0.0, "talent": 1.0}
OLD_DAYS = 365
# Beside the style sheet of the pages: which of two drawings is seen, and a banner.
DRAWN_STYLE = (
    ".drawn svg{display:block;width:100%;height:auto;margin:.4rem 0}.drawn .slim{display:none}"
    "@media (max-width:640px){.drawn .slim{display:block;max-width:440px}.drawn .broad{display:none}}"
)
BANNER_STYLE = (
    ".banner{border:2px solid currentcolor;border-radius:8px;padding:.5rem .8rem;margin:1rem 0 0;font-weight:600}"
)
# Of pages whose captions repeat the heading above: read out with the table, and not shown again.
CAPTION_STYLE = "caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}"


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that a page leads to; None, or a function that gives None, is no link.

    node : page of a node by its id; export : file of a list by its name and "csv" or "xlsx"
    chain : page of the chain; other_language : this page in the other language
    """

    node: Callable[[str], str | None] = lambda _: None
    export: Callable[[str, str], str | None] = lambda _, __: None
    chain: str | None = None
    other_language: str | None = None


NO_LINKS = Links()


def text(value: object) -> str:
    """A value as HTML text, also within an attribute."""
    return escape(plain(str(value)), quote=True)


def link(address: str | None, shown: str) -> str:
    """HTML that leads somewhere, or is only shown; an address that is a script is none."""
    if not address or address.strip().lower().startswith(("javascript:", "data:", "vbscript:")):
        return shown
    return f'<a href="{escape(address, quote=True)}">{shown}</a>'


def node_link(view: NodeView, links: Links) -> str:
    """A node's name with its address."""
    return link(links.node(view.node.id), text(view.name))


@cache
def style_sheet() -> str:
    """The text of ``page.css``."""
    return (files("models.chain.pages") / "page.css").read_text(encoding="utf-8").strip()


def document(lang: Language, title: str, above: str, body: Sequence[str], links: Links, *, wide: bool = False) -> str:
    """A whole page.

    title : text; above : HTML over the heading; body : sections; wide : for the picture of a chain
    """
    width = "wrap wide" if wide else "wrap"
    other = link(links.other_language, say(lang, "page.other_language"))
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{text(title)}</title>\n<style>{style_sheet()}</style></head>\n<body>"
        f'<a class="skip" href="#main">{say(lang, "page.skip")}</a>\n<header><div class="{width}">'
        f'<div class="line"><span>{above}</span><span>{other if links.other_language else ""}</span></div>'
        f'<h1>{text(title)}</h1></div></header>\n<main id="main" class="{width}">\n'
        + "\n".join(part for part in body if part)
        + "\n</main></body></html>\n"
    )


def section(anchor: str, title: str, *content: str) -> str:
    """A section with its heading, HTML."""
    heading = f'<h2 id="{anchor}-h">{title}</h2>'
    return f'<section id="{anchor}" aria-labelledby="{anchor}-h">{heading}{"".join(content)}</section>'


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], kinds: Sequence[str] = ()) -> str:
    """A table that scrolls by itself where the page is narrow.

    caption, heads, rows : HTML; kinds : classes of the columns, "n" for figures, "w" for long texts
    """
    classes = [f' class="{kind}"' if kind else "" for kind in (*kinds, *[""] * (len(heads) - len(kinds)))]
    top = "".join(f'<th scope="col"{kind}>{head}</th>' for head, kind in zip(heads, classes, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(row, classes, strict=True)) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def drawn(wide: str, slim: str, caption: str) -> str:
    """A picture for wide and one for narrow pages, of which one is seen with ``DRAWN_STYLE``; all are HTML."""
    return (
        f'<figure class="drawn" style="margin:0"><div class="broad" style="max-width:860px">{wide}</div>'
        f'<div class="slim">{slim}</div><figcaption class="quiet">{caption}</figcaption></figure>'
    )


def exports(name: str, links: Links, lang: Language) -> str:
    """Links to the files of a list."""
    found = [link(address, kind.upper()) for kind in ("csv", "xlsx") if (address := links.export(name, kind))]
    return (
        f'<p class="exports quiet">{say(lang, "page.export", list=say(lang, f"list.{name}"))}{" · ".join(found)}</p>'
        if found
        else ""
    )


def layer_table(layers: Mapping[str, Layer], lang: Language, as_of: dt.date) -> str:
    """Who answers for each layer, its day and how old it is on the day of the snapshot, and where it is from."""
    heads = [say(lang, f"layers.{key}") for key in ("layer", "owner", "day", "age", "source")]
    rows = []
    for key, layer in layers.items():
        days = (as_of - layer.as_of).days
        age = say(lang, "layers.days", days=days) if days >= 0 else say(lang, "layers.later")
        if days > OLD_DAYS:
            age = f'<strong class="risk">{age} · {say(lang, "layers.old")}</strong>'
        rows.append([text(layer_name(key, lang)), text(layer.owner), layer.as_of.isoformat(), age, text(layer.source)])
    return table(say(lang, "layers.note"), heads, rows, ("", "", "keep", "keep", "w"))


def interval_bar(score: Score) -> str:
    """A score on its scale: the interval as a bar, the value as a dot, a line at the value that it is compared with."""
    if score.value is None:
        return ""
    low, high = (score.value if end is None else end for end in (score.low, score.high))
    middle = BAR_MIDDLE.get(score.key)
    ends = BAR_ENDS.get(score.key)
    known = [low, high, score.value, *([] if middle is None else [middle]), *(ends or (0.0,))]
    first, last = min(known), max(known)
    scale = (BAR_WIDTH - 2.0 * BAR_EDGE) / ((last - first) or 1.0)

    def at(value: float) -> str:
        return number(BAR_EDGE + (value - first) * scale)

    y = number(BAR_HEIGHT / 2.0)
    zero = "" if middle is None else f'<path class="zero" d="M{at(middle)} 2V{number(BAR_HEIGHT - 2.0)}"/>'
    return (
        f'<svg class="bar" viewBox="0 0 {number(BAR_WIDTH)} {number(BAR_HEIGHT)}" aria-hidden="true">'
        f'<path class="track" d="M{number(BAR_EDGE)} {y}H{number(BAR_WIDTH - BAR_EDGE)}"/>{zero}'
        f'<path class="span" d="M{at(low)} {y}H{at(high)}"/>'
        f'<circle class="at" cx="{at(score.value)}" cy="{y}" r="3.4"/></svg>'
    )
