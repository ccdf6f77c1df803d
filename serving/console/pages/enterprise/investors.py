"""Investors that are recommended for a patent: one of the enterprise's own, or any by its publication number."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import Input, Output, State, html
from dash.development.base_component import Component

from data.texts.figures import write_figure
from serving.console.page import Console, Page, View
from serving.console.pages.enterprise.held import table
from serving.console.parts.chart import chart
from serving.console.parts.instants import day
from serving.console.parts.states import section
from serving.console.parts.words import NOTHING, broken, named

ROLES = ("enterprise", "zone_officer")  # an officer types a number, an enterprise may choose one of its own
COUNT, CHARTED, LISTED_PATENTS = 20, 12, 200


def own_patents(view: View) -> list[dict[str, str]]:
    """The enterprise's patents that the release holds, the newest first, as options of a field."""
    chain = view.state.chain
    packed = None if chain is None else chain.if_packed()
    if packed is None or "patents" not in packed.tables:
        return []
    patents = packed.tables["patents"]
    uscc = view.caller.name
    mine = patents[patents["applicant_ids"].fillna("").str.split(";").map(lambda ids: uscc in ids)]
    mine = mine.sort_values("publication_date", ascending=False).head(LISTED_PATENTS)
    titles = mine["title"] if "title" in mine else mine["publication_number"]
    return [
        {"value": str(number), "label": f"{number} {title}"}
        for number, title in zip(mine["publication_number"], titles, strict=True)
    ]


def layout(view: View) -> Component:
    """A patent to choose or to type, and the investors for it."""
    options = own_patents(view) if view.account.role == "enterprise" else []
    fields: list[Any] = []
    if options:
        fields.append(
            dmc.Select(
                id="funders-own",
                label=view.text("funders.own"),
                data=options,
                value=options[0]["value"],
                searchable=True,
                clearable=True,
                nothingFoundMessage=view.text("funders.own.none"),
            )
        )
    else:
        none = [dmc.Text(view.text("funders.own.none"))] if view.account.role == "enterprise" else []
        fields.append(dmc.Box(none, id="funders-own"))
    fields.append(
        dmc.TextInput(
            id="funders-number",
            label=view.text("funders.number"),
            placeholder="CN112345678A",
            attributes={"input": {"maxLength": 40}},
        )
    )
    button = dmc.Button(view.text("funders.show"), id="funders-show")
    form = section(view.text("funders.patent"), *fields, dmc.Group([button]))
    return dmc.Stack([form, dmc.Box(id="funders-result", **{"aria-live": "polite"})])


def show(view: View, _clicks: int | None, typed: str | None, chosen: str | None) -> Component:
    """Investors for the typed number, else for the chosen patent; for an unknown one the answer says so."""
    number = (typed or "").strip() or chosen
    if not number:
        return dmc.Alert(view.text("funders.number.missing"), color="yellow")
    answer = view.api.post("/v1/recommend/investors", {"publication_number": number, "count": COUNT})["answer"]
    words = dmc.Alert(named(view, answer, "text"), color="blue" if answer["investors"] else "yellow")
    if not answer["investors"]:
        return words
    rows = [_row(view, one) for one in answer["investors"]]
    first = rows[:CHARTED]
    figure = go.Figure(
        go.Bar(
            y=[broken(view, row["name"]) for row in first],
            x=[100 * row["chance"] for row in first],
            orientation="h",
            text=[row["probability"] for row in first],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    figure.update_layout(
        yaxis={"autorange": "reversed"},
        xaxis={"ticksuffix": "%", "range": [0, 120 * max(row["chance"] for row in first)]},
    )
    keys = ("name", "probability", "deals", "last", "funded")
    columns = [(key, view.text(f"funders.col.{key}")) for key in keys]
    picture = chart(view, figure, view.text("funders.picture"), columns, rows, height=90 + 40 * len(first))
    lines = [
        html.Tr([html.Th(row["name"], scope="row"), *(html.Td(row[key]) for key in (*keys[1:], "why"))]) for row in rows
    ]
    headings = [*(heading for _, heading in columns), view.text("funders.col.why")]
    notes = [dmc.Text(named(view, note, "text"), size="sm") for note in answer["notes"]]
    return section(view.text("funders.result"), words, picture, table(headings, lines), *notes)


def _row(view: View, one: dict[str, Any]) -> dict[str, Any]:
    kept, both = one["funded_firms"], write_figure("probability", float(one["probability"]))
    return {
        "name": one["investor"],
        "chance": one["probability"],
        "probability": both[0],
        "deals": NOTHING if one["deals"] is None else str(one["deals"]),
        "last": day(view, one["last_deal"]),
        "funded": "、".join(str(firm["name"]) for firm in kept[:3]) or NOTHING,
        "why": dmc.Stack([dmc.Text(named(view, why, "text"), size="sm") for why in one["reasons"]], gap=2),
    }


def register(console: Console) -> None:
    """Add the page and its callback."""
    for role, menu in zip(ROLES, ("menu.credit", "menu.chains"), strict=True):
        console.add(Page("/investors", (role,), "chain", "funders.title", layout, menu, "bank"))
    console.callback(
        Output("funders-result", "children"),
        Input("funders-show", "n_clicks"),
        State("funders-number", "value"),
        State("funders-own", "value"),
        roles=ROLES,
        permission="chain",
        running=[(Output("funders-show", "loading"), True, False)],
    )(show)
