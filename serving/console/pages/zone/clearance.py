"""The clearance board: declarations by status, since when and until when expected, alerts, refused messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from models.clearance.timeline import STATUS_TEXT
from serving.clearance.expected import ENDED
from serving.clearance.service import allowed_text
from serving.console.page import Console, Page, View
from serving.console.pages.zone.clearance_words import direction_name, office_of, site, stage_name, status_name
from serving.console.pages.zone.record_parts import (
    BOTH,
    MENU,
    MOST,
    bar_label,
    head,
    listed,
    of_zone,
    or_words,
    shown_of,
)
from serving.console.parts.chart import chart
from serving.console.parts.filters import choice, query_form
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import DAY, day, iso_day, moment, read
from serving.console.parts.states import badge, empty, fact_cards, section
from serving.console.parts.words import capital, named
from serving.ledger.chain import canonical_json, digest_of

PATH, ONE = "/clearance", "/clearance/declaration"
EVERY_MS = 10_000  # between two looks for what is new
GRID, TICK, LIVE, SEEN, STATUS = (
    "clearance-grid",
    "clearance-tick",
    "clearance-live",
    "clearance-seen",
    "clearance-status",
)


def layout(view: View) -> Component:
    """The board; a status in the query leaves the declarations of that status."""
    status = view.query.get("status", "")
    found = _read(view, status)
    parts: list[Any] = [
        site(view, PATH),
        _search(view),
        html.Div(_live(view, found), id=LIVE),
        section(view.text("clearance.declarations"), _filter(view, status), _grid(view, rows(view, found))),
        or_words(view, lambda: section(view.text("clearance.alerts"), alerts(view))),
    ]
    if of_zone(view):
        parts.append(section(view.text("clearance.refused"), refused_messages(view)))
    parts += [
        dcc.Interval(id=TICK, interval=EVERY_MS),
        dcc.Store(id=SEEN, data=_mark(found)),
        dcc.Store(id=STATUS, data=status),
    ]
    return dmc.Stack(parts)


def refreshed(view: View, _: Any, status: str, seen: str) -> tuple[Any, Any, Any]:
    """What the board shows, where it has changed since the last look."""
    found = _read(view, status)
    mark = _mark(found)
    if mark == seen:
        return no_update, no_update, no_update
    return rows(view, found), _live(view, found), mark


def rows(view: View, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines of the grid."""
    now = view.state.worker.service.clock.now()
    return [_row(view, one, now) for one in found["rows"]]


def alerts(view: View) -> Component:
    """The alerts of the day, each with its reasons in words."""
    found = view.api.get("/v1/clearance/alerts")
    if not found["alerts"]:
        return empty(view.text("clearance.no_alerts"))
    cards = [
        dmc.Paper(
            [
                dmc.Group([
                    html.A(one["declaration_id"], href=view.href(ONE, number=one["declaration_id"])),
                    badge(view.text("clearance.act_by", at=moment(view, one["act_by"])), "red"),
                ]),
                listed([named(view, reason) for reason in one["reasons"]]),
            ],
            withBorder=True, p="sm", radius="md",
        )
        for one in found["alerts"]
    ]  # fmt: skip
    budget = dmc.Text(view.text("clearance.budget", count=found["daily_budget"]), size="sm", className="quiet")
    return dmc.Stack([budget, *cards])


def refused_messages(view: View) -> Component:
    """Messages that could not be read, with where and why."""
    found = view.api.get("/v1/clearance/refused")
    if not found["count"]:
        return empty(view.text("clearance.none_refused"))
    lines = [
        {
            "id": one["message_id"],
            "received": iso_day(one["received_at"]),
            "source": view.text(f"clearance.source.{one['source']}"),
            "where": capital(view.text("uploads.position", line=one["line"], column=one["column"]))
            if one["line"] else view.text("uploads.whole"),
            "allowed": capital(named(view, refusal_text(one))),
        }
        for one in found["messages"]
    ]  # fmt: skip
    columns = [
        Column("received", view.text("clearance.column.received"), "date"),
        Column("source", view.text("clearance.column.source")),
        Column("where", view.text("clearance.column.where"), least_px=160),
        Column("allowed", view.text("clearance.column.allowed"), least_px=260),
    ]
    label = view.text("clearance.refused")
    return dmc.Stack([shown_of(view, len(lines), found["count"]),
                      grid(view, "clearance-refused-grid", columns, lines, label=label, height=260)])  # fmt: skip


def refusal_text(one: Mapping[str, Any]) -> dict[str, str]:
    """What is allowed where a message was refused, in both languages."""
    return dict(zip(("zh", "en"), allowed_text("message", one["code"], one["allowed"]), strict=True))


def register(console: Console) -> None:
    """Add the board and its look for what is new."""
    console.add(Page(PATH, BOTH, "clearance", "clearance.title", layout, MENU, "ship"))
    console.callback(
        Output(GRID, "rowData"), Output(LIVE, "children"), Output(SEEN, "data"),
        Input(TICK, "n_intervals"), State(STATUS, "data"), State(SEEN, "data"),
        roles=BOTH, permission="clearance",
    )(refreshed)  # fmt: skip


def _read(view: View, status: str) -> dict[str, Any]:
    found: dict[str, Any] = view.api.get("/v1/clearance/declarations", count=MOST, status=status or None)
    return found


def _mark(found: Mapping[str, Any]) -> str:
    return digest_of(canonical_json(found))


def _live(view: View, found: Mapping[str, Any]) -> Component:
    """The counts, as cards and as a picture."""
    by_status: Mapping[str, int] = found["by_status"]
    simulated = any(one["simulated"] for one in found["rows"])
    running = sum(count for status, count in by_status.items() if status not in ENDED)
    now = view.state.worker.service.clock.now()
    late = sum(is_late(one, now) for one in found["rows"])
    cards = [
        (view.text("clearance.card.all"), f"{sum(by_status.values()):,}", None),
        (view.text("clearance.card.running"), f"{running:,}", view.text("clearance.card.running_note")),
        (view.text("clearance.card.late"), f"{late:,}", view.text(f"clearance.dates.{found['dates_state']}")),
        (view.text("clearance.card.unclear"), f"{by_status.get('contradictory', 0) + by_status.get('exception', 0):,}",
         view.text("clearance.card.unclear_note")),
    ]  # fmt: skip
    parts: list[Any] = [head(view, simulated=simulated, as_of=now), fact_cards(cards)]
    if by_status:
        parts.append(_by_status(view, by_status))
    if not found["rows"]:
        key, where = ("none_of_status", PATH) if by_status else ("none", "/clearance/messages")
        parts.append(empty(view.text(f"clearance.{key}"), view.text(f"clearance.{key}_action"), view.href(where)))
    return dmc.Stack([*parts, shown_of(view, len(found["rows"]), found["count"])])


def _by_status(view: View, by_status: Mapping[str, int]) -> Component:
    order = [status for status in STATUS_TEXT if status in by_status]
    names = [status_name(view, status) for status in order]
    counts = [by_status[status] for status in order]
    bars = go.Bar(
        x=counts,
        y=[bar_label(view, name) for name in names],
        orientation="h",
        text=counts,
        textposition="outside",
        cliponaxis=False,
    )
    figure = go.Figure(bars).update_yaxes(autorange="reversed").update_xaxes(rangemode="tozero", showticklabels=False)
    columns = [("name", view.text("clearance.column.status")), ("count", view.text("clearance.column.count"))]
    table = [{"name": name, "count": count} for name, count in zip(names, counts, strict=True)]
    return chart(view, figure, view.text("clearance.by_status"), columns, table, height=90 + 42 * len(order))


def _grid(view: View, lines: Sequence[Mapping[str, Any]]) -> Component:
    say = view.text
    columns = [
        Column("number", say("clearance.column.number"), link="href", least_px=190),
        Column("status", say("clearance.column.status"), least_px=120),
        Column("since", say("clearance.column.since"), "date", least_px=130),
        Column("days", say("clearance.column.days"), "number", decimals=1),
        Column("next", say("clearance.column.next"), least_px=90),
        Column("expected", say("clearance.column.expected"), "date", least_px=130),
        Column("interval", say("clearance.column.interval"), least_px=230),
        Column("direction", say("clearance.column.direction"), least_px=90),
        Column("office", say("clearance.column.office"), least_px=130),
        Column("declared", say("clearance.column.declared"), "date", least_px=130),
    ]
    return grid(view, GRID, columns, lines, label=say("clearance.declarations"), height=520)


def _row(view: View, one: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    since, expected = read(one["status_at"]), one["expected"]
    days = None if since is None or one["clearance_status"] in ENDED else (now - since).total_seconds() / DAY
    line = {
        "id": one["number"],
        "number": one["number"],
        "href": view.href(ONE, number=one["number"]),
        "status": status_name(view, one["clearance_status"]),
        "since": iso_day(one["status_at"]),
        "days": None if days is None else max(days, 0.0),
        "direction": direction_name(view, one["direction"]),
        "office": office_of(view, one["office"]),
        "declared": iso_day(one["declared_at"]),
        "next": "", "expected": None, "interval": "",
    }  # fmt: skip
    if expected is not None:
        ends = (day(view, expected["low_at"]), day(view, expected["high_at"]))
        unsure = "" if expected["reliable"] else view.text("clearance.unreliable")
        line |= {
            "next": capital(stage_name(view, expected["stage"])),
            "expected": iso_day(expected["median_at"]),
            "interval": view.text("clearance.interval", low=ends[0], high=ends[1]) + unsure,
        }
    return line


def is_late(one: Mapping[str, Any], now: dt.datetime) -> bool:
    """Whether a declaration waits for longer than its forecast's interval allows."""
    expected = one["expected"]
    ends = None if expected is None else read(expected["high_at"])
    return ends is not None and ends < now


def _search(view: View) -> Component:
    """The way to one declaration by any of its numbers."""
    number = dmc.TextInput(name="number", label=view.text("clearance.number"), required=True, w=360, maw="100%")
    return query_form(view.href(ONE), [number], view.text("records.search"))


def _filter(view: View, status: str) -> Component:
    options = [(key, status_name(view, key)) for key in STATUS_TEXT]
    pick = choice("status", view.text("clearance.column.status"), options, status, view.text("records.every"))
    return query_form(view.href(PATH), [pick], view.text("records.filter"))
