"""One incubator: its record and figures, its reports over time by basis, recognition, tenant firms, every version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from data.incubators.fields import BASES, Basis, record_fields
from serving.console.page import Console, Page, View
from serving.console.pages.zone.incubator_words import (
    basis_name,
    counted,
    field_name,
    field_value,
    key_words,
    site,
    value_name,
    version_words,
)
from serving.console.pages.zone.incubators import ONE, PATH
from serving.console.pages.zone.record_parts import BOTH, facts, head, listed, of_zone, or_words
from serving.console.parts.chart import COLOURS, chart
from serving.console.parts.grid import Column, Kind, grid
from serving.console.parts.instants import MONTHS, day, moment
from serving.console.parts.links import downloads
from serving.console.parts.states import badge, empty, section
from serving.console.parts.words import capital, named

# Figures of a report that are drawn, by basis, in this order; those that no report gives are left out.
DRAWN: Mapping[Basis, tuple[str, ...]] = {
    "stock": ("tenants", "staff", "area_m2", "mentors", "seats", "jobs_inside"),
    "flow": ("income_thousand_cny", "net_profit_thousand_cny", "tenant_income_thousand_cny", "joined", "financed",
             "events"),
    "cumulative": ("investment_thousand_cny", "fund_cases", "driven"),
}  # fmt: skip
KEPT_OUT = ("incubator_id", "synthetic")  # said elsewhere on the page
STATUS_COLOURS = {"met": "green", "not_met": "red", "unknown": "yellow", "needs_person": "orange"}


def layout(view: View) -> Component:
    """The incubator that the query names."""
    name = view.query.get("id", "").strip()
    if not name:
        back = view.text("incubators.back")
        return dmc.Stack([site(view, PATH), empty(view.text("incubators.no_number"), back, view.href(PATH))])
    route = f"/v1/incubators/{quote(name, safe='')}"
    found = view.api.get(route)
    printed = view.api_href(f"{route}/page.html", lang=view.lang)
    parts: list[Any] = [
        site(view, PATH),
        head(view, simulated=found["simulated"]),
        section(str(found["incubator"]["name"]), _record(view, found["incubator"]),
                downloads([(view.text("approvals.printed"), printed)])),
        section(view.text("incubators.figures", day=day(view, found["on"])), _figures(view, found["figures"])),
    ]  # fmt: skip
    if of_zone(view):
        parts.append(section(view.text("incubators.reports"), *reports(view, found["reports"])))
        parts.append(or_words(view, lambda: recognition(view, view.api.get(f"{route}/recognition"))))
    parts.append(section(view.text("incubators.tenants"), _tenants(view, found["tenants"])))
    if of_zone(view):
        parts.append(section(view.text("incubators.history"), _history(view, found["history"])))
    return dmc.Stack(parts)


def register(console: Console) -> None:
    """Add the page of an incubator."""
    console.add(Page(ONE, BOTH, "incubators", "incubators.one", layout))


def reports(view: View, rows: Sequence[Mapping[str, Any]]) -> list[Component]:
    """The figures of the periodic reports over time, one picture each, under the name of their basis."""
    if not rows:
        words = view.text("incubators.no_reports")
        return [empty(words, view.text("incubators.to_records"), view.href("/incubators/records"))]
    ordered = sorted(rows, key=lambda one: one["period_to"])
    parts: list[Component] = []
    for basis in BASES:
        drawn = [key for key in DRAWN[basis] if any(one.get(key) is not None for one in ordered)]
        if drawn:
            title = dmc.Title(capital(basis_name(view, basis)), order=3, size="h5")
            why = dmc.Text(view.text(f"incubators.basis_note.{basis}"), size="sm", className="quiet")
            pictures = [_over_time(view, ordered, key, basis) for key in drawn]
            parts += [title, why, dmc.SimpleGrid(pictures, cols={"base": 1, "sm": 2, "lg": 3}, spacing="lg")]
    return parts


def recognition(view: View, found: Mapping[str, Any]) -> Component:
    """Clauses of each tier, met or not, and the way there."""
    where = view.text("incubators.rules_of", region=value_name(view, "region", found["rules_of"]))
    day_of = dmc.Text(f"{where} {day(view, found['on_date'])}", size="sm", className="quiet")
    return section(view.text("incubators.recognition"), day_of, *(_rule(view, one) for one in found["rules"]))


def _record(view: View, record: Mapping[str, Any]) -> Component:
    keys = [key for key in record_fields("incubator") if key in record and key not in KEPT_OUT]
    return facts(
        [(view.text("incubators.column.number"), record["incubator_id"])]
        + [(field_name(view, "incubator", key), field_value(view, "incubator", key, record[key])) for key in keys]
    )


def _figures(view: View, figures: Sequence[Mapping[str, Any]]) -> Component:
    if not figures:
        return empty(view.text("incubators.no_figures"))
    lines = [
        {
            "id": one["indicator"],
            "indicator": capital(named(view, one)),
            "value": one["value"],
            "unit": value_name(view, "unit", one["unit"]),
            "basis": capital(basis_name(view, one["basis"])),
            "period": counted(view, one),
        }
        for one in figures
    ]
    columns = [
        Column("indicator", view.text("incubators.column.indicator"), least_px=220),
        Column("value", view.text("incubators.column.value"), "number", least_px=110),
        Column("unit", view.text("incubators.column.unit"), least_px=90),
        Column("basis", view.text("incubators.column.basis"), least_px=90),
        Column("period", view.text("incubators.column.period"), least_px=220),
    ]
    return grid(view, "incubator-figures", columns, lines, label=view.text("incubators.figures_label"), height=420)


def _over_time(view: View, rows: Sequence[Mapping[str, Any]], key: str, basis: Basis) -> Component:
    """A line for what is counted on a day or since ever, a bar a period for what is counted over it."""
    names = [_period(view, one, basis) for one in rows]
    values = [one.get(key) for one in rows]
    colour = COLOURS[BASES.index(basis)]
    if basis == "flow":
        figure = go.Figure(go.Bar(x=names, y=values, marker={"color": colour}))
    else:
        figure = go.Figure(go.Scatter(x=names, y=values, mode="lines+markers", line={"color": colour}))
    figure.update_yaxes(rangemode="tozero", tickformat=",").update_xaxes(type="category", ticks="outside", ticklen=6)
    unit = record_fields("report")[key].unit[view.lang == "en"]
    field = record_fields("report")[key]
    title = view.text("incubators.picture", name=field.zh if view.lang == "zh" else field.en, unit=unit)
    columns = [("period", view.text("incubators.column.period")), ("value", unit)]
    table = [{"period": name, "value": value} for name, value in zip(names, values, strict=True)]
    return chart(view, figure, title, columns, table, height=190)


def _period(view: View, report: Mapping[str, Any], basis: Basis) -> str:
    """A flow by the months of its period, what is counted on a day by its month."""
    first, last = (dt.date.fromisoformat(report[name]) for name in ("period_from", "period_to"))
    if basis != "flow" or (first.year, first.month) == (last.year, last.month):
        return view.text("incubators.month", year=str(last.year), month=_month(view, last))
    if (first.month, last.month) == (1, 12) and first.year == last.year:
        return view.text("incubators.year", year=str(last.year))
    return view.text("incubators.months", year=str(last.year), first=_month(view, first), last=_month(view, last))


def _month(view: View, day_of: dt.date) -> str:
    return str(day_of.month) if view.lang == "zh" else MONTHS[day_of.month - 1]


def _rule(view: View, rule: Mapping[str, Any]) -> Component:
    title = dmc.Group([
        dmc.Title(capital(value_name(view, "tier", rule["tier"])), order=3, size="h5"),
        badge(view.text(f"incubators.status.{rule['overall']}"), STATUS_COLOURS.get(rule["overall"], "gray")),
    ])  # fmt: skip
    clauses = [
        html.Li([
            badge(view.text(f"incubators.status.{one['status']}"), STATUS_COLOURS[one["status"]]), " ",
            capital(named(view, one)),
            listed([test[f"text_{view.lang}"] for test in one["tests"]]),
        ], className="clause")
        for one in rule["clauses"]
    ]  # fmt: skip
    # A threshold of another kind of incubator changes nothing for this one.
    edges = [one[f"text_{view.lang}"] for one in rule["near_edges"] if one["clauses"] or one["points"]]
    parts: list[Any] = [
        title,
        dmc.Text(rule["document"], size="sm", className="quiet"),
        html.Ul(clauses, className="clauses"),
    ]
    if edges:
        parts += [dmc.Text(view.text("incubators.near_edges"), fw=600, size="sm"), listed(edges)]
    return dmc.Paper(dmc.Stack([*parts, *_way(view, rule["way"])], gap="xs"), withBorder=True, p="sm", radius="md")


def _way(view: View, way: Mapping[str, Any]) -> list[Component]:
    """What has to be changed, shown or waited for."""
    words = view.text(f"incubators.way.{way['status']}", cost=(way["cost_cny"] or 0.0) / 10_000)
    lines = [one[f"text_{view.lang}"] for part in ("changes", "confirm", "waits") for one in way[part]]
    return [dmc.Text(words, size="sm", fw=600), *([listed(lines)] if lines else [])]


def _tenants(view: View, tenants: Sequence[Mapping[str, Any]]) -> Component:
    if not tenants:
        return empty(view.text("incubators.no_tenants"))
    lines = [
        {
            "id": one["tenant_id"],
            "name": one["name"],
            "uscc": one["uscc"] or "",
            "entered_on": one["entered_on"],
            "exited_on": one["exited_on"],
            "exit_reason": field_value(view, "tenant", "exit_reason", one["exit_reason"]) if one["exit_reason"] else "",
            "field": field_value(view, "tenant", "field", one["field"]),
            "jobs": one["jobs"],
            "graduation": _graduation(view, one["graduation"]),
        }
        for one in tenants
    ]
    kinds: dict[str, Kind] = {"entered_on": "date", "exited_on": "date", "jobs": "number"}
    least = {
        "name": 150,
        "uscc": 190,
        "entered_on": 140,
        "exited_on": 140,
        "exit_reason": 100,
        "field": 110,
        "jobs": 90,
    }
    columns = [
        Column(key, view.text(f"incubators.tenant.{key}"), kinds.get(key, "text"), least_px=px)
        for key, px in least.items()
    ]
    columns.append(Column("graduation", view.text("incubators.tenant.graduation"), least_px=180))
    return grid(view, "incubator-tenants", columns, lines, label=view.text("incubators.tenants"), height=420)


def _graduation(view: View, found: Mapping[str, Any] | None) -> str:
    if found is None or not found["inside"]:
        return ""
    return view.text(f"incubators.graduation.{found['graduation']}")


def _history(view: View, history: Sequence[Mapping[str, Any]]) -> Component:
    lines = [
        {
            "id": f"{one['version']}|{at}",
            "at": moment(view, one["at"]),
            "record": capital(key_words(view, one["record"], one["key"])),
            "changed": version_words(view, one),
            "why": one["why"],
            "by": view.text("approvals.source.simulator") if one["by"] == "simulator" else one["by"],
        }
        for at, one in enumerate(history)
    ]
    least = {"at": 170, "record": 220, "changed": 340, "why": 160, "by": 140}
    columns = [Column(key, view.text(f"incubators.version.{key}"), least_px=px) for key, px in least.items()]
    return grid(view, "incubator-history", columns, lines, label=view.text("incubators.history"), height=360)
