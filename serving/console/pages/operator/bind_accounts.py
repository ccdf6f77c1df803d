"""Accounts that somebody made or reset and another person binds to the enterprise, bank or zone they act for."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, html
from dash.development.base_component import Component

from serving.auth.access import ZONE_SIDE, holder_name
from serving.console.account_tables import StoredAccount
from serving.console.accounts import ZONE_NAME, ZONE_ROLES, Accounts
from serving.console.page import Console, Page, View, Waiting
from serving.console.pages.operator.words import caller_words, person_words, reason_input
from serving.console.parts.bank_names import caller_field, caller_of
from serving.console.parts.instants import moment
from serving.console.parts.states import empty, section, success_message


def register(console: Console) -> None:
    """Add the page, its callback, and what waits for zone officers."""
    console.add(Page("/binding", ZONE_SIDE, "", "operator.binding", layout, "menu.system", "account"))
    console.callback(
        Output("binding-result", "children"), Output("binding-account", "data"), Output("binding-account", "value"),
        Output("binding-reason", "value"), Input("binding-bind", "n_clicks"), State("binding-account", "value"),
        State("binding-caller", "value"), State("binding-reason", "value"), roles=ZONE_SIDE,
        running=[(Output("binding-bind", "loading"), True, False)],
    )(bind)  # fmt: skip
    console.waiting("zone_officer", waiting)


def to_bind(view: View) -> tuple[list[StoredAccount], list[StoredAccount]]:
    """The accounts that this person may bind, and those that another has to."""
    found = [one for one in Accounts(view.state.worker.ledger).every() if one.state == "to_bind"]
    own = [one for one in found if holder_name(one.password_by) == holder_name(view.caller.holder)]
    return [one for one in found if one not in own], own


def layout(view: View) -> Component:
    """The form, or that nothing waits."""
    mine, others = to_bind(view)
    parts: list[Any] = [dmc.Text(view.text("operator.binding.note"), className="quiet")]
    if mine:
        form = [
            dmc.Select(id="binding-account", label=view.text("operator.binding.account"), data=_choices(view, mine),
                       withAsterisk=True, allowDeselect=False),
            caller_field(view, "binding-caller", view.text("operator.binding.caller"),
                         view.text("operator.binding.caller.note")),
            reason_input(view, "binding-reason"),
            html.Div(id="binding-result", role="status"),
            dmc.Group([dmc.Button(view.text("operator.bind"), id="binding-bind")]),
        ]  # fmt: skip
        parts.append(section(view.text("operator.binding.title", count=len(mine)), *form))
    else:
        parts.append(empty(view.text("operator.binding.none")))
    if others:
        names = [html.Li(_line(view, one)) for one in others]
        parts.append(section(view.text("operator.binding.others"), html.Ul(names)))
    return dmc.Stack(parts)


def bind(view: View, clicks: int, account_id: str, caller_name: str, reason: str) -> Any:
    """Bind the account that was chosen."""
    accounts = Accounts(view.state.worker.ledger)
    acts_for = caller_of(view, caller_name, ZONE_NAME)
    bound = accounts.bind(account_id or "", acts_for, view.caller, reason or "")
    words = view.text("operator.bound", name=bound.sign_in_name, caller=caller_words(view, bound.caller_name))
    return success_message(view, words), _choices(view, to_bind(view)[0]), None, ""


def waiting(view: View) -> list[Waiting]:
    """Accounts that this officer may bind."""
    return [Waiting(view.text("operator.waiting.bind"), len(to_bind(view)[0]), view.href("/binding"))]


def _choices(view: View, accounts: list[StoredAccount]) -> list[dict[str, str]]:
    return [{"value": one.account_id, "label": _line(view, one)} for one in accounts]


def _line(view: View, one: StoredAccount) -> str:
    wanted = "" if one.role in ZONE_ROLES else one.caller_name
    before = view.text("operator.binding.before", caller=caller_words(view, wanted)) if wanted else ""
    return view.text(
        "operator.binding.line", holder=one.holder, role=view.text(f"role.{one.role}"),
        by=person_words(view, one.password_by), day=moment(view, one.made_at), before=before,
    )  # fmt: skip
