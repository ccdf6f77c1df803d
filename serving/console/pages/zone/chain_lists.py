"""Gaps and target firms over the nodes of all chains, as pictures, tables and files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import flask
import plotly.graph_objects as go
from dash import Input, Output, html
from dash.development.base_component import Component

from models.chain.node_view import FLAGS, say
from models.chain.pages.findings import code
from models.spreadsheet import Cell
from serving.console.chain_tables import node_rows, target_rows
from serving.console.page import Console, Page, View
from serving.console.pages.zone.chain_map import PATH, READ, node_grid
from serving.console.parts.chart import chart
from serving.console.parts.grid import Column, grid
from serving.console.parts.states import empty
from serving.console.parts.table_files import table_file
from serving.console.parts.words import capital

ROLES, ZONE = ("zone_officer", "policy_analyst"), ("zone_officer",)
RAISED = ("raised", "raised_uncertain")
NO_CAMPAIGN = "none"
MOST_CERTAIN = 0.999  # what a machine is shown to be at most
FORMS = ("csv", "xlsx")
Row = Mapping[str, Any]


def register(console: Console) -> None:
    """Add both pages, their filters and files."""
    console.add(
        Page(f"{PATH}/gaps", ROLES, READ, "chains.gaps", gaps_page, menu="menu.chains", icon="compare"),
        Page(f"{PATH}/targets", ZONE, READ, "chains.targets", targets_page, menu="menu.chains", icon="lever"),
    )
    console.callback(
        Output("gaps-table", "children"), Input("gaps-flag", "value"), roles=ROLES, permission=READ
    )(flagged_nodes)  # fmt: skip
    console.callback(
        Output("targets-table", "children"), Output("targets-count", "children"), Input("targets-chain", "value"),
        Input("targets-campaign", "value"), roles=ZONE, permission=READ,
    )(filtered_targets)  # fmt: skip
    console.download("chains/gaps.<form>", ROLES, READ, gaps_file)
    console.download("chains/targets.<form>", ZONE, READ, targets_file)


def gaps_page(view: View) -> Component:
    """Flagged nodes by chain and position; the table of those with the chosen flag."""
    rows = node_rows(view.state.chain.current(), view.lang)
    chosen = dmc.SegmentedControl(
        id="gaps-flag", value="gap",
        data=[{"value": key, "label": capital(say(view.lang, f"flag.{key}"))} for key in FLAGS],
        **{"aria-label": say(view.lang, "column.flag")},
    )  # fmt: skip
    return dmc.Stack(
        [
            dmc.Text(view.text("chains.gaps_intro"), className="quiet"),
            _by_position(view, rows),
            dmc.Group([chosen, *_files(view, "gaps")]),
            html.Div(flagged_nodes(view, "gap"), id="gaps-table"),
        ]
    )


def flagged_nodes(view: View, flag: str) -> Component:
    """The nodes of all chains with this flag raised."""
    rows = [row for row in node_rows(view.state.chain.current(), view.lang) if row[flag] in RAISED]
    words = dmc.Text(view.text("chains.flagged", count=len(rows)), fw=600)
    return dmc.Stack([words, node_grid(view, "gaps-grid", rows, chains=True)])


def targets_page(view: View) -> Component:
    """Target firms of all gaps, by chain and by where their campaign is."""
    rows = target_rows(view.state.chain, view.caller, view.lang)
    if not rows:
        return empty(view.text("chains.no_targets"))
    chains = {row["chain_id"]: row["chain"] for row in rows}
    clear = {"aria-label": view.text("demands.clear_one")}
    controls = [
        dmc.Select(id="targets-chain", label=view.text("chains.column.chain"), clearable=True, clearButtonProps=clear,
                   data=[{"value": key, "label": name} for key, name in chains.items()],
                   placeholder=view.text("demands.any")),
        dmc.Select(id="targets-campaign", label=say(view.lang, "column.campaign"), clearable=True,
                   clearButtonProps=clear, placeholder=view.text("demands.any"),
                   data=[{"value": key, "label": _campaign(view, key)} for key in _states(rows)]),
    ]  # fmt: skip
    table, words = filtered_targets(view, None, None)
    return dmc.Stack(
        [
            dmc.Text(view.text("chains.targets_intro"), className="quiet"),
            _campaigns(view, rows),
            dmc.SimpleGrid(controls, cols={"base": 1, "sm": 2}),
            dmc.Group([html.Div(words, id="targets-count", role="status"), *_files(view, "targets")]),
            html.Div(table, id="targets-table"),
        ]
    )


def filtered_targets(view: View, chain_id: str | None, campaign: str | None) -> tuple[Component, str]:
    """The grid of targets of a chain and a state of the campaign, None for all; and how many there are."""
    rows = [
        row
        for row in target_rows(view.state.chain, view.caller, view.lang)
        if chain_id in (None, row["chain_id"]) and campaign in (None, row["campaign"] or NO_CAMPAIGN)
    ]
    columns = [
        Column("firm", say(view.lang, "column.name"), least_px=190),
        Column("chain", view.text("chains.column.chain"), least_px=140),
        Column("node", say(view.lang, "column.node_name"), link="href", least_px=190),
        Column("rank", say(view.lang, "column.rank"), "number", least_px=100),
        Column("value", say(view.lang, "column.value"), "number", decimals=2, least_px=105),
        Column("probability", say(view.lang, "column.probability"), "share", least_px=140),
        Column("campaign", say(view.lang, "column.campaign"), least_px=120),
        Column("since", say(view.lang, "column.since"), "date", least_px=140),
        Column("reason", say(view.lang, "column.reason"), least_px=420),
    ]
    shown = [
        {
            **row, "id": f"{row['chain_id']}|{row['node_id']}|{row['firm_id']}",
            "campaign": _campaign(view, row["campaign"] or NO_CAMPAIGN),
            "probability": row["probability"] and min(row["probability"], MOST_CERTAIN),
            "href": view.href(f"{PATH}/{row['chain_id']}/nodes/{row['node_id']}"),
        }
        for row in rows
    ]  # fmt: skip
    listed = grid(view, "targets-grid", columns, shown, label=view.text("chains.targets"), height=600)
    return listed, view.text("chains.targets_count", count=len(rows))


def gaps_file(view: View, form: str) -> flask.Response:
    """Every node of every chain with its flags, as CSV or XLSX."""
    names = ("chain", "node", "parent", "position", "local", "world", *FLAGS, *(f"{key}_flip" for key in FLAGS))
    heads = [
        *(view.text(f"chains.column.{name}") for name in names[:6]),
        *(say(view.lang, f"flag.{key}") for key in FLAGS),
        *(view.text("chains.flip_of", flag=say(view.lang, f"flag.{key}")) for key in FLAGS),
    ]
    rows = [
        [_node_cell(view, name, row[name]) for name in names]
        for row in node_rows(view.state.chain.current(), view.lang)
    ]
    answer = table_file("chain-gaps", form, view.text("chains.gaps"), heads, rows)
    view.record("gaps_exported", f"gaps.{form}", {"rows": len(rows)})
    return answer


def targets_file(view: View, form: str) -> flask.Response:
    """Every target firm, as CSV or XLSX."""
    names = ("chain", "node", "rank", "firm_id", "firm", "value", "low", "high", "probability", "campaign", "since",
             "reason")  # fmt: skip
    heads = [
        view.text("chains.column.chain"), view.text("chains.column.node"), say(view.lang, "column.rank"),
        say(view.lang, "column.firm_id"), say(view.lang, "column.name"),
        *(say(view.lang, f"column.{name}") for name in names[5:]),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [_campaign(view, row[name] or NO_CAMPAIGN) if name == "campaign" else row[name] for name in names]
        for row in target_rows(view.state.chain, view.caller, view.lang)
    ]
    answer = table_file("chain-targets", form, view.text("chains.targets"), heads, rows)
    view.record("targets_exported", f"targets.{form}", {"rows": len(rows)})
    return answer


def _node_cell(view: View, name: str, value: Any) -> Cell:
    if name in FLAGS:
        return view.text(f"chains.state.{value}")
    if name == "position":
        return say(view.lang, f"position.{value}") if value else None
    found: Cell = value
    return found


def _campaign(view: View, key: str) -> str:
    return view.text("chains.no_campaign") if key == NO_CAMPAIGN else code(key, view.lang)


def _states(rows: Iterable[Row]) -> list[str]:
    return sorted({row["campaign"] or NO_CAMPAIGN for row in rows})


def _files(view: View, name: str) -> list[Component]:
    return [
        html.A(view.text(f"demands.file.{form}"), href=view.href(f"/files/chains/{name}.{form}"), download="")
        for form in FORMS
    ]


def _by_position(view: View, rows: Sequence[Row]) -> Component:
    """Nodes with a raised gap, by chain and by how near to the raw material they are."""
    counts = Counter((row["chain"], row["position"]) for row in rows if row["gap"] in RAISED)
    chains = list(dict.fromkeys(row["chain"] for row in rows))
    positions = ("upstream", "midstream", "downstream")
    names = {key: say(view.lang, f"position.{key}") for key in positions}
    figure = go.Figure(
        [go.Bar(name=names[key], x=chains, y=[counts[chain, key] for chain in chains]) for key in positions]
    )
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    table = [{"chain": chain, **{key: counts[chain, key] for key in positions}} for chain in chains]
    columns = [("chain", view.text("chains.column.chain")), *names.items()]
    return chart(view, figure, view.text("chains.gaps_picture"), columns, table, height=280)


def _campaigns(view: View, rows: Sequence[Row]) -> Component:
    """Target firms by chain and by where their campaign is."""
    counts = Counter((row["chain"], row["campaign"] or NO_CAMPAIGN) for row in rows)
    chains = list(dict.fromkeys(row["chain"] for row in rows))
    names = {key: _campaign(view, key) for key in _states(rows)}
    figure = go.Figure(
        [go.Bar(name=words, x=chains, y=[counts[chain, key] for chain in chains]) for key, words in names.items()]
    )
    figure.update_layout(barmode="stack", legend_traceorder="normal", showlegend=True)
    table = [{"chain": chain, **{key: counts[chain, key] for key in names}} for chain in chains]
    columns = [("chain", view.text("chains.column.chain")), *names.items()]
    return chart(view, figure, view.text("chains.targets_picture"), columns, table, height=280)
