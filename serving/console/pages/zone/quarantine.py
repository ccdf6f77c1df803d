"""Rows that the last ingest refused: how many of how many, by table and reason, where they stood, and what to do."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from serving.console.api import Refused
from serving.console.page import Console, Page, View
from serving.console.parts.chart import chart
from serving.console.parts.grid import Column, grid
from serving.console.parts.portrait import value_table
from serving.console.parts.states import empty, section
from serving.console.parts.words import capital
from serving.console.refused_rows import column_words, reason_words
from serving.console.texts import console_sentences
from serving.releases.filings import PackedFilings, TableFiling

ROLES, PERMISSION = ("zone_officer",), "firms"
SHOWN = 2_000  # refused rows on the page; the files hold every one
# Pages of the services' own quarantines: the route that counts, the member that holds the count, the page.
OTHERS = (
    ("approvals", "/v1/approvals/quarantine", "/approvals/intake"),
    ("incubators", "/v1/incubators/quarantine", "/incubators/quarantine"),
    ("clearance", "/v1/clearance/refused", "/clearance"),
)


def register(console: Console) -> None:
    """Add the page."""
    console.add(
        Page("/quarantine", ROLES, PERMISSION, "quarantine.title", quarantine_page, "menu.enterprises", "quarantine")
    )


def quarantine_page(view: View) -> Component:
    """Counts by table, the refused rows, and the quarantines of the services."""
    filings: PackedFilings | None = getattr(view.state, "filings", None)
    tables = None if filings is None else filings.tables
    parts: list[Any] = [dmc.Text(view.text("quarantine.intro"), className="quiet")]
    if filings is None or tables is None:
        parts.append(empty(view.text("quarantine.no_report")))
    else:
        parts += [_tables(view, tables), _rows(view, filings)]
    return dmc.Stack([*parts, _others(view)])


def table_name(view: View, table: str) -> str:
    """What a table of the ingest is called; one that has no name here is called as its file."""
    key = f"quarantine.table.{table}"
    return view.text(key) if key in console_sentences() else table


def _tables(view: View, tables: tuple[TableFiling, ...]) -> Component:
    rows = [
        {
            "table": table_name(view, one.table),
            "read": f"{one.read:,}",
            "kept": f"{one.kept:,}",
            "quarantined": f"{one.quarantined:,}",
            "share": view.text("quarantine.share", x=one.quarantined / one.read if one.read else 0.0),
            "columns": ("；" if view.lang == "zh" else "; ").join(
                view.text("quarantine.at_fault", column=column_words(name, view.lang), count=count)
                for name, count in one.at_fault.items()
            )
            or "–",
        }
        for one in tables
    ]
    keys = ("table", "read", "kept", "quarantined", "share", "columns")
    columns = [(key, view.text(f"quarantine.column.{key}")) for key in keys]
    total, read = sum(one.quarantined for one in tables), sum(one.read for one in tables)
    said = dmc.Text(view.text("quarantine.total", count=total, all=read), fw=600)
    bad = [one for one in tables if one.quarantined]
    shown: list[Any] = [said]
    if bad:
        figure = go.Figure(
            go.Bar(
                x=[one.quarantined for one in bad],
                y=[table_name(view, one.table) for one in bad],
                orientation="h",
                hovertemplate="%{y}: %{x:,}<extra></extra>",
            )
        )
        figure.update_yaxes(autorange="reversed")
        figure.update_layout(xaxis_title=view.text("quarantine.column.quarantined"))
        few = [column for column in columns if column[0] in ("table", "quarantined", "share")]
        shown.append(chart(view, figure, view.text("quarantine.picture"), few, rows, height=120 + 30 * len(bad)))
    return section(view.text("quarantine.tables"), *shown, value_table(columns, rows))


def _rows(view: View, filings: PackedFilings) -> Component:
    """The refused rows with where they stood, and what to do with them."""
    title = view.text("quarantine.rows")
    refused = filings.refused
    if refused.empty:
        return section(title, empty(view.text("quarantine.nothing")))
    rows = [
        {
            "id": str(at),
            "table": table_name(view, row["table"]),
            "sheet": row["source_sheet"] or "–",
            "line": int(row["source_line"]),
            "reason": reason_words(row["reason"], view.lang),
        }
        for at, row in enumerate(refused.head(SHOWN).to_dict("records"))
    ]
    columns = [
        Column("table", view.text("quarantine.column.table"), least_px=130),
        Column("sheet", view.text("quarantine.column.sheet"), least_px=110),
        Column("line", view.text("quarantine.column.line"), "number", least_px=90),
        Column("reason", view.text("quarantine.column.reason"), least_px=560),
    ]
    steps = html.Ol([html.Li(view.text(f"quarantine.step.{number}")) for number in (1, 2, 3)])
    count = view.text("quarantine.shown", shown=len(rows), count=filings.n_quarantined)
    return section(
        title,
        dmc.Text(view.text("quarantine.what_to_do"), fw=600),
        steps,
        dmc.Text(count, size="sm"),
        grid(view, "quarantine-grid", columns, rows, label=title),
    )


def _others(view: View) -> Component:
    """How many the services keep in quarantines of their own, with links to their pages."""
    lines = []
    for name, route, page in OTHERS:
        try:
            count = view.api.get(route)["count"]
            said = view.text("quarantine.other", text=view.text(f"quarantine.of.{name}"), count=count)
        except Refused:
            said = view.text("quarantine.other_unread", text=view.text(f"quarantine.of.{name}"))
        lines.append(html.Li(html.A(capital(said), href=view.href(page))))
    return section(view.text("quarantine.others"), html.Ul(lines))
