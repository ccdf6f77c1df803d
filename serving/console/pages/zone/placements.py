"""Placements that wait for a person: what the model was not sure of, with the words that decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import Input, Output, State, ctx, html
from dash.development.base_component import Component

from serving.console.chain_tables import DECIDED, waiting_placements
from serving.console.page import Console, Page, View, Waiting
from serving.console.pages.zone.chain_acts import ROLES, WRITE, correction_body
from serving.console.pages.zone.chain_map import PATH
from serving.console.pages.zone.demand_list import demands_of
from serving.console.parts.chart import chart
from serving.console.parts.grid import Column, grid
from serving.console.parts.states import empty, success_message

MOST = 50  # placements of one decision
Row = Mapping[str, Any]


def register(console: Console) -> None:
    """Add the page, its filter, the decision and what waits."""
    console.add(
        Page(f"{PATH}/placements", ROLES, WRITE, "chains.placements", page, menu="menu.chains", icon="inbox")
    )  # fmt: skip
    console.callback(
        Output("placements-grid", "rowData"), Input("placements-kind", "value"), roles=ROLES, permission=WRITE
    )(of_kind)  # fmt: skip
    console.callback(
        Output("placements-done", "children"), Output("placements-grid", "rowData", allow_duplicate=True),
        Output("placements-grid", "selectedRows"), Input("placements-right", "n_clicks"),
        Input("placements-wrong", "n_clicks"), State("placements-grid", "selectedRows"),
        State("placements-reason", "value"), State("placements-kind", "value"), roles=ROLES, permission=WRITE,
        running=[(Output(f"placements-{side}", "loading"), True, False) for side in ("right", "wrong")],
    )(decide)  # fmt: skip
    console.waiting("zone_officer", waiting)


def page(view: View) -> Component:
    """How many wait by chain and kind, and the list with the two decisions."""
    rows = rows_of(view)
    if not rows:
        return empty(view.text("placements.nothing"), view.text("chains.back"), view.href(PATH))
    kind = str(view.query.get("kind", ""))
    kind = kind if kind in DECIDED else DECIDED[0]
    kinds = [{"value": key, "label": view.text(f"placements.kind.{key}")} for key in DECIDED]
    chosen = dmc.SegmentedControl(id="placements-kind", value=kind, data=kinds,
                                  **{"aria-label": view.text("placements.column.kind")})  # fmt: skip
    columns = [
        Column("name", view.text("placements.column.name"), least_px=180),
        Column("item", view.text("placements.column.item"), least_px=190),
        Column("node", view.text("chains.column.node"), link="href", least_px=150),
        Column("chain", view.text("chains.column.chain"), least_px=100),
        Column("probability", view.text("placements.column.probability"), "share", least_px=140),
        Column("evidence", view.text("placements.column.evidence"), least_px=170),
        Column("passage", view.text("placements.column.passage"), least_px=360),
    ]
    listed = grid(view, "placements-grid", columns, of_kind(view, kind), label=view.text("chains.placements"),
                  selectable=True, height=520)  # fmt: skip
    buttons = dmc.Group(
        [
            dmc.Button(view.text("corrections.right"), id="placements-right"),
            dmc.Button(view.text("corrections.wrong"), id="placements-wrong", variant="outline", color="red"),
        ]
    )
    reason = dmc.TextInput(id="placements-reason", label=view.text("corrections.reason"), required=True,
                           placeholder=view.text("corrections.example"))  # fmt: skip
    return dmc.Stack(
        [
            dmc.Text(view.text("placements.intro", most=MOST), className="quiet"), _picture(view, rows), chosen, listed,
            reason, buttons, html.Div(id="placements-done", role="status"),
        ]
    )  # fmt: skip


def rows_of(view: View) -> list[dict[str, Any]]:
    """Everything that waits; of demands those that the person may see."""
    titles = {one["demand_id"]: one["title"] for one in demands_of(view)}
    return waiting_placements(view.state.chain, view.caller, titles)


def of_kind(view: View, kind: str) -> list[dict[str, Any]]:
    """Rows of the grid of one kind of items."""
    return [
        {
            "id": row["id"], "name": row["name"] or view.text("placements.no_name"), "item": row["item"],
            "node": row[f"node_{view.lang}"], "chain": row[f"chain_{view.lang}"], "probability": row["probability"],
            "evidence": row["evidence"], "passage": row["passage"],
            "href": view.href(f"{PATH}/{row['chain_id']}/nodes/{row['node_id']}"),
        }
        for row in rows_of(view) if row["kind"] == kind
    ]  # fmt: skip


def decide(
    view: View, _: int | None, __: int | None, selected: Sequence[Row] | None, reason: str | None, kind: str
) -> tuple[Component, list[dict[str, Any]], list[Any]]:
    """Record the decision of the button for every row that is selected and still waits."""
    chosen = [str(row["id"]) for row in selected or ()]
    rows = of_kind(view, kind)
    if not chosen or len(chosen) > MOST or not (reason or "").strip():
        return dmc.Alert(view.text("placements.incomplete", most=MOST), color="yellow"), rows, list(selected or ())
    right = ctx.triggered_id == "placements-right"
    waits = {row["id"] for row in rows}
    decided = [key for key in chosen if key in waits]
    for key in decided:
        item_kind, item, chain_id, node_id = key.split("|")
        body = correction_body(item_kind, item, chain_id, node_id, reason or "", right=right)
        view.api.post("/v1/placements/corrections", body)
    words = view.text(f"placements.done.{'right' if right else 'wrong'}", count=len(decided))
    return success_message(view, words), of_kind(view, kind), []


def waiting(view: View) -> Sequence[Waiting]:
    """Placements that wait for a person."""
    return [Waiting(view.text("placements.waiting"), len(rows_of(view)), view.href(f"{PATH}/placements"))]


def _picture(view: View, rows: Sequence[Row]) -> Component:
    counts = Counter((row[f"chain_{view.lang}"], row["kind"]) for row in rows)
    chains = sorted({chain for chain, _ in counts})
    names = {key: view.text(f"placements.kind.{key}") for key in DECIDED}
    figure = go.Figure(
        [go.Bar(name=words, x=chains, y=[counts[chain, key] for chain in chains]) for key, words in names.items()]
    )
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    table = [{"chain": chain, **{key: counts[chain, key] for key in names}} for chain in chains]
    columns = [("chain", view.text("chains.column.chain")), *names.items()]
    return chart(view, figure, view.text("placements.picture"), columns, table, height=260)
