"""One declaration: where it is, its stages and dates as a picture, every receipt, its sheet, and a cut-off to meet."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from data.beijing import BEIJING
from data.clearance.dialects import STAGES
from serving.console.page import Console, Page, View
from serving.console.pages.zone.clearance import ONE, PATH
from serving.console.pages.zone.clearance_words import mark_name, office_of, site, stage_name, status_name
from serving.console.pages.zone.record_parts import BOTH, facts, head, listed, or_words
from serving.console.parts.chart import COLOURS, chart
from serving.console.parts.forms import typed_number
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import moment, read, recorded, span
from serving.console.parts.links import downloads, framed_page
from serving.console.parts.states import badge, empty, section, success_message
from serving.console.parts.words import capital, named

NUMBER, RESULT = "declaration-number", "declaration-cutoff-result"
KIND, MILESTONE, AT, FEE = (f"declaration-cutoff-{name}" for name in ("kind", "milestone", "at", "fee"))


def layout(view: View) -> Component:
    """The declaration that the query names by any of its numbers."""
    number = view.query.get("number", "").strip()
    if not number:
        back = view.text("clearance.back")
        return dmc.Stack([site(view, PATH), empty(view.text("clearance.no_number"), back, view.href(PATH))])
    route = f"/v1/clearance/declarations/{quote(number, safe='')}"
    found = view.api.get(route)
    dates = forecast_of(view, route)
    return dmc.Stack([
        site(view, PATH),
        head(view, simulated=found["simulated"], as_of=view.state.worker.service.clock.now()),
        section(view.text("clearance.declaration", number=number), _facts(view, found)),
        section(view.text("clearance.course"), _picture(view, found, dates), *_expected(view, dates)),
        *_oddities(view, found),
        section(view.text("clearance.receipts"), _receipts(view, found)),
        or_words(view, lambda: _cutoff(view, number, found)),
        _sheet(view, route),
    ])  # fmt: skip


def forecast_of(view: View, route: str) -> list[dict[str, Any]]:
    """The stages still to come; none where the release comes without forecasts."""
    answer = view.api.raw("GET", f"{route}/forecast")
    return list(answer.json()["forecast"]) if answer.is_success else []


def add_cutoff(view: View, _: Any, number: str, kind: str, milestone: str, at: str, fee: float | None) -> Component:
    """Record by when the declaration has to be released or completed."""
    given = {
        "cutoff_id": uuid.uuid4().hex, "number": number, "kind": kind, "milestone": milestone,
        "cutoff_at": dt.datetime.fromisoformat(at).replace(tzinfo=BEIJING).isoformat() if at else "",
        "empty_space_fee_cny": typed_number(fee or 0.0),
    }  # fmt: skip
    view.api.post("/v1/clearance/cutoffs", given)
    words = view.text(
        "clearance.cutoff_kept", stage=stage_name(view, milestone), at=moment(view, str(given["cutoff_at"]))
    )
    return success_message(view, words)


def register(console: Console) -> None:
    """Add the page of a declaration and the form of a cut-off."""
    console.add(Page(ONE, BOTH, "clearance", "clearance.one", layout))
    console.callback(
        Output(RESULT, "children"), Input("declaration-cutoff-send", "n_clicks"), State(NUMBER, "data"),
        State(KIND, "value"), State(MILESTONE, "value"), State(AT, "value"), State(FEE, "value"),
        roles=BOTH, permission="clearance_write", running=[(Output("declaration-cutoff-send", "loading"), True, False)],
    )(add_cutoff)  # fmt: skip


def _facts(view: View, found: Mapping[str, Any]) -> Component:
    say, since = view.text, read(found["status_at"])
    now = view.state.worker.service.clock.now()
    waited = None if since is None else max((now - since).total_seconds(), 0.0)
    pairs: list[tuple[str, Any]] = [
        (say("clearance.column.status"), badge(status_name(view, found["clearance_status"]), "blue")),
        (say("clearance.column.since"), f"{recorded(view, found['status_at'])} · {span(view, waited)}"),
        (say("clearance.basis"), say("clearance.confirmed" if found["confirmed"] else "clearance.reported_only")),
    ]
    if found["reported_status"]:
        pairs.append((say("clearance.reported"), status_name(view, found["reported_status"])))
    pairs += [(say(f"clearance.number.{kind}"), "、".join(numbers)) for kind, numbers in found["numbers"].items()]
    pairs.append((say("clearance.messages"), f"{found['count_of_messages']:,}"))
    return facts(pairs)


def _picture(view: View, found: Mapping[str, Any], dates: Sequence[Mapping[str, Any]]) -> Component:
    """The stages over time: those that are reached, and those to come with their interval."""
    names = {stage: capital(stage_name(view, stage)) for stage in STAGES}
    reached = [(stage, read(found["stages"][stage])) for stage in STAGES if found["stages"][stage]]
    come = [(one["stage"], *(read(one[name]) for name in ("low_at", "median_at", "high_at"))) for one in dates]
    figure = go.Figure()
    figure.add_scatter(
        x=[at for _, at in reached], y=[names[stage] for stage, _ in reached], mode="lines+markers",
        marker={"size": 12, "color": COLOURS[2]}, line={"color": COLOURS[2]}, name=view.text("clearance.reached"),
    )  # fmt: skip
    for at, (stage, low, _, high) in enumerate(come):
        figure.add_scatter(
            x=[low, high], y=[names[stage]] * 2, mode="lines", line={"color": COLOURS[1], "width": 8}, opacity=0.45,
            name=view.text("clearance.interval_name"), showlegend=at == 0,
        )  # fmt: skip
    if come:
        figure.add_scatter(
            x=[median for _, _, median, _ in come], y=[names[stage] for stage, *_ in come], mode="markers",
            marker={"size": 12, "color": COLOURS[1], "symbol": "diamond"}, name=view.text("clearance.expected_name"),
        )  # fmt: skip
    order = [names[stage] for stage in STAGES]
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=order[::-1], range=[-0.5, 4.5])
    columns = [(name, view.text(f"clearance.column.{name}")) for name in ("stage", "what", "at", "interval")]
    table = [
        {"stage": names[stage], "what": view.text("clearance.reached"), "at": recorded(view, at)}
        for stage, at in reached
    ] + [
        {"stage": names[stage], "what": view.text("clearance.expected_name"), "at": moment(view, median),
         "interval": view.text("clearance.interval", low=moment(view, low), high=moment(view, high))}
        for stage, low, median, high in come
    ]  # fmt: skip
    return chart(view, figure, view.text("clearance.course_picture"), columns, table, height=300)


def _expected(view: View, dates: Sequence[Mapping[str, Any]]) -> list[Component]:
    if not dates:
        return [dmc.Text(view.text("clearance.no_dates"), size="sm", className="quiet")]
    notes = [listed([named(view, one["text"]) for one in dates])]
    if any(one["learned_from"] == "simulated" for one in dates):
        notes.append(dmc.Text(view.text("clearance.page.learned"), size="sm"))
    return notes


def _oddities(view: View, found: Mapping[str, Any]) -> list[Component]:
    """What a person has to look at: contradictions, missing receipts, codes that no table has."""
    lines = [
        view.text("clearance.several_firms") if one["code"] == "several_firms" else mark_name(view, one["code"])
        for one in found["contradictions"]
    ]
    lines += [view.text("clearance.gap", stage=stage_name(view, stage)) for stage in found["gaps"]]
    lines += [view.text("clearance.unknown_code", code=code) for code in found["unknown_codes"]]
    return [section(view.text("clearance.oddities"), listed(lines))] if lines else []


def _receipts(view: View, found: Mapping[str, Any]) -> Component:
    if not found["timeline"]:
        return empty(view.text("clearance.page.sent"))
    lines = [
        {
            "id": str(at),
            "at": recorded(view, one["at"]) if one["at"] else one["at_text"] or view.text("clearance.no_time"),
            "what": capital(named(view, one)) or view.text("clearance.unknown_code", code=one["code"]),
            "note": one["note"],
            "office": office_of(view, one["office"]),
            "received": moment(view, one["received_at"]),
            "marks": capital(
                ("；" if view.lang == "zh" else "; ").join(mark_name(view, mark) for mark in one["marks"])
            ),
        }
        for at, one in enumerate(found["timeline"])
    ]
    columns = [
        Column(name, view.text(f"clearance.column.{name}"), least_px=least)
        for name, least in (
            ("at", 170),
            ("what", 170),
            ("note", 150),
            ("office", 130),
            ("received", 170),
            ("marks", 150),
        )
    ]
    label = view.text("clearance.receipts")
    return grid(view, "declaration-receipts", columns, lines, label=label, height=min(420, 140 + 42 * len(lines)))


def _cutoff(view: View, number: str, found: Mapping[str, Any]) -> Component:
    """The form for an instant that the declaration has to meet."""
    if found["stages"]["completed"] or "clearance_write" not in view.account.permissions:
        return html.Div()
    say = view.text
    kinds = [{"value": kind, "label": say(f"clearance.cutoff.{kind}")} for kind in ("ship", "contract")]
    stages = [{"value": stage, "label": capital(stage_name(view, stage))} for stage in ("released", "completed")]
    return section(
        say("clearance.cutoff"),
        dmc.Text(say("clearance.cutoff_why"), size="sm"),
        dmc.Group(
            [
                dmc.Select(id=KIND, label=say("clearance.cutoff.kind"), data=kinds, value="ship", allowDeselect=False),
                dmc.Select(id=MILESTONE, label=say("clearance.cutoff.milestone"), data=stages, value="released",
                           allowDeselect=False),
                dmc.DateTimePicker(id=AT, label=say("clearance.cutoff.at"), w=220,
                                   valueFormat="YYYY-MM-DD HH:mm"),
                dmc.NumberInput(id=FEE, label=say("clearance.cutoff.fee"), value=0, min=0, max=1e9),
                dmc.Button(say("clearance.cutoff.send"), id="declaration-cutoff-send"),
            ],
            align="end",
        ),
        html.Div(id=RESULT, role="status"),
        dcc.Store(id=NUMBER, data=number),
    )  # fmt: skip


def _sheet(view: View, route: str) -> Component:
    """The declaration sheet with what the rules found, where its own message has come."""
    title = view.text("clearance.sheet")
    if not view.api.raw("HEAD", f"{route}/sheet.html").is_success:
        return section(title, empty(view.text("clearance.no_sheet")))
    links = [(view.text(f"clearance.page.sheet_{form}"), view.api_href(f"{route}/sheet.{form}", lang=view.lang))
             for form in ("html", "pdf")]  # fmt: skip
    return section(title, downloads(links), framed_page(title, links[0][1]))
