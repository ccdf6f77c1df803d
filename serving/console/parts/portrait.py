"""A firm beside its peers: points by dimension and indicator, standing, history. Sections of several pages.

Each section is a function of a view and a USCC. An enterprise sees itself alone, the zone's officers and analysts every
firm of the snapshot; for anybody else there is no such firm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import numpy as np
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from data.codebook import Indicator
from data.requests import PointsRequest
from data.texts.quantities import read_quantities
from serving.consents.check import NO_RIGHTS
from serving.console.firm_words import DIMENSIONS, FirmWords
from serving.console.firms import Array, FirmTable, firm_table
from serving.console.parts.chart import COLOURS, chart
from serving.console.parts.firm_names import PORTRAIT_ROLES
from serving.console.parts.instants import NOTHING, WHOLE, day
from serving.console.parts.states import empty, fact_cards, section
from serving.console.parts.words import broken, capital
from serving.decide.snapshot import Observation
from serving.ladder.service import unknown_firm

if TYPE_CHECKING:
    from serving.console.page import View

QUARTILES = (0.25, 0.5, 0.75)
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Firm:
    """One firm that the person may see: its row, its case, and the table of all."""

    uscc: str
    row: int
    table: FirmTable
    case: Observation
    indicators: tuple[Indicator, ...]  # those that are not personal, in the order of the table's points
    words: FirmWords

    def get(self, column: str) -> Any:
        """A cell of the firm's row."""
        return self.table.cell(self.row, column)

    @property
    def stage(self) -> str:
        """Key of its growth stage."""
        return str(self.get("stage"))

    @property
    def has_points(self) -> bool:
        """Whether its growth stage is known, without which there are no points."""
        return bool(self.get("points") == self.get("points"))


def firm_of(view: View, uscc: str) -> Firm:
    """The firm; raises a Refusal where there is none or it is not the person's to see: the two look the same."""
    caller = view.caller
    if caller.role == "enterprise":
        if caller.name != uscc:
            raise unknown_firm(uscc)
    else:
        caller.need("firms", *PORTRAIT_ROLES)
    table = firm_table(view.state)
    row = table.row_of(uscc)
    if row is None:
        raise unknown_firm(uscc)
    snapshot = view.state.worker.ready().snapshot
    book = snapshot.codebook
    return Firm(uscc, row, table, snapshot.cases[uscc], tuple(book[key] for key in table.keys), FirmWords.of_view(view))


def standing(view: View, uscc: str) -> Component:
    """Its points, rank among the firms of its stage, risk grade with its meaning, quota as an indication, freshness."""
    firm = firm_of(view, uscc)
    table, words = firm.table, firm.words
    cards: list[tuple[str, str, str | None]] = []
    if firm.has_points:
        peers = table.frame["points"].to_numpy()[table.peers(firm.stage)]
        below = float(np.mean(peers < firm.get("points")))
        parts = view.text("portrait.points_parts", base=firm.get("base"), bonus=firm.get("bonus"))
        cards.append((view.text("portrait.points"), view.text("portrait.points_value", x=firm.get("points")), parts))
        rank = view.text("portrait.rank_note", count=len(peers), stage=words.name("stage", firm.stage))
        cards.append((view.text("portrait.rank"), view.text("portrait.rank_value", share=below), rank))
    grade = firm.get("grade")
    if view.caller.role != "enterprise" and isinstance(grade, str):
        grades = view.state.worker.service.models.engine.risk.grades
        cards.append((view.text("portrait.grade"), grade, words.grade_meaning(grades, grade)))
        quota = firm.get("quota_wan")
        value = (
            view.text("portrait.quota_value", x=quota) if quota else capital(words.name("outcome", firm.get("outcome")))
        )
        cards.append((view.text("portrait.quota"), value, view.text("portrait.quota_note")))
    until = firm.get("fresh_until")
    note = None if until != until else view.text("portrait.fresh_note", day=day(view, until.date()))
    cards.append(
        (view.text("portrait.fresh"), view.text("firms.fresh.yes" if firm.get("fresh") else "firms.fresh.no"), note)
    )
    shown: list[Any] = [fact_cards(cards)]
    if alarms := firm.get("alarm_keys"):
        shown.append(dmc.Alert(view.text("portrait.alarms", text=words.names("alarm", alarms)), color="yellow"))
    return dmc.Stack(shown)


def dimensions(view: View, uscc: str) -> Component:
    """A radar of the four dimensions, each as a share of its full marks, beside the median of the stage."""
    firm = firm_of(view, uscc)
    if not firm.has_points:
        return section(view.text("portrait.dimensions"), empty(view.text("portrait.no_points")))
    rows = dimension_rows(view, firm)
    names = [broken(view, row["name"], 11) for row in rows]
    figure = go.Figure()
    for key, label in (("share", "portrait.this_firm"), ("median_share", "portrait.peer_median")):
        values = [row[key] for row in rows]
        figure.add_trace(
            go.Scatterpolar(
                r=[*values, values[0]],
                theta=[*names, names[0]],
                name=view.text(label),
                fill="toself" if key == "share" else "none",
                opacity=0.8,
                hovertemplate="%{theta}: %{r:.0%}<extra></extra>",
            )
        )
    figure.update_polars(
        radialaxis={
            "range": [0, 1],
            "tickformat": ".0%",
            "gridcolor": "rgba(128,128,128,.35)",
            "angle": 45,
            "tickangle": 45,
            "tickvals": [0.25, 0.5, 0.75, 1.0],
        },
        angularaxis={"gridcolor": "rgba(128,128,128,.35)"},
        bgcolor="rgba(0,0,0,0)",
        domain={"x": [0.16, 0.84]},
    )
    shown = [{key: _said(row[key]) for key in row} for row in rows]
    columns = [
        (key, view.text(f"portrait.column.{key}")) for key in ("name", "points", "low", "median", "high", "full")
    ]
    title = view.text("portrait.radar", stage=firm.words.name("stage", firm.stage))
    return section(view.text("portrait.dimensions"), chart(view, figure, title, columns, shown, height=380))


def dimension_rows(view: View, firm: Firm) -> Rows:
    """Points of each dimension, quartiles of the stage, full marks, and the firm's and the median's share of them."""
    frame, peers = firm.table.frame, firm.table.peers(firm.stage)
    weights = view.state.worker.service.models.engine.points.weights[firm.stage]
    found = []
    for name in DIMENSIONS:
        full = sum(weights[item.key] for item in firm.indicators if item.dimension == name)
        points = float(firm.get(f"dim_{name}"))
        low, median, high = np.quantile(frame[f"dim_{name}"].to_numpy()[peers], QUARTILES).tolist()
        shares = (points / full, median / full) if full else (0.0, 0.0)
        found.append(
            {
                "name": capital(firm.words.name("dimension", name)),
                "points": points,
                "low": low,
                "median": median,
                "high": high,
                "full": full,
                "share": shares[0],
                "median_share": shares[1],
            }
        )
    return found


def indicator_rows(view: View, firm: Firm) -> Rows:
    """Each indicator that is not personal: value, source and date, points, quartiles of the stage, full marks."""
    lang = 0 if view.lang == "zh" else 1
    answer = view.state.worker.service.points(PointsRequest(uscc=firm.uscc), NO_RIGHTS)
    earned = {one["key"]: one for one in answer["indicators"]}
    quartiles = _quartiles(firm)
    weights = view.state.worker.service.models.engine.points.weights.get(firm.stage, {})
    found = []
    for at, item in enumerate(firm.indicators):
        value, points = earned[item.key]["value"], earned[item.key]["points"]
        found.append(
            {
                "name": capital((item.zh, item.en)[lang]),
                "dimension": capital(firm.words.name("dimension", item.dimension)),
                "value": "–" if value is None else read_quantities()[item.key].text(float(value))[lang],
                "points": points,
                "low": quartiles[0, at],
                "median": quartiles[1, at],
                "high": quartiles[2, at],
                "full": weights.get(item.key),
                "agency": capital(firm.words.name("agency", item.agency)),
                "date": day(view, firm.case.known[item.key]),
            }
        )
    return found


def _quartiles(firm: Firm) -> Array:
    peers = firm.table.earned[firm.table.peers(firm.stage)]
    if not firm.has_points:
        return np.full((3, len(firm.indicators)), np.nan)
    return np.asarray(np.quantile(peers, QUARTILES, axis=0))


def contributions(view: View, uscc: str) -> Component:
    """What each indicator earned beside the middle half of the stage, and every value with its source and date."""
    firm = firm_of(view, uscc)
    rows = indicator_rows(view, firm)
    columns = ("name", "value", "points", "low", "median", "high", "full", "agency", "date")
    shown = [_shown(view, row, columns) for row in rows]
    table = value_table([(key, view.text(f"portrait.column.{key}")) for key in columns], shown)
    note = dmc.Text(view.text("portrait.personal_note"), size="sm", className="quiet")
    if not firm.has_points:
        return section(view.text("portrait.contributions"), empty(view.text("portrait.no_points")), table, note)
    names = [broken(view, row["name"]) for row in rows]
    figure = go.Figure(
        go.Bar(
            x=[row["points"] for row in rows],
            y=names,
            orientation="h",
            name=view.text("portrait.this_firm"),
            hovertemplate="%{y}: %{x:.1f}<extra></extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[row["median"] for row in rows],
            y=names,
            mode="markers",
            name=view.text("portrait.peer_range"),
            marker={"symbol": "line-ns-open", "size": 11, "color": COLOURS[1]},
            error_x={
                "type": "data",
                "symmetric": False,
                "color": COLOURS[1],
                "array": [row["high"] - row["median"] for row in rows],
                "arrayminus": [row["median"] - row["low"] for row in rows],
            },
            hovertemplate="%{y}: %{x:.1f}<extra></extra>",
        )
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=view.text("portrait.column.points"), rangemode="tozero")
    few = [(key, view.text(f"portrait.column.{key}")) for key in ("name", "points", "low", "median", "high", "full")]
    title = view.text("portrait.bars", stage=firm.words.name("stage", firm.stage))
    picture = chart(view, figure, title, few, shown, height=120 + 38 * len(rows))
    return section(view.text("portrait.contributions"), picture, table, note)


def value_table(columns: list[tuple[str, str]], rows: Rows) -> Component:
    """A table in full view, which scrolls by itself where the page is narrow."""
    head = html.Thead(html.Tr([html.Th(capital(words), scope="col") for _, words in columns]))
    body = html.Tbody(
        [html.Tr([html.Td(row[key], style=WHOLE if key == "date" else {}) for key, _ in columns]) for row in rows]
    )
    return dmc.TableScrollContainer(html.Table([head, body], className="data-table"), minWidth=900)


def _shown(view: View, row: dict[str, Any], columns: Sequence[str]) -> dict[str, str]:
    """A row in words; what has no weight at the firm's stage earns no points, nobody's."""
    said = {key: _said(row[key]) for key in columns}
    if row["full"] == 0.0:
        said |= dict.fromkeys(("points", "low", "median", "high"), NOTHING)
        said["full"] = view.text("points.no_weight")
    return said


def _said(value: Any) -> str:
    """Points with one decimal, texts as they are, a dash for what is missing."""
    if value is None or value != value:
        return "–"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
