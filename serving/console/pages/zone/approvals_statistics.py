"""Statistics of cases: how many, how long, how much shorter, by group; as a picture, a table and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash.development.base_component import Component

from models.approvals.statistics import COMPARISONS, GROUPS, READINGS
from models.approvals.texts import say
from models.clearance.reports.groups import TOTAL
from serving.console.page import Console, Page, View
from serving.console.pages.zone.approvals_words import LAMPS, PAGES, site
from serving.console.pages.zone.record_parts import MENU, bar_label, head
from serving.console.parts.chart import COLOURS, chart, stack_counts
from serving.console.parts.filters import choice, query_form
from serving.console.parts.grid import Column, Kind, grid
from serving.console.parts.links import downloads
from serving.console.parts.states import empty, fact_cards, section
from serving.console.parts.words import capital, named

PATH, ROUTE = "/approvals/statistics", "/v1/approvals/statistics"
WANTED = ("by", "first", "last")
MOST_BARS = 14
STATED = (
    "n",
    "n_closed",
    "n_otherwise",
    "n_running",
    "n_contradictory",
    "n_on_time",
    "n_late",
    "on_time_share",
    "median_days",
    "p90_days",
)


def layout(view: View) -> Component:
    """The statistics that the query asks for."""
    wanted = {name: view.query[name] for name in WANTED if view.query.get(name)}
    found = view.api.get(ROUTE, **wanted)
    total = next(one for one in found["rows"] if one["group"] == TOTAL)
    parts: list[Any] = [
        site(view, PATH),
        head(view, simulated=found["simulated"], as_of=found["as_of"]),
        _form(view, wanted),
    ]
    if not total["n"]:
        return dmc.Stack([*parts, empty(view.text("approvals.no_statistics"))])
    sent = wanted | {"lang": view.lang}
    files = downloads([
        (view.text("records.csv"), view.api_href(f"{ROUTE}/table.csv", **sent)),
        (view.text("records.xlsx"), view.api_href(f"{ROUTE}/table.xlsx", **sent)),
        (view.text("approvals.printed"), view.api_href(f"{ROUTE}/page.html", **sent)),
    ])  # fmt: skip
    groups = [one for one in found["rows"] if one["group"] != TOTAL]
    return dmc.Stack([
        *parts,
        _cards(view, total),
        section(view.text("approvals.reductions"), _reductions(view, found)),
        section(view.text(f"approvals.statistics_by.{found['by']}"), files, _picture(view, groups),
                _table(view, found)),
    ])  # fmt: skip


def register(console: Console) -> None:
    """Add the page of the statistics."""
    console.add(Page(PATH, PAGES[PATH], "approvals", "approvals.statistics_title", layout, MENU, "book"))


def _form(view: View, wanted: Mapping[str, str]) -> Component:
    by = [(key, view.text(f"approvals.by.{key}")) for key in GROUPS]
    months = [
        dmc.TextInput(name=name, label=view.text(f"approvals.{name}_month"), value=wanted.get(name, ""), w=150,
                      placeholder=view.text("approvals.filter.month_shape"))
        for name in ("first", "last")
    ]  # fmt: skip
    inputs = [choice("by", view.text("approvals.filter.by"), by, wanted.get("by", GROUPS[0])), *months]
    return query_form(view.href(PATH), inputs, view.text("records.show"))


def _cards(view: View, total: Mapping[str, Any]) -> Component:
    def shown(value: float | None, form: str) -> str:
        return "–" if value is None else f"{value:{form}}"

    def noted(key: str, **figures: int | None) -> str:
        """The note; what is not shown of fewer than five cases is said instead."""
        if None in figures.values():
            return view.text("approvals.too_few")
        return view.text(f"approvals.figure.{key}_note", **figures)

    return fact_cards([
        (view.text("approvals.figure.n"), f"{total['n']:,}", noted("n", **{
            name: total[f"n_{name}"] for name in ("closed", "otherwise", "running", "contradictory")
        })),
        (view.text("approvals.figure.on_time_share"), shown(total["on_time_share"], ".1%"),
         noted("late", late=total["n_late"])),
        (view.text("approvals.figure.median_days"), shown(total["median_days"], ".1f"),
         view.text("approvals.figure.days_note")),
        (view.text("approvals.figure.p90_days"), shown(total["p90_days"], ".1f"),
         view.text("approvals.figure.days_note")),
    ])  # fmt: skip


def _reductions(view: View, found: Mapping[str, Any]) -> Component:
    """How much shorter one time is than another, in every reading: they differ, so none stands alone."""
    lang = view.lang
    known, names = found["reductions"], {pair: say(lang, f"statistics.pair_{pair}") for pair in COMPARISONS}
    pairs = {pair: capital(name) for pair, name in names.items() if known[pair]["n"]}
    absent = [name for pair, name in names.items() if pair not in pairs]
    nothing = [dmc.Text(view.text("approvals.no_reductions", list=absent))] if absent else []
    if not pairs:
        return dmc.Stack(nothing)
    readings = {key: capital(say(lang, f"statistics.{key}")) for key in READINGS}
    figure = go.Figure(
        [
            go.Bar(
                name=readings[key], y=[bar_label(view, name) for name in pairs.values()], marker={"color": COLOURS[at]},
                x=[known[pair][key] for pair in pairs], orientation="h",
                text=[reduction(known[pair][key]) for pair in pairs], textposition="auto",
            )
            for at, key in enumerate(READINGS)
        ]
    )  # fmt: skip
    figure.update_xaxes(tickformat=".0%", rangemode="tozero").update_yaxes(autorange="reversed")
    columns = [("pair", view.text("approvals.pair")), *readings.items(), ("n", view.text("approvals.n_items"))]
    rows = [
        {"pair": name, "n": known[pair]["n"]} | {key: reduction(known[pair][key]) for key in READINGS}
        for pair, name in pairs.items()
    ]
    note = dmc.Text(say(lang, "statistics.method_reductions"), size="sm", className="quiet")
    picture = chart(view, figure, view.text("approvals.reductions_picture"), columns, rows, 120 + 100 * len(pairs))
    return dmc.Stack([picture, *nothing, note])


def reduction(value: float | None) -> str:
    """A reduction as it is published: 0.79 is −79.0%; a dash where it is not known."""
    return "–" if value is None else f"{-value:+.1%}".replace("-", "−")


def _picture(view: View, groups: list[Mapping[str, Any]]) -> Component:
    """Cases in time and late by group."""
    known = [{**one, "name": capital(named(view, one))} for one in groups if one["shown"]]
    shown, say_ = known[:MOST_BARS], view.text
    bars = [("n_on_time", LAMPS["green"][1]), ("n_late", LAMPS["red"][1]), ("n_running", LAMPS["none"][1])]
    figure = go.Figure(
        [
            go.Bar(x=[one[key] for one in shown], y=[bar_label(view, one["name"]) for one in shown], orientation="h",
                   name=say_(f"approvals.figure.{key}"), marker={"color": hue})
            for key, hue in bars
        ]
    )  # fmt: skip
    stack_counts(figure)
    columns = [("name", say_("approvals.group")), *((key, say_(f"approvals.figure.{key}")) for key, _ in bars)]
    title = say_("approvals.statistics_picture")
    if len(known) > len(shown):
        title += say_("approvals.first_groups", count=len(shown), every=len(known))
    return chart(view, figure, title, columns, known, height=170 + 36 * len(shown))


def _table(view: View, found: Mapping[str, Any]) -> Component:
    lines = [
        {"group": capital(named(view, one)), **{key: one[key] for key in STATED},
         "less": one["promised_statutory_ratio_of_sums"], "id": one["group"]}
        for one in found["rows"]
    ]  # fmt: skip
    columns = [Column("group", view.text("approvals.group"), least_px=200)]
    for key in STATED:
        kind: Kind = "share" if key == "on_time_share" else "number"
        decimals = 1 if key == "on_time_share" or key.endswith("_days") else 0
        columns.append(Column(key, view.text(f"approvals.figure.{key}"), kind, decimals=decimals, least_px=95))
    columns.append(Column("less", view.text("approvals.figure.less"), "share", decimals=1, least_px=110))
    label = view.text("approvals.statistics_title")
    return grid(view, "approvals-statistics", columns, lines, label=label, height=480)
