"""The approvals board: cases with their lamps, by item, department and office, and those worth a look today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from data.approvals.kinds import statuses
from models.approvals.texts import office_name, status_name
from serving.approvals.queries import ENDED, FILTERS
from serving.console.page import Console, Page, View
from serving.console.pages.zone.approvals_words import LAMPS, handling_name, item_name, site
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
from serving.console.parts.chart import chart, stack_counts
from serving.console.parts.filters import choice, query_form
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import iso_day, moment
from serving.console.parts.states import badge, empty, fact_cards, section
from serving.console.parts.words import capital, named
from serving.http.approvals import LAMPS_BY
from serving.ledger.chain import canonical_json, digest_of

PATH, ONE = "/approvals", "/approvals/case"
EVERY_MS = 15_000
GRID, TICK, LIVE, SEEN, WANTED = (f"approvals-{name}" for name in ("grid", "tick", "live", "seen", "wanted"))
EVERY = "all"  # of a filter: cases that run and that have ended
MOST_BARS = 14


def layout(view: View) -> Component:
    """The board for the filters of the query; running cases where they name none."""
    wanted = wanted_of(view.query)
    found, lamps = _read(view, wanted)
    parts: list[Any] = [
        site(view, PATH),
        _search(view),
        _filters(view, wanted),
        html.Div(_live(view, found, lamps), id=LIVE),
        section(view.text("approvals.cases"), _grid(view, rows(view, found))),
    ]
    if of_zone(view):
        parts.insert(4, or_words(view, lambda: section(view.text("approvals.alerts"), alerts(view))))
    parts += [
        dcc.Interval(id=TICK, interval=EVERY_MS),
        dcc.Store(id=SEEN, data=_mark(found, lamps)),
        dcc.Store(id=WANTED, data=wanted),
    ]
    return dmc.Stack(parts)


def wanted_of(query: Mapping[str, str]) -> dict[str, str]:
    """The filters of an address and the grouping of the lamps."""
    wanted = {name: query[name] for name in (*FILTERS, "by") if query.get(name)}
    return {"ended": "no"} | wanted


def refreshed(view: View, _: Any, wanted: Mapping[str, str], seen: str) -> tuple[Any, Any, Any]:
    """What the board shows, where it has changed since the last look."""
    found, lamps = _read(view, wanted_of(wanted or {}))
    mark = _mark(found, lamps)
    if mark == seen:
        return no_update, no_update, no_update
    return rows(view, found), _live(view, found, lamps), mark


def rows(view: View, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines of the grid, those that press most first: red, then yellow lamps, of each the fewest days left."""
    order = {lamp: at for at, lamp in enumerate(LAMPS)}

    def pressing(one: Mapping[str, Any]) -> tuple[int, float]:
        left = one["promised_left_days"]
        return order[one["lamp"]], float("inf") if left is None else float(left)

    return [_row(view, one) for one in sorted(found["rows"], key=pressing)]


def alerts(view: View) -> Component:
    """Cases that may miss their promise and are worth a look, with the reasons in words."""
    found = view.api.get("/v1/approvals/alerts")
    state = view.text(f"approvals.forecast.{found['forecast_state']}")
    budget = view.text("approvals.budget", count=found["daily_budget"])
    note = dmc.Text(f"{budget} {state}", size="sm", className="quiet")
    if not found["alerts"]:
        return dmc.Stack([note, empty(view.text("approvals.no_alerts"))])
    cards = [
        dmc.Paper(
            [
                dmc.Group([
                    html.A(one["case_number"], href=view.href(ONE, number=one["case_number"], source=one["source"])),
                    badge(view.text("approvals.act_by", at=moment(view, one["act_by"])), "red"),
                ]),
                listed([named(view, reason) for reason in one["reasons"]]),
            ],
            withBorder=True, p="sm", radius="md",
        )
        for one in found["alerts"]
    ]  # fmt: skip
    return dmc.Stack([note, *cards])


def register(console: Console) -> None:
    """Add the board and its look for what is new."""
    console.add(Page(PATH, BOTH, "approvals", "approvals.title", layout, MENU, "lamp"))
    console.callback(
        Output(GRID, "rowData"), Output(LIVE, "children"), Output(SEEN, "data"),
        Input(TICK, "n_intervals"), State(WANTED, "data"), State(SEEN, "data"),
        roles=BOTH, permission="approvals",
    )(refreshed)  # fmt: skip


def _read(view: View, wanted: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    filters = {name: wanted[name] for name in FILTERS if name in wanted and wanted[name] != EVERY}
    found = view.api.get("/v1/approvals/cases", count=MOST, **filters)
    return found, view.api.get("/v1/approvals/lamps", by=wanted.get("by"), **filters)


def _mark(found: Mapping[str, Any], lamps: Mapping[str, Any]) -> str:
    """What the two answers say, but for the instant that they are as of."""
    return digest_of(canonical_json([{**one, "as_of": ""} for one in (found, lamps)]))


def _live(view: View, found: Mapping[str, Any], lamps: Mapping[str, Any]) -> Component:
    cards = [
        (view.text(f"approvals.lamp.{lamp}"), f"{lamps['lamps'][lamp]:,}", view.text(f"approvals.lamp_note.{lamp}"))
        for lamp in LAMPS
    ]
    parts: list[Any] = [head(view, simulated=lamps["simulated"], as_of=found["as_of"]), fact_cards(cards)]
    if lamps["groups"]:
        parts.append(_by_group(view, lamps))
    else:
        key = "approvals.none_zone" if of_zone(view) else "approvals.none_firm"
        action = (view.text("approvals.to_intake"), view.href("/approvals/intake")) if of_zone(view) else (None, None)
        parts.append(empty(view.text(key), *action))
    return dmc.Stack([*parts, shown_of(view, len(found["rows"]), found["count"])])


def _by_group(view: View, lamps: Mapping[str, Any]) -> Component:
    """Bars of the lamps by group, those with most red ones first; the table has every group."""
    groups = [{**one, "name": named(view, one) or view.text("approvals.not_stated")} for one in lamps["groups"]]
    shown = groups[:MOST_BARS]
    figure = go.Figure(
        [
            go.Bar(
                x=[one[lamp] for one in shown], y=[bar_label(view, one["name"]) for one in shown], orientation="h",
                name=view.text(f"approvals.lamp.{lamp}"), marker={"color": hue},
            )
            for lamp, (_, hue) in LAMPS.items()
        ]
    )  # fmt: skip
    stack_counts(figure)
    columns = [("name", view.text(f"approvals.by.{lamps['by']}"))]
    columns += [(lamp, view.text(f"approvals.lamp.{lamp}")) for lamp in LAMPS]
    title = view.text(f"approvals.lamps_by.{lamps['by']}")
    if len(groups) > len(shown):
        title += view.text("approvals.first_groups", count=len(shown), every=len(groups))
    return chart(view, figure, title, columns, groups, height=170 + 36 * len(shown))


def _grid(view: View, lines: list[dict[str, Any]]) -> Component:
    say = view.text
    columns = [
        Column("number", say("approvals.column.number"), link="href", least_px=180),
        Column("lamp", say("approvals.column.lamp"), least_px=110),
        Column("left", say("approvals.column.left"), "number", least_px=100),
        Column("due", say("approvals.column.due"), "date", least_px=130),
        Column("item", say("approvals.column.item"), least_px=220),
        Column("status", say("approvals.column.status"), least_px=120),
        Column("office", say("approvals.column.office"), least_px=190),
        Column("handling", say("approvals.column.handling"), least_px=100),
        Column("accepted", say("approvals.column.accepted"), "date", least_px=130),
        Column("closed", say("approvals.column.closed"), "date", least_px=130),
    ]
    return grid(view, GRID, columns, lines, label=say("approvals.cases"), height=520)


def _search(view: View) -> Component:
    number = dmc.TextInput(name="number", label=view.text("approvals.number"), required=True, w=320, maw="100%")
    return query_form(view.href(ONE), [number], view.text("records.search"))


def _filters(view: View, wanted: Mapping[str, str]) -> Component:
    say, every = view.text, view.text("records.every")
    ended = [(EVERY, every), *((key, say(f"approvals.ended.{key}")) for key in ENDED)]
    names = [(key, capital(status_name(key, view.lang))) for key in statuses()]
    return query_form(
        view.href(PATH),
        [
            choice("ended", say("approvals.filter.ended"), ended, wanted["ended"]),
            choice("lamp", say("approvals.column.lamp"), [(lamp, say(f"approvals.lamp.{lamp}")) for lamp in LAMPS],
                   wanted.get("lamp", ""), every),
            choice("status", say("approvals.column.status"), names, wanted.get("status", ""), every),
            choice("item", say("approvals.column.item"), _items(view), wanted.get("item", ""), every),
            dmc.TextInput(name="month", label=say("approvals.filter.month"), value=wanted.get("month", ""), w=150,
                          placeholder=say("approvals.filter.month_shape")),
            choice("by", say("approvals.filter.by"), [(by, say(f"approvals.by.{by}")) for by in LAMPS_BY.values],
                   wanted.get("by", LAMPS_BY.usual)),
        ],
        say("records.filter"),
        {name: wanted[name] for name in ("source", "office") if name in wanted},
    )  # fmt: skip


def _row(view: View, one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{one['source']}|{one['number']}",
        "number": one["number"],
        "href": view.href(ONE, number=one["number"], source=one["source"]),
        "lamp": view.text(f"approvals.lamp.{one['lamp']}"),
        "left": one["promised_left_days"],
        "due": one["promised_due_on"],
        "item": item_name(view, one),
        "status": capital(status_name(one["status"], view.lang)),
        "office": office_name(one["office"], view.lang),
        "handling": handling_name(view, one["handling"]),
        "accepted": iso_day(one["accepted_at"]),
        "closed": iso_day(one["closed_at"]),
    }


def _items(view: View) -> list[tuple[str, str]]:
    """The items of the catalogue; none where the release comes without one."""
    answer = view.api.raw("GET", "/v1/approvals/items")
    items = answer.json()["items"] if answer.is_success else []
    return [(one["key"], named(view, one)) for one in items]
