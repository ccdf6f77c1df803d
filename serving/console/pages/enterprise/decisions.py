"""A decision of a bank about the enterprise, with its reasons, each of which it may object to."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from serving.console.page import Console, Page, View
from serving.console.pages.enterprise.consents import bank_name, banks_of
from serving.console.pages.enterprise.held import objection_link, table
from serving.console.parts.instants import moment
from serving.console.parts.objections import all_of
from serving.console.parts.states import empty, section
from serving.console.parts.words import named

ROLES = ("enterprise",)


def layout(view: View) -> Component:
    """Bank, result in words, every reason, what may be done about it."""
    found = view.api.get(f"/v1/decisions/{view.params['audit_id']}")
    answer = found["answer"]
    bank = bank_name(view, banks_of(view), answer["bank_id"])
    head = [
        dmc.Text(view.text("decisions.head", bank=bank, when=moment(view, found["recorded_at"])), className="quiet"),
        dmc.Alert(named(view, answer, "summary"), title=view.text(f"decisions.outcome.{answer['outcome']}")),
    ]
    parts: list[Any] = [*head, section(view.text("decisions.reasons"), _reasons(view, found))]
    if answer["advice"]:
        lines = [dmc.ListItem(named(view, one, "text")) for one in answer["advice"]]
        parts.append(section(view.text("decisions.advice"), dmc.List(lines)))
    return dmc.Stack(parts)


def _reasons(view: View, found: dict[str, Any]) -> Component:
    reasons = found["answer"]["reasons"]
    if not reasons:
        return empty(view.text("decisions.reasons.none"))
    opened = {
        one.about["key"]: one.objection_id for one in all_of(view) if one.is_open and one.about["kind"] == "reason"
    }
    body = []
    for number, reason in enumerate(reasons):
        words = named(view, reason, "text")
        held = opened.get(f"{found['audit_id']}:{number}")
        link = objection_link(view, words, held, kind="reason", decision=found["audit_id"], number=number)
        body.append(html.Tr([html.Th(words, scope="row"), html.Td(link)]))
    return table([view.text("decisions.col.reason"), view.text("held.col.objection")], body)


def register(console: Console) -> None:
    """Add the page."""
    console.add(Page("/decisions/{audit_id}", ROLES, "decisions", "decisions.title", layout))
