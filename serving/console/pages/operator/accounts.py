"""The operator's list of accounts, the form that makes one, and one account with what may be done to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from serving.auth.access import ROLES
from serving.console.account_tables import StoredAccount
from serving.console.accounts import Accounts
from serving.console.acts import CONSOLE_ACT
from serving.console.page import Console, Page, View, Waiting
from serving.console.pages.operator.words import caller_words, person_words, reason_input, reason_words, shown_once
from serving.console.parts.forms import confirm_button
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import iso_day, moment
from serving.console.parts.states import badge, empty, fact_cards, section, success_message

ROLE, PERMISSION = ("operator",), "accounts"
COLOURS = {"active": "green", "to_bind": "yellow", "disabled": "gray"}
LOCKED = "locked_out"
LATEST = 100  # acts of an account that are listed


def register(console: Console) -> None:
    """Add both pages and their callbacks."""
    console.add(
        Page("/operator/accounts", ROLE, PERMISSION, "operator.accounts", layout, "menu.system", "account"),
        Page("/operator/accounts/{account_id}", ROLE, PERMISSION, "operator.account", one_account),
    )
    console.callback(
        Output("accounts-made", "children"), Output("accounts-grid", "rowData"), Input("accounts-make", "n_clicks"),
        State("accounts-name", "value"), State("accounts-role", "value"), State("accounts-holder", "value"),
        State("accounts-reason", "value"), roles=ROLE, permission=PERMISSION,
        running=[(Output("accounts-make", "loading"), True, False)],
    )(make)  # fmt: skip
    result = Output("account-result", "children")
    of_one = (State("account-id", "data"), State("account-reason", "value"))
    for act, trigger in (("disable", "submit_n_clicks"), ("enable", "submit_n_clicks"), ("reset", "submit_n_clicks")):
        console.callback(
            Output("account-result", "children", allow_duplicate=True), Input(f"account-{act}", trigger), *of_one,
            roles=ROLE, permission=PERMISSION,
        )({"disable": disable, "enable": enable, "reset": reset}[act])  # fmt: skip
    console.callback(
        result, Input("account-change-role", "submit_n_clicks"), State("account-new-role", "value"), *of_one,
        roles=ROLE, permission=PERMISSION,
    )(change_role)  # fmt: skip
    console.waiting("operator", waiting)


def accounts_of(view: View) -> Accounts:
    """The accounts of the service's store."""
    return Accounts(view.state.worker.ledger)


def layout(view: View) -> Component:
    """Every account, and the form that makes another."""
    columns = [
        Column("name", view.text("operator.sign_in_name"), link="href", least_px=140),
        Column("holder", view.text("operator.holder"), least_px=160),
        Column("role", view.text("operator.role"), least_px=130),
        Column("caller", view.text("operator.acts_for"), least_px=240),
        Column("state", view.text("operator.state"), "badge"),
        Column("seen", view.text("operator.last_signed_in"), "date"),
    ]
    table = grid(view, "accounts-grid", columns, rows_of(view), label=view.text("operator.accounts"), height=420)
    form = [
        dmc.Text(view.text("operator.make.note"), className="quiet"),
        dmc.SimpleGrid(
            [
                dmc.TextInput(id="accounts-name", label=view.text("operator.sign_in_name"), withAsterisk=True,
                              autoComplete="off"),
                dmc.Select(id="accounts-role", label=view.text("operator.role"), withAsterisk=True,
                           data=role_choices(view), allowDeselect=False),
                dmc.TextInput(id="accounts-holder", label=view.text("operator.holder"), withAsterisk=True,
                              description=view.text("operator.holder.note"), autoComplete="off"),
            ],
            cols={"base": 1, "sm": 3}, style={"alignItems": "end"},
        ),
        reason_input(view, "accounts-reason"),
        html.Div(id="accounts-made", role="status"),
        dmc.Group([dmc.Button(view.text("operator.make"), id="accounts-make")]),
    ]  # fmt: skip
    return dmc.Stack([table, section(view.text("operator.make.title"), *form)])


def role_choices(view: View) -> list[dict[str, str]]:
    """The roles as a list to choose from."""
    return [{"value": role, "label": view.text(f"role.{role}")} for role in ROLES]


def rows_of(view: View) -> list[dict[str, Any]]:
    """A row of the list for each account."""
    return [
        {
            "id": one.account_id,
            "name": one.sign_in_name,
            "href": view.href(f"/operator/accounts/{one.account_id}"),
            "holder": one.holder,
            "role": view.text(f"role.{one.role}"),
            "caller": caller_words(view, one.caller_name),
            "state": view.text(f"operator.state.{one.state}"),
            "seen": iso_day(one.signed_in_at),
        }
        for one in accounts_of(view).every()
    ]


def make(view: View, clicks: int, name: str, role: str, holder: str, reason: str) -> Any:
    """Make an account and show its first password, this once."""
    made, password = accounts_of(view).make(name or "", role or "", holder or "", view.caller, reason or "")
    shown = shown_once(view, view.text("operator.made", name=made.sign_in_name), password, "operator.made.next")
    return shown, rows_of(view)


def one_account(view: View) -> Component:
    """One account: what it is, what may be done to it, and what happened."""
    account = accounts_of(view).find(view.params["account_id"])
    facts = [
        (view.text("operator.sign_in_name"), account.sign_in_name, None),
        (view.text("operator.holder"), account.holder, view.text(f"role.{account.role}")),
        (view.text("operator.acts_for"), caller_words(view, account.caller_name), None),
        (view.text("operator.last_signed_in"), moment(view, account.signed_in_at), None),
    ]
    return dmc.Stack(
        [
            dcc.Store(id="account-id", data=account.account_id),
            dmc.Group([badge(view.text(f"operator.state.{account.state}"), COLOURS[account.state])]),
            fact_cards(facts),
            html.Div(id="account-result", role="status"),
            _acts(view, account),
            section(view.text("operator.history"), history(view, account.account_id)),
            dmc.Anchor(view.text("operator.accounts.back"), href=view.href("/operator/accounts"), refresh=True),
        ]
    )


def _acts(view: View, account: StoredAccount) -> Component:
    if account.account_id == view.account.account_id:
        return empty(view.text("operator.own_account"), view.text("operator.own_account.action"), view.href("/account"))
    question = {"name": account.sign_in_name}
    buttons = [
        confirm_button("account-disable", view.text("operator.disable"), view.text("operator.disable.sure", **question),
                       "red"),
        confirm_button("account-enable", view.text("operator.enable"), view.text("operator.enable.sure", **question),
                       "blue"),
        confirm_button("account-reset", view.text("operator.reset"), view.text("operator.reset.sure", **question),
                       "blue"),
    ]  # fmt: skip
    shown = [button for button, fits in zip(buttons, (not account.disabled, True, True), strict=True) if fits]
    hidden = [html.Div(button, hidden=True) for button in buttons if button not in shown]
    bind = [dmc.Anchor(view.text("operator.to_binding"), href=view.href("/binding"), refresh=True)]
    role = dmc.Group(
        [
            dmc.Select(id="account-new-role", label=view.text("operator.new_role"), data=role_choices(view),
                       value=account.role, allowDeselect=False),
            confirm_button("account-change-role", view.text("operator.change_role"),
                           view.text("operator.change_role.sure", **question), "blue"),
        ],
        align="end",
    )  # fmt: skip
    return section(
        view.text("operator.acts"),
        *(bind if account.state == "to_bind" else []),
        reason_input(view, "account-reason"),
        dmc.Group([*shown, *hidden]),
        role,
    )


def disable(view: View, clicks: int, account_id: str, reason: str) -> Component:
    """Disable the account of the page."""
    found = accounts_of(view).disable(account_id, view.caller, reason or "")
    return success_message(view, view.text("operator.disabled", name=found.sign_in_name))


def enable(view: View, clicks: int, account_id: str, reason: str) -> Component:
    """Enable the account of the page, and end a wait after wrong passwords."""
    found = accounts_of(view).enable(account_id, view.caller, reason or "")
    return success_message(view, view.text("operator.enabled", name=found.sign_in_name))


def reset(view: View, clicks: int, account_id: str, reason: str) -> Component:
    """Give the account of the page a new first password, shown this once."""
    accounts = accounts_of(view)
    password = accounts.reset(account_id, view.caller, reason or "")
    name = accounts.find(account_id).sign_in_name
    return shown_once(view, view.text("operator.made", name=name), password, "operator.made.next")


def change_role(view: View, clicks: int, role: str, account_id: str, reason: str) -> Component:
    """Give the account of the page another role; somebody else binds it."""
    found = accounts_of(view).change_role(account_id, role or "", view.caller, reason or "")
    words = view.text("operator.role_changed", name=found.sign_in_name, role=view.text(f"role.{found.role}"))
    return success_message(view, words)


def history(view: View, account_id: str) -> Component:
    """What was done to an account and who signed in with it, the newest first."""
    records = view.state.worker.ledger.find(kind=CONSOLE_ACT, subject=account_id)[-LATEST:][::-1]
    rows = [
        {
            "id": str(record.seq),
            "at": moment(view, record.recorded_at),
            "act": view.text(f"operator.act.{record.content['act']}"),
            "by": person_words(view, record.content["holder"]) or view.text("operator.nobody"),
            "reason": reason_words(view, record.content.get("reason", "")),
        }
        for record in records
    ]
    columns = [
        Column("at", view.text("operator.when"), least_px=185),
        Column("act", view.text("operator.what"), least_px=150),
        Column("by", view.text("operator.who"), least_px=150),
        Column("reason", view.text("operator.reason"), least_px=200),
    ]
    return grid(view, "account-history", columns, rows, label=view.text("operator.history"), height=320)


def waiting(view: View) -> Sequence[Waiting]:
    """Accounts that this person may bind, and names that had to wait after wrong passwords today."""
    to_bind = [
        one for one in accounts_of(view).every() if one.state == "to_bind" and one.password_by != view.caller.holder
    ]
    today = view.state.worker.params.today().isoformat()
    records = view.state.worker.ledger.find(kind=CONSOLE_ACT, owner="console", holding=(f'"{LOCKED}"',))
    locked = {record.subject for record in records if (iso_day(record.recorded_at) or "") >= today}
    return [
        Waiting(view.text("operator.waiting.bind"), len(to_bind), view.href("/binding")),
        Waiting(view.text("operator.waiting.locked"), len(locked), view.href("/operator/accounts")),
    ]
