"""One application to several banks: what is needed, to whom, what each bank may use; consent in words before it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc
from dash.development.base_component import Component

from serving.console.page import Console, Page, View
from serving.console.pages.enterprise.consents import bank_name, banks_of
from serving.console.pages.enterprise.indications import need_body, need_fields, need_states
from serving.console.parts.consents import bank_boxes, consent_words, share_boxes
from serving.console.parts.instants import day
from serving.console.parts.states import section

ROLES = ("enterprise",)


def layout(view: View) -> Component:
    """The form; nothing is ticked beforehand but banks that the address names."""
    banks = banks_of(view)
    chosen = view.query.get("banks", "").split(",")
    parts: list[Any] = [
        dmc.Alert(view.text("applying.note"), color="blue"),
        section(
            view.text("need.title"), dmc.SimpleGrid(need_fields(view, "applying"), cols={"base": 1, "sm": 2, "lg": 4})
        ),
        section(view.text("applying.banks"), bank_boxes(view, "applying-banks", list(banks.values()), chosen)),
        section(view.text("applying.share"), share_boxes(view, "applying-share")),
        section(
            view.text("applying.consent"),
            dmc.Paper(dmc.Text(view.text("applying.words.none")), id="applying-words", withBorder=True, p="md"),
            dmc.Checkbox(id="applying-agreed", label=view.text("applying.agree"), checked=False),
            dmc.Group([dmc.Button(view.text("applying.send"), id="applying-send", disabled=True)]),
            dcc.Store(id="applying-request", data=f"console-{secrets.token_hex(12)}"),
        ),
    ]
    return dmc.Box(dmc.Stack(parts), id="applying")


def words(
    view: View, banks: list[str] | None, share: list[str] | None, product: str, purpose: str, agreed: bool | None
) -> tuple[Component, bool]:
    """The consent as it would be given with the application, and whether it cannot be sent yet."""
    if not banks or not share:
        return dmc.Text(view.text("applying.words.none")), True
    known = banks_of(view)
    end = datetime.now(UTC) + timedelta(days=view.state.worker.params.bank_application_valid_days)
    names = [bank_name(view, known, bank) for bank in banks]
    return consent_words(view, names, share, [product], [purpose], day(view, end.isoformat())), not agreed


def send(
    view: View, _clicks: int | None, banks: list[str], share: list[str], agreed: bool | None, request_id: str,
    *need: Any,
) -> Component:  # fmt: skip
    """Apply; each bank gets a bank application of its own, with a consent of exactly these scopes."""
    if not agreed:
        return dmc.Alert(view.text("applying.agree.missing"), color="yellow")
    body = {"request_id": request_id, "banks": banks, "share": share, **need_body(*need)}
    made, known = view.api.post("/v1/applications", body)["bank_applications"], banks_of(view)
    lines = [
        dmc.ListItem(
            dmc.Anchor(
                view.text("applying.sent.to", bank=bank_name(view, known, one["bank_id"])),
                href=view.href(f"/applications/{one['bank_application_id']}"), refresh=True,
            )
        )
        for one in made
    ]  # fmt: skip
    done = dmc.Alert(view.text("applying.sent", count=len(made)), color="green")
    back = dmc.Anchor(view.text("applying.sent.all"), href=view.href("/applications"), refresh=True)
    return dmc.Stack([done, dmc.List(lines), back])


def register(console: Console) -> None:
    """Add the page and its callbacks."""
    console.add(Page("/applications/new", ROLES, "apply", "applying.title", layout, "menu.credit", "bank"))
    console.callback(
        Output("applying-words", "children"), Output("applying-send", "disabled"), Input("applying-banks", "value"),
        Input("applying-share", "value"), Input("applying-product", "value"), Input("applying-purpose", "value"),
        Input("applying-agreed", "checked"), roles=ROLES, permission="apply", prevent_initial_call=False,
    )(words)  # fmt: skip
    console.callback(
        Output("applying", "children"), Input("applying-send", "n_clicks"), State("applying-banks", "value"),
        State("applying-share", "value"), State("applying-agreed", "checked"), State("applying-request", "data"),
        *need_states("applying"), roles=ROLES, permission="apply",
        running=[(Output("applying-send", "loading"), True, False)],
    )(send)  # fmt: skip
