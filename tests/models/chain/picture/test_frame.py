"""Heading, legend and footer of a picture."""

from __future__ import annotations

import datetime as dt

import pytest

from data.chain.tree import Layer
from models.chain.node_view import node_views
from models.chain.picture.drawing import Drawing
from models.chain.picture.frame import footer, heading, layer_name, layer_text, margin


@pytest.mark.parametrize("width", [320.0, 1600.0])
def test_the_heading_counts_flags_and_explains_figures(make_chain, make_tables, day, width):
    """Each flag with how many nodes have it, the meaning of 12/340 and of no data, the snapshot's day."""
    chain = make_chain(2)
    views = node_views(chain, *make_tables(chain), "zh", day)
    drawing = Drawing(width, 0.0)
    end = heading(drawing, chain, views, "zh", day)
    said = "".join(words.text for words in drawing.texts())
    raised = sum("risk" in view.raised for view in views.values())
    assert f"风险环节（{raised}）" in said
    assert "2026年6月30日" in said
    assert "本地企业数/全部企业数" in said
    assert max(words.box.bottom for words in drawing.texts()) <= end
    assert max(words.box.right for words in drawing.texts()) <= width - margin(drawing)


@pytest.mark.law
def test_the_legend_counts_the_nodes_that_are_drawn(make_chain, make_tables, day):
    """Of two levels alone; how many others have a flag is said beside."""
    chain = make_chain(3)
    views = node_views(chain, *make_tables(chain), "zh", day)
    said = {}
    for depth in (2, None):
        drawing = Drawing(400.0, 0.0)
        heading(drawing, chain, views, "zh", day, depth)
        said[depth] = "".join(words.text for words in drawing.texts())
    above = [view for view in views.values() if view.node.level <= 2]
    below = [view for view in views.values() if view.node.level > 2 and view.raised]
    assert below
    assert f"风险环节（{sum('risk' in view.raised for view in above)}）" in said[2]
    assert f"另有 {len(below)} 个带标记的环节画在更宽的图中" in said[2]
    assert "另有" not in said[None]


def test_the_footer_names_owner_day_and_source_of_each_layer():
    """A long source goes on over lines; none is left out."""
    layers = {
        "structure": Layer("产业办", dt.date(2026, 1, 2), "分类" * 60),
        "own": Layer("x", dt.date(2026, 1, 3), "y"),
    }
    drawing = Drawing(400.0, 0.0)
    end = footer(drawing, layers, "zh", 100.0)
    said = "".join(words.text for words in drawing.texts())
    assert "环节结构：产业办，2026年1月2日" in said
    assert said.count("分类") == 60
    assert "own：x，2026年1月3日，y" in said
    assert end > max(words.y for words in drawing.texts())


def test_names_of_layers():
    """A known layer has a name in both languages; another keeps its key."""
    assert [layer_name("codes", lang) for lang in ("zh", "en")] == ["分类代码", "Codes"]
    assert layer_name("other", "en") == "other"
    assert layer_text("codes", Layer("o", dt.date(2026, 1, 2), "s"), "en") == "Codes: o, 2 January 2026, s"
