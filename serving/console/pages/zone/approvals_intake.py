"""Logs of cases sent by hand, and the rows of logs that were not kept, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, html, no_update
from dash.development.base_component import Component

from serving.approvals.service import mappings
from serving.console.api import Refused
from serving.console.page import Console, Page, View
from serving.console.pages.zone.approvals_words import site
from serving.console.pages.zone.record_parts import MOST, ZONE, listed, shown_of
from serving.console.parts.filters import choice
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import iso_day
from serving.console.parts.states import empty, section
from serving.console.parts.uploads import refused_file, upload, uploaded
from serving.console.parts.words import capital, named

PATH = "/approvals/intake"
FILE, SOURCE, MAPPING, RESULT = (f"approvals-{name}" for name in ("log", "source", "mapping", "log-result"))
PLAIN = "plain"  # a log whose columns are read by their usual names
MEDIA = "application/octet-stream"


def layout(view: View) -> Component:
    """The file to send, and what was not kept so far."""
    return dmc.Stack([
        site(view, PATH),
        section(view.text("approvals.import"), *_form(view)),
        section(view.text("approvals.quarantine"), quarantine(view)),
    ])  # fmt: skip


def take(view: View, contents: str | None, filename: str | None, source: str, mapping: str) -> tuple[Any, Any]:
    """Keep the events of the log; what became of its rows, or why the log could not be read."""
    if not contents:
        return no_update, no_update
    raw = uploaded(contents)
    query = {"source": source or None, "mapping": None if mapping == PLAIN else mapping}
    try:
        found = view.api.send("/v1/approvals/logs", raw, MEDIA, **query)
    except Refused as refused:
        return refused_file(view, refused), None
    return _taken(view, found, filename or ""), None


def quarantine(view: View) -> Component:
    """Rows that are no events, the newest first; what they held is not shown, for it may name a person."""
    found = view.api.get("/v1/approvals/quarantine", count=MOST)
    if not found["count"]:
        return empty(view.text("approvals.none_quarantined"))
    joint = "；" if view.lang == "zh" else "; "
    lines = [
        {
            "id": f"{one['received_at']}|{one['source']}|{one['row']}|{at}",
            "received": iso_day(one["received_at"]),
            "source": source_name(view, one["source"]),
            "row": one["row"],
            "line": one["line"] or None,
            "reason": joint.join(
                [
                    capital(named(view, one)),
                    *(str(fault["allowed_zh" if view.lang == "zh" else "allowed"]) for fault in one["faults"]),
                ]
            ),
        }
        for at, one in enumerate(found["rows"])
    ]
    columns = [
        Column("received", view.text("approvals.column.received"), "date", least_px=130),
        Column("source", view.text("approvals.column.source"), least_px=120),
        Column("row", view.text("approvals.column.row"), "number", least_px=90),
        Column("line", view.text("approvals.column.line"), "number", least_px=90),
        Column("reason", view.text("approvals.column.reason"), least_px=320),
    ]
    label = view.text("approvals.quarantine")
    return dmc.Stack([
        shown_of(view, len(lines), found["count"]),
        grid(view, "approvals-quarantine", columns, lines, label=label, height=440),
    ])  # fmt: skip


def source_name(view: View, source: str) -> str:
    """The system that sent a row: two have names of their own."""
    known = ("simulator", "zone")
    return view.text(f"approvals.source.{source}") if source in known else source


def register(console: Console) -> None:
    """Add the page and what its file does."""
    console.add(Page(PATH, (ZONE,), "approvals", "approvals.intake_title", layout))
    console.callback(
        Output(RESULT, "children"), Output(FILE, "contents"), Input(FILE, "contents"), State(FILE, "filename"),
        State(SOURCE, "value"), State(MAPPING, "value"), roles=(ZONE,), permission="approvals_write",
    )(take)  # fmt: skip


def _form(view: View) -> list[Component]:
    say = view.text
    if "approvals_write" not in view.account.permissions:
        return [empty(say("approvals.no_write"))]
    options = [(PLAIN, say("approvals.mapping.plain"))]
    options += [(name, say("approvals.mapping.named", name=mapping_name(view, name))) for name in mappings()]
    pick = choice(MAPPING, say("approvals.mapping"), options, PLAIN)
    pick.id, pick.w = MAPPING, 260
    return [
        dmc.Text(say("approvals.import_why"), size="sm"),
        dmc.Group([dmc.TextInput(id=SOURCE, label=say("approvals.source"), w=260,
                                 placeholder=say("approvals.source_shape")), pick], align="end"),
        upload(view, FILE, say("approvals.choose_log"), ".csv,.xes,.xml"),
        html.Div(id=RESULT, role="status"),
    ]  # fmt: skip


def mapping_name(view: View, name: str) -> str:
    """Whose words a log is written in."""
    return view.text("approvals.source.simulator") if name == "simulated" else name


def _taken(view: View, found: Mapping[str, Any], filename: str) -> Component:
    say = view.text
    lines = [
        say("approvals.taken.rows", rows=found["rows"], new=found["new"], known=found["known"]),
        say(
            "approvals.taken.more", duplicates=found["duplicates"], undated=found["without_instant"], zone=found["zone"]
        ),
        *(say("approvals.taken.reason", reason=named(view, one), count=one["count"]) for one in found["reasons"]),
    ]
    key = "approvals.taken.some" if found["quarantined"] else "approvals.taken.all"
    title = say(key, file=filename, count=found["quarantined"])
    return dmc.Alert(listed(lines), title=title, color="yellow" if found["quarantined"] else "green")
