"""Demands of an enterprise: those that it posted with the suppliers found, and those of others that it could serve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from serving.console.api import Refused
from serving.console.page import Console, Page, View
from serving.console.parts.demand_form import demand_form, register_demand_form
from serving.console.parts.demands import close_demand, demand_columns, demand_facts, demand_rows
from serving.console.parts.forms import confirm_button, reason_field
from serving.console.parts.grid import grid
from serving.console.parts.instants import day
from serving.console.parts.outcome_form import outcome_form, register_outcome_form
from serving.console.parts.states import empty, section
from serving.console.parts.suppliers import marked, probability_word, supplier_list
from serving.console.parts.words import named

ROLES = ("enterprise",)
READ, WRITE = "match", "match_write"
COUNT = 10
NOT_FOUND = 404  # the library holds no document of the enterprise


def layout(view: View) -> Component:
    """The enterprise's own demands, and a button that looks for those of others."""
    own = [one for one in view.api.get("/v1/demands")["demands"] if one["mine"]]
    new = dmc.Anchor(dmc.Button(view.text("demands.new")), href=view.href("/demands/new"))
    hidden = ("firm", "proposed")
    columns = [column for column in demand_columns(view) if column.key not in hidden]
    title = view.text("owndemands.mine")
    mine = (
        grid(
            view, "owndemands-grid", columns, demand_rows(view, own), label=title, height=min(440, 150 + 42 * len(own))
        )
        if own
        else empty(view.text("owndemands.none"), view.text("demands.new"), view.href("/demands/new"))
    )
    look = dmc.Button(view.text("owndemands.look"), id="owndemands-look", variant="outline")
    return dmc.Stack(
        [
            html.Div(new),
            section(title, mine),
            section(
                view.text("owndemands.others"), dmc.Text(view.text("owndemands.others.note")), html.Div(look),
                html.Div(id="owndemands-found", role="status"),
            ),
        ]
    )  # fmt: skip


def others(view: View, _clicks: int | None) -> Component:
    """Open demands of others that the enterprise could serve, each with its evidence; nobody where none is likely."""
    try:
        answer = view.api.post("/v1/match/demands", {"uscc": view.caller.name, "count": COUNT})
    except Refused as refused:
        if refused.status != NOT_FOUND:
            raise
        return empty(view.text("owndemands.not_in_library"), view.text("demands.new"), view.href("/demands/new"))
    note = dmc.Alert(named(view, answer, "note"), color="blue")
    return dmc.Stack([note, *(_card(view, one) for one in answer["demands"])])


def _card(view: View, one: Mapping[str, Any]) -> Component:
    """One demand: what is wanted, how likely it fits, the words of the enterprise's own documents that matched."""
    chance = float(one["probability"])
    words = view.text("suppliers.probability", share=chance, word=probability_word(view, chance))
    until = day(view, one["deadline"]) if one["deadline"] else view.text("demands.no_deadline")
    lines: list[Any] = [
        dmc.Anchor(one["title"] or one["problem"][:40], href=view.href(f"/demands/{one['demand_id']}"), fw=600),
        dmc.Text(words, size="sm"),
        dmc.Progress(value=100 * chance, **{"aria-label": words}),
        dmc.Text(one["problem"]),
        dmc.Text(view.text("owndemands.until", until=until), size="sm", className="quiet"),
    ]
    for found in one["evidence"]:
        if not found["withheld"]:
            lines.append(dmc.Text(marked(found["passage"], found["marks"]), size="sm"))
    return dmc.Paper(dmc.Stack(lines, gap="xs"), withBorder=True, p="md", radius="md")


def new_page(view: View) -> Component:
    """The form; a posted demand is shown with its suppliers at once."""
    intro = dmc.Text(view.text("owndemands.new_intro"), className="quiet")
    return dmc.Stack([intro, section(view.text("demands.form"), demand_form(view, "owndemand"))])


def one_page(view: View) -> Component:
    """One demand that the enterprise may see; suppliers, results and its end where it is the enterprise's own."""
    demand = view.api.get(f"/v1/demands/{view.params['demand_id']}")
    parts: list[Any] = [section(demand["title"] or view.text("demands.untitled"), demand_facts(view, demand))]
    if demand["mine"] and demand["state"] == "open":
        parts += _suppliers(view, demand["demand_id"])
    elif demand["mine"]:
        parts.append(dmc.Alert(view.text(f"demands.no_list.{demand['state']}"), color="blue"))
    if demand["mine"] and demand["posted"] and demand["state"] != "closed":
        parts.append(section(view.text("demands.close"), *_closing(view, demand["demand_id"])))
    return dmc.Stack([*parts, dmc.Anchor(view.text("owndemands.back"), href=view.href("/demands"))])


def _suppliers(view: View, demand_id: str) -> list[Component]:
    answer = view.api.post("/v1/match/suppliers", {"demand_id": demand_id, "count": COUNT})
    found = [section(view.text("suppliers.of_demand"), supplier_list(view, answer))]
    if answer["suppliers"]:
        pairs = [(demand_id, one["uscc"]) for one in answer["suppliers"]]
        form = outcome_form(view, "owndemand-outcome", pairs, query_id=answer["query_id"])
        found.append(section(view.text("outcomes.record"), form))
    return found


def _closing(view: View, demand_id: str) -> list[Any]:
    button = confirm_button("owndemand-close", view.text("demands.close"), view.text("demands.close_question"))
    return [
        reason_field("owndemand-reason", view.text("demands.close_reason"), 2),
        html.Div(button),
        dcc.Store(id="owndemand-id", data=demand_id),
        html.Div(id="owndemand-closed", role="status"),
    ]


def register(console: Console) -> None:
    """Add the pages and their callbacks."""
    console.add(
        Page("/demands", ROLES, READ, "owndemands.title", layout, "menu.matching", "match"),
        Page("/demands/new", ROLES, WRITE, "demands.new", new_page),
        Page("/demands/{demand_id}", ROLES, READ, "demands.one", one_page),
    )
    register_demand_form(console, "owndemand", roles=ROLES, permission=WRITE, after="/demands/{demand_id}")
    register_outcome_form(console, "owndemand-outcome", roles=ROLES, permission=WRITE)
    console.callback(
        Output("owndemands-found", "children"), Input("owndemands-look", "n_clicks"), roles=ROLES, permission=READ,
        running=[(Output("owndemands-look", "loading"), True, False)],
    )(others)  # fmt: skip
    console.callback(
        Output("owndemand-closed", "children"), Input("owndemand-close", "submit_n_clicks"),
        State("owndemand-id", "data"), State("owndemand-reason", "value"), roles=ROLES, permission=WRITE,
    )(close_demand)  # fmt: skip
