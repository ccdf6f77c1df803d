"""What surrounds a fishbone: its heading, the legend of its marks, and who answers for its layers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from data.chain.tree import Chain, Layer
from models.chain.node_view import FLAGS, Language, NodeView, say, templates
from models.chain.picture.blocks import MARK_RADIUS, MARK_STEP
from models.chain.picture.drawing import Drawing, Item, Mark, Words, moved
from models.chain.picture.text_width import em_width, wrap

SMALL, FOOT_SIZE = 12.0, 11.0


def heading(
    drawing: Drawing,
    chain: Chain,
    views: Mapping[str, NodeView],
    lang: Language,
    as_of: dt.date,
    depth: int | None = None,
) -> float:
    """Write title, day and legend at the top; returns where they end.

    depth : the last level that is drawn, all where None; the legend counts flags of drawn nodes, and says how many
        other nodes have one
    """
    drawn = {key: view for key, view in views.items() if depth is None or view.node.level <= depth}
    undrawn = sum(bool(view.raised) for key, view in views.items() if key not in drawn)
    left = margin(drawing)
    width = drawing.width - 2.0 * left
    size = 20.0 if drawing.width > 700.0 else 17.0
    y = 14.0 + size
    name = chain.name_zh if lang == "zh" else chain.name_en
    for line in wrap(say(lang, "fishbone.title", name=name), width / size, bold=True):
        drawing.add(Words(left, y, line, size, "ink", bold=True))
        y += 1.3 * size
    counted = say(lang, "fishbone.counted", day=as_of, ribs=len(chain.ribs()), nodes=len(chain.nodes))
    for line in wrap(counted, width / SMALL):
        drawing.add(Words(left, y - 4.0, line, SMALL, "quiet"))
        y += 17.0
    raised = {kind: _raised(kind, drawn, lang) for kind in FLAGS}
    parts: list[Sequence[Item]] = [
        [
            Mark(MARK_STEP / 2.0, -0.34 * SMALL, MARK_RADIUS + 0.4, kind),
            Words(MARK_STEP + 4.0, 0.0, say(lang, f"legend.{kind}", n=raised[kind]), SMALL, kind),
        ]
        for kind in ("potential", "risk", "gap")
    ]
    if any(" maybe" in mark for view in drawn.values() for mark in view.marks):
        shape = Mark(MARK_STEP / 2.0, -0.34 * SMALL, MARK_RADIUS + 0.4, "potential maybe")
        parts.append([shape, Words(MARK_STEP + 4.0, 0.0, say(lang, "legend.maybe"), SMALL, "quiet")])
    if undrawn:
        parts.append([Words(0.0, 0.0, say(lang, "legend.undrawn", count=undrawn), SMALL, "quiet")])
    parts += [[Words(0.0, 0.0, say(lang, key), SMALL, "quiet")] for key in ("legend.count", "legend.no_data")]
    return _flow(drawing, parts, left, y + 2.0, width) + 10.0


def _raised(kind: str, views: Mapping[str, NodeView], lang: Language) -> str:
    """How many nodes have a flag; "no data" where it is known of none."""
    known = [view.flags[kind].raised for view in views.values() if kind in view.flags]
    if all(one is None for one in known):
        return say(lang, "no_data")
    return str(sum(one is True for one in known))


def footer(drawing: Drawing, layers: Mapping[str, Layer], lang: Language, y: float) -> float:
    """Write who answers for each layer below ``y``; returns where it ends."""
    left = margin(drawing)
    y += 24.0
    for text in [say(lang, "footer.layers"), *(layer_text(key, layer, lang) for key, layer in layers.items())]:
        for line in wrap(text, (drawing.width - 2.0 * left) / FOOT_SIZE):
            drawing.add(Words(left, y, line, FOOT_SIZE, "quiet"))
            y += 16.0
    return y


def margin(drawing: Drawing) -> float:
    """Free space at both sides."""
    return 26.0 if drawing.width > 700.0 else 12.0


def layer_text(key: str, layer: Layer, lang: Language) -> str:
    """One layer with its owner, day and source."""
    return say(
        lang, "footer.layer", layer=layer_name(key, lang), owner=layer.owner, day=layer.as_of, source=layer.source
    )


def layer_name(key: str, lang: Language) -> str:
    """The name of a layer; the key itself where it has none."""
    named = f"layer.{key}"
    return say(lang, named) if named in templates() else key


def _flow(drawing: Drawing, parts: Sequence[Sequence[Item]], left: float, y: float, width: float) -> float:
    """Parts side by side, on a new line where one does not fit; a part that is a text wider than a line is wrapped."""
    at, gap, height = 0.0, 20.0, 19.0
    for part in parts:
        words = next(item for item in part if isinstance(item, Words))
        room = width - words.x
        lines = wrap(words.text, room / words.size)
        wide = words.x + max(em_width(line) for line in lines) * words.size
        if at and at + wide > width:
            at, y = 0.0, y + height
        drawing.add(*moved([item for item in part if item is not words], left + at, y))
        for number, line in enumerate(lines):
            y += 16.0 if number else 0.0
            drawing.add(Words(left + at + words.x, y, line, words.size, words.kind))
        at += wide + gap
    return y + 6.0
