"""An enterprise's points and why, and what would raise them."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import Input, Output, State
from dash.development.base_component import Component

from serving.console.page import Console, Page, View
from serving.console.parts.chart import chart
from serving.console.parts.forms import typed_number
from serving.console.parts.instants import day
from serving.console.parts.points import contribution_bars, dimension_radar, full_marks
from serving.console.parts.states import empty, fact_cards, section
from serving.console.parts.words import broken, capital, named, quantity_text

ROLES = ("enterprise",)
FIRST_STEP = 5.0  # points above today's that the page proposes as a target


def layout(view: View) -> Component:
    """Total, dimensions, every indicator's contribution, and a target with the way to it."""
    answer = view.api.post("/v1/points", {"uscc": view.caller.name})
    parts: list[Any] = [dmc.Text(view.text("points.intro", date=day(view, answer["as_of"])), className="quiet")]
    if answer["personal_excluded"]:
        parts.append(dmc.Alert(view.text("points.personal_excluded"), color="blue"))
    parts.append(fact_cards(_cards(view, answer)))
    parts.append(section(view.text("points.by_dimension"), dimension_radar(view, answer), _missing(view, answer)))
    parts.append(section(view.text("points.by_indicator"), contribution_bars(view, answer)))
    parts.append(section(view.text("points.raise"), *_target(view, answer)))
    return dmc.Stack(parts, gap="md")


def _cards(view: View, answer: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    points, stage = answer["points"], answer["growth_stage"]

    def shown(key: str) -> str:
        return "–" if points[key] is None else view.text("points.figure", points=float(points[key]))

    cards: list[tuple[str, str, str | None]] = [
        (view.text("points.total"), shown("total"), view.text("points.total.note")),
        (view.text("points.base"), shown("base"), view.text("points.base.note")),
        (view.text("points.bonus"), shown("bonus"), view.text("points.bonus.note")),
        (view.text("points.stage"), capital(view.text(f"stage.{stage}")), view.text("points.stage.note")),
        (
            view.text("points.coverage"),
            view.text("points.coverage.value", share=float(points["coverage"] or 0.0)),
            view.text("points.coverage.note"),
        ),
    ]
    if points["percentile"] is not None:  # without the right to the founders' data there is none
        rank = view.text("points.percentile", share=float(points["percentile"]))
        note = view.text("points.peers.note", count=int(points["n_peers"] or 0))
        cards.insert(3, (view.text("points.peers"), rank, note))
    return cards


def _missing(view: View, answer: dict[str, Any]) -> Component:
    """Indicators without a record, which earn nothing."""
    names = [named(view, row) for row in answer["indicators"] if row["missing"]]
    if not names:
        return dmc.Text(view.text("points.none_missing"))
    words = view.text("points.missing", count=len(names))
    lines = dmc.List([dmc.ListItem(name) for name in names], size="sm")
    link = dmc.Anchor(view.text("points.missing.action"), href=view.href("/values"), refresh=True)
    return dmc.Stack([dmc.Text(words, fw=600), lines, link], gap="xs")


def _target(view: View, answer: dict[str, Any]) -> list[Any]:
    most, now = sum(full_marks(view, answer).values()), answer["points"]["total"]
    if not most or now is None:
        return [empty(view.text("points.raise.no_stage"), view.text("points.missing.action"), view.href("/values"))]
    proposed = min(float(round(now + FIRST_STEP)), float(int(most)))
    field = dmc.NumberInput(
        id="points-target", label=view.text("points.target"), value=proposed, min=0, max=most, step=1, decimalScale=1,
        description=view.text("points.target.note", now=now, most=most), w={"base": "100%", "xs": 320},
    )  # fmt: skip
    button = dmc.Button(view.text("points.target.show"), id="points-advise")
    result = dmc.Box(id="points-advice", **{"aria-live": "polite"})
    return [dmc.Group([field, button], align="flex-end"), result]


def advice(view: View, _clicks: int | None, target: float | str | None) -> Component:
    """The fewest changes that reach the target, as a picture and in words."""
    if target in (None, ""):
        return dmc.Alert(view.text("points.target.missing"), color="yellow")
    body = {"uscc": view.caller.name, "target_points": typed_number(target)}
    answer = view.api.post("/v1/points/advice", body)
    words = dmc.Alert(named(view, answer, "text"), color="green" if answer["reached"] else "yellow")
    if not answer["changes"]:
        return words
    rows = [
        {
            "name": named(view, change),
            "now": quantity_text(view, change["key"], change["now"]),
            "to": quantity_text(view, change["key"], change["to"]),
            "points": f"{change['points']:+.1f}",
        }
        for change in answer["changes"]
    ]
    added = [change["points"] for change in answer["changes"]]
    figure = go.Figure(
        go.Bar(
            y=[broken(view, row["name"]) for row in rows], x=added, textposition="outside", cliponaxis=False,
            orientation="h", text=[row["points"] for row in rows], hovertemplate="%{y}: %{x:+.1f}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(yaxis={"autorange": "reversed"}, xaxis={"range": [0.0, 1.2 * max(added)]})
    columns = [(key, view.text(f"points.col.{key}")) for key in ("name", "now", "to", "points")]
    picture = chart(view, figure, view.text("points.advice.picture"), columns, rows, height=70 + 44 * len(rows))
    lines = dmc.List([dmc.ListItem(named(view, change, "text")) for change in answer["changes"]], size="sm")
    return dmc.Stack([words, picture, lines])


def register(console: Console) -> None:
    """Add the page and its callback."""
    console.add(Page("/points", ROLES, "points", "points.title", layout, "menu.mine", "points"))
    console.callback(
        Output("points-advice", "children"),
        Input("points-advise", "n_clicks"),
        State("points-target", "value"),
        roles=ROLES, permission="points", running=[(Output("points-advise", "loading"), True, False)],
    )(advice)  # fmt: skip
