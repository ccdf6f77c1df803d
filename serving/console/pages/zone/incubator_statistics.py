"""Statistics of incubators with what each figure counts, and beside the published figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash.development.base_component import Component

from models.incubators.lists import SHOWN
from models.incubators.statistics import GROUPS
from serving.console.page import Console, Page, View
from serving.console.pages.zone.incubator_words import (
    PAGES,
    basis_name,
    counted,
    indicator_name,
    said,
    site,
    value_name,
)
from serving.console.pages.zone.record_parts import ANALYST, bar_label, head, or_words
from serving.console.parts.chart import chart
from serving.console.parts.filters import choice, query_form
from serving.console.parts.grid import Column, Kind, grid
from serving.console.parts.instants import day
from serving.console.parts.links import downloads
from serving.console.parts.states import badge, empty, fact_cards, panel, section
from serving.console.parts.words import capital, named

PATH, ROUTE = "/incubators/statistics", "/v1/incubators/statistics"
WANTED = ("on", "since")
CARDS = ("incubators", "firms_inside", "graduates_ever", "jobs_ever")
COLOURS = {"equal": "green", "consistent": "green", "contradictory": "red", "not_comparable": "gray"}


def layout(view: View) -> Component:
    """The statistics of a day, the last that a report covers where the query names none."""
    wanted = {name: view.query[name] for name in WANTED if view.query.get(name)}
    by, shown = view.query.get("by", GROUPS[0]), view.query.get("indicator", SHOWN[0])
    whole = view.api.get(ROUTE, **wanted)
    parts: list[Any] = [site(view, PATH), head(view, simulated=whole["simulated"]), _form(view, wanted, by, shown)]
    if not whole["rows"]:
        return dmc.Stack([*parts, empty(view.text("incubators.none"))])
    files = downloads([
        (view.text("records.csv"), view.api_href(f"{ROUTE}/table.csv", lang=view.lang, **wanted)),
        (view.text("records.xlsx"), view.api_href(f"{ROUTE}/table.xlsx", lang=view.lang, **wanted)),
        (view.text("approvals.printed"), view.api_href(f"{ROUTE}/page.html", lang=view.lang, **wanted)),
    ])  # fmt: skip
    groups = [one for one in view.api.get(ROUTE, by=by, **wanted)["rows"] if one["indicator"] == shown]
    parts += [
        _cards(view, whole["rows"]),
        panel(
            files,
            *_picture(view, groups, by, shown),
            _table(view, whole["rows"]),
        ),
    ]
    if view.account.role != ANALYST:
        parts.append(
            or_words(view, lambda: _beside(view, view.api.get("/v1/incubators/reconciliation", on=wanted.get("on"))))
        )
    return dmc.Stack(parts)


def register(console: Console) -> None:
    """Add the page of the statistics."""
    console.add(Page(PATH, PAGES[PATH], "incubators", "incubators.statistics_title", layout))


def _form(view: View, wanted: Mapping[str, str], by: str, shown: str) -> Component:
    days = [
        dmc.TextInput(name=name, label=view.text(f"incubators.{name}"), value=wanted.get(name, ""), w=150,
                      placeholder="2022-05-31")
        for name in WANTED
    ]  # fmt: skip
    groups = [(one, view.text(f"incubators.column.{one}")) for one in GROUPS]
    indicators = [(key, capital(indicator_name(view, key))) for key in SHOWN]
    return query_form(
        view.href(PATH),
        [choice("by", view.text("approvals.filter.by"), groups, by),
         choice("indicator", view.text("incubators.column.indicator"), indicators, shown), *days],
        view.text("records.show"),
    )  # fmt: skip


def _cards(view: View, rows: Sequence[Mapping[str, Any]]) -> Component:
    found = {one["indicator"]: one for one in rows}
    return fact_cards([
        (indicator_name(view, key), f"{found[key]['value']:,.10g}", figure_note(view, found[key]))
        for key in CARDS
        if key in found and found[key]["value"] is not None
    ])  # fmt: skip


def figure_note(view: View, figure: Mapping[str, Any]) -> str:
    """What a figure counts: its unit, its basis and its day or period."""
    unit = value_name(view, "unit", figure["unit"])
    return f"{unit} · {basis_name(view, figure['basis'])} · {counted(view, figure)}"


def _picture(view: View, groups: Sequence[Mapping[str, Any]], by: str, shown: str) -> list[Component]:
    drawn = [one for one in groups if one["value"] is not None]
    if not drawn:
        return []
    names = [capital(value_name(view, by, one[by])) for one in drawn]
    values = [one["value"] for one in drawn]
    bars = go.Bar(
        x=values, y=[bar_label(view, name) for name in names], orientation="h", text=values, texttemplate="%{x:,}",
        textposition="outside", cliponaxis=False,
    )  # fmt: skip
    figure = go.Figure(bars).update_yaxes(autorange="reversed").update_xaxes(rangemode="tozero", showticklabels=False)
    title = view.text(
        "incubators.statistics_picture", name=indicator_name(view, shown), note=figure_note(view, drawn[0])
    )
    columns = [("name", view.text(f"incubators.column.{by}")), ("value", view.text("incubators.column.value"))]
    table = [{"name": name, "value": value} for name, value in zip(names, values, strict=True)]
    return [chart(view, figure, title, columns, table, height=90 + 32 * len(drawn))]


def _table(view: View, rows: Sequence[Mapping[str, Any]]) -> Component:
    lines = [
        {
            "id": one["indicator"],
            "indicator": capital(named(view, one)),
            "value": one["value"],
            "unit": value_name(view, "unit", one["unit"]),
            "basis": capital(basis_name(view, one["basis"])),
            "period": counted(view, one),
            "n": one["n"],
            "n_missing": one["n_missing"],
        }
        for one in rows
    ]
    least = {"indicator": 220, "value": 110, "unit": 90, "basis": 90, "period": 220, "n": 100, "n_missing": 90}
    columns = [
        Column(key, view.text(f"incubators.column.{key}"), "number" if key in ("value", "n", "n_missing") else "text",
               least_px=px)
        for key, px in least.items()
    ]  # fmt: skip
    label = view.text("incubators.statistics_title")
    return grid(view, "incubator-statistics", columns, lines, label=label, height=520)


def _beside(view: View, found: Mapping[str, Any]) -> Component:
    """Published figures beside computed ones, and why two published ones differ."""
    lines = [
        {
            "id": one["key"],
            "indicator": capital(indicator_name(view, one["indicator"])),
            "published": one["published"],
            "computed": one["computed"],
            "difference": one["difference"],
            "unit": value_name(view, "unit", one["unit"]),
            "published_on": one["published_on"],
            "source": capital(one["source" if view.lang == "zh" else "source_en"]),
        }
        for one in found["rows"]
    ]
    kinds: dict[str, Kind] = {
        "published": "number",
        "computed": "number",
        "difference": "number",
        "published_on": "date",
    }
    least = {
        "indicator": 240,
        "published": 100,
        "computed": 100,
        "difference": 90,
        "unit": 80,
        "published_on": 140,
        "source": 240,
    }
    columns = [
        Column(key, view.text(f"incubators.column.{key}"), kinds.get(key, "text"), least_px=px)
        for key, px in least.items()
    ]
    agreeing = sum(one["agrees"] for one in found["rows"])
    words = view.text("incubators.agreeing", agreeing=agreeing, every=len(found["rows"]))
    pairs = [_pair(view, one) for one in found["pairs"]]
    title = view.text("incubators.reconciliation")
    return section(
        title, dmc.Text(words),
        grid(view, "incubator-reconciliation", columns, lines, label=title, height=420),
        dmc.Title(view.text("incubators.pairs"), order=3, size="h5"),
        dmc.Accordion([
            dmc.AccordionItem([dmc.AccordionControl(heading), dmc.AccordionPanel(panel)], value=str(at))
            for at, (heading, panel) in enumerate(pairs)
        ], order=4),
    )  # fmt: skip


def _pair(view: View, pair: Mapping[str, Any]) -> tuple[Component, Component]:
    """Two published figures of one name: whether both can be true, and why they differ."""
    ends = [
        view.text("incubators.published_figure", area=value_name(view, "region", one["area"]), value=one["value"],
                  day=day(view, one["on"]))
        for one in (pair["first"], pair["second"])
    ]  # fmt: skip
    name = capital(indicator_name(view, pair["first"]["indicator"]))
    heading = dmc.Text(view.text("incubators.pair", name=name, first=ends[0], second=ends[1]), size="sm")
    words = [dmc.Text(one[f"text_{view.lang}"], size="sm") for one in pair["reasons"]]
    mark = badge(view.text(f"incubators.verdict.{pair['verdict']}"), COLOURS[pair["verdict"]])
    return heading, dmc.Stack([mark, dmc.Text(said(view, f"verdict.{pair['verdict']}"), size="sm"), *words], gap="xs")
