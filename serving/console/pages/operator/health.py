"""Whether the service is ready, what its upkeep does, and how fast and how often it answers."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from data.texts.sentences import read_sentences
from serving.console.api import Refused
from serving.console.page import Console, Page, View, Waiting
from serving.console.parts.chart import chart
from serving.console.parts.grid import Column, grid
from serving.console.parts.states import badge, empty, fact_cards, section
from serving.console.service_figures import RouteFigures, refusals, route_figures

ROLE, PERMISSION = ("operator",), "audit"
PATH = "/operator/health"
BUSIEST = 10  # routes in the chart


def register(console: Console) -> None:
    """Add the page and what waits."""
    console.add(Page(PATH, ROLE, PERMISSION, "operator.health", layout, "menu.system", "health"))
    console.waiting("operator", waiting)


def layout(view: View) -> Component:
    """Ready or not and why, the upkeep, and answers by route since the start."""
    worker = view.state.worker
    exposition = view.api.raw("GET", "/metrics").text
    rows, refused = route_figures(exposition), refusals(exposition)
    ready, why = readiness(view)
    words = view.text("operator.health.ready" if ready else "operator.health.not_ready")
    cards = [
        (view.text("operator.health.answers"), f"{sum(row.answers for row in rows):,}", None),
        (view.text("operator.health.refused"), f"{sum(row.refused for row in rows):,}", None),
        (view.text("operator.health.broken"), f"{sum(row.broken for row in rows):,}", None),
        (view.text("operator.packed.model"), worker.service.models.release, None),
    ]
    return dmc.Stack(
        [
            dmc.Group([badge(words, "green" if ready else "red")]),
            *([dmc.Alert(why, title=words, color="red")] if why else []),
            fact_cards(cards),
            section(view.text("operator.health.upkeep"), upkeep(view)),
            section(view.text("operator.health.latency"), *_latency(view, rows)),
            section(view.text("operator.health.refusals"), _refusals(view, refused)),
        ]
    )


def readiness(view: View) -> tuple[bool, str]:
    """Whether the service is ready, and what the API says about why not, in words."""
    try:
        view.api.get("/readyz")
    except Refused as refused:
        return False, refused.text(view.lang)
    return True, ""


def upkeep(view: View) -> Component:
    """Each piece of work that the service repeats, and whether it goes well."""
    worker = view.state.worker
    works = [(one.name, one.fault) for one in worker.upkeep]
    writer = worker.writer.fault
    lines = [("commits", writer), *works]
    return html.Ul(
        [
            html.Li(
                [
                    badge(view.text("operator.health.good" if fault is None else "operator.health.bad"),
                          "green" if fault is None else "red"),
                    html.Span(f" {view.text('operator.health.work.' + name.replace(' ', '_'))}"),
                ]
            )
            for name, fault in lines
        ],
        style={"listStyle": "none", "margin": 0, "padding": 0},
    )  # fmt: skip


def _latency(view: View, rows: list[RouteFigures]) -> list[Any]:
    if not rows:
        return [empty(view.text("operator.health.none"))]
    busiest = rows[:BUSIEST][::-1]
    figure = go.Figure()
    figure.add_bar(
        y=[row.route for row in busiest], x=[round(row.mean_ms, 1) for row in busiest], orientation="h",
        text=[f"{row.mean_ms:,.1f}" for row in busiest], textposition="outside", cliponaxis=False,
    )  # fmt: skip
    figure.update_xaxes(title=view.text("operator.health.mean"), rangemode="tozero", nticks=4, tickangle=0)
    headings = [("route", view.text("operator.health.route")), ("mean", view.text("operator.health.mean"))]
    table = [{"route": row.route, "mean": f"{row.mean_ms:,.1f}"} for row in busiest[::-1]]
    columns = [
        Column("route", view.text("operator.health.route"), least_px=260),
        Column("answers", view.text("operator.health.answers"), "number"),
        Column("refused", view.text("operator.health.refused"), "number"),
        Column("broken", view.text("operator.health.broken"), "number"),
        Column("mean", view.text("operator.health.mean"), "number", decimals=1, least_px=140),
        Column("p50", view.text("operator.health.p50"), "number", decimals=1, least_px=170),
        Column("p99", view.text("operator.health.p99"), "number", decimals=1, least_px=170),
    ]
    listed = [
        {
            "id": row.route, "route": row.route, "answers": row.answers, "refused": row.refused, "broken": row.broken,
            "mean": row.mean_ms, "p50": row.p50_ms, "p99": row.p99_ms,
        }
        for row in rows
    ]  # fmt: skip
    return [
        chart(view, figure, view.text("operator.health.mean_by_route"), headings, table),
        dmc.Text(view.text("operator.health.note"), size="sm", className="quiet"),
        grid(view, "health-routes", columns, listed, label=view.text("operator.health.latency"), height=380),
    ]


def _refusals(view: View, found: dict[str, int]) -> Component:
    if not found:
        return empty(view.text("operator.health.no_refusals"))
    known = read_sentences()
    rows = [
        {"id": key, "problem": view.text(f"problem.{key}") if f"problem.{key}" in known else key, "count": count}
        for key, count in found.items()
    ]
    columns = [
        Column("problem", view.text("operator.health.problem"), least_px=260),
        Column("count", view.text("operator.health.times"), "number"),
    ]
    return grid(view, "health-refusals", columns, rows, label=view.text("operator.health.refusals"), height=300)


def waiting(view: View) -> list[Waiting]:
    """That the service is not ready, which the operator has to mend."""
    ready, _ = readiness(view)
    return [Waiting(view.text("operator.waiting.not_ready"), int(not ready), view.href(PATH))]
