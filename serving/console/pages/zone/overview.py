"""The zone at a glance: firms by stage, chain and district, points, quotas, risk, sources, alarms; and what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from data.money import CNY_PER_WAN
from serving.console.api import Refused
from serving.console.firm_filter import ALARMED, STALE
from serving.console.firm_summary import POINTS_STEP, chain_counts, counts, points_histogram, quotas, source_ages
from serving.console.firm_words import FirmWords
from serving.console.firms import FirmTable, firm_table
from serving.console.page import Console, Page, View, Waiting
from serving.console.parts.chart import chart
from serving.console.parts.instants import day
from serving.console.parts.states import fact_cards, section
from serving.console.parts.words import capital

ROLES, PERMISSION = ("zone_officer", "policy_analyst"), "firms"
Columns = list[tuple[str, str]]


def register(console: Console) -> None:
    """Add the page, and what waits for an officer."""
    console.add(
        Page("/overview", ROLES, PERMISSION, "overview.title", overview_page, menu="menu.enterprises", icon="compare")
    )
    console.waiting("zone_officer", waiting)


def waiting(view: View) -> list[Waiting]:
    """Firms whose data are stale, firms on a veto list, and rows that the last ingest refused."""
    table = firm_table(view.state)
    stale, alarmed = int((~table.frame["fresh"]).sum()), int((table.frame["alarms"] > 0).sum())
    refused = refused_rows(view)
    return [
        Waiting(view.text("overview.waiting.stale"), stale, view.href("/firms", fresh=STALE)),
        Waiting(view.text("overview.waiting.alarmed"), alarmed, view.href("/firms", alarm=ALARMED)),
        Waiting(view.text("overview.waiting.refused"), refused, view.href("/quarantine")),
    ]


def refused_rows(view: View) -> int:
    """Rows that the last ingest refused; 0 where the release does not hold its report."""
    filings = getattr(view.state, "filings", None)
    return 0 if filings is None else filings.n_quarantined


def overview_page(view: View) -> Component:
    """Cards, alarms, then pictures with tables beside."""
    table, words = firm_table(view.state), FirmWords.of_view(view)
    intro = view.text("overview.intro", day=day(view, table.as_of), today=day(view, table.today))
    pictures = dmc.SimpleGrid(
        [
            section(view.text("overview.stages"), _counted(view, table, words, "stage")),
            section(view.text("overview.districts"), _counted(view, table, words, "district", flat=True)),
            section(view.text("overview.chains"), _chains(view, table, words)),
            section(view.text("overview.industries"), _counted(view, table, words, "industry", flat=True)),
            section(view.text("overview.points"), _points(view, table)),
            section(view.text("overview.quotas"), _quotas(view, table, words)),
            section(view.text("overview.grades"), _grades(view, table, words)),
            section(view.text("overview.sources"), _sources(view, table, words)),
        ],
        cols={"base": 1, "lg": 2},
        spacing="md",
    )
    return dmc.Stack([dmc.Text(intro, className="quiet"), _cards(view, table), _alarms(view, table), pictures])


def _cards(view: View, table: FirmTable) -> Component:
    frame = table.frame
    with_quota = frame["quota_wan"] > 0
    return fact_cards(
        [
            (
                view.text("overview.card.firms"),
                view.text("overview.firms", count=len(table)),
                view.text("overview.card.release", release=table.release),
            ),
            (
                view.text("overview.card.points"),
                view.text("portrait.points_value", x=float(frame["points"].median())),
                view.text("overview.card.points_note"),
            ),
            (
                view.text("overview.card.quota"),
                view.text("overview.money", x=CNY_PER_WAN * float(frame["quota_wan"].sum())),
                view.text("overview.card.quota_note", count=int(with_quota.sum())),
            ),
            (
                view.text("overview.card.fresh"),
                view.text("overview.share", x=float(frame["fresh"].mean())),
                view.text("overview.card.fresh_note", count=int((~frame["fresh"]).sum())),
            ),
        ]
    )


def _alarms(view: View, table: FirmTable) -> Component:
    """What is out of order, each with its count and where it is looked at; words where nothing is."""
    found: list[Component] = []
    if table.stale_models:
        found.append(html.Li(view.text("overview.alarm.stale_models")))
    if table.drift_alarm:
        found.append(html.Li(view.text("overview.alarm.drift")))
    found += [
        html.Li(html.A(view.text("overview.alarm.count", text=one.text, count=one.count), href=one.href))
        for one in waiting(view)
        if one.count
    ]
    late = _late_cases(view)
    if late:
        href = view.href("/approvals", lamp="red")
        found.append(html.Li(html.A(view.text("overview.alarm.late", count=late), href=href)))
    shown = html.Ul(found) if found else dmc.Text(view.text("overview.alarm.none"))
    return section(view.text("overview.alarms"), shown)


def _late_cases(view: View) -> int:
    """Open cases of approvals with a red lamp; 0 where nobody may look or the release holds none."""
    if "approvals" not in view.caller.permissions:
        return 0
    try:
        return int(view.api.get("/v1/approvals/cases", lamp="red", ended="no", count=1)["count"])
    except (Refused, KeyError):
        return 0


def _bars(
    view: View,
    title: str,
    heads: tuple[str, str],
    named: Sequence[tuple[str, float]],
    *,
    flat: bool = False,
    bound: str = "",
) -> Component:
    """One bar a name, lying where there are many names; the same figures as a table."""
    names, values = [one for one, _ in named], [value for _, value in named]
    axes: dict[str, Any] = {"x": values, "y": names, "orientation": "h"} if flat else {"x": names, "y": values}
    figure = go.Figure(
        go.Bar(**axes, hovertemplate="%{y}: %{x:,}<extra></extra>" if flat else "%{x}: %{y:,}<extra></extra>")
    )
    if flat:
        figure.update_yaxes(autorange="reversed")
    else:
        figure.update_xaxes(type="category")
    if bound:
        figure.update_layout(yaxis_title=None if flat else bound, xaxis_title=bound if flat else None)
    columns: Columns = [("name", heads[0]), ("value", heads[1])]
    return chart(view, figure, title, columns, [{"name": name, "value": value} for name, value in named])


def _counted(view: View, table: FirmTable, words: FirmWords, column: str, *, flat: bool = False) -> Component:
    named = [(capital(words.name(column, key)), count) for key, count in counts(table, column).items()]
    heads = (view.text(f"firms.column.{column}"), view.text("overview.column.firms"))
    return _bars(view, view.text(f"overview.by.{column}"), heads, named, flat=flat, bound=heads[1])


def _chains(view: View, table: FirmTable, words: FirmWords) -> Component:
    found: Mapping[str, int] = chain_counts(table)
    named = [
        (words.name("chain", key) if key else view.text("overview.no_chain"), count) for key, count in found.items()
    ]
    heads = (view.text("firms.column.chains"), view.text("overview.column.firms"))
    return _bars(view, view.text("overview.by.chain"), heads, named, flat=True, bound=heads[1])


def _points(view: View, table: FirmTable) -> Component:
    named = [(f"{low}–{low + POINTS_STEP}", count) for low, count in points_histogram(table)]
    heads = (view.text("firms.column.points"), view.text("overview.column.firms"))
    return _bars(view, view.text("overview.by.points"), heads, named, bound=heads[1])


def _quotas(view: View, table: FirmTable, words: FirmWords) -> Component:
    found = [one for one in quotas(table) if one.firms]
    named = [capital(words.name("stage", one.stage)) for one in found]
    bar = go.Bar(x=named, y=[one.sum_wan for one in found], hovertemplate="%{x}: %{y:,.0f}<extra></extra>")
    figure = go.Figure(bar)
    figure.update_layout(yaxis_title=view.text("overview.column.sum_wan"))
    rows = [
        {"name": name, "firms": one.firms, "with_quota": one.with_quota, "sum_wan": one.sum_wan}
        for name, one in zip(named, found, strict=True)
    ]
    columns = [("name", view.text("firms.column.stage"))]
    columns += [(key, view.text(f"overview.column.{key}")) for key in ("firms", "with_quota", "sum_wan")]
    note = dmc.Text(view.text("firms.note"), size="sm", className="quiet")
    return dmc.Stack([chart(view, figure, view.text("overview.by.quota"), columns, rows), note])


def _grades(view: View, table: FirmTable, words: FirmWords) -> Component:
    grades = view.state.worker.service.models.engine.risk.grades
    found = counts(table, "grade")
    named = [(key or "–", count) for key, count in found.items()]
    heads = (view.text("firms.column.grade"), view.text("overview.column.firms"))
    meanings = html.Ul([html.Li(f"{key}: {words.grade_meaning(grades, key)}") for key in found if key])
    picture = _bars(view, view.text("overview.by.grade"), heads, named, bound=heads[1])
    return dmc.Stack([picture, html.Details([html.Summary(view.text("overview.grade_meanings")), meanings])])


def _sources(view: View, table: FirmTable, words: FirmWords) -> Component:
    found = source_ages(table)
    names = [capital(words.name("agency", one.agency)) for one in found]
    figure = go.Figure(
        go.Bar(
            x=[one.median_days for one in found],
            y=names,
            orientation="h",
            hovertemplate="%{y}: %{x:,.0f}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(xaxis_title=view.text("overview.column.median_days"))
    rows = [
        {"name": name, "firms": one.firms, "median_days": one.median_days, "late_days": one.late_days}
        for name, one in zip(names, found, strict=True)
    ]
    columns = [("name", view.text("portrait.column.agency"))]
    columns += [(key, view.text(f"overview.column.{key}")) for key in ("firms", "median_days", "late_days")]
    return chart(view, figure, view.text("overview.by.source"), columns, rows)
