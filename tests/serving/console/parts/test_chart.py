"""A chart never comes without the figures that it draws."""

from __future__ import annotations

from types import SimpleNamespace

import plotly.graph_objects as go

from serving.console.parts.chart import chart, stack_counts
from serving.console.texts import text

VIEW = SimpleNamespace(lang="zh", text=lambda key, **figures: text(key, "zh", **figures))


def test_the_same_figures_are_in_the_table_beside_it():
    """Missing is a dash; a number is written as people read it; the picture has a name and no mode bar."""
    rows = [{"stage": "成长期", "firms": 1234, "share": 0.25}, {"stage": "稳定期", "firms": 5, "share": float("nan")}]
    made = chart(VIEW, go.Figure(), "各阶段企业数", [("stage", "阶段"), ("firms", "企业"), ("share", "占比")], rows)
    caption, picture, fold = made.children
    assert caption.children == picture.to_plotly_json()["props"]["aria-label"] == "各阶段企业数"
    assert picture.children.config["displayModeBar"] is False
    assert picture.children.config["locale"] == "zh-CN"
    summary, scrolled = fold.children
    assert summary.children == "数据表"
    head, body = scrolled.children.children
    assert [cell.children for cell in head.children.children] == ["阶段", "企业", "占比"]
    assert [[cell.children for cell in line.children] for line in body.children] == [
        ["成长期", "1,234", "0.25"], ["稳定期", "5", "–"]
    ]  # fmt: skip


def test_stacked_counts_have_no_tick_between_two_whole_numbers():
    """Five in all: a tick at each; six: as many as there is room for."""
    for counts, step in ((([2, 0], [3, 1]), 1), (([2, 0], [4, 1]), None), (([], []), 1)):
        figure = go.Figure([go.Bar(x=part, y=["a", "b"][: len(part)], orientation="h") for part in counts])
        stack_counts(figure)
        assert (figure.layout.xaxis.tickformat, figure.layout.xaxis.dtick) == (",d", step)
        assert figure.layout.barmode == "stack"
