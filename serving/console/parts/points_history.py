"""Points of former days as a line beside the median of the stage, and in words what moved from day to day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from serving.console.firm_words import DIMENSIONS, FirmWords
from serving.console.parts.chart import LINES, chart
from serving.console.parts.instants import day
from serving.console.parts.portrait import firm_of
from serving.console.parts.states import empty, section
from serving.console.parts.words import capital, named, quantity_text

if TYPE_CHECKING:
    from serving.console.page import View

Rows = Sequence[Mapping[str, Any]]
ROOM = 1.25  # of the axis to the largest value, so that names of stages are above the line


def points_history(view: View, uscc: str) -> Component:
    """The answer of GET /v1/points/{uscc}/history as a picture with its table, gaps with their reason, and moves."""
    words = firm_of(view, uscc).words
    answer = view.state.worker.ready().history.of(uscc)
    title, days = view.text("portrait.history"), answer["days"]
    if len(days) < 2:
        return section(title, empty(no_former_day(view, answer)))
    shown: list[Any] = [
        dmc.Text(named(view, answer, "note"), size="sm", className="quiet"),
        _picture(view, days, words),
    ]
    shown += [
        dmc.Text(view.text("portrait.gap", day=day(view, one["as_of"]), reason=named(view, one, "reason")), size="sm")
        for one in days
        if one["reason_zh"] is not None
    ]
    if answer["moves"]:
        moves = [_move(view, one, words) for one in reversed(answer["moves"])]
        shown += [dmc.Title(view.text("portrait.moves"), order=3, size="h5"), html.Ul(moves)]
    return section(title, *shown)


def no_former_day(view: View, answer: Mapping[str, Any]) -> str:
    """Why there is nothing to draw: the firm is new, or the release was packed without former days."""
    former = answer["release_days"][:-1]
    if not former:
        return view.text("portrait.no_former_days")
    return view.text("portrait.new_firm", day=day(view, former[-1]))


def _picture(view: View, days: Rows, words: FirmWords) -> Component:
    at = [one["as_of"][:7] for one in days]  # year and month: short enough for a telephone
    figure = go.Figure()
    values = {"this_firm": [one["points"]["total"] for one in days], "peer_median": [one["median"] for one in days]}
    for key, dash in (("this_firm", "solid"), ("peer_median", "dot")):
        figure.add_trace(
            go.Scatter(
                x=at, y=values[key], mode="lines+markers", name=view.text(f"portrait.{key}"), line={"dash": dash},
                connectgaps=False, hovertemplate="%{x}: %{y:.1f}<extra></extra>",
            )
        )  # fmt: skip
    for place, stage in stage_marks(days):
        figure.add_annotation(
            x=at[place],
            xref="x",
            y=1,
            yref="paper",
            yanchor="top",
            showarrow=False,
            text=capital(words.name("stage", stage)),
        )
        figure.add_shape(type="line", x0=at[place], x1=at[place], y0=0, y1=0.9, yref="paper", line={"color": LINES})
    known = [value for one in values.values() for value in one if value is not None]
    figure.update_xaxes(type="category", categoryorder="array", categoryarray=at, ticks="outside", ticklen=6)
    figure.update_yaxes(range=[0, ROOM * max(known, default=100.0)], title=view.text("portrait.column.points"))
    columns = ["day", "stage", "total", "base", "bonus", *DIMENSIONS, "coverage", "rank", "peer_median"]
    headings = [words.name("dimension", key) if key in DIMENSIONS else view.text(f"portrait.history.{key}")
                for key in columns]  # fmt: skip
    table = [_row(view, one, words) for one in days]
    made = chart(view, figure, view.text("portrait.history_picture"), list(zip(columns, headings, strict=True)), table)
    figure.update_layout(legend={"y": 1.0, "yanchor": "bottom", "x": 0.0}, margin={"t": 48})  # clear of slanted months
    return made


def stage_marks(days: Rows) -> list[tuple[int, str]]:
    """Places of the days on which another stage began, with the first known one before them; none where none did."""
    known = [(place, one["growth_stage"]) for place, one in enumerate(days) if one["reason_zh"] is None]
    changed = [now for before, now in pairwise(known) if before[1] != now[1]]
    return [*known[:1], *changed] if changed else []


def _row(view: View, one: Mapping[str, Any], words: FirmWords) -> dict[str, Any]:
    points = one["points"]
    if one["share_below"] is None:
        rank = None
    else:
        share = view.text("portrait.rank_value", share=one["share_below"])
        rank = view.text("portrait.history.of_peers", rank=share, count=one["peers"])
    return {
        "day": day(view, one["as_of"]),
        "stage": capital(words.name("stage", one["growth_stage"])),
        **{key: points[key] for key in ("total", "base", "bonus")},
        **{name: points[f"dim_{name}"] for name in DIMENSIONS},
        "coverage": view.text("portrait.share", x=one["coverage"]),
        "rank": rank,
        "peer_median": one["median"],
    }


def _move(view: View, move: Mapping[str, Any], words: FirmWords) -> Component:
    """The change between two days, the change of stage, and each indicator with its values and the day known."""
    head = view.text(
        "portrait.move", first=day(view, move["from_day"]), then=day(view, move["to_day"]), points=move["points"]
    )
    if move["stage_from"] != move["stage_to"]:
        first, then = (words.name("stage", move[key]) for key in ("stage_from", "stage_to"))
        head += view.text("portrait.move_stage", first=first, then=then)
    moved = [html.Li(_moved(view, one)) for one in move["indicators"]]
    return html.Li([head, html.Ul(moved)] if moved else [head])


def _moved(view: View, one: Mapping[str, Any]) -> str:
    first, then = one["value_from"], one["value_to"]
    kind = "same" if first == then else "lost" if then is None else "new" if first is None else "changed"
    values = {name: quantity_text(view, one["key"], value) for name, value in (("first", first), ("then", then))}
    known = day(view, one["known_at"])
    name = capital(named(view, one))
    return view.text(f"portrait.moved.{kind}", name=name, day=known, points=one["points"], **values)
