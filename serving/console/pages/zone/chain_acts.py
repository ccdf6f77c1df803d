"""What a person does on a node: puts a placement right, and records a step of the campaign for a target firm."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from data.chain.campaigns import ROLES as CAMPAIGN_ROLES
from data.chain.campaigns import STATUSES
from models.chain.pages.findings import code
from serving.console.page import Console, View
from serving.console.parts.states import success_message

ROLES, WRITE = ("zone_officer",), "chain_write"
RIGHT, WRONG = "right", "wrong"
SEPARATOR = "|"
Lists = Mapping[str, Sequence[Mapping[str, Any]] | None]


def register(console: Console) -> None:
    """Add the callbacks of both forms."""

    @console.callback(
        Output("correction-done", "children"), Input("correction-record", "n_clicks"),
        State("correction-item", "value"), State("correction-right", "value"), State("correction-reason", "value"),
        State("correction-node", "data"), roles=ROLES, permission=WRITE,
        running=[(Output("correction-record", "loading"), True, False)],
    )  # fmt: skip
    def correct(
        view: View, _: int, item: str | None, right: str, reason: str | None, node: dict[str, str]
    ) -> Component:
        if not item or not (reason or "").strip():
            return dmc.Alert(view.text("corrections.incomplete"), color="yellow")
        kind, item_id = item.split(SEPARATOR)
        body = correction_body(kind, item_id, node["chain_id"], node["node_id"], reason or "", right=right == RIGHT)
        view.api.post("/v1/placements/corrections", body)
        return success_message(view, view.text(f"corrections.done.{right}", item=item_id))

    @console.callback(
        Output("campaign-done", "children"), Input("campaign-record", "n_clicks"), State("campaign-firm", "value"),
        State("campaign-status", "value"), State("campaign-role", "value"), State("campaign-reason", "value"),
        State("campaign-node", "data"), roles=ROLES, permission=WRITE,
        running=[(Output("campaign-record", "loading"), True, False)],
    )  # fmt: skip
    def step(
        view: View, _: int, firm: str | None, status: str | None, role: str | None, reason: str | None,
        node: dict[str, str],
    ) -> Component:  # fmt: skip
        if not (firm and status and role) or (status == "dropped" and not (reason or "").strip()):
            return dmc.Alert(view.text("campaigns.incomplete"), color="yellow")
        body = {
            "record_id": f"c-{secrets.token_hex(8)}", "firm_id": firm, "status": status, "role": role,
            "reason": (reason or "").strip(), "at": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        view.api.post(f"/v1/chains/{node['chain_id']}/nodes/{node['node_id']}/campaigns", body)
        return success_message(view, view.text("campaigns.done", status=code(status, view.lang)))


def correction_body(
    kind: str, item_id: str, chain_id: str, node_id: str, reason: str, *, right: bool
) -> dict[str, Any]:  # fmt: skip
    """The body of ``POST /v1/placements/corrections`` for a decision of now."""
    return {
        "correction_id": f"p-{secrets.token_hex(8)}", "kind": kind, "item_id": item_id, "chain_id": chain_id,
        "node_id": node_id, "right": right, "at": datetime.now(UTC).isoformat(), "reason": reason.strip()[:500],
    }  # fmt: skip


def correction_form(view: View, chain_id: str, node_id: str, lists: Lists) -> Component:
    """A choice of the node's firms and patents, whether it belongs there, and why."""
    choices = [
        {"value": f"firm{SEPARATOR}{row['firm_id']}", "label": _item(view, row["name"], row["firm_id"], row["band"])}
        for name in ("local_library", "world_library") for row in lists.get(name) or ()
    ]  # fmt: skip
    choices += [
        {
            "value": f"patent{SEPARATOR}{row['publication_number']}",
            "label": _item(view, row.get("title") or "", row["publication_number"], row["band"]),
        }
        for row in lists.get("patents") or ()
    ]
    sides = [{"value": side, "label": view.text(f"corrections.{side}")} for side in (RIGHT, WRONG)]
    return dmc.Stack(
        [
            dmc.Text(view.text("corrections.intro"), size="sm", className="quiet"),
            dmc.Select(id="correction-item", label=view.text("corrections.item"), data=choices, searchable=True,
                       limit=100, nothingFoundMessage=view.text("corrections.no_item")),
            dmc.RadioGroup(dmc.Group([dmc.Radio(label=one["label"], value=one["value"]) for one in sides]),
                           id="correction-right", label=view.text("corrections.decision"), value=RIGHT),
            dmc.TextInput(id="correction-reason", label=view.text("corrections.reason"), required=True,
                          placeholder=view.text("corrections.example")),
            html.Div(dmc.Button(view.text("corrections.record"), id="correction-record")),
            dcc.Store(id="correction-node", data={"chain_id": chain_id, "node_id": node_id}),
            html.Div(id="correction-done", role="status"),
        ]
    )  # fmt: skip


def campaign_form(view: View, chain_id: str, node_id: str, targets: Sequence[Mapping[str, Any]]) -> Component:
    """A choice of the node's target firms, the step, who took it and why."""
    firms = [
        {
            "value": row["firm_id"],
            "label": view.text("suppliers.rank", rank=row["rank"], name=row["name"] or row["firm_id"]),
        }
        for row in targets
    ]
    statuses = [{"value": key, "label": code(key, view.lang)} for key in STATUSES]
    roles = [{"value": key, "label": view.text(f"campaigns.role.{key}")} for key in CAMPAIGN_ROLES]
    fields = [
        dmc.Select(id="campaign-firm", label=view.text("campaigns.firm"), data=firms, searchable=True),
        dmc.Select(id="campaign-status", label=view.text("campaigns.status"), data=statuses),
        dmc.Select(id="campaign-role", label=view.text("campaigns.role"), data=roles),
    ]
    return dmc.Stack(
        [
            dmc.SimpleGrid(fields, cols={"base": 1, "sm": 3}),
            dmc.TextInput(id="campaign-reason", label=view.text("campaigns.reason"),
                          placeholder=view.text("campaigns.example")),
            html.Div(dmc.Button(view.text("campaigns.record"), id="campaign-record")),
            dcc.Store(id="campaign-node", data={"chain_id": chain_id, "node_id": node_id}),
            html.Div(id="campaign-done", role="status"),
        ]
    )  # fmt: skip


def _item(view: View, name: str, number: str, band: str) -> str:
    return view.text("corrections.choice", name=name, number=number, band=code(band, view.lang))
