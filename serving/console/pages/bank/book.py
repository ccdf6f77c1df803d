"""The bank's book and its monitoring: decisions over time, amounts, overrides, drift of its applicants, stale data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import flask
import plotly.graph_objects as go
from dash.development.base_component import Component

from models.spreadsheet import MEDIA, Sheet, csv_bytes, xlsx_bytes
from serving.applications.bank_applications import STATES
from serving.console.page import Page
from serving.console.pages.bank import decisions, inbox, overriding
from serving.console.pages.bank.book_figures import OUTCOMES, by_month, granted, stale_firms
from serving.console.pages.bank.decision_book import Decided, book_of
from serving.console.pages.bank.words import ROLE, facts_list, money, money_cny, outcome
from serving.console.parts.chart import COLOURS, chart
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import day, iso_day
from serving.console.parts.states import badge, empty, fact_cards, section

if TYPE_CHECKING:
    from serving.console.page import Console, View

PATH, PERMISSION = "/book", "decisions"
OUTCOME_COLOURS = dict(zip(OUTCOMES, (COLOURS[2], COLOURS[4], COLOURS[1], COLOURS[6]), strict=True))


def register(console: Console) -> None:
    """Add the page and its exports."""
    console.add(Page(PATH, ROLE, PERMISSION, "bank.book", layout, "menu.credit", "book"))
    console.download("bank/decisions.<kind>", ROLE, PERMISSION, export)


def layout(view: View) -> Component:
    """Everything about the bank's own decisions, as of now."""
    worker, bank_id = view.state.worker, view.caller.name
    book = book_of(worker)
    decided = book.decided(bank_id)
    drift = section(view.text("bank.drift"), *drift_part(view))
    if not decided:
        return dmc.Stack([empty(view.text("bank.book.empty"), view.text("bank.inbox"), view.href(inbox.PATH)), drift])
    overrides = book.overrides(bank_id, datetime.now(UTC))
    applications = inbox.read_applications(view)
    links = dmc.Group(
        [
            dmc.Anchor(view.text(f"bank.export.{kind}"), href=view.href(f"/files/bank/decisions.{kind}"))
            for kind in MEDIA
        ]
    )
    return dmc.Stack(
        [
            cards(view, decided, book.overridden(bank_id), applications),
            links,
            section(view.text("bank.outcome"), outcomes_chart(view, decided)),
            section(view.text("bank.book.amounts_part"), amounts_chart(view, decided)),
            section(view.text("bank.inbox"), states_chart(view, applications)),
            section(view.text("bank.overrides"), overrides_part(view, overrides)),
            drift,
            section(view.text("bank.stale"), stale_part(view, decided, worker.service.clock.today())),
        ]
    )


def cards(
    view: View,
    decided: Sequence[Decided],
    overridden: int,
    applications: Sequence[Mapping[str, Any]],
) -> Component:
    """How many decisions, approvals, overrides and grants."""
    approved = [one for one in decided if one.outcome == "preapproved"]
    grants = granted(applications)
    return fact_cards(
        [
            (view.text("bank.book.decisions"), f"{len(decided):,}",
             view.text("bank.book.firms", count=len({one.uscc for one in decided}))),
            (view.text("bank.book.approved"), view.text("bank.share", x=len(approved) / len(decided)),
             money(view, sum(one.amount_wan for one in approved))),
            (view.text("bank.book.overridden"), view.text("bank.share", x=overridden / len(decided)),
             view.text("bank.book.of_decisions", count=overridden)),
            (view.text("bank.book.granted"), f"{len(grants):,}",
             money_cny(view, sum(one["amount_cny"] for one in grants))),
        ]
    )  # fmt: skip


def outcomes_chart(view: View, decided: Sequence[Decided]) -> Component:
    """How many decisions of each outcome, by month."""
    months = by_month(decided)
    figure = go.Figure()
    for key in OUTCOMES:
        counts = [month.outcomes.get(key, 0) for month in months]
        if any(counts):
            figure.add_bar(
                name=outcome(view, key), x=[month.month for month in months], y=counts,
                marker_color=OUTCOME_COLOURS[key],
            )  # fmt: skip
    figure.update_layout(barmode="stack")
    figure.update_xaxes(type="category")
    figure.update_yaxes(title=view.text("bank.axis.decisions"), rangemode="tozero", **whole(len(decided)))
    rows = [{"month": month.month, **{key: month.outcomes.get(key, 0) for key in OUTCOMES}} for month in months]
    headings = [("month", view.text("bank.month")), *((key, outcome(view, key)) for key in OUTCOMES)]
    return chart(view, figure, view.text("bank.book.outcomes"), headings, rows)


def amounts_chart(view: View, decided: Sequence[Decided]) -> Component:
    """What was requested and what was calculated, by month."""
    months = by_month(decided)
    names = [month.month for month in months]
    figure = go.Figure()
    for key in ("requested_wan", "amount_wan"):
        figure.add_bar(name=view.text(f"bank.{key}"), x=names, y=[getattr(month, key) for month in months])
    figure.update_xaxes(type="category")
    figure.update_yaxes(title=view.text("bank.axis.wan"), rangemode="tozero")
    rows = [
        {"month": month.month, **{key: money(view, getattr(month, key)) for key in ("requested_wan", "amount_wan")}}
        for month in months
    ]
    headings = [
        ("month", view.text("bank.month")),
        *((key, view.text(f"bank.{key}")) for key in ("requested_wan", "amount_wan")),
    ]
    return chart(view, figure, view.text("bank.book.amounts"), headings, rows)


def states_chart(view: View, applications: Sequence[Mapping[str, Any]]) -> Component:
    """How many applications are in each state."""
    if not applications:
        return empty(view.text("bank.inbox.empty"))
    counted = Counter(one["state"] for one in applications)
    keys = [key for key in STATES if counted[key]]
    names = [view.text(f"bank.state.{key}") for key in keys]
    figure = go.Figure(go.Bar(x=[counted[key] for key in keys], y=names, orientation="h"))
    figure.update_yaxes(autorange="reversed")
    most = max(counted.values())
    figure.update_xaxes(title=view.text("bank.axis.applications"), rangemode="tozero", **whole(most))
    rows = [{"state": name, "count": counted[key]} for key, name in zip(keys, names, strict=True)]
    headings = [("state", view.text("bank.state")), ("count", view.text("bank.axis.applications"))]
    return chart(view, figure, view.text("bank.book.applications"), headings, rows, 240)


def whole(most: int) -> dict[str, Any]:
    """An axis of counts has no half of one."""
    return {"dtick": 1} if most < 10 else {}


def overrides_part(view: View, overrides: Sequence[Mapping[str, Any]]) -> Component:
    """Every person's decision of the bank, each with the address of its decision."""
    if not overrides:
        return empty(view.text("bank.overrides.none_all"))
    rows = [
        {
            "id": f"{one['audit_id']} {one['recorded_at']}",
            "audit_id": one["audit_id"],
            "href": view.href(f"{decisions.PATH}/{one['audit_id']}"),
            "at": iso_day(one["recorded_at"]),
            "by": one["by"],
            "outcome": outcome(view, one["outcome"]),
            "amount_wan": one["amount_cny"] / 10_000,
            "state": overriding.state_words(view, one),
            "reason": one["reason"],
        }
        for one in overrides
    ]  # fmt: skip
    columns = [
        Column("audit_id", view.text("bank.audit_id"), link="href", least_px=250),
        Column("at", view.text("bank.overrides.at"), "date", least_px=140),
        Column("by", view.text("bank.overrides.by")),
        Column("outcome", view.text("bank.outcome"), "badge", least_px=130),
        Column("amount_wan", view.text("bank.overrides.amount_wan"), "money_wan"),
        Column("state", view.text("bank.overrides.state"), least_px=150),
        Column("reason", view.text("bank.overrides.reason"), least_px=200),
    ]
    return grid(view, "bank-overrides-grid", columns, rows, label=view.text("bank.overrides"), height=320)


def drift_of(view: View) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """The settings of the drift watch, and this bank's stream; None where no enterprise has been seen yet."""
    watched = view.state.worker.service.drift.as_dict()
    return watched, watched["banks"].get(view.caller.name)


def drift_part(view: View) -> list[Component]:
    """Whether this bank's applicants still look like the firms that the release was made with."""
    watched, stream = drift_of(view)
    note = dmc.Text(
        view.text("bank.drift.note", rate=watched["false_alarm_rate"], tolerance=watched["tolerance_rank"]), size="sm"
    )
    if stream is None or not stream["enterprises"]:
        return [note, empty(view.text("bank.drift.none"))]
    alarm = stream["alarm"]
    words = badge(view.text("bank.drift.alarm" if alarm else "bank.drift.calm"), "red" if alarm else "green")
    psi = view.text("bank.drift.few") if stream["psi"] is None else f"{stream['psi']:.3f}"
    facts = facts_list(
        [
            (view.text("bank.drift.enterprises"), f"{stream['enterprises']:,}"),
            (view.text("bank.drift.mean"), view.text("bank.share", x=stream["mean_rank"])),
            (view.text("bank.drift.usual"), view.text("bank.share", x=stream["usual_rank"])),
            (view.text("bank.drift.psi"), psi),
        ]
    )
    ranks = {"mean": stream["mean_rank"], "usual": stream["usual_rank"]}
    names = [view.text(f"bank.drift.{key}") for key in ranks]
    texts = [view.text("bank.share", x=value) for value in ranks.values()]
    figure = go.Figure(
        go.Bar(x=list(ranks.values()), y=names, orientation="h", text=texts, textposition="outside", cliponaxis=False)
    )
    figure.update_xaxes(range=[0, 1], tickformat=".0%", title=view.text("bank.drift.axis"))
    headings = [("name", view.text("bank.drift.what")), ("rank", view.text("bank.drift.axis"))]
    rows = [{"name": name, "rank": text} for name, text in zip(names, texts, strict=True)]
    action = [dmc.Text(view.text("bank.drift.action"), fw=600)] if alarm else []
    return [note, words, *action, facts, chart(view, figure, view.text("bank.drift.picture"), headings, rows, 200)]


def stale_part(view: View, decided: Sequence[Decided], today: date) -> Component:
    """Enterprises whose newest decision rests on data that are no longer fresh."""
    found = stale_firms(decided, today)
    if not found:
        return empty(view.text("bank.stale.none"))
    rows = [
        decisions.row_of(view, one) | {"fresh_until": one.fresh_until and one.fresh_until.isoformat()} for one in found
    ]
    columns = [
        Column("enterprise", view.text("bank.enterprise"), link="href", least_px=200),
        Column("fresh_until", view.text("bank.fresh_until"), "date", least_px=140),
        Column("outcome", view.text("bank.outcome"), "badge", least_px=130),
        Column("amount_wan", view.text("bank.amount_wan"), "money_wan"),
    ]
    note = dmc.Text(view.text("bank.stale.note", day=day(view, today)), size="sm")
    return dmc.Stack([note, grid(view, "bank-stale-grid", columns, rows, label=view.text("bank.stale"), height=320)])


def export(view: View, kind: str) -> flask.Response:
    """All decisions of the bank as CSV or XLSX; a text is never a formula."""
    if kind not in MEDIA:
        flask.abort(404)
    columns = decisions.columns(view)
    rows = [decisions.row_of(view, one) for one in book_of(view.state.worker).decided(view.caller.name)[::-1]]
    heads = [column.heading for column in columns]
    cells = [[row[column.key] for column in columns] for row in rows]
    content = (
        csv_bytes(heads, cells) if kind == "csv" else xlsx_bytes([Sheet(view.text("bank.decisions"), heads, cells)])
    )
    view.record("decisions_exported", f"decisions.{kind}", {"rows": len(rows)})
    name = {"content-disposition": f'attachment; filename="decisions.{kind}"'}
    return flask.Response(content, mimetype=MEDIA[kind].partition(";")[0], headers=name)
