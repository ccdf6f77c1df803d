"""The bank's decisions: a list that sorts and filters, and one found by its audit number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, no_update
from dash.development.base_component import Component

from serving.console.api import Refused
from serving.console.page import Page
from serving.console.pages.bank.decision_book import Decided, newest
from serving.console.pages.bank.words import ROLE, limited_by, outcome, product, refused, stage
from serving.console.parts.firm_names import firm_words
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import iso_day
from serving.console.parts.states import empty, section

if TYPE_CHECKING:
    from serving.console.page import Console, View

PATH, PERMISSION = "/decisions", "decisions"
BROWSER_ROWS = 500  # of a list that the browser holds whole; the book exports all
MOST_ROWS = 200  # of one block of a longer one


def register(console: Console) -> None:
    """Add the list and its search."""
    console.add(Page(PATH, ROLE, PERMISSION, "bank.decisions", layout, "menu.credit", "replay"))
    console.callback(
        Output("bank-decisions-pages", "getRowsResponse"), Input("bank-decisions-pages", "getRowsRequest"),
        roles=ROLE, permission=PERMISSION,
    )(block)  # fmt: skip

    @console.callback(
        Output("bank-decision-moved", "href"), Output("bank-decision-said", "children"),
        Input("bank-decision-button", "n_clicks"), Input("bank-decision-id", "n_submit"),
        State("bank-decision-id", "value"), roles=ROLE, permission=PERMISSION,
    )  # fmt: skip
    def find(view: View, clicks: int | None, submitted: int | None, audit_id: str | None) -> tuple[Any, Any]:
        """Open the decision of this number, where the bank made it."""
        wanted = (audit_id or "").strip()
        if not wanted or not (clicks or submitted):
            return no_update, no_update
        try:
            read_decision(view, wanted)
        except Refused as refusal:
            return no_update, refused(view, refusal)
        return view.href(f"{PATH}/{wanted}"), no_update


def read_decision(view: View, audit_id: str) -> dict[str, Any]:
    """The decision as the API gives it to its bank; raises Refused."""
    found: dict[str, Any] = view.api.get(f"/v1/decisions/{quote(audit_id, safe='')}")
    return found


def layout(view: View) -> Component:
    """The search by number and the list, the newest first."""
    decided, whole = _newest(view, 0, BROWSER_ROWS)
    search = dmc.Group(
        [
            dmc.TextInput(id="bank-decision-id", label=view.text("bank.audit_id"), flex="1 1 14rem"),
            dmc.Button(view.text("bank.find"), id="bank-decision-button"),
        ],
        align="end",
    )  # fmt: skip
    said = dmc.Box(id="bank-decision-said", **{"aria-live": "polite"})
    moved = dcc.Location(id="bank-decision-moved", refresh=True)
    more: list[Component] = []
    if not decided:
        shown = empty(view.text("bank.decisions.empty"), view.text("bank.inbox"), view.href("/applications"))
    elif whole > BROWSER_ROWS:
        label = view.text("bank.decisions")
        more = [dmc.Text(view.text("bank.decisions.long", count=whole), size="sm")]
        shown = grid(view, "bank-decisions-pages", columns(view), label=label, infinite=True, sortable=False)
    else:
        rows = [row_of(view, one) for one in decided]
        shown = grid(view, "bank-decisions-grid", columns(view), rows, label=view.text("bank.decisions"))
    return dmc.Stack([moved, section(view.text("bank.decisions.find"), search, said), *more, shown])


def block(view: View, request: Mapping[str, Any] | None) -> dict[str, Any]:
    """The rows that the grid wants next, the newest first, and how many there are."""
    given = request or {}
    start = max(0, int(given.get("startRow") or 0))
    decided, whole = _newest(view, start, min(max(int(given.get("endRow") or 0) - start, 0), MOST_ROWS))
    return {"rowData": [row_of(view, one) for one in decided], "rowCount": whole}


def _newest(view: View, after: int, count: int) -> tuple[list[Decided], int]:
    worker, bank_id = view.state.worker, view.caller.name
    return view.run(worker.read(lambda: newest(worker, bank_id, after, count)))


def row_of(view: View, one: Decided) -> dict[str, Any]:
    """One decision as a row; amounts in 10,000 yuan."""
    return {
        "id": one.audit_id,
        "href": view.href(f"{PATH}/{one.audit_id}"),
        "day": iso_day(one.recorded_at),
        "uscc": one.uscc,
        "enterprise": firm_words(view, one.uscc),
        "outcome": outcome(view, one.outcome),
        "requested_wan": one.requested_wan,
        "amount_wan": one.amount_wan,
        "limited_by": limited_by(view, one.limited_by),
        "pd_12m": one.pd_12m,
        "points": one.points,
        "stage": stage(view, one.growth_stage),
        "product": product(view, one.product),
        "policy": one.policy,
    }


def columns(view: View) -> list[Column]:
    """The columns of the list."""
    return [
        Column("id", view.text("bank.audit_id"), link="href", least_px=250),
        Column("day", view.text("bank.decided_at"), "date", least_px=140),
        Column("enterprise", view.text("bank.enterprise"), least_px=200),
        Column("outcome", view.text("bank.outcome"), "badge", least_px=130),
        Column("requested_wan", view.text("bank.requested_wan"), "money_wan", least_px=140),
        Column("amount_wan", view.text("bank.amount_wan"), "money_wan"),
        Column("limited_by", view.text("bank.limited_by"), least_px=160),
        Column("pd_12m", view.text("bank.pd"), "share", decimals=2),
        Column("points", view.text("bank.points_column"), "number", decimals=1, least_px=90),
        Column("stage", view.text("bank.stage"), least_px=100),
        Column("product", view.text("bank.product"), least_px=130),
        Column("policy", view.text("bank.policy_version"), least_px=150),
    ]
