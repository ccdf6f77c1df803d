"""One match event: what came of its invitations, whom to invite under its seats, and records of what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import flask
from dash import html
from dash.development.base_component import Component

from data.match_feedback import STEPS
from models.spreadsheet import Cell
from serving.console.page import Console, Page, View
from serving.console.pages.zone.event_list import PATH, READ, ROLES, WRITE, reasons_picture, steps_picture
from serving.console.pages.zone.invitations import planning
from serving.console.parts.firm_names import firm_words
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import day, iso_day
from serving.console.parts.outcome_form import outcome_form, register_outcome_form
from serving.console.parts.states import badge, fact_cards, section
from serving.console.parts.table_files import table_file
from serving.matching.events import event_pairs, one_event

Pair = Mapping[str, Any]


def register(console: Console) -> None:
    """Add the page, the form of records and the files."""
    console.add(Page(f"{PATH}/{{event_id}}", ROLES, READ, "events.one", page))
    register_outcome_form(console, "event", roles=ROLES, permission=WRITE)
    console.download("events/<event_id>/outcomes.<form>", ROLES, READ, pair_file)


def page(view: View) -> Component:
    """Facts, invitations that can be planned, pairs that were recorded."""
    view.caller.need(READ, *ROLES)
    event_id, matching = view.params["event_id"], view.state.matching
    event = one_event(matching, event_id, view.caller)
    pairs = event_pairs(matching, event_id, view.caller)
    facts = [
        ("date", day(view, event["date"]), view.text(f"events.state.{event['state']}")),
        ("seats", f"{event['seats']:,}", view.text("events.free", count=event["free_seats"])),
        ("rounds", f"{event['rounds']:,}", view.text("events.per_firm", count=event["per_firm_limit"])),
        ("invited", f"{event['invited']:,}", view.text("events.pairs")),
    ]
    district = badge(event["district"] or view.text("demands.not_given"))
    head = section(
        event["theme"], html.Div(district),
        fact_cards([(view.text(f"events.column.{name}"), value, note) for name, value, note in facts]),
    )  # fmt: skip
    parts = [head]
    if event["state"] == "upcoming":
        parts.append(planning(view, event))
    parts.append(_outcomes(view, event, pairs))
    if pairs:
        chosen = [(one["demand_id"], one["uscc"]) for one in pairs if one["demand_id"]]
        form = outcome_form(view, "event", chosen, event_id=event_id)
        parts.append(section(view.text("outcomes.record"), form))
    return dmc.Stack([*parts, dmc.Anchor(view.text("events.back"), href=view.href(PATH))])


def _outcomes(view: View, event: Mapping[str, Any], pairs: Sequence[Pair]) -> Component:
    title = view.text("events.outcomes")
    if not pairs:
        key = "events.no_outcomes" if event["state"] == "upcoming" else "events.none_recorded"
        return section(title, dmc.Text(view.text(key)))
    files = [
        html.A(view.text(f"demands.file.{form}"), download="",
               href=view.href(f"/files/events/{event['event_id']}/outcomes.{form}"))
        for form in ("csv", "xlsx")
    ]  # fmt: skip
    pictures = dmc.SimpleGrid([steps_picture(view, event), reasons_picture(view, [event])], cols={"base": 1, "lg": 2})
    listed = grid(view, "event-pairs", pair_columns(view), pair_rows(view, pairs), label=title, height=420)
    return section(title, pictures, dmc.Group(files), listed)


def pair_columns(view: View) -> list[Column]:
    """Columns of the pairs of an event."""
    return [
        Column("demand", view.text("demands.column.number"), link="href", least_px=130),
        Column("firm", view.text("outcomes.pair"), least_px=200),
        *(Column(step, view.text(f"outcomes.step.{step}"), least_px=115) for step in STEPS),
        Column("reason", view.text("outcomes.reason"), least_px=120),
        Column("on", view.text("events.recorded_on"), "date", least_px=140),
    ]


def pair_rows(view: View, pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Rows of the pairs of an event, each with the address of its demand."""
    return [
        {
            "id": f"{one['demand_id']}-{one['uscc']}",
            "demand": one["demand_id"] or view.text("demands.not_given"),
            "firm": firm_words(view, one["uscc"]),
            **{step: view.text("events.yes") if one[step] else "" for step in STEPS},
            "reason": view.text(f"outcomes.reason.{one['reason_not']}") if one["reason_not"] else "",
            "on": iso_day(one["at"]),
            "href": view.href(f"/demands/{one['demand_id']}") if one["demand_id"] else "",
        }
        for one in pairs
    ]


def pair_file(view: View, event_id: str, form: str) -> flask.Response:
    """The pairs of an event as CSV or XLSX."""
    rows = pair_rows(view, event_pairs(view.state.matching, event_id, view.caller))
    columns = pair_columns(view)
    cells: list[list[Cell]] = [[row[column.key] for column in columns] for row in rows]
    heads = [column.heading for column in columns]
    answer = table_file(f"outcomes-{event_id}", form, view.text("events.outcomes"), heads, cells)
    view.record("outcomes_exported", event_id, {"rows": len(rows), "form": form})
    return answer
