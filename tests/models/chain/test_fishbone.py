"""The picture of any chain: nothing overlaps or is cut, everything is named, the bytes are the same each time."""

from __future__ import annotations

import datetime as dt
import re
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from data.chain.chain_file import load_chains
from data.chain.tree import Chain, Node
from data.codebook import reference_path
from models.chain.fishbone import draw, fishbone_svg
from models.chain.node_view import node_views
from models.chain.picture.drawing import Drawing, Path

SVG = "{http://www.w3.org/2000/svg}"
CASES = (("zh", 400), ("en", 320), ("en", 760), ("zh", 1000), ("en", 1600), ("zh", 2400))
PRINTED = (("zh", 400), ("en", 400), ("zh", 1600), ("en", 1600))
NONE = pd.DataFrame()
NUMBERS = re.compile(r"-?[0-9.]+ -?[0-9.]+")
SHAPES = {
    "one rib": {"ribs": 1},
    "ribs alone": {"ribs": 4, "children": ()},
    "forty ribs": {"ribs": 40, "children": ((1, 2),)},
    "a hundred nodes": {"ribs": 6, "children": ((4, 6), (2, 4), (0, 1))},
    "one long rib": {"ribs": 2, "children": ((24, 24), (0, 1))},
    "long names": {"ribs": 3, "longest": 60},
}


def faults(drawing: Drawing) -> list[str]:
    """Texts, marks or frames of labels that share an area or reach over an edge, and ribs that cross a text."""
    paths = [item for group in drawing.groups for item in group.items if isinstance(item, Path)]
    items = [*drawing.texts(), *drawing.marks()]
    boxes = np.array([item.box for item in items])
    left, top, right, bottom = boxes.T
    outside = (left < 0) | (top < 0) | (right > drawing.width) | (bottom > drawing.height)
    wide = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    high = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    # The boxes of lines below each other may share the rows that only accents and descenders use.
    both = np.triu((wide > 0.01) & (high > 1.0), 1)
    found = [f"outside: {items[at]}" for at in np.flatnonzero(outside)]
    found += [f"overlap: {items[a]} and {items[b]}" for a, b in np.argwhere(both)]
    for path in paths:
        if path.kind.startswith("rib"):
            points = np.array([[float(one) for one in point.split()] for point in NUMBERS.findall(path.d)])
            line = np.concatenate([np.linspace(a, b, 200) for a, b in pairwise(points)])
            x, y = line[:, :1], line[:, 1:]
            crossed = ((x > left) & (x < right) & (y > top) & (y < bottom)).any(axis=0)
            found += [f"rib over: {items[at]}" for at in np.flatnonzero(crossed)]
    for group in drawing.groups:
        if isinstance(group.items[0], Path) and group.items[0].kind.startswith("label"):
            own = [item.box for item in group.items[1:]]
            frame = (min(b[0] for b in own) - 6.0, min(b[1] for b in own) - 2.0, max(b[2] for b in own) + 6.0,
                     max(b[3] for b in own) + 2.0)  # fmt: skip
            inside = (right > frame[0]) & (left < frame[2]) & (bottom > frame[1]) & (top < frame[3])
            found += [f"label over: {items[at]}" for at in np.flatnonzero(inside) if items[at] not in group.items]
    return found


def drawn(chain: Chain, tables, day: dt.date, lang: str, width: int) -> Drawing:
    return draw(chain, node_views(chain, *tables, lang, day), width, as_of=day)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_text_overlaps_another_or_is_cut(make_chain, make_tables, day, shape):
    """Every text box is inside the picture and free of the others, in both languages, narrow and wide."""
    chain = make_chain(3, **SHAPES[shape])
    for lang, width in CASES:
        drawing = drawn(chain, make_tables(chain), day, lang, width)
        assert not faults(drawing), (lang, width)
        assert min(words.size for words in drawing.texts()) * width / drawing.width >= 11.0


def test_the_measure_finds_faults(make_chain, make_tables, day):
    """Were a text moved onto another or over the edge, the law above would see it."""
    chain = make_chain(3)
    drawing = drawn(chain, make_tables(chain), day, "zh", 1600)
    group = next(group for group in drawing.groups if group.node_id)
    words = next(item for item in group.items if hasattr(item, "text"))
    group.items.append(replace(words, x=words.x + 3.0))
    group.items.append(replace(words, x=drawing.width))
    assert {fault.split(":")[0] for fault in faults(drawing)} == {"outside", "overlap"}


def test_shipped_chains_are_drawn_without_a_fault(make_tables):
    """The project's own chains, with everything to level 4 in the wide picture and level 2 in the narrow one."""
    for chain in load_chains(reference_path("chains")).values():
        day = next(iter(chain.layers.values())).as_of
        for lang, width in PRINTED:
            drawing = drawn(chain, make_tables(chain), day, lang, width)
            assert not faults(drawing), (chain.id, lang, width)
            shown = {group.node_id for group in drawing.groups if group.node_id}
            deepest = 2 if width < 600 else 4
            assert shown == {node.id for node in chain.nodes if node.level <= deepest}


def test_every_character_of_every_name_is_drawn(make_chain, make_tables, day):
    """No name is shortened: its lines joined are the name."""
    chain = make_chain(5, longest=40)
    names = chain.names("zh")
    for width in (400, 1600):
        drawing = drawn(chain, make_tables(chain), day, "zh", width)
        for group in drawing.groups:
            if group.node_id:
                joined = "".join(item.text for item in group.items if hasattr(item, "text"))
                assert joined == names[group.node_id]


def test_ribs_go_from_upstream_to_downstream(make_chain, make_tables, day):
    """Whatever the order of the file, positions are read from left to right, and from top to bottom when narrow."""
    chain = make_chain(2, ribs=6, children=((1, 2),))
    shuffled = replace(chain, nodes=tuple(sorted(chain.nodes, key=lambda node: node.id[::-1])))
    for width, axis in ((1600, "x"), (400, "y")):
        drawing = drawn(shuffled, make_tables(chain), day, "zh", width)
        at = {words.text: getattr(words, axis) for words in drawing.texts() if words.text in ("上游", "中游", "下游")}
        assert at["上游"] < at["中游"] < at["下游"]


def test_the_file_is_valid_and_says_what_it_shows(make_chain, make_tables, day):
    """Title, description, role and a tip for each node; links only where there is an address."""
    chain = make_chain(1)
    first = chain.nodes[0].id
    text = fishbone_svg(
        chain, *make_tables(chain), "zh", 1600, as_of=day, link=lambda node: f"n/{node}?a&b" if node == first else None
    )
    root = ET.fromstring(text)
    assert root.attrib["role"] == "img"
    assert root.find(f"{SVG}title").text.startswith("数字安防")
    assert f"{day.year}年{day.month}月{day.day}日" in root.find(f"{SVG}desc").text
    assert [one.attrib["href"] for one in root.iter(f"{SVG}a")] == [f"n/{first}?a&b"]
    tips = root.findall(f"{SVG}g/{SVG}title") + root.findall(f"{SVG}a/{SVG}title")
    assert len(tips) == len(chain.nodes)
    assert "园区产业办 & <处>，2026年6月30日" in "".join(root.itertext())
    assert not [word for word in ("<script", "http://", "https://", "url(", "@import") if word in text[200:]]


def test_the_same_values_give_the_same_bytes(make_chain, make_tables, day):
    chain = make_chain(1)
    scores, flags = make_tables(chain)
    one = fishbone_svg(chain, scores, flags, "en", 1600, as_of=day)
    assert one == fishbone_svg(chain, scores[::-1], flags[::-1].reset_index(), "en", 1600, as_of=day)


def test_names_cannot_break_out_of_the_file(day):
    """Markup in a name is text; what XML forbids is not written."""
    bad = '</text><script>alert(1)</script>"\x00\u202e&amp;'
    node = Node("n", None, 1, bad, bad, None, (), (), (), (), (), None)
    chain = Chain("c", bad, bad, {}, (node,), "")
    for width in (400, 1600):
        text = fishbone_svg(chain, NONE, NONE, "zh", width, as_of=day, link=lambda _: 'a"><script>')
        root = ET.fromstring(text)
        assert "script" not in {one.tag.split("}")[1] for one in root.iter()}


def test_no_scores_are_no_data_and_never_zero(make_chain, day):
    chain = make_chain(1, ribs=3)
    for lang, words in (("zh", "无数据"), ("en", "no data")):
        drawing = drawn(chain, (NONE, NONE), day, lang, 1600)
        assert {text.tail for text in drawing.texts() if text.tail} == {words}
        said = " ".join(text.text for text in drawing.texts())
        assert said.count(words) >= 4  # the three flags of the legend, and what no data means
        assert "(0)" not in said
        assert "（0）" not in said
        assert all(mark.kind in ("none", "potential", "risk", "gap") for mark in drawing.marks())


def test_flags_differ_by_shape_and_not_by_colour_alone(make_chain, make_tables, day):
    """Each raised flag has its mark, hollow where it could be the other way; the legend explains both."""
    chain = make_chain(4)
    text = fishbone_svg(chain, *make_tables(chain), "zh", 1600, as_of=day)
    shapes = {kind: {one.split('"')[1] for one in text.split("<path ") if f'class="fb-m fb-{kind}' in one} for kind in
              ("risk", "gap", "potential")}  # fmt: skip
    assert all(len(found) == 1 for found in shapes.values())
    assert len(set.union(*shapes.values())) == 3
    assert 'class="fb-m fb-risk fb-maybe"' in text
    assert "空心" in text


@pytest.mark.parametrize(("lang", "width"), [("fr", 400), ("zh", 319), ("zh", 10_001)])
def test_another_language_or_width_is_one_error(make_chain, day, lang, width):
    with pytest.raises(ValueError, match="allowed"):
        fishbone_svg(make_chain(1), NONE, NONE, lang, width, as_of=day)


def test_a_large_chain_takes_at_most_300_ms(make_chain, make_tables, day):
    """214 nodes on four levels, three times the largest shipped chain; the best processor time of three runs."""
    chain = make_chain(3, ribs=9, children=((4, 6), (2, 4), (0, 2)))
    assert len(chain.nodes) > 190
    tables, seconds = make_tables(chain), []
    for _ in range(3):
        begun = time.process_time()
        fishbone_svg(chain, *tables, "zh", 1600, as_of=day)
        seconds.append(time.process_time() - begun)
    assert min(seconds) < 0.3
