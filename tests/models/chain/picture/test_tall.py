"""The narrow picture: a vertical spine, ribs alternately left and right."""

from __future__ import annotations

from dataclasses import replace

from models.chain.node_view import node_views
from models.chain.picture.drawing import Drawing
from models.chain.picture.tall import draw_spine


def drawn(chain, views, width: float = 400.0, depth: int = 2) -> Drawing:
    drawing = Drawing(width, 0.0)
    drawing.height = draw_spine(drawing, chain, views, depth, 100.0)
    return drawing


def test_ribs_alternate_and_only_the_wanted_levels_are_shown(make_chain, make_tables, day):
    chain = make_chain(2, ribs=6, children=((1, 3), (1, 2)))
    drawing = drawn(chain, node_views(chain, *make_tables(chain), "zh", day))
    shown = [group.node_id for group in drawing.groups if group.node_id]
    assert set(shown) == {node.id for node in chain.nodes if node.level <= 2}
    sides = []
    for rib in chain.ribs():
        group = next(group for group in drawing.groups if group.node_id == rib.id)
        sides.append(min(item.box.left for item in group.items) > 200.0)
    assert sides == [False, True] * 3


def test_each_side_keeps_to_its_half(make_chain, make_tables, day):
    """No text reaches the spine."""
    chain = make_chain(4, ribs=8, longest=30)
    for width, depth in ((320.0, 2), (400.0, 2), (700.0, 4), (900.0, 4)):
        drawing = drawn(chain, node_views(chain, *make_tables(chain), "en", day), width, depth)
        deepest = max(chain.node(group.node_id).level for group in drawing.groups if group.node_id)
        assert deepest == depth
        for group in drawing.groups:
            if group.node_id:
                boxes = [item.box for item in group.items]
                left, right = min(box.left for box in boxes), max(box.right for box in boxes)
                assert right < width / 2.0 - 8.0 or left > width / 2.0 + 8.0


def test_a_chain_without_positions_has_no_names_on_the_spine(make_chain, make_tables, day):
    chain = make_chain(2)
    plain = replace(chain, nodes=tuple(replace(node, position=None) for node in chain.nodes))
    drawing = drawn(plain, node_views(plain, *make_tables(plain), "zh", day))
    assert [words.text for words in drawing.texts() if words.kind == "onspine"] == ["数字安防"]
