"""Match events as an enterprise sees them: when and where, whether it is invited, and what came of it."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from data.match_feedback import STEPS
from serving.console.page import Console, Page, View, Waiting
from serving.console.pages.enterprise.held import table
from serving.console.parts.instants import day
from serving.console.parts.states import badge, empty, section

ROLES = ("enterprise",)


def events_of(view: View) -> list[dict[str, Any]]:
    """Every event; the counts are of the enterprise's own invitations."""
    found: list[dict[str, Any]] = view.api.get("/v1/match/events")["events"]
    return found


def layout(view: View) -> Component:
    """Events to be held, then those that were."""
    found = events_of(view)
    if not found:
        return empty(view.text("ownevents.none"), view.text("demands.new"), view.href("/demands/new"))
    parts = []
    for state in ("upcoming", "past"):
        rows = [one for one in found if one["state"] == state]
        if rows:
            parts.append(section(view.text(f"ownevents.{state}"), _table(view, rows)))
    return dmc.Stack(parts)


def _table(view: View, rows: list[dict[str, Any]]) -> Component:
    body = []
    for one in rows:
        steps = [badge(view.text(f"outcomes.step.{step}"), "blue") for step in STEPS if one[step]]
        came = dmc.Group(steps, gap="xs") if steps else view.text("ownevents.not_invited")
        cells = [day(view, one["date"]), one["district"] or "–", came]
        body.append(html.Tr([html.Th(one["theme"], scope="row"), *(html.Td(cell) for cell in cells)]))
    heads = [view.text(key) for key in ("events.column.theme", "events.column.date", "demands.column.district",
                                        "ownevents.came")]  # fmt: skip
    return table(heads, body)


def waiting(view: View) -> list[Waiting]:
    """Events to be held that the enterprise is invited to and has not accepted."""
    count = sum(one["state"] == "upcoming" and one["invited"] > one["accepted"] for one in events_of(view))
    return [Waiting(view.text("ownevents.waiting"), count, view.href("/events"))]


def register(console: Console) -> None:
    """Add the page and what waits."""
    console.add(Page("/events", ROLES, "match", "events.title", layout, "menu.matching", "account"))
    console.waiting("enterprise", waiting)
