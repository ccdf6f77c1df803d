"""The ledger: how long it is, its chain verified while one watches, and its signed checkpoints."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from serving.console.ledger_check import (
    MOST_BREAKS,
    CheckpointState,
    check_part,
    checkpoint_state,
    notary_of,
    signed_digests,
)
from serving.console.page import Console, Page, View, Waiting
from serving.console.parts.instants import moment
from serving.console.parts.states import fact_cards, section, success_message
from serving.console.texts import console_sentences
from serving.contract.refusals import Fault, Refusal
from serving.ledger.checkpoint import CheckpointError

ROLE, PERMISSION = ("operator",), "audit"
PATH = "/operator/ledger"
EVERY_MS = 1_000
_RECORD = re.compile(r"record (\d+)")


def register(console: Console) -> None:
    """Add the page, its callbacks and what waits."""
    console.add(Page(PATH, ROLE, PERMISSION, "operator.ledger", layout, "menu.system", "ledger"))
    run = (Output("ledger-timer", "disabled"), Output("ledger-checked", "data"))
    console.callback(*run, Input("ledger-verify", "n_clicks"), roles=ROLE, permission=PERMISSION)(begin)
    console.callback(
        Output("ledger-timer", "disabled", allow_duplicate=True),
        Output("ledger-checked", "data", allow_duplicate=True), Output("ledger-result", "children"),
        Input("ledger-timer", "n_intervals"), State("ledger-checked", "data"), roles=ROLE, permission=PERMISSION,
    )(check)  # fmt: skip
    console.callback(
        Output("ledger-signed", "children"), Input("ledger-sign", "n_clicks"), roles=ROLE, permission=PERMISSION,
        running=[(Output("ledger-sign", "loading"), True, False)],
    )(sign)  # fmt: skip
    console.waiting("operator", waiting)


def layout(view: View) -> Component:
    """The number of records, the verification, and the checkpoints."""
    ledger = view.state.worker.ledger
    state = checkpoint_state(ledger)
    noted = "–" if state.n_records is None else view.text("operator.ledger.count", count=state.n_records)
    cards = [
        (view.text("operator.ledger.records"), view.text("operator.ledger.count", count=ledger.tip()), None),
        (view.text("operator.ledger.newest"), noted, moment(view, state.at) if state.at else None),
    ]
    return dmc.Stack(
        [
            fact_cards(cards),
            section(
                view.text("operator.ledger.verify.title"),
                dmc.Text(view.text("operator.ledger.verify.note"), className="quiet"),
                dcc.Interval(id="ledger-timer", interval=EVERY_MS, disabled=True),
                dcc.Store(id="ledger-checked"),
                html.Div(id="ledger-result", role="status"),
                dmc.Group([dmc.Button(view.text("operator.ledger.verify"), id="ledger-verify")]),
            ),
            section(view.text("operator.ledger.checkpoints"), *_checkpoints(view, state)),
        ]
    )


def _checkpoints(view: View, state: CheckpointState) -> list[Any]:
    parts: list[Any] = [dmc.Text(view.text("operator.ledger.checkpoints.note"), className="quiet")]
    if not state.signs:
        return [*parts, dmc.Alert(view.text("operator.ledger.no_key"), color="yellow")]
    if state.fault:
        parts.append(dmc.Alert(view.text("operator.ledger.fault"), color="red"))
    elif _is_overdue(view, state):
        parts.append(dmc.Alert(view.text("operator.ledger.overdue"), color="yellow"))
    return [
        *parts,
        html.Div(id="ledger-signed", role="status"),
        dmc.Group([dmc.Button(view.text("operator.ledger.sign"), id="ledger-sign", variant="outline")]),
    ]


def begin(view: View, clicks: int) -> Any:
    """Begin at the first record."""
    return False, {"after": 0, "breaks": []}


def check(view: View, ticks: int, checked: dict[str, Any] | None) -> Any:
    """Verify the next part, and show how far it is; the end is recorded."""
    if not checked:
        raise dash.exceptions.PreventUpdate
    ledger = view.state.worker.ledger
    try:
        known = signed_digests(ledger)
    except (CheckpointError, OSError):
        known = {}  # the page says so beside the checkpoints
    part = check_part(ledger, int(checked["after"]), known)
    breaks = [*map(str, checked["breaks"]), *part.breaks][:MOST_BREAKS]
    if part.ended:
        view.record("ledger_verified", "ledger", {"records": part.done, "breaks": breaks})
    return part.ended, {"after": part.done, "breaks": breaks}, _shown(view, part.done, part.whole, breaks, part.ended)


def _shown(view: View, done: int, whole: int, breaks: list[str], ended: bool) -> Component:
    share = 100.0 * done / whole if whole else 100.0
    parts: list[Any] = [
        dmc.Progress(value=share, animated=not ended, attributes={"section": {
            "aria-label": view.text("operator.ledger.verify.title")}}, color="red" if breaks else "blue"),
        dmc.Text(view.text("operator.ledger.progress", done=done, whole=whole), size="sm"),
    ]  # fmt: skip
    if breaks:
        lines = [html.Li(_break_words(view, one)) for one in breaks]
        parts.append(dmc.Alert(html.Ul(lines), title=view.text("operator.ledger.broken"), color="red"))
    elif ended:
        parts.append(success_message(view, view.text("operator.ledger.whole", count=done)))
    return dmc.Stack(parts, gap="xs")


def _break_words(view: View, found: str) -> str:
    number = _RECORD.match(found)
    return view.text("operator.ledger.break", number=number[1] if number else "–")


def sign(view: View, clicks: int) -> Component:
    """Sign a checkpoint of the newest record now."""
    try:
        notary = notary_of(view.state.worker.ledger)
        signed = None if notary is None else notary.sign()
    except (CheckpointError, OSError) as fault:
        allowed = console_sentences()["operator.ledger.fault"].fill({})
        raise Refusal("illegal-action", faults=[Fault("checkpoint", type(fault).__name__, allowed)]) from fault
    if signed is None:
        return success_message(view, view.text("operator.ledger.signed_before"))
    view.record("checkpoint_signed", "ledger", {"file": signed[0].name})
    note = dmc.Code(signed[1], block=True)
    return dmc.Stack([success_message(view, view.text("operator.ledger.signed")), note], gap="xs")


def waiting(view: View) -> list[Waiting]:
    """A checkpoint that is overdue or cannot be read."""
    state = checkpoint_state(view.state.worker.ledger)
    late = bool(state.fault) or _is_overdue(view, state)
    return [Waiting(view.text("operator.waiting.checkpoint"), int(late), view.href(PATH))]


def _is_overdue(view: View, state: CheckpointState) -> bool:
    return state.is_overdue(view.state.worker.params.checkpoint_every_s, datetime.now(UTC))
