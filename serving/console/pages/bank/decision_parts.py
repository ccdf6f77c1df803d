"""A decision as pictures, tables and words: what limited the amount, risk, points, reasons, warnings, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from serving.console.pages.bank.members import step_name
from serving.console.pages.bank.words import (
    NOTHING,
    facts_list,
    limited_by,
    money,
    money_cny,
    months,
    outcome_badge,
    plain,
    plain_table,
    points,
    rate,
    stage,
    titled,
)
from serving.console.parts.chart import COLOURS, chart
from serving.console.parts.instants import day
from serving.console.parts.states import empty, fact_cards
from serving.console.parts.words import broken, capital, named

if TYPE_CHECKING:
    from serving.console.page import View

ROWS_PX = 40  # height of one row of a picture of bars
ROOM = 1.5  # of an axis, for the figures beside the bars


def reductions(requested_wan: float, constraints: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What each constraint takes from the amount requested, in the order of the decision.

    Each row has the constraint's ``name``, what it ``allows`` and by how much it lowers what was left (``lowers``, 0
    where more is allowed), all in 10,000 yuan, and ``limiting``.
    """
    left, found = requested_wan, []
    for one in constraints:
        if one["name"] == "requested":
            continue
        lowers = max(left - one["amount_wan"], 0.0)
        left -= lowers
        found.append({"name": one["name"], "allows": one["amount_wan"], "lowers": lowers, "limiting": one["limiting"]})
    return found


def constraints_chart(view: View, answer: Mapping[str, Any]) -> Component:
    """From the amount requested down to the quota: what each constraint takes away, the limiting one marked."""
    if not answer["quota_trace"]:
        return empty(view.text("bank.constraints.none"))
    requested = answer["quota"]["requested_cny"] / 10_000
    steps = reductions(requested, answer["quota_trace"])
    amount = answer["quota"]["amount_wan"]
    rounding = max(requested - sum(one["lowers"] for one in steps) - amount, 0.0)
    names = [_constraint(view, one) for one in steps]
    labels = [broken(view, name) for name in names]
    first, rounded, last = (view.text(f"bank.constraints.{key}") for key in ("requested", "rounding", "quota"))
    left, bases = requested, [0.0]
    for one in steps:
        left -= one["lowers"]
        bases.append(left)
    whole, taken = COLOURS[0], COLOURS[1]
    figure = go.Figure(
        go.Bar(
            orientation="h", y=[first, *labels, broken(view, rounded), last], base=[*bases, amount, 0.0],
            x=[requested, *[one["lowers"] for one in steps], rounding, amount],
            text=[plain(requested), *[_shown(view, one) for one in steps], "", plain(amount)],
            textposition="outside", cliponaxis=False, hoverinfo="y+text",
            marker_color=[whole, *[taken] * (len(steps) + 1), whole],
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=view.text("bank.axis.wan"), range=[0, max(requested, amount) * ROOM])
    rows = [
        {"name": name, "allows": money(view, one["allows"]), "lowers": _taken(view, one),
         "limiting": view.text("bank.yes") if one["limiting"] else ""}
        for name, one in zip(names, steps, strict=True)
    ]  # fmt: skip
    headings = [(key, view.text(f"bank.constraints.{key}")) for key in ("name", "allows", "lowers", "limiting")]
    height = ROWS_PX * (len(steps) + 3) + 60
    return chart(view, figure, view.text("bank.constraints.title"), headings, rows, height)


def _constraint(view: View, one: Mapping[str, Any]) -> str:
    name = titled(view, f"constraint.{one['name']}.label")
    return view.text("bank.constraints.limits", name=name) if one["limiting"] else name


def _shown(view: View, one: Mapping[str, Any]) -> str:
    return f"−{plain(one['lowers'])}" if one["lowers"] else view.text("bank.constraints.enough")


def _taken(view: View, one: Mapping[str, Any]) -> str:
    return (
        view.text("bank.constraints.takes", x=one["lowers"]) if one["lowers"] else view.text("bank.constraints.enough")
    )


def summary(view: View, answer: Mapping[str, Any]) -> Component:
    """The outcome in one sentence, and its main figures as cards; that it is indicative is said."""
    quota, risk = answer["quota"], answer["risk"]
    cards = [
        (view.text("bank.quota"), money(view, quota["amount_wan"]),
         view.text("bank.quota.requested", x=quota["requested_cny"] / 10_000)),
        (view.text("bank.limited_by"), limited_by(view, quota["limited_by"]), None),
        (view.text("bank.annual_rate"), rate(view, quota["annual_rate"]), months(view, quota["tenor_months"])),
        (view.text("bank.valid_until"), day(view, quota["valid_until"]), view.text("bank.indicative")),
    ]  # fmt: skip
    if risk is not None:
        between = view.text("bank.pd.interval", low=risk["pd_low"], high=risk["pd_high"], level=risk["interval_level"])
        cards += [
            (view.text("bank.pd"), rate(view, risk["pd_12m"]), between),
            (view.text("bank.expected_loss"), money_cny(view, risk["expected_loss_cny"]),
             view.text("bank.risk_grade", grade=risk["risk_grade"])),
        ]  # fmt: skip
    words = dmc.Group([outcome_badge(view, answer["outcome"]), dmc.Text(named(view, answer, "summary"))], gap="sm")
    return dmc.Stack([words, fact_cards(cards)])


def points_chart(view: View, scored: Mapping[str, Any], growth_stage: str) -> Component:
    """Points by dimension as bars; the total, base, bonus and rank among peers in the sentence above."""
    dimensions = scored.get("dimensions") or {}
    if scored.get("total") is None:
        return empty(view.text("bank.points.none"))
    names = [view.text(f"bank.dimension.{key}") for key in dimensions]
    earned = list(dimensions.values())
    figure = go.Figure(
        go.Bar(
            x=earned,
            y=names,
            orientation="h",
            text=[f"{x:.1f}" for x in earned],
            textposition="outside",
            cliponaxis=False,
        )
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=view.text("bank.axis.points"), range=[0, max([1.0, *earned]) * ROOM])
    rows = [{"name": name, "points": points(view, x)} for name, x in zip(names, earned, strict=True)]
    words = view.text(
        "bank.points.total", total=scored["total"], base=scored["base"], bonus=scored["bonus"],
        stage=stage(view, growth_stage),
    )  # fmt: skip
    if scored.get("percentile") is not None:
        rank = view.text("bank.points.rank", share=scored["percentile"], peers=scored["n_peers"])
        words = f"{words} {rank}" if view.lang == "en" else words + rank
    headings = [("name", view.text("bank.dimension")), ("points", view.text("bank.axis.points"))]
    picture = chart(view, figure, view.text("bank.points.title"), headings, rows, ROWS_PX * len(names) + 90)
    return dmc.Stack([dmc.Text(words), picture], gap="xs")


def reasons_chart(view: View, answer: Mapping[str, Any]) -> Component:
    """The reasons in words, and what moved the PD as bars to both sides."""
    found = answer["reasons"]
    listed = html.Ul([html.Li(_reason(view, one)) for one in found])
    moved = [one for one in found if one["contribution"]]
    if not moved:
        return dmc.Stack([listed])
    names = [broken(view, capital(step_name(view, one["indicator"]))) for one in moved]
    colours = [COLOURS[1] if one["contribution"] > 0 else COLOURS[2] for one in moved]
    figure = go.Figure(go.Bar(x=[one["contribution"] for one in moved], y=names, orientation="h", marker_color=colours))
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(title=view.text("bank.reason.axis"), nticks=5)
    rows = [
        {
            "name": capital(step_name(view, one["indicator"])),
            "words": named(view, one, "text"),
            "moved": view.text("bank.signed", x=one["contribution"]),
        }
        for one in moved
    ]
    headings = [(key, view.text(f"bank.reason.{key}")) for key in ("name", "words", "moved")]
    picture = chart(view, figure, view.text("bank.reason.title"), headings, rows, ROWS_PX * len(moved) + 90)
    return dmc.Stack([listed, picture])


def _reason(view: View, one: Mapping[str, Any]) -> Component:
    side = dmc.Text(view.text(f"bank.reason.{one['direction']}"), fw=600, size="sm", style={"whiteSpace": "nowrap"})
    return dmc.Group([side, dmc.Text(named(view, one, "text"), size="sm")], gap="xs", wrap="nowrap", align="start")


def warnings_list(view: View, warnings: Sequence[Mapping[str, Any]]) -> Component:
    """Every warning in words; nothing where there is none."""
    if not warnings:
        return html.Div()
    lines = [dmc.Text(named(view, one), size="sm") for one in warnings]
    return dmc.Alert(dmc.Stack(lines, gap=4), title=view.text("bank.warnings"), color="yellow")


def advice_list(view: View, advice: Sequence[Mapping[str, Any]]) -> Component:
    """What would raise the quota, in words."""
    return html.Ul([html.Li(named(view, one, "text")) for one in advice]) if advice else html.Div()


def versions_table(view: View, answer: Mapping[str, Any]) -> Component:
    """Every version behind the decision, the release among them."""
    rows = [(view.text(f"bank.member.{key}"), value) for key, value in answer["versions"].items()]
    return facts_list([(view.text("bank.member.release"), answer["release"]), *rows])


def sources_table(view: View, answer: Mapping[str, Any]) -> Component:
    """The newest data of every agency."""
    rows = [(titled(view, f"agency.{key}"), day(view, at)) for key, at in answer["sources"].items()]
    if not rows:
        return empty(view.text("bank.sources.none"))
    return plain_table([view.text("bank.agency"), view.text("bank.data_date")], rows)


def risk_table(view: View, risk: Mapping[str, Any] | None) -> Component:
    """Default risk and what it would cost."""
    if risk is None:
        return empty(view.text("bank.risk.none"))
    low, high = rate(view, risk["pd_low"]), rate(view, risk["pd_high"])
    return facts_list(
        [
            (view.text("bank.member.pd_12m"), rate(view, risk["pd_12m"])),
            (view.text("bank.member.interval"), f"{low} – {high}"),
            (view.text("bank.member.pd_tenor"), rate(view, risk["pd_tenor"])),
            (view.text("bank.member.risk_grade"), risk["risk_grade"] or NOTHING),
            (view.text("bank.member.lgd"), rate(view, risk["lgd"])),
            (view.text("bank.member.ead_cny"), money_cny(view, risk["ead_cny"])),
            (view.text("bank.member.expected_loss_cny"), money_cny(view, risk["expected_loss_cny"])),
        ]
    )
