"""Demands as pages show them: facts of one, rows of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from data.ingest.rules import INDUSTRIES
from serving.console.parts.firm_names import firm_link, firm_words
from serving.console.parts.grid import Column
from serving.console.parts.instants import day
from serving.console.parts.states import badge, success_message
from serving.console.parts.words import capital

if TYPE_CHECKING:
    from serving.console.page import View

Row = Mapping[str, Any]
STATES = ("open", "past_deadline", "closed", "not_yet")
STATE_COLOURS = {"open": "green", "past_deadline": "orange", "closed": "gray", "not_yet": "blue"}
PROPOSED = {True: "found", False: "none_likely", None: "not_searched"}  # by what the last list of suppliers gave


def close_demand(view: View, _clicks: int | None, number: str, reason: str | None) -> Component:
    """Close a demand with its reason; the API refuses another enterprise's."""
    view.api.post(f"/v1/demands/{number}/close", {"reason": (reason or "").strip()})
    return success_message(view, view.text("demands.was_closed"))


def field_name(view: View, key: str | None) -> str:
    """The name of an industry; what is no industry of the zone stays as it was written."""
    if not key:
        return view.text("demands.not_given")
    return capital(view.text(f"industry.{key}")) if key in INDUSTRIES else key


def proposed_words(view: View, demand: Row) -> str:
    """Whether the last list proposed a firm, in words."""
    return view.text(f"demands.proposed.{PROPOSED[demand['proposed']]}")


def source_words(view: View, demand: Row) -> str:
    """Who recorded the demand; a source of the release stays as it was written there."""
    return view.text(f"demands.source.{demand['source']}") if demand["posted"] else str(demand["source"])


def demand_columns(view: View) -> list[Column]:
    """Columns of a grid of ``demand_rows``."""

    def say(name: str) -> str:
        return view.text(f"demands.column.{name}")

    return [
        Column("title", say("title"), link="href", least_px=230),
        Column("field", say("field"), least_px=110),
        Column("district", say("district"), least_px=100),
        Column("budget_wan", say("budget_wan"), "money_wan", least_px=110),
        Column("deadline", say("deadline"), "date", least_px=140),
        Column("state", say("state"), least_px=110),
        Column("proposed", say("proposed"), least_px=140),
        Column("firm", say("firm"), least_px=190),
        Column("as_of", say("as_of"), "date", least_px=140),
    ]


def demand_rows(view: View, demands: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows of a grid, each with the address of its page."""
    return [
        {
            "id": one["demand_id"],
            "title": one["title"] or one["problem"][:40],
            "field": field_name(view, one["field"]),
            "district": one["district"] or view.text("demands.not_given"),
            "budget_wan": one["budget_wan"],
            "deadline": one["deadline"],
            "state": view.text(f"demands.state.{one['state']}"),
            "proposed": proposed_words(view, one),
            "firm": firm_words(view, one["uscc"]) if one["uscc"] else view.text("demands.firm_hidden"),
            "as_of": one["as_of"],
            "href": view.href(f"/demands/{one['demand_id']}"),
        }
        for one in demands
    ]


def demand_facts(view: View, demand: Row) -> Component:
    """What a demand says, whose it is, until when it is of use and who may see it."""
    budget = demand["budget_wan"]
    facts = [
        ("field", field_name(view, demand["field"])),
        ("district", demand["district"] or view.text("demands.not_given")),
        ("budget", view.text("demands.not_given") if budget is None else view.text("demands.budget", wan=budget)),
        ("deadline", day(view, demand["deadline"]) if demand["deadline"] else view.text("demands.no_deadline")),
        ("visible_to", view.text(f"demands.visible.{demand['visible_to']}")),
        ("as_of", day(view, demand["as_of"])),
        ("source", source_words(view, demand)),
        ("number", demand["demand_id"]),
    ]
    state = [badge(view.text(f"demands.state.{demand['state']}"), STATE_COLOURS[demand["state"]])]
    if demand["closed_on"]:
        closed = view.text("demands.closed_on", day=day(view, demand["closed_on"]), reason=demand["closed_reason"])
        state.append(dmc.Text(closed, size="sm"))
    asker = firm_link(view, demand["uscc"]) if demand["uscc"] else dmc.Text(view.text("demands.firm_hidden"))
    lines = [
        html.Div([html.Dt(view.text(f"demands.column.{name}"), className="quiet"), html.Dd(words)], className="fact")
        for name, words in facts
    ]
    wanted = [dmc.Text(demand["problem"])]
    if demand["requirement"]:
        wanted.append(dmc.Text([html.B(view.text("demands.requirement")), demand["requirement"]]))
    return dmc.Stack(
        [dmc.Group([*state, asker], gap="sm"), *wanted, html.Dl(lines, className="facts")], gap="sm"
    )  # fmt: skip
