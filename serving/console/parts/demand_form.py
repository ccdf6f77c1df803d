"""The form with which a demand is posted: by an enterprise for itself, by the zone for a firm."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from data.ingest.rules import INDUSTRIES
from data.matching import VISIBILITIES
from serving.console.page import Console, View
from serving.console.parts.forms import typed_number

MEMBERS = ("title", "problem", "requirement", "field", "budget_wan", "deadline", "district", "visible_to")


def demand_form(view: View, prefix: str, *, firm_field: bool = False) -> Component:
    """The fields of a demand; ids begin with ``prefix``. firm_field : the zone names whose demand it is."""

    def say(name: str) -> str:
        return view.text(f"demands.column.{name}")

    def example(name: str) -> dict[str, str]:
        return {"label": say(name), "placeholder": view.text(f"demands.example.{name}")}

    fields = [{"value": key, "label": view.text(f"industry.{key}")} for key in INDUSTRIES]
    seen = [{"value": key, "label": view.text(f"demands.visible.{key}")} for key in VISIBILITIES]
    clear = {"aria-label": view.text("demands.clear_one")}
    wide = [
        *([dmc.TextInput(id=f"{prefix}-uscc", required=True, label=say("uscc"),
                         placeholder=view.text("demands.example.firm"))] if firm_field else []),
        dmc.TextInput(id=f"{prefix}-title", **example("title")),
        dmc.Textarea(id=f"{prefix}-problem", required=True, autosize=True, minRows=3,
                     **example("problem")),
        dmc.Textarea(id=f"{prefix}-requirement", autosize=True, minRows=2, **example("requirement")),
    ]  # fmt: skip
    narrow = [
        dmc.Select(id=f"{prefix}-field", label=say("field"), data=fields, clearable=True, clearButtonProps=clear),
        dmc.NumberInput(id=f"{prefix}-budget_wan", label=view.text("demands.budget_label"), min=0, hideControls=True),
        dmc.DateInput(id=f"{prefix}-deadline", label=say("deadline"), valueFormat="YYYY-MM-DD", clearable=True,
                      minDate=view.state.matching.today().isoformat(), clearButtonProps=clear),
        dmc.TextInput(id=f"{prefix}-district", **example("district")),
        dmc.Select(id=f"{prefix}-visible_to", label=say("visible_to"), data=seen, value="zone", allowDeselect=False),
    ]  # fmt: skip
    return dmc.Stack(
        [
            *wide,
            dmc.SimpleGrid(narrow, cols={"base": 1, "sm": 2, "lg": 3}),
            html.Div(dmc.Button(view.text("demands.post"), id=f"{prefix}-post")),
            html.Div(id=f"{prefix}-missing", role="status"),
            dcc.Store(id=f"{prefix}-number", data=f"N-{secrets.token_hex(6)}"),
            dcc.Location(id=f"{prefix}-go", refresh=True),
        ]
    )


def register_demand_form(
    console: Console, prefix: str, *, roles: Sequence[str], permission: str, after: str, firm_field: bool = False
) -> None:
    """Register the form's callback: it posts the demand and opens ``after``, which may hold ``{demand_id}``."""
    members = (*MEMBERS, *(("uscc",) if firm_field else ()))

    @console.callback(
        Output(f"{prefix}-go", "href"), Output(f"{prefix}-missing", "children"),
        Input(f"{prefix}-post", "n_clicks"), State(f"{prefix}-number", "data"),
        *(State(f"{prefix}-{name}", "value") for name in members),
        roles=roles, permission=permission, running=[(Output(f"{prefix}-post", "loading"), True, False)],
    )  # fmt: skip
    def post(view: View, _: int, number: str, *values: Any) -> tuple[Any, Any]:
        body = demand_body(number, dict(zip(members, values, strict=True)))
        if not body["problem"] or (firm_field and "uscc" not in body):
            return dash.no_update, dmc.Alert(view.text("demands.missing"), color="yellow")
        view.api.post("/v1/demands", body)
        return view.href(after.format(demand_id=number)), None


def demand_body(number: str, values: dict[str, Any]) -> dict[str, Any]:
    """The body of ``POST /v1/demands``: what the person left empty is left out, but the problem, which is needed."""
    given = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    kept = {name: value for name, value in given.items() if value not in (None, "")}
    if "budget_wan" in kept:
        kept["budget_wan"] = typed_number(kept["budget_wan"])
    return {"demand_id": number, "problem": "", **kept}
