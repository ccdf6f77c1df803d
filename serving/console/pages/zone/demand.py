"""One demand with its suppliers, what came of them, and its end; and the form that posts one for a firm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from serving.console.page import Console, Page, View
from serving.console.parts.demand_form import demand_form, register_demand_form
from serving.console.parts.demands import close_demand, demand_facts
from serving.console.parts.forms import confirm_button
from serving.console.parts.outcome_form import outcome_form, register_outcome_form
from serving.console.parts.states import section
from serving.console.parts.suppliers import supplier_list

ROLES = ("zone_officer",)
READ, WRITE = "match", "match_write"
COUNT = 10  # suppliers of the list


def register(console: Console) -> None:
    """Add both pages and their callbacks."""
    console.add(
        Page("/demands/new", ROLES, WRITE, "demands.new", new_page),
        Page("/demands/{demand_id}", ROLES, READ, "demands.one", page),
    )
    register_demand_form(
        console, "zonedemand", roles=ROLES, permission=WRITE, after="/demands/{demand_id}", firm_field=True
    )
    register_outcome_form(console, "demand", roles=ROLES, permission=WRITE)

    console.callback(
        Output("closing-done", "children"), Input("closing-button", "submit_n_clicks"), State("demand-number", "data"),
        State("closing-reason", "value"), roles=ROLES, permission=WRITE,
    )(close_demand)  # fmt: skip


def new_page(view: View) -> Component:
    """The form; a demand that is posted is shown with its suppliers at once."""
    return dmc.Stack(
        [
            dmc.Text(view.text("demands.new_intro"), className="quiet"),
            section(view.text("demands.form"), demand_form(view, "zonedemand", firm_field=True)),
        ]
    )


def page(view: View) -> Component:
    """The demand's facts; suppliers where it is open; why there are none where it is not."""
    demand: Mapping[str, Any] = view.api.get(f"/v1/demands/{view.params['demand_id']}")
    parts = [section(demand["title"] or view.text("demands.untitled"), demand_facts(view, demand))]
    if demand["state"] != "open":
        note = dmc.Alert(view.text(f"demands.no_list.{demand['state']}"), color="blue")
        return dmc.Stack([*parts, section(view.text("suppliers.of_demand"), note), *_back(view)])
    answer = view.api.post("/v1/match/suppliers", {"demand_id": demand["demand_id"], "count": COUNT})
    parts.append(section(view.text("suppliers.of_demand"), supplier_list(view, answer)))
    if answer["suppliers"]:
        pairs = [(demand["demand_id"], one["uscc"]) for one in answer["suppliers"]]
        form = outcome_form(view, "demand", pairs, query_id=answer["query_id"])
        parts.append(section(view.text("outcomes.record"), form))
    if demand["posted"]:
        parts.append(section(view.text("demands.close"), _closing(view, demand)))
    return dmc.Stack([*parts, *_back(view)])


def _closing(view: View, demand: Mapping[str, Any]) -> Component:
    return dmc.Stack(
        [
            dmc.TextInput(
                id="closing-reason", label=view.text("demands.close_reason"), required=True,
                placeholder=view.text("demands.example.reason"),
            ),
            html.Div(confirm_button("closing-button", view.text("demands.close"), view.text("demands.close_question"))),
            dcc.Store(id="demand-number", data=demand["demand_id"]),
            html.Div(id="closing-done", role="status"),
        ]
    )  # fmt: skip


def _back(view: View) -> list[Component]:
    return [dmc.Anchor(view.text("demands.back"), href=view.href("/demands"))]
