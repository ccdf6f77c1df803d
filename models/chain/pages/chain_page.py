"""The page of a chain 产业链: its fishbone for each width of screen, its flags, every node, its sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd

from data.chain.tree import Chain, Layer, Node
from models.chain.fishbone import fishbone_svg
from models.chain.node_view import FLAGS, Language, NodeView, node_views, say
from models.chain.pages.findings import code, flip, state, written
from models.chain.pages.html import NO_LINKS, Links, document, layer_table, node_link, section, table, text

# Width of each picture; the style sheet shows the one that fits the screen, none with text under 11 px.
PICTURES = {"broad": 1600, "medium": 1240, "upright": 900, "narrow": 400}


def chain_page(
    chain: Chain,
    scores: pd.DataFrame,
    flags: pd.DataFrame,
    lang: Language,
    *,
    as_of: dt.date,
    layers: Mapping[str, Layer] | None = None,
    links: Links = NO_LINKS,
) -> str:
    """A whole HTML document that needs no script and no network; arguments as of ``node_page``."""
    views = node_views(chain, scores, flags, lang, as_of)
    pictures = "".join(
        f'<div class="{kind}">'
        + fishbone_svg(chain, scores, flags, lang, width, as_of=as_of, layers=layers, link=links.node)
        + "</div>"
        for kind, width in PICTURES.items()
    )
    tree = f'<ul class="tree">{"".join(_branch(chain, node, views, links) for node in chain.ribs())}</ul>'
    body = [
        f'<div class="picture">{pictures}</div>',
        _flags(list(views.values()), lang, links),
        section("nodes", say(lang, "nodes.title"), f'<p class="quiet">{say(lang, "legend.count")}</p>', tree),
        section("layers", say(lang, "layers.caption"), layer_table({**chain.layers, **(layers or {})}, lang, as_of)),
    ]
    name = chain.name_zh if lang == "zh" else chain.name_en
    return document(lang, name, say(lang, "chain.above", day=as_of), body, links, wide=True)


def _branch(chain: Chain, node: Node, views: Mapping[str, NodeView], links: Links) -> str:
    """A node with all that is below it: what the picture shows, for those who do not see it."""
    view = views[node.id]
    flagged = "".join(f' <span class="{key}">{say(view.lang, f"flag.{key}")}</span>' for key in view.raised)
    below = "".join(_branch(chain, child, views, links) for child in chain.children(node.id))
    inner = f"<ul>{below}</ul>" if below else ""
    return (
        f'<li><span class="node">{node_link(view, links)} <small>{text(view.count)}</small>{flagged}</span>{inner}</li>'
    )


def _flags(views: Sequence[NodeView], lang: Language, links: Links) -> str:
    """Flags that are raised, those nearest to flipping last."""
    raised = [(key, view, view.flags[key]) for key in FLAGS for view in views if key in view.raised]
    raised.sort(key=lambda one: (FLAGS.index(one[0]), -abs(one[2].distance or 0.0), one[1].node.id))
    if not raised:
        known = any(flag.raised is not None for view in views for flag in view.flags.values())
        return section("flags", say(lang, "flags.title"), f"<p>{say(lang, 'flags.none' if known else 'no_data')}</p>")
    heads = [say(lang, f"column.{key}") for key in
             ("flag", "node_name", "state", "score", "value", "threshold", "distance", "flip")]  # fmt: skip
    rows = [
        [
            f'<strong class="{key}">{say(lang, f"flag.{key}")}</strong>',
            node_link(view, links),
            text(code(state(flag), lang)),
            text(code(flag.score, lang)),
            *(written(flag.score, value, lang) for value in (flag.value, flag.threshold, flag.distance)),
            text(flip(flag, lang)),
        ]
        for key, view, flag in raised
    ]
    shown = table(say(lang, "flags.caption"), heads, rows, ("keep", "w", "keep", "keep", "n", "n", "n", "w"))
    return section("flags", say(lang, "flags.title"), shown)
