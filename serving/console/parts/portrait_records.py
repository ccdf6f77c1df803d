"""What the services hold of a firm beside its points: ladder, chain nodes, declarations, quotas that it shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dash_mantine_components as dmc
import pandas as pd
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from models.clearance.timeline import STATUS_TEXT
from serving.consents.zone import zone_consent_of
from serving.console.api import Refused
from serving.console.page import as_refused
from serving.console.parts.bank_names import bank_name
from serving.console.parts.chart import chart
from serving.console.parts.instants import NOTHING, day, iso_day, moment, recorded
from serving.console.parts.ladder import ladder
from serving.console.parts.objections import all_of
from serving.console.parts.portrait import firm_of, value_table
from serving.console.parts.states import empty, refusal_message, section
from serving.console.parts.words import broken, capital, named
from serving.contract.refusals import Refusal
from serving.decide.bank_quotas import BankQuota, bank_quotas

if TYPE_CHECKING:
    from serving.console.page import View

NEWEST = 10


def ladder_of(view: View, uscc: str) -> Component:
    """The tier that the firm has, what leads to the next one, and how it stands on every rule."""
    firm_of(view, uscc)
    try:
        return ladder(view, view.api.get(f"/v1/firms/{uscc}/ladder"), "portrait.ladder")
    except Refused as refused:
        return section(view.text("portrait.ladder"), refusal_message(view, refused))


def nodes(view: View, uscc: str) -> Component:
    """Where the firm is put on the industry chains."""
    words = firm_of(view, uscc).words
    title = view.text("portrait.nodes")
    try:
        placed = view.api.post("/v1/placements", {"uscc": uscc})["placements"]
    except Refused as refused:
        if refused.status == 404:
            return section(title, empty(view.text("portrait.no_nodes")))
        return section(title, refusal_message(view, refused))
    shown = [one for one in placed if one["band"] != "not_placed"]
    if not shown:
        return section(title, empty(view.text("portrait.no_nodes")))
    rows = [
        {"node": html.A(words.name("chain", f"{one['chain_id']}/{one['node_id']}"),
                        href=view.href(f"/chains/{one['chain_id']}/nodes/{one['node_id']}")),
         "band": view.text(f"portrait.band.{one['band']}"),
         "probability": view.text("portrait.share", x=one["probability"]), "evidence": one["evidence"] or "–",
         "corrected": view.text("portrait.corrected" if one["corrected"] else "portrait.by_model")}
        for one in shown
    ]  # fmt: skip
    keys = ("node", "band", "probability", "evidence", "corrected")
    return section(title, value_table([(key, view.text(f"portrait.column.{key}")) for key in keys], rows))


def matched_demands(view: View, uscc: str) -> Component:
    """Open demands that the firm could serve; the list is recorded, so it is made when somebody asks for it."""
    firm_of(view, uscc)
    answer = view.api.post("/v1/match/demands", {"uscc": uscc, "count": NEWEST})
    note = dmc.Text(answer["note_zh" if view.lang == "zh" else "note_en"], size="sm", className="quiet")
    if not answer["demands"]:
        return dmc.Stack([note, empty(view.text("portrait.no_demands"))])
    rows = [
        {"title": one["title"], "probability": view.text("portrait.share", x=one["probability"]),
         "budget": "–" if one["budget_wan"] is None else view.text("portrait.money", x=one["budget_wan"]),
         "deadline": day(view, one["deadline"]), "district": one["district"] or "–"}
        for one in answer["demands"]
    ]  # fmt: skip
    keys = ("title", "probability", "budget", "deadline", "district")
    return dmc.Stack([note, value_table([(key, view.text(f"portrait.column.{key}")) for key in keys], rows)])


def declarations(view: View, uscc: str) -> Component:
    """The newest declarations in which the firm is party or agent."""
    firm_of(view, uscc)
    title = view.text("portrait.declarations")
    if view.state.clearance is None or "clearance" not in view.caller.permissions:
        return section(title, empty(view.text("portrait.no_clearance")))
    try:
        found = view.state.clearance.declarations(uscc).declarations
    except Refusal as refusal:
        return section(title, refusal_message(view, as_refused(refusal)))
    if found.empty:
        return section(title, empty(view.text("portrait.no_declarations")))
    newest = found.sort_values(["declared_at", "declaration_id"], ascending=[False, True], na_position="last")
    lang = 0 if view.lang == "zh" else 1
    rows = [
        {
            "number": html.A(one["declaration_id"], href=view.href(f"/clearance/declarations/{one['declaration_id']}")),
            "status": capital(STATUS_TEXT[one["clearance_status"]][lang]),
            "declared": recorded(view, None if pd.isna(one["declared_at"]) else one["declared_at"]),
            "released": recorded(view, None if pd.isna(one["released_at"]) else one["released_at"]),
        }
        for one in newest.head(NEWEST).to_dict("records")
    ]
    keys = ("number", "status", "declared", "released")
    shown = value_table([(key, view.text(f"portrait.column.{key}")) for key in keys], rows)
    count = view.text("portrait.newest", shown=len(rows), count=len(found))
    return section(title, dmc.Text(count, size="sm", className="quiet"), shown)


def objections(view: View, uscc: str) -> Component:
    """What the firm objects to, the newest first, each linked to the officer's page of it."""
    firm_of(view, uscc)
    found = [one for one in all_of(view) if one.uscc == uscc][::-1]
    title = view.text("portrait.objections")
    if not found:
        return section(title, empty(view.text("portrait.no_objections")))
    rows = [
        {
            "objection": html.A(
                capital(named(view, one.about)), href=view.href(f"/zone/objections/{one.objection_id}")
            ),
            "state": view.text(f"objections.state.{one.state}"),
            "filed": moment(view, one.steps[0]["at"]),
        }
        for one in found
    ]
    keys = ("objection", "state", "filed")
    return section(title, value_table([(key, view.text(f"portrait.column.{key}")) for key in keys], rows))


def shared_quotas(view: View, uscc: str) -> Component:
    """What each bank calculated, where a consent of the firm in force lets the zone see it; else what is needed.

    That it was read is recorded first, for the firm to see; nothing is read once the consent is revoked.
    """
    firm_of(view, uscc)
    view.caller.need("firms", "zone_officer")
    worker, title = view.state.worker, view.text("portrait.quotas")
    consent = view.run(worker.read(lambda: zone_consent_of(worker.ledger, uscc, worker.consents)))
    if consent is None:
        return section(title, empty(view.text("portrait.no_shared")))
    try:
        view.run(worker.record_quotas_seen(consent, view.caller.holder))
    except Refusal as refusal:
        return section(title, refusal_message(view, as_refused(refusal)))
    found = view.run(worker.read(lambda: bank_quotas(worker.ledger, uscc, dt.datetime.now(dt.UTC))))
    until = view.text("portrait.shared_until", until=day(view, consent.expires_at))
    note = dmc.Text(until, size="sm", className="quiet")
    shown = _quotas_by_bank(view, found) if found else [empty(view.text("portrait.no_results"))]
    return section(title, note, *shown)


def _quotas_by_bank(view: View, found: Sequence[BankQuota]) -> list[Component]:
    """The amounts as bars, the largest first, and every result as a row."""
    found = sorted(found, key=lambda one: -one.amount_wan)
    rows = [
        {"bank": bank_name(view, one.bank_id), "basis": view.text(f"portrait.basis.{one.source}"),
         "outcome": _outcome(view, one.outcome), "amount": view.text("portrait.money", x=one.amount_wan),
         "on": day(view, one.recorded_at), "valid_until": _until(view, one)}
        for one in found
    ]  # fmt: skip
    columns = [(key, view.text(f"portrait.column.{key}")) for key in rows[0]]
    figure = go.Figure(
        go.Bar(
            y=[broken(view, row["bank"]) for row in rows], x=[one.amount_wan for one in found], orientation="h",
            text=[f"{one.amount_wan:,.0f}" for one in found], textposition="outside", cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    most = max(one.amount_wan for one in found)
    figure.update_xaxes(title=view.text("portrait.axis_wan"), range=[0, 1.2 * most or 1])
    picture = chart(view, figure, view.text("portrait.quotas_picture"), columns, rows, height=110 + 44 * len(rows))
    return [picture, value_table(columns, rows)]


def _outcome(view: View, key: str) -> str:
    return capital(view.text("portrait.outcome.approved" if key == "approved" else f"outcome.{key}.name"))


def _until(view: View, one: BankQuota) -> str:
    """The last day of a result, and whether it is past on the day of the service, by which quotas are calculated.

    What a person decided runs by the calendar, and is here only until it ends.
    """
    value = one.valid_until
    if value is None:
        return NOTHING
    last = value[:10] if len(value) == 10 else str(iso_day(value))
    is_past = one.source != "override" and last < view.state.worker.service.clock.today().isoformat()
    return view.text("portrait.quota_over", day=day(view, last)) if is_past else day(view, last)
