"""Points as pictures: what each dimension and each indicator earned of what it could."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from dash.development.base_component import Component

from data.codebook import read_codebook
from serving.console.parts.chart import chart
from serving.console.parts.words import broken, capital, named, quantity_text

if TYPE_CHECKING:
    from serving.console.page import View

LEFT = "rgba(128,128,128,.35)"


def full_marks(view: View, answer: Mapping[str, Any]) -> dict[str, float]:
    """The most that each indicator can earn at the firm's growth stage, by its key; empty where that is unknown."""
    weights = view.state.worker.service.models.engine.points.weights
    return dict(weights.get(answer["growth_stage"], {}))


def dimension_rows(answer: Mapping[str, Any], full: Mapping[str, float]) -> list[dict[str, Any]]:
    """What each dimension earned of its full marks; an indicator whose points are withheld is in neither."""
    rows = []
    book = read_codebook()
    shown = {row["key"] for row in answer["indicators"] if row["points"] is not None or row["missing"]}
    hidden = {item.key for item in book if item.personal} if answer["personal_excluded"] else set()
    for dimension in book.dimensions:
        most = sum(
            full.get(item.key, 0.0) for item in book if item.dimension == dimension and item.key in shown - hidden
        )
        earned = answer["points"][f"dim_{dimension}"]
        rows.append({"dimension": dimension, "earned": earned, "full": most or None})
    return rows


def dimension_radar(view: View, answer: Mapping[str, Any]) -> Component:
    """How far each dimension is filled, as a radar."""
    rows = dimension_rows(answer, full_marks(view, answer))
    for row in rows:
        row["name"] = view.text(f"points.dimension.{row['dimension']}")
        row["share"] = row["earned"] / row["full"] if row["full"] and row["earned"] is not None else None
    names = [broken(view, row["name"], 11) for row in rows]
    shares = [100.0 * (row["share"] or 0.0) for row in rows]
    figure = go.Figure(
        go.Scatterpolar(
            r=[*shares, *shares[:1]], theta=[*names, *names[:1]], fill="toself", mode="lines+markers",
            hovertemplate="%{theta}: %{r:.0f}%<extra></extra>",
        )
    )  # fmt: skip
    ticks = [25, 50, 75, 100]
    axis = {"range": [0, 100], "tickvals": ticks, "ticktext": [f"{tick}%" for tick in ticks], "gridcolor": LEFT,
            "angle": 90, "tickangle": 90}  # fmt: skip
    angular = {"gridcolor": LEFT, "rotation": 90}
    inside = {"x": [0.2, 0.8], "y": [0.06, 0.94]}  # leaves room for the names on a telephone
    figure.update_layout(
        polar={"radialaxis": axis, "angularaxis": angular, "bgcolor": "rgba(0,0,0,0)", "domain": inside}
    )
    shown = [
        {"name": row["name"], "earned": _points(row["earned"]), "full": _points(row["full"]), "share": _percent(row)}
        for row in rows
    ]
    columns = [(key, view.text(f"points.col.{key}")) for key in ("name", "earned", "full", "share")]
    return chart(view, figure, view.text("points.radar"), columns, shown)


def contribution_bars(view: View, answer: Mapping[str, Any]) -> Component:
    """What each indicator earned, and what of its full marks is left, the indicators in the catalogue's order."""
    full, rows = full_marks(view, answer), []
    for row in answer["indicators"]:
        rows.append(
            {
                "name": capital(named(view, row)),
                "value": quantity_text(view, row["key"], row["value"]),
                "points": row["points"],
                "full": full.get(row["key"]) if row["missing"] or row["points"] is not None else None,  # withheld
            }
        )
    figure = stacked_bars(view, rows, "points", "full")
    shown = [row | marks(view, row["points"], row["full"]) for row in rows]
    columns = [(key, view.text(f"points.col.{key}")) for key in ("name", "value", "points", "full")]
    made = chart(view, figure, view.text("points.bars"), columns, shown, height=90 + 38 * len(rows))
    figure.update_layout(legend={"y": 1.0, "yanchor": "bottom", "x": 0.0}, margin={"t": 36})  # near the first bar
    return made


def marks(view: View, points: float | None, full: float | None) -> dict[str, str | None]:
    """Points and full marks as they are shown; an indicator without weight at the firm's stage has neither."""
    if full == 0.0:
        return {"points": None, "full": view.text("points.no_weight")}
    return {"points": _points(points), "full": _points(full)}


def stacked_bars(view: View, rows: Sequence[Mapping[str, Any]], part: str, whole: str) -> go.Figure:
    """Lying bars of a part and what is left to the whole, the first row on top; ``name`` is the label."""
    labels = [broken(view, row["name"]) for row in rows]
    earned = [row[part] or 0.0 for row in rows]
    left = [max((row[whole] or 0.0) - value, 0.0) for row, value in zip(rows, earned, strict=True)]
    figure = go.Figure()
    for name, values, colour in (("points.earned", earned, None), ("points.left", left, LEFT)):
        figure.add_bar(
            y=labels, x=values, orientation="h", name=view.text(name), marker={"color": colour} if colour else None,
            hovertemplate="%{y}: %{x:.1f}<extra>" + view.text(name) + "</extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack", bargap=0.3, yaxis={"autorange": "reversed"})
    return figure


def _points(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}"


def _percent(row: Mapping[str, Any]) -> str | None:
    return None if row["share"] is None else f"{100 * row['share']:.0f}%"
