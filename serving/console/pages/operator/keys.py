"""API keys: the list without secrets, and the forms that issue, rotate and end them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, html
from dash.development.base_component import Component

from serving.console.accounts import ZONE_NAME
from serving.console.key_acts import GRACE_HOURS, ISSUED_ROLES, LONGEST_DAYS, KeyActs
from serving.console.page import Console, Page, View
from serving.console.pages.operator.words import caller_words, reason_input, shown_once
from serving.console.parts.bank_names import caller_field, caller_of
from serving.console.parts.forms import confirm_button
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import iso_day
from serving.console.parts.states import section, success_message

ROLE, PERMISSION = ("operator",), "accounts"
USUAL_DAYS = 90


def register(console: Console) -> None:
    """Add the page and its callbacks."""
    console.add(Page("/operator/keys", ROLE, PERMISSION, "operator.keys", layout, "menu.system", "key"))
    rows = (
        Output("keys-grid", "rowData", allow_duplicate=True), Output("keys-key", "data", allow_duplicate=True),
        Output("keys-key", "value", allow_duplicate=True),
    )  # fmt: skip
    console.callback(
        Output("keys-issued", "children"), *rows, Input("keys-issue", "n_clicks"), State("keys-role", "value"),
        State("keys-caller", "value"), State("keys-holder", "value"), State("keys-days", "value"),
        State("keys-reason", "value"), roles=ROLE, permission=PERMISSION,
        running=[(Output("keys-issue", "loading"), True, False)],
    )(issue)  # fmt: skip
    for act, function in (("rotate", rotate), ("end", end)):
        console.callback(
            Output("keys-changed", "children", allow_duplicate=True), *rows, Input(f"keys-{act}", "submit_n_clicks"),
            State("keys-key", "value"), State("keys-why", "value"), roles=ROLE, permission=PERMISSION,
        )(function)  # fmt: skip


def layout(view: View) -> Component:
    """Every key, the form of a new one, and the form that rotates or ends one."""
    columns = [
        Column("id", view.text("operator.keys.id")),
        Column("caller", view.text("operator.acts_for"), least_px=180),
        Column("role", view.text("operator.role"), least_px=130),
        Column("holder", view.text("operator.keys.holder"), least_px=160),
        Column("ends", view.text("operator.keys.ends"), "date", least_px=130),
        Column("state", view.text("operator.state"), "badge"),
    ]
    rows = rows_of(view)
    roles = [{"value": role, "label": view.text(f"role.{role}")} for role in ISSUED_ROLES]
    issue_form = [
        dmc.Text(view.text("operator.keys.note"), className="quiet"),
        dmc.SimpleGrid(
            [
                dmc.Select(id="keys-role", label=view.text("operator.role"), data=roles, value="bank",
                           allowDeselect=False, withAsterisk=True),
                caller_field(view, "keys-caller", view.text("operator.acts_for"),
                             view.text("operator.keys.caller.note"), zone=True),
                dmc.TextInput(id="keys-holder", label=view.text("operator.keys.holder"), withAsterisk=True,
                              description=view.text("operator.keys.holder.note"), autoComplete="off"),
                dmc.NumberInput(id="keys-days", label=view.text("operator.keys.days"), value=USUAL_DAYS, min=1,
                                max=LONGEST_DAYS, allowDecimal=False, withAsterisk=True),
            ],
            cols={"base": 1, "sm": 2, "lg": 4}, style={"alignItems": "end"},
        ),
        reason_input(view, "keys-reason"),
        html.Div(id="keys-issued", role="status"),
        dmc.Group([dmc.Button(view.text("operator.keys.issue"), id="keys-issue")]),
    ]  # fmt: skip
    change_form = [
        dmc.Select(id="keys-key", label=view.text("operator.keys.key"), data=choices(rows), searchable=True,
                   withAsterisk=True),
        reason_input(view, "keys-why"),
        html.Div(id="keys-changed", role="status"),
        dmc.Group(
            [
                confirm_button("keys-rotate", view.text("operator.keys.rotate"),
                               view.text("operator.keys.rotate.sure", hours=GRACE_HOURS), "blue"),
                confirm_button("keys-end", view.text("operator.keys.end"), view.text("operator.keys.end.sure"), "red"),
            ]
        ),
    ]  # fmt: skip
    return dmc.Stack(
        [
            grid(view, "keys-grid", columns, rows, label=view.text("operator.keys"), height=380),
            section(view.text("operator.keys.issue"), *issue_form),
            section(view.text("operator.keys.change"), *change_form),
        ]
    )


def rows_of(view: View) -> list[dict[str, Any]]:
    """A row of the list for each key; secrets are stored nowhere."""
    worker = view.state.worker
    now, rows = datetime.now(UTC), []
    for caller, ends in KeyActs(worker.ledger).ring.every():
        live = ends is None or datetime.fromisoformat(ends) > now
        rows.append(
            {
                "id": caller.key_id,
                "caller": caller_words(view, caller.name),
                "role": view.text(f"role.{caller.role}"),
                "holder": caller.holder,
                "ends": iso_day(ends),
                "state": view.text("operator.keys.live" if live else "operator.keys.over"),
                "live": live,
            }
        )
    return rows


def choices(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The keys in use, to choose from."""
    live = [row for row in rows if row["live"]]
    return [{"value": row["id"], "label": f"{row['id']} · {row['caller']} · {row['holder']}"} for row in live]


def _again(view: View) -> tuple[list[dict[str, Any]], list[dict[str, str]], None]:
    """The list and what there is to choose from, after a change; nothing is chosen."""
    rows = rows_of(view)
    return rows, choices(rows), None


def issue(view: View, clicks: int, role: str, caller: str, holder: str, days: float | str, reason: str) -> Any:
    """Issue a key and show it, this once."""
    given = float(days) if isinstance(days, int | float) else 0.0
    acts = KeyActs(view.state.worker.ledger)
    key = acts.issue(caller_of(view, caller, ZONE_NAME), role or "", holder or "", (), given, view.caller, reason or "")
    return shown_once(view, view.text("operator.keys.issued"), key, "operator.keys.issued.next"), *_again(view)


def rotate(view: View, clicks: int, key_id: str, reason: str) -> Any:
    """Issue the successor of a key and show it, this once."""
    key = KeyActs(view.state.worker.ledger).rotate(key_id or "", view.caller, reason or "")
    return shown_once(view, view.text("operator.keys.issued"), key, "operator.keys.rotated.next"), *_again(view)


def end(view: View, clicks: int, key_id: str, reason: str) -> Any:
    """Let a key end now."""
    KeyActs(view.state.worker.ledger).end(key_id or "", view.caller, reason or "")
    return success_message(view, view.text("operator.keys.ended", name=key_id)), *_again(view)
