"""What the services hold of a firm beside its points: ladder, chain nodes, declarations, quotas that it shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import pandas as pd
from dash import html
from dash.development.base_component import Component

from models.clearance.timeline import STATUS_TEXT
from serving.consents.giving import consents_of
from serving.console.api import Refused
from serving.console.page import as_refused
from serving.console.parts.instants import day, moment
from serving.console.parts.ladder import ladder
from serving.console.parts.portrait import firm_of, value_table
from serving.console.parts.states import empty, refusal_message, section
from serving.console.parts.words import named
from serving.contract.refusals import Refusal
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Ledger
from serving.objections.objections import own_objections

if TYPE_CHECKING:
    from serving.consents.check import ConsentBook
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
            "status": STATUS_TEXT[one["clearance_status"]][lang],
            "declared": moment(view, None if pd.isna(one["declared_at"]) else one["declared_at"]),
            "released": moment(view, None if pd.isna(one["released_at"]) else one["released_at"]),
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
    worker = view.state.worker
    filed = view.run(worker.read(lambda: own_objections(worker.ledger, view.caller)))
    found = [one for one in filed if one.uscc == uscc][::-1]
    title = view.text("portrait.objections")
    if not found:
        return section(title, empty(view.text("portrait.no_objections")))
    rows = [
        {
            "objection": html.A(named(view, one.about), href=view.href(f"/zone/objections/{one.objection_id}")),
            "state": view.text(f"objections.state.{one.state}"),
            "filed": moment(view, one.steps[0]["at"]),
        }
        for one in found
    ]
    keys = ("objection", "state", "filed")
    return section(title, value_table([(key, view.text(f"portrait.column.{key}")) for key in keys], rows))


def shared_quotas(view: View, uscc: str) -> Component:
    """What each bank calculated, where a consent in force lets this office see it; else what is needed."""
    firm_of(view, uscc)
    worker = view.state.worker
    found = view.run(worker.read(lambda: quotas_shared(worker.ledger, uscc, view.caller.name, worker.consents)))
    title = view.text("portrait.quotas")
    if not found:
        return section(title, empty(view.text("portrait.no_shared")))
    banks = {bank["bank_id"]: named(view, bank, "name") for bank in view.api.get("/v1/banks")["banks"]}
    rows = [
        {"bank": banks.get(one["bank_id"], one["bank_id"]), "outcome": view.text(f"outcome.{one['outcome']}.name"),
         "amount": view.text("portrait.money", x=one["quota"]["amount_wan"] or 0), "as_of": day(view, one["as_of"])}
        for one in found
    ]  # fmt: skip
    keys = ("bank", "outcome", "amount", "as_of")
    return section(title, value_table([(key, view.text(f"portrait.column.{key}")) for key in keys], rows))


def quotas_shared(ledger: Ledger, uscc: str, reader: str, book: ConsentBook) -> Sequence[Mapping[str, Any]]:
    """The newest answer of each bank under a consent of the firm, in force, that names ``reader`` as a recipient.

    The consent's scope must hold ``quota``; without such a consent nothing is read.
    """
    newest: dict[str, Mapping[str, Any]] = {}
    for one in consents_of(ledger, uscc, book)["consents"]:
        consent = one["consent"]
        if one["state"] != "in_force" or reader not in consent["recipients"] or "quota" not in consent["scope"]:
            continue
        for record in ledger.find(kind=DECISION, owner=consent["bank_id"], holding=consent["id"]):
            content = record.content
            under = content["request"].get("consent") or {}
            if under.get("id") == consent["id"] and content["request"]["uscc"] == uscc:
                newest[consent["bank_id"]] = content["answer"]
    return list(newest.values())
