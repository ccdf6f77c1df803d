"""Match events of the zone: what became of each, seats that are free, and the form that announces one."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import flask
import plotly.graph_objects as go
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from data.match_feedback import STEPS
from models.spreadsheet import Cell
from serving.console.page import Console, Page, View, Waiting
from serving.console.parts.chart import chart
from serving.console.parts.grid import Column, grid
from serving.console.parts.states import empty, section
from serving.console.parts.table_files import table_file

ROLES, PATH = ("zone_officer",), "/events"
READ, WRITE = "match", "match_write"
MEMBERS = ("theme", "date", "district", "seats", "rounds", "per_firm_limit")
Event = Mapping[str, Any]


def register(console: Console) -> None:
    """Add the list, the form, the files and what waits."""
    console.add(
        Page(PATH, ROLES, READ, "events.title", page, menu="menu.matching", icon="account"),
        Page(f"{PATH}/new", ROLES, WRITE, "events.new", new_page),
    )
    console.download("events.<form>", ROLES, READ, event_file)
    console.waiting("zone_officer", waiting)

    @console.callback(
        Output("event-go", "href"), Input("event-announce", "n_clicks"), State("event-number", "data"),
        *(State(f"event-{name}", "value") for name in MEMBERS), roles=ROLES, permission=WRITE,
        running=[(Output("event-announce", "loading"), True, False)],
    )  # fmt: skip
    def announce(view: View, _: int, number: str, *values: Any) -> str:
        given = {name: value for name, value in zip(MEMBERS, values, strict=True) if value not in (None, "")}
        view.api.post("/v1/match/events", {"event_id": number, **given})
        return view.href(f"{PATH}/{number}")


def events_of(view: View) -> list[dict[str, Any]]:
    """Every event with its counts, the latest first."""
    found: list[dict[str, Any]] = view.api.get("/v1/match/events")["events"]
    return found


def page(view: View) -> Component:
    """What became of invitations over all events, why nothing came of them, and the list."""
    events = events_of(view)
    new = dmc.Anchor(dmc.Button(view.text("events.new")), href=view.href(f"{PATH}/new"))
    if not events:
        return empty(view.text("events.nothing"), view.text("events.new"), view.href(f"{PATH}/new"))
    counts = {step: sum(one[step] for one in events) for step in STEPS}
    pictures = (
        dmc.SimpleGrid([steps_picture(view, counts), reasons_picture(view, events)], cols={"base": 1, "lg": 2})
        if counts["invited"]
        else dmc.Alert(view.text("events.no_outcomes"), color="blue")
    )  # fmt: skip
    files = [
        html.A(view.text(f"demands.file.{form}"), href=view.href(f"/files/events.{form}"), download="")
        for form in ("csv", "xlsx")
    ]
    listed = grid(view, "events-grid", _columns(view), _rows(view, events), label=view.text("events.title"))
    return dmc.Stack([html.Div(new), pictures, dmc.Group(files), listed])


def new_page(view: View) -> Component:
    """The form of an event that the zone will hold."""

    def number(name: str, value: int) -> Component:
        return dmc.NumberInput(id=f"event-{name}", label=view.text(f"events.column.{name}"), value=value, min=1,
                               allowDecimal=False, required=True)  # fmt: skip

    fields = [
        dmc.DateInput(id="event-date", label=view.text("events.column.date"), valueFormat="YYYY-MM-DD", required=True,
                      minDate=view.state.matching.today().isoformat()),
        dmc.TextInput(id="event-district", label=view.text("demands.column.district"),
                      placeholder=view.text("demands.example.district")),
        number("seats", 40), number("rounds", 6), number("per_firm_limit", 3),
    ]  # fmt: skip
    theme = dmc.TextInput(id="event-theme", label=view.text("events.column.theme"), required=True,
                          placeholder=view.text("events.example.theme"))  # fmt: skip
    return section(
        view.text("events.form"), theme, dmc.SimpleGrid(fields, cols={"base": 1, "sm": 2, "lg": 3}),
        html.Div(dmc.Button(view.text("events.announce"), id="event-announce")),
        dcc.Store(id="event-number", data=f"V-{secrets.token_hex(5)}"), dcc.Location(id="event-go", refresh=True),
    )  # fmt: skip


def event_file(view: View, form: str) -> flask.Response:
    """The list with its counts as CSV or XLSX."""
    columns = _columns(view)
    heads = [view.text("events.column.event_id"), *(column.heading for column in columns)]
    rows: list[list[Cell]] = [
        [row["id"], *(row[column.key] for column in columns)] for row in _rows(view, events_of(view))
    ]
    answer = table_file("events", form, view.text("events.title"), heads, rows)
    view.record("events_exported", f"events.{form}", {"rows": len(rows)})
    return answer


def waiting(view: View) -> Sequence[Waiting]:
    """Events that are still to be held and have free seats."""
    free = sum(one["state"] == "upcoming" and bool(one["free_seats"]) for one in events_of(view))
    return [Waiting(view.text("events.waiting"), free, view.href(PATH))]


def steps_picture(view: View, counts: Mapping[str, int]) -> Component:
    """How many pairs of a demand and a firm came so far, from the invitation to the contract."""
    names = [view.text(f"outcomes.step.{step}") for step in STEPS]
    values = [counts[step] for step in STEPS]
    figure = go.Figure(go.Bar(x=values, y=names, orientation="h", text=values, textposition="auto"))
    figure.update_yaxes(autorange="reversed")
    rows = [{"step": name, "pairs": value} for name, value in zip(names, values, strict=True)]
    columns = [("step", view.text("outcomes.steps")), ("pairs", view.text("events.pairs"))]
    return chart(view, figure, view.text("events.steps_picture"), columns, rows, height=300)


def reasons_picture(view: View, events: Sequence[Event]) -> Component:
    """Why nothing came of pairs, the most frequent reason first."""
    counts: Counter[str] = Counter()
    for one in events:
        counts.update(one["reasons_not"])
    if not counts:
        return empty(view.text("events.no_reasons"))
    found = counts.most_common()
    names = [view.text(f"outcomes.reason.{key}") for key, _ in found]
    figure = go.Figure(go.Bar(x=[count for _, count in found], y=names, orientation="h", marker={"color": "#D55E00"}))
    figure.update_yaxes(autorange="reversed")
    rows = [{"reason": name, "pairs": count} for name, (_, count) in zip(names, found, strict=True)]
    columns = [("reason", view.text("outcomes.reason")), ("pairs", view.text("events.pairs"))]
    return chart(view, figure, view.text("events.reasons_picture"), columns, rows, height=300)


def _columns(view: View) -> list[Column]:
    def say(name: str) -> str:
        return view.text(f"events.column.{name}")

    return [
        Column("theme", say("theme"), link="href", least_px=210),
        Column("date", say("date"), "date", least_px=140),
        Column("state", say("state"), least_px=100),
        Column("district", view.text("demands.column.district"), least_px=90),
        Column("seats", say("seats"), "number", least_px=100),
        Column("free_seats", say("free_seats"), "number", least_px=115),
        *(Column(step, view.text(f"outcomes.step.{step}"), "number", least_px=115) for step in STEPS),
    ]


def _rows(view: View, events: Sequence[Event]) -> list[dict[str, Any]]:
    return [
        {
            "id": one["event_id"],
            "theme": one["theme"],
            "date": one["date"],
            "state": view.text(f"events.state.{one['state']}"),
            "district": one["district"] or view.text("demands.not_given"),
            "seats": one["seats"],
            "free_seats": one["free_seats"],
            **{step: one[step] for step in STEPS},
            "href": view.href(f"{PATH}/{one['event_id']}"),
        }
        for one in events
    ]
