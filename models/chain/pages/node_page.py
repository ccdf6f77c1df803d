"""The page of one node 环节: scores with intervals, flags, two libraries, lists, its neighbours, its sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from data.chain.tree import Chain, Layer
from models.chain.node_view import SCORES, Language, NodeView, node_views, say
from models.chain.pages import lists as listed
from models.chain.pages.findings import code, flip, ordered, sample_unit, state, written
from models.chain.pages.html import (
    NO_LINKS,
    Links,
    document,
    exports,
    interval_bar,
    layer_table,
    link,
    node_link,
    section,
    table,
    text,
)

SHOWN = 100  # lines of a list on the page; its files have them all
LONG = ("evidence", "title", "reason", "firms", "words", "name", "node", "applicant_ids", "ipc")
WHOLE = ("firm_id", "publication_number")  # stay on one line


def node_page(
    chain: Chain,
    node_id: str,
    scores: pd.DataFrame,
    flags: pd.DataFrame,
    lists: Mapping[str, pd.DataFrame | None],
    lang: Language,
    *,
    as_of: dt.date,
    layers: Mapping[str, Layer] | None = None,
    links: Links = NO_LINKS,
    level: float = 0.9,
) -> str:
    """A whole HTML document that needs no script and no network.

    scores, flags : of the node scores; lists : as ``gather.node_lists`` makes them, None for a table that is not given
    as_of : day of the snapshot; layers : who answers for what is not in the chain file
    level : of the intervals of the scores, as they were computed
    raises : KeyError for a node that the chain does not have, ValueError for another language
    """
    views = node_views(chain, scores, flags, lang, as_of)
    view = views[chain.node(node_id).id]
    path = [views[node.id] for node in reversed(chain.ancestors(node_id))]
    chain_name = chain.name_zh if lang == "zh" else chain.name_en
    above = " › ".join([link(links.chain, text(chain_name)), *(node_link(one, links) for one in path)])
    body = [
        _summary(view, as_of),
        _scores(view, level),
        _flags(view),
        *(_list(name, lists.get(name), lang, links) for name in _shown_lists(lists)),
        _neighbours(chain, view, views, links),
        section("layers", say(lang, "layers.caption"), layer_table({**chain.layers, **(layers or {})}, lang, as_of)),
    ]
    return document(lang, view.name, above, body, links)


def _shown_lists(lists: Mapping[str, pd.DataFrame | None]) -> list[str]:
    """Lists in their order; investors and targets only where they are given."""
    always = ("local_library", "world_library", "patents", "talents")
    return [name for name in listed.LISTS if name in always or (name in lists and name in ("investors", "targets"))]


def _summary(view: NodeView, as_of: dt.date) -> str:
    lang = view.lang
    cards = [
        (say(lang, "no_data") if count is None else f"{count:,}", say(lang, name))
        for count, name in ((view.local, "card.local"), (view.world, "card.world"))
    ]
    shown = "".join(f'<div class="card"><b>{value}</b><span>{name}</span></div>' for value, name in cards)
    chips = "".join(f'<li class="flag {key}">{_shape(key)} {say(lang, f"flag.{key}")}</li>' for key in view.raised)
    codes = [
        f"{say(lang, f'node.{kind}')}{text(', '.join(values))}"
        for kind in ("gb4754", "ipc", "keywords", "products")
        if (values := getattr(view.node, kind))
    ]
    note = f"<p>{text(view.node.note)}</p>" if view.node.note else ""
    return section(
        "summary",
        say(lang, "node.summary", day=as_of),
        f'<ul class="flags">{chips}</ul>' if chips else "",
        f'<div class="cards">{shown}</div>{note}',
        "".join(f'<p class="quiet">{one}</p>' for one in codes),
    )


def _shape(key: str) -> str:
    """The mark of a flag as a character."""
    return {"potential": "▲", "risk": "◆", "gap": "■"}[key]


def _scores(view: NodeView, level: float) -> str:
    lang = view.lang
    if not view.scores:
        return section("scores", say(lang, "scores.title"), f"<p>{say(lang, 'no_data')}</p>")
    heads = [say(lang, f"scores.{key}") for key in ("score", "value", "interval", "bar", "n", "meaning")]
    rows = []
    for score in ordered(view.scores):
        value = say(lang, "no_data") if score.value is None else written(score.key, score.value, lang)
        low, high = (written(score.key, end, lang) for end in (score.low, score.high))
        basis = "" if score.basis is None else f" {text(sample_unit(score, lang))}"
        rows.append(
            [
                f"<strong>{text(code(score.key, lang))}</strong>",
                value,
                "–" if score.value is None else f"[{low}, {high}]",
                interval_bar(score),
                "–" if score.n is None else f"{score.n:,}{basis}",
                text(code(f"{score.key}.meaning", lang)) if score.key in SCORES else "",
            ]
        )
    return section(
        "scores",
        say(lang, "scores.title"),
        table(say(lang, "scores.caption", level=level), heads, rows, ("keep", "n", "keep", "", "n", "w")),
    )


def _flags(view: NodeView) -> str:
    lang = view.lang
    if not view.flags:
        return section("flags", say(lang, "flags.title"), f"<p>{say(lang, 'no_data')}</p>")
    heads = [say(lang, f"column.{key}") for key in ("flag", "state", "score", "value", "threshold", "distance", "flip")]
    rows = []
    for key in ("risk", "gap", "potential"):
        if key not in view.flags:
            continue
        flag = view.flags[key]
        named = f"{_shape(key)} {say(lang, f'flag.{key}')}"
        figures = [written(flag.score, value, lang) for value in (flag.value, flag.threshold, flag.distance)]
        shown = f'<strong class="{key}">{named}</strong>' if flag.raised else named
        rows.append(
            [shown, text(code(state(flag), lang)), text(code(flag.score, lang)), *figures, text(flip(flag, lang))]
        )
    return section(
        "flags",
        say(lang, "flags.title"),
        table(say(lang, "flags.caption"), heads, rows, ("keep", "keep", "keep", "n", "n", "n", "w")),
    )


def _list(name: str, rows: pd.DataFrame | None, lang: Language, links: Links) -> str:
    """A list's first lines, with its files; "no data" where its table is not given or holds none."""
    title = listed.title(name, lang)
    if rows is None or ("status" in rows and len(rows) and (rows["status"] == "no_data").all()):
        return section(name, title, f"<p>{say(lang, 'no_data')}</p>")
    if rows.empty:
        return section(name, title, f"<p>{say(lang, 'list.empty')}</p>")
    columns = listed.LISTS[name]
    cells = list(listed.rows(name, rows.head(SHOWN), lang))
    used = [at for at, column in enumerate(columns) if any(row[at] is not None for row in cells)]
    heads = listed.heads(name, lang)
    kinds = [_kind(columns[at]) for at in used]
    body = [[text(listed.shown(row[at], columns[at].kind, lang)) for at in used] for row in cells]
    caption = say(lang, "list.caption", shown=len(cells), all=len(rows))
    return section(name, title, table(caption, [heads[at] for at in used], body, kinds), exports(name, links, lang))


def _kind(column: listed.Column) -> str:
    """The class of a column: figures, long texts, or what stays on one line."""
    if column.kind in ("whole", "share", "probability", "tenths", "hundredths"):
        return "n"
    return "w" if column.key in LONG else "keep" if column.kind in ("date", "code") or column.key in WHOLE else ""


def _neighbours(chain: Chain, view: NodeView, views: Mapping[str, NodeView], links: Links) -> str:
    """Parent, children, and the nodes that it supplies or that supply it."""
    node = view.node
    found = {
        "parent": [node.parent] if node.parent else [],
        "children": [one.id for one in chain.children(node.id)],
        "feeds": list(node.feeds),
        "fed_by": [one.id for one in chain.nodes if node.id in one.feeds],
    }
    lines = []
    for kind, ids in found.items():
        named = [
            f'<span class="node">{node_link(views[one], links)} <small>{text(views[one].count)}</small></span>'
            for one in ids
        ]
        shown = "、".join(named) if view.lang == "zh" else ", ".join(named)
        lines.append(f"<h3>{say(view.lang, f'neighbours.{kind}')}</h3><p>{shown or '–'}</p>")
    return section("neighbours", say(view.lang, "neighbours.title"), *lines)
