"""Incubators and makerspaces: which there are, by kind, level and region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash.development.base_component import Component

from data.incubators.figures import areas
from models.incubators.statistics import GROUPS, KINDS, LEVELS
from serving.console.page import Console, Page, View
from serving.console.pages.zone.incubator_words import PAGES, site, value_name
from serving.console.pages.zone.record_parts import BOTH, FIRM, MENU, MOST, head, shown_of
from serving.console.parts.chart import COLOURS, chart, stack_counts
from serving.console.parts.filters import choice, query_form
from serving.console.parts.grid import Column, grid
from serving.console.parts.states import empty, fact_cards, section
from serving.console.parts.words import capital

PATH, ONE = "/incubators", "/incubators/incubator"


def layout(view: View) -> Component:
    """The list for the filters of the query."""
    wanted = {name: view.query[name] for name in GROUPS if view.query.get(name)}
    found = view.api.get("/v1/incubators", count=MOST, **wanted)
    parts: list[Any] = [site(view, PATH), _filters(view, wanted), head(view, simulated=found["simulated"])]
    if not found["rows"]:
        key = "incubators.none_firm" if view.account.role == FIRM else "incubators.none"
        return dmc.Stack([*parts, empty(view.text(key))])
    if view.account.role != FIRM:
        parts.append(section(view.text("incubators.by_level"), _cards(view, found), _by_level(view, found["rows"])))
    return dmc.Stack([
        *parts,
        shown_of(view, len(found["rows"]), found["count"]),
        section(view.text("incubators.list"), _grid(view, found["rows"])),
    ])  # fmt: skip


def register(console: Console) -> None:
    """Add the list."""
    console.add(Page(PATH, PAGES[PATH], "incubators", "incubators.title", layout, MENU, "incubator"))


def _filters(view: View, wanted: Mapping[str, str]) -> Component:
    options = {"kind": KINDS, "level": LEVELS, "region": tuple(areas())}
    inputs = [
        choice(
            name, view.text(f"incubators.column.{name}"), [(one, value_name(view, name, one)) for one in options[name]],
            wanted.get(name, ""), view.text("records.every"),
        )
        for name in GROUPS
    ]  # fmt: skip
    return query_form(view.href(PATH), inputs, view.text("records.filter"))


def _cards(view: View, found: Mapping[str, Any]) -> Component:
    counts = {level: sum(one["level"] == level for one in found["rows"]) for level in LEVELS}
    cards = [(view.text("incubators.all"), f"{found['count']:,}", None)]
    return fact_cards([*cards, *((value_name(view, "level", level), f"{n:,}", None) for level, n in counts.items())])


def _by_level(view: View, rows: list[dict[str, Any]]) -> Component:
    """How many there are of each kind, by level."""
    kinds = [kind for kind in KINDS if any(one["kind"] == kind for one in rows)]
    counts = {
        level: [sum(one["kind"] == kind and one["level"] == level for one in rows) for kind in kinds]
        for level in LEVELS
    }
    names = [capital(value_name(view, "kind", kind)) for kind in kinds]
    figure = go.Figure(
        [
            go.Bar(x=counts[level], y=names, orientation="h", name=capital(value_name(view, "level", level)),
                   marker={"color": COLOURS[at]})
            for at, level in enumerate(LEVELS)
        ]
    )  # fmt: skip
    stack_counts(figure)
    columns = [
        ("kind", view.text("incubators.column.kind")),
        *((level, value_name(view, "level", level)) for level in LEVELS),
    ]
    table = [{"kind": name} | {level: counts[level][at] for level in LEVELS} for at, name in enumerate(names)]
    return chart(view, figure, view.text("incubators.by_level_picture"), columns, table, height=110 + 34 * len(kinds))


def _grid(view: View, rows: list[dict[str, Any]]) -> Component:
    lines = [
        {
            "id": one["incubator_id"],
            "number": one["incubator_id"],
            "name": one["name"],
            "href": view.href(ONE, id=one["incubator_id"]) if view.account.role in BOTH else None,
            **{name: capital(value_name(view, name, one[name])) for name in GROUPS},
            "founded_on": one["founded_on"],
            "recognised_on": one["recognised_on"],
        }
        for one in rows
    ]
    columns = [
        Column("name", view.text("incubators.column.name"), link="href", least_px=190),
        Column("number", view.text("incubators.column.number"), least_px=110),
        *(Column(name, view.text(f"incubators.column.{name}"), least_px=130) for name in GROUPS),
        *(Column(name, view.text(f"incubators.column.{name}"), "date", least_px=150)
          for name in ("founded_on", "recognised_on")),
    ]  # fmt: skip
    return grid(view, "incubators-grid", columns, lines, label=view.text("incubators.list"), height=560)
