"""A chart with the same figures as a table beside it, for those who cannot or will not read a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from serving.console.parts.words import capital

if TYPE_CHECKING:
    from serving.console.page import View

# Okabe and Ito's colours, which most colour-blind people tell apart; readable on light and on dark ground.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
FEW = 5  # up to which every whole number has its tick
LINES = "rgba(128,128,128,.3)"  # of the ground, on light and on dark


def chart(
    view: View, figure: go.Figure, title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]],
    height: int = 320,
) -> Component:  # fmt: skip
    """The picture, named by ``title``, and a fold-out table of ``rows`` under ``columns`` of key and heading.

    The mode bar is off: it cannot be reached by keyboard. Ground and text take the page's colours.
    """
    figure.update_layout(
        template="none", height=height, margin=_margin(figure), colorway=COLOURS,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", font={"family": "inherit", "size": 13},
        legend={"orientation": "h", "y": -min(0.15, 60 / height)}, autosize=True,
    )  # fmt: skip
    for axes in (figure.update_xaxes, figure.update_yaxes):  # 400,000 and not 400k
        axes(automargin=True, gridcolor=LINES, exponentformat="none", separatethousands=True)
    config = {"displayModeBar": False, "responsive": True, "locale": "zh-CN" if view.lang == "zh" else "en-GB"}
    picture = dcc.Graph(figure=figure, config=config, className="chart", style={"height": f"{height}px"})
    named = html.Div(picture, role="img", **{"aria-label": title})
    caption = html.Figcaption(capital(title), className="chart-title")
    return html.Figure([caption, named, data_table(view, columns, rows)], className="figure")


def stack_counts(figure: go.Figure) -> None:
    """Lying bars of whole numbers, one behind the other and the first on top, with no tick between two numbers."""
    most = max((sum(ends) for ends in zip(*(trace.x or () for trace in figure.data), strict=True)), default=0)
    figure.update_layout(barmode="stack", legend_traceorder="normal").update_yaxes(autorange="reversed")
    figure.update_xaxes(tickformat=",d", dtick=1 if most <= FEW else None)


def _margin(figure: go.Figure) -> dict[str, int]:
    """In px: labels around a circle or beyond a lying bar are drawn outside, those of axes find their own room."""
    round_about = any(trace.type in ("scatterpolar", "barpolar", "pie") for trace in figure.data)
    beyond = any(trace.type in ("bar", "waterfall") and trace.orientation == "h" and trace.textposition == "outside"
                 for trace in figure.data)  # fmt: skip
    return dict.fromkeys("lrtb", 40 if round_about else 8) | ({"r": 48} if beyond else {})


def data_table(view: View, columns: Sequence[tuple[str, str]], rows: Sequence[Mapping[str, Any]]) -> Component:
    """The figures of a chart as a table that folds out."""
    head = html.Thead(html.Tr([html.Th(capital(heading), scope="col") for _, heading in columns]))
    body = html.Tbody([html.Tr([html.Td(_shown(row.get(key))) for key, _ in columns]) for row in rows])
    table = dmc.TableScrollContainer(html.Table([head, body], className="data-table"), minWidth=280)
    return html.Details([html.Summary(view.text("chart.table")), table])


def _shown(value: Any) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return "–"
    return (
        f"{value:,.4g}"
        if isinstance(value, float) and abs(value) < 1_000
        else (f"{value:,.0f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value))
    )
