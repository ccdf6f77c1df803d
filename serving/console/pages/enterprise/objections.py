"""Objections of an enterprise: its own list, one of them, and a new one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc
from dash.development.base_component import Component

from data.codebook import read_codebook
from serving.console.page import Console, Page, View, Waiting
from serving.console.pages.enterprise.held import case_of, placements_of, table
from serving.console.parts.forms import reason_field
from serving.console.parts.instants import day
from serving.console.parts.objections import all_of, lamp_badge, left_text, page_of_one, subject_list
from serving.console.parts.states import empty, panel
from serving.console.parts.words import capital, named
from serving.contract.refusals import Fault, Refusal
from serving.objections.clock import objection_clocks
from serving.objections.objections import (
    check_written,
    filing_draft,
    text_of,
)
from serving.objections.subjects import Subject, placement_subject, reason_subject, value_subject

ROLES = ("enterprise",)
NEWS_DAYS = 30


def layout(view: View) -> Component:
    """The list of the enterprise's own objections, the newest first."""
    found = all_of(view)[::-1]
    if not found:
        return empty(view.text("objections.none.mine"), view.text("objections.none.mine.action"), view.href("/values"))
    clocks = objection_clocks(found, datetime.now(UTC))
    body = []
    for one, clock in zip(found, clocks, strict=True):
        link = dmc.Anchor(
            capital(named(view, one.about)), href=view.href(f"/objections/{one.objection_id}"), refresh=True
        )
        cells = [
            named(view, one.about, "value"), day(view, one.steps[0]["at"]), view.text(f"objections.state.{one.state}"),
            lamp_badge(view, clock.lamp), left_text(view, clock),
        ]  # fmt: skip
        body.append(dash.html.Tr([dash.html.Th(link, scope="row"), *(dash.html.Td(cell) for cell in cells)]))
    keys = ("about", "value", "filed", "state", "lamp", "left")
    return panel(table([view.text(f"objections.col.{key}") for key in keys], body))


def subject_of(view: View, given: dict[str, str]) -> Subject:
    """What an address names, as the service holds it; not found for what is not the enterprise's own."""
    kind = given.get("kind", "")
    if kind in ("indicator", "credit_fact"):
        return value_subject(case_of(view), read_codebook(), given.get("key", ""))
    if kind == "placement":
        return placement_subject(placements_of(view), given.get("chain", ""), given.get("node", ""))
    if kind == "reason" and given.get("number", "").isdecimal():
        decision = view.api.get(f"/v1/decisions/{given.get('decision', '')}")
        return reason_subject(decision, int(given["number"][:3]))
    raise Refusal("not-found", faults=[Fault("kind", kind[:60], text_of("objections.fault.subject"))])


def new(view: View) -> Component:
    """The form of a new objection; where one is open, the way to it."""
    subject = subject_of(view, view.query)
    wanted = (subject["kind"], subject["key"])
    for one in all_of(view):
        if one.is_open and (one.about["kind"], one.about["key"]) == wanted:
            href = view.href(f"/objections/{one.objection_id}")
            return empty(view.text("objections.new.open"), view.text("objections.new.open.action"), href)
    form = [
        dmc.Text(view.text("objections.new.intro")),
        subject_list(view, subject),
        reason_field("objections-new-text", view.text("objections.new.text"), 4),
        dmc.Group([dmc.Button(view.text("objections.new.send"), id="objections-new-send")]),
        dcc.Store(id="objections-new-subject", data=view.query),
    ]  # fmt: skip
    return dmc.Box(panel(*form), id="objections-new")


def file(view: View, _clicks: int | None, text: str | None, given: dict[str, Any]) -> Component:
    """Record the objection and lead to it; the subject is read again, never taken from the page."""
    subject = subject_of(view, {key: str(value) for key, value in given.items()})
    worker = view.state.worker
    draft = view.run(worker.read(lambda: filing_draft(worker.ledger, view.caller, subject, text or "")))
    ((record, fresh),) = view.run(worker.write([draft]))
    check_written(draft, record, new=fresh)
    href = view.href(f"/objections/{record.subject}")
    return dmc.Stack(
        [
            dmc.Alert(view.text("objections.new.done"), color="green"),
            dmc.Anchor(view.text("objections.new.open.action"), href=href, refresh=True),
        ]
    )


def waiting(view: View) -> list[Waiting]:
    """Objections to which information is wanted, and those that were decided of late."""
    found, since = all_of(view), (datetime.now(UTC) - timedelta(days=NEWS_DAYS)).isoformat()
    wanted = sum(one.state == "information_wanted" for one in found)
    decided = sum(one.state in ("upheld", "rejected") and one.steps[-1]["at"] >= since for one in found)
    href = view.href("/objections")
    return [
        Waiting(view.text("objections.waiting.information"), wanted, href),
        Waiting(view.text("objections.waiting.answered", days=NEWS_DAYS), decided, href),
    ]


def register(console: Console) -> None:
    """Add the pages, what waits and the callback of the form; actions have the callback of the officer's page."""
    console.add(
        Page("/objections", ROLES, "apply", "objections.mine.title", layout, "menu.mine", "inbox"),
        Page("/objections/new", ROLES, "apply", "objections.new.title", new),
        Page("/objections/{objection_id}", ROLES, "apply", "objections.one.title", page_of_one),
    )
    console.waiting("enterprise", waiting)
    console.callback(
        Output("objections-new", "children"),
        Input("objections-new-send", "n_clicks"),
        State("objections-new-text", "value"),
        State("objections-new-subject", "data"),
        roles=ROLES, permission="apply", running=[(Output("objections-new-send", "loading"), True, False)],
    )(file)  # fmt: skip
