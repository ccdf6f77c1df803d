"""Objections as a zone officer handles them: the open ones by lamp and age, and one with its actions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State
from dash.development.base_component import Component

from serving.console.page import Console, Page, View, Waiting
from serving.console.parts.firm_names import firm_words
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import iso_day
from serving.console.parts.objections import ACT, BODY, ID, SURE, TEXT, act, all_of, page_of_one
from serving.console.parts.states import empty, fact_cards, section
from serving.console.parts.words import capital, named
from serving.objections.clock import WORKING_DAYS, objection_clocks

ROLES = ("zone_officer",)
LATEST = 200  # decided objections that the page lists
LAMP_ORDER = ("red", "yellow", "green", "suspended", "closed")


def layout(view: View) -> Component:
    """What is open, the most urgent first; below what was decided."""
    found = all_of(view)
    if not found:
        return empty(view.text("objections.none.officer"))
    clocks = objection_clocks(found, datetime.now(UTC))
    rows: list[dict[str, Any]] = [
        {
            "id": one.objection_id,
            "href": view.href(f"/zone/objections/{one.objection_id}"),
            "about": capital(named(view, one.about)),
            "firm": firm_words(view, one.uscc),
            "kind": view.text(f"objections.kind.{one.about['kind']}"),
            "filed": iso_day(one.steps[0]["at"]),
            "state": view.text(f"objections.state.{one.state}"),
            "age": clock.age_days,
            "left": clock.left_days,
            "lamp": view.text(f"objections.lamp.{clock.lamp}"),
            "order": LAMP_ORDER.index(clock.lamp),
            "open": one.is_open,
        }
        for one, clock in zip(found, clocks, strict=True)
    ]
    opened = sorted((row for row in rows if row["open"]), key=lambda row: (row["order"], row["left"] or 0))
    closed = [row for row in rows if not row["open"]][::-1][:LATEST]
    counts = [(key, sum(clock.lamp == key for clock in clocks)) for key in LAMP_ORDER[:4]]
    cards = [(view.text(f"objections.lamp.{key}"), view.text("objections.count", count=n), None) for key, n in counts]
    parts = [
        dmc.Text(view.text("objections.due.note", days=WORKING_DAYS), className="quiet"),
        fact_cards(cards),
        section(view.text("objections.list.open"), _grid(view, "objections-grid", "objections.list.open", opened)),
    ]
    if closed:
        label = "objections.list.closed"
        parts.append(section(view.text(label), _grid(view, "objections-closed", label, closed)))
    return dmc.Stack(parts)


def _grid(view: View, grid_id: str, label: str, rows: list[dict[str, Any]]) -> Component:
    if not rows:
        return empty(view.text("objections.none.open"))
    columns = [
        Column("about", view.text("objections.col.about"), link="href", least_px=160),
        Column("firm", view.text("objections.col.firm"), least_px=190),
        Column("kind", view.text("objections.col.kind")),
        Column("filed", view.text("objections.col.filed"), "date", least_px=150),
        Column("state", view.text("objections.col.state")),
        Column("lamp", view.text("objections.col.lamp")),
        Column("age", view.text("objections.col.age"), "number"),
        Column("left", view.text("objections.col.left"), "number"),
    ]
    return grid(view, grid_id, columns, rows, label=view.text(label), height=min(480, 150 + 42 * len(rows)))


def waiting(view: View) -> list[Waiting]:
    """Objections that an officer is to act on, those that are due or late by themselves."""
    found = [one for one in all_of(view) if one.is_open]
    clocks = objection_clocks(found, datetime.now(UTC))
    href = view.href("/zone/objections")
    late = sum(clock.lamp == "red" for clock in clocks)
    others = sum(clock.lamp in ("yellow", "green") for clock in clocks)
    return [
        Waiting(view.text("objections.waiting.officer.late"), late, href),
        Waiting(view.text("objections.waiting.officer"), others, href),
    ]


def register(console: Console) -> None:
    """Add the pages, what waits, and the one callback of actions, which the enterprise's page has as well."""
    console.add(
        Page("/zone/objections", ROLES, "objections", "objections.title", layout, "menu.enterprises", "inbox"),
        Page("/zone/objections/{objection_id}", ROLES, "objections", "objections.one.title", page_of_one),
    )
    console.waiting("zone_officer", waiting)
    console.callback(
        Output(BODY, "children"),
        Input({"type": ACT, "action": ALL}, "n_clicks"),
        Input({"type": SURE, "action": ALL}, "submit_n_clicks"),
        State(TEXT, "value"),
        State(ID, "data"),
        roles=("zone_officer", "enterprise"),
    )(act)
