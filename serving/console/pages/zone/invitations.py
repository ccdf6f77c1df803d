"""Whom to invite to an event: the plan of the API under seats, rounds and shares, and its record as invitations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import orjson
import plotly.graph_objects as go
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from data.match_requests import MatchFeedback
from serving.console.page import Console, View
from serving.console.pages.zone.demand_list import demands_of
from serving.console.parts.chart import chart
from serving.console.parts.demands import field_name
from serving.console.parts.firm_names import firm_words
from serving.console.parts.forms import confirm_button, typed_number
from serving.console.parts.grid import Column, grid
from serving.console.parts.outcome_form import outcome_body
from serving.console.parts.states import fact_cards, section, success_message
from serving.matching.feedback import feedback_draft, record_feedback

ROLES, PERMISSION = ("zone_officer",), "match_write"
MOST_DEMANDS = 200  # of one plan from this page
SHARES = ("startup", "small")
Plan = Mapping[str, Any]


def register(console: Console) -> None:
    """Add the callbacks that choose demands, plan, and record invitations."""

    @console.callback(
        Output("plan-demands", "value"), Input("plan-field", "value"), roles=ROLES, permission=PERMISSION
    )  # fmt: skip
    def of_field(view: View, field: str | None) -> list[str]:
        return [one["demand_id"] for one in _open(view) if one["field"] == field][:MOST_DEMANDS]

    @console.callback(
        Output("plan-found", "children"), Output("plan-kept", "data"), Input("plan-make", "n_clicks"),
        State("plan-event", "data"), State("plan-demands", "value"), State("plan-startup", "value"),
        State("plan-small", "value"), roles=ROLES, permission=PERMISSION,
        running=[(Output("plan-make", "loading"), True, False)],
    )  # fmt: skip
    def plan(
        view: View, _: int, event_id: str, demands: list[str], startup: float | str, small: float | str
    ) -> tuple[Component, list[list[str]]]:
        if not demands:
            return dmc.Alert(view.text("plan.no_demands"), color="yellow"), []
        shares = [
            {"group": group, "least_share": typed_number(value, 0.01)}
            for group, value in zip(SHARES, (startup, small), strict=True) if value not in (None, "", 0)
        ]  # fmt: skip
        body = {"demands": demands[:MOST_DEMANDS], "exposure": shares}
        found = view.api.post(f"/v1/match/events/{event_id}/invitations", body)
        return plan_view(view, found), [[one["demand_id"], one["uscc"]] for one in found["meetings"]]

    @console.callback(
        Output("plan-recorded", "children"), Input("plan-record", "submit_n_clicks"), State("plan-kept", "data"),
        State("plan-event", "data"), roles=ROLES, permission=PERMISSION,
    )  # fmt: skip
    def record(view: View, _: int, pairs: list[list[str]], event_id: str) -> Component:
        record_invitations(view, event_id, pairs)
        words = view.text("plan.recorded", count=len({uscc for _, uscc in pairs}))
        again = dmc.Anchor(view.text("plan.see"), href=view.href(f"/events/{event_id}"))
        return dmc.Stack([success_message(view, words), again])


def record_invitations(view: View, event_id: str, pairs: Sequence[Sequence[str]]) -> None:
    """Record that the firm of each pair was invited for its demand; all drafts go to the ledger as one."""
    view.caller.need(PERMISSION, *ROLES)
    given = [
        MatchFeedback.model_validate_json(orjson.dumps(outcome_body(demand, uscc, ("invited",), event_id=event_id)))
        for demand, uscc in pairs
    ]
    for one in given:
        record_feedback(view.state.matching, one, view.caller)
    view.run(view.state.worker.write([feedback_draft(one, view.caller) for one in given]))


def planning(view: View, event: Mapping[str, Any]) -> Component:
    """The choice of demands and shares, and where the plan comes."""
    demands = _open(view)
    choices = [
        {"value": one["demand_id"], "label": view.text("plan.demand", title=one["title"], number=one["demand_id"])}
        for one in demands
    ]
    fields = [
        {"value": key, "label": field_name(view, key)} for key in sorted({one["field"] for one in demands} - {None})
    ]
    clear = {"aria-label": view.text("demands.clear_one")}
    shares = [
        dmc.NumberInput(id=f"plan-{group}", label=view.text(f"plan.share.{group}"), min=0, max=100, suffix=" %",
                        hideControls=True)
        for group in SHARES
    ]  # fmt: skip
    return section(
        view.text("plan.title"), dmc.Text(view.text("plan.intro", most=MOST_DEMANDS), size="sm", className="quiet"),
        dmc.SimpleGrid(
            [dmc.Select(id="plan-field", label=view.text("plan.field"), data=fields, clearable=True,
                        clearButtonProps=clear), *shares], cols={"base": 1, "sm": 3}),
        dmc.MultiSelect(id="plan-demands", label=view.text("plan.demands"), data=choices, searchable=True, limit=100,
                        clearable=True, maxDropdownHeight=260, clearButtonProps=clear, className="plan-demands"),
        html.Div(dmc.Button(view.text("plan.make"), id="plan-make")),
        dcc.Store(id="plan-event", data=event["event_id"]), dcc.Store(id="plan-kept"),
        html.Div(id="plan-found", role="status"),
    )  # fmt: skip


def plan_view(view: View, plan: Plan) -> Component:
    """Who is invited, who meets whom in which round, and what may come of it."""
    meetings = plan["meetings"]
    if not meetings:
        return dmc.Alert(view.text("plan.nobody"), color="yellow")
    solved = view.text("plan.between", low=plan["solved_low"], high=plan["solved_high"])
    facts = [
        (
            "invited",
            view.text("plan.firms", count=len(plan["invited"])),
            view.text("plan.of_seats", count=plan["seats"]),
        ),
        ("meetings", f"{len(meetings):,}", view.text("plan.per_demand", count=plan["per_demand_limit"])),
        ("solved", f"{plan['expected_solved']:.1f}", solved),
        ("without", f"{len(plan['demands_without_supplier']):,}", None),
    ]
    notes = [
        view.text(
            "plan.exposure", group=view.text(f"plan.group.{one['group']}"), seats=one["seats"], least=one["least_seats"]
        )
        for one in plan["exposure"]
    ]
    if plan["exposure"]:
        notes.append(view.text("plan.price", meetings=plan["price_of_fairness"]))
    columns = [
        Column("round", view.text("plan.column.round"), "number", least_px=80),
        Column("demand", view.text("demands.column.number"), link="href", least_px=130),
        Column("firm", view.text("plan.column.firm"), least_px=200),
        Column("probability", view.text("suppliers.column.probability"), "share", least_px=110),
    ]
    rows = [
        {
            "id": f"{one['demand_id']}-{one['uscc']}", "round": one["round"], "demand": one["demand_id"],
            "firm": firm_words(view, one["uscc"]), "probability": one["probability"],
            "href": view.href(f"/demands/{one['demand_id']}"),
        }
        for one in meetings
    ]  # fmt: skip
    record = confirm_button("plan-record", view.text("plan.record"), view.text("plan.record_question"), "blue")
    return dmc.Stack(
        [
            fact_cards([(view.text(f"plan.fact.{name}"), value, note) for name, value, note in facts]),
            *(dmc.Text(note, size="sm") for note in notes),
            _rounds(view, meetings),
            grid(view, "plan-grid", columns, rows, label=view.text("plan.column.meetings"), height=420),
            html.Div(record), html.Div(id="plan-recorded", role="status"),
        ]
    )  # fmt: skip


def _rounds(view: View, meetings: Sequence[Mapping[str, Any]]) -> Component:
    """Meetings by round, those that are likely relevant apart from the others."""
    rounds = sorted({one["round"] for one in meetings})
    names = [view.text("plan.round", number=turn) for turn in rounds]
    likely = [sum(one["round"] == turn and one["probability"] >= 0.5 for one in meetings) for turn in rounds]
    other = [sum(one["round"] == turn for one in meetings) - count for turn, count in zip(rounds, likely, strict=True)]
    figure = go.Figure(
        [
            go.Bar(name=view.text("plan.likely"), x=names, y=likely),
            go.Bar(name=view.text("plan.other"), x=names, y=other),
        ]
    )
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    rows = [
        {"round": name, "likely": first, "other": second}
        for name, first, second in zip(names, likely, other, strict=True)
    ]
    columns = [
        ("round", view.text("plan.column.round")),
        ("likely", view.text("plan.likely")),
        ("other", view.text("plan.other")),
    ]
    return chart(view, figure, view.text("plan.picture"), columns, rows, height=260)


def _open(view: View) -> list[dict[str, Any]]:
    return [one for one in demands_of(view) if one["state"] == "open"]
