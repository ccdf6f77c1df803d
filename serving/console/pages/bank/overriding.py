"""A person's decision beside the calculated one: its form, its history, and the second person where it takes two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import dash_mantine_components as dmc
from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from data.money import CNY_PER_WAN
from serving.auth.access import holder_name
from serving.console.api import Refused
from serving.console.pages.bank.words import ROLE, money_cny, outcome, plain_table, refused
from serving.console.parts.forms import reason_field, whole_number
from serving.console.parts.instants import day, iso_day, moment
from serving.console.parts.states import empty
from serving.console.parts.words import named
from serving.decide.decisions import takes_two

if TYPE_CHECKING:
    from serving.console.page import Console, View

PERMISSION = "override"
OUTCOMES = ("approved", "manual_review", "declined")
USUAL_DAYS = 30


def register(console: Console) -> None:
    """Add the callback of the form; the API checks whose decision it is."""

    @console.callback(
        Output("bank-override-moved", "href"), Output("bank-override-said", "children"),
        Input("bank-override-button", "n_clicks"), State("bank-decision-of", "data"),
        *(State(f"bank-override-{name}", "value") for name in ("outcome", "amount", "end", "reason")),
        State("bank-override-sure", "checked"), roles=ROLE, permission=PERMISSION,
        running=[(Output("bank-override-button", "loading"), True, False)],
    )  # fmt: skip
    def send(
        view: View, clicks: int | None, audit_id: str, chosen: str, wan: Any, end: str, reason: str, sure: bool
    ) -> tuple[Any, Any]:
        """Record the person's decision, or say below the form what is refused."""
        if not clicks:
            return no_update, no_update
        if not sure:
            return no_update, dmc.Alert(view.text("bank.form.not_sure"), color="yellow")
        if not reason or wan in (None, "") or not end:
            names = view.text("bank.list", x=[view.text(f"bank.form.override.{key}") for key in ("reason", "end")])
            return no_update, dmc.Alert(view.text("bank.form.unfilled", names=names), color="yellow")
        try:
            override(view, audit_id, chosen, wan, end, reason)
        except Refused as refusal:
            return no_update, refused(view, refusal)
        return view.href(f"/decisions/{audit_id}", done="override"), no_update


def override(view: View, audit_id: str, chosen: str, wan: float, end: str, reason: str) -> None:
    """Record a person's decision; the amount comes in 10,000 yuan, and it ends with the day ``end`` in Beijing.

    Where another person's decision of the same outcome, amount and day waits for a second person, it takes the very
    end of that one, which confirms it.
    """
    address = f"/v1/decisions/{quote(audit_id, safe='')}"
    amount_cny = whole_number(wan, CNY_PER_WAN) if chosen == "approved" else 0
    same = [
        one["expires_at"]
        for one in confirmable(view, view.api.get(address)["overrides"])
        if (one["outcome"], one["amount_cny"], iso_day(one["expires_at"])) == (chosen, amount_cny, end)
    ]
    expires_at = same[0] if same else f"{end}T23:59:59+08:00"
    body = {"outcome": chosen, "amount_cny": amount_cny, "reason": reason, "expires_at": expires_at}
    view.api.post(f"{address}/overrides", body)


def confirmable(view: View, overrides: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that wait for a second person, where this person is another than who recorded them."""
    me = holder_name(view.caller.holder)
    return [one for one in overrides if one["pending"] and holder_name(one["by"]) != me]


def form(view: View, found: Mapping[str, Any]) -> list[Component]:
    """Outcome, amount, end and reason; what waits for a second person is filled in."""
    waiting = confirmable(view, found["overrides"])
    first = waiting[0] if waiting else None
    answer, today = found["answer"], view.state.worker.params.today()
    last = today + timedelta(days=view.state.worker.params.override_valid_days - 1)
    notes = [view.text("bank.override.note")]
    if takes_two("approved", answer["outcome"]):
        notes.append(view.text("bank.override.two"))
    if first is not None:
        notes.append(view.text("bank.override.waits", by=first["by"], amount=money_cny(view, first["amount_cny"])))
    fields = [
        dmc.Select(
            id="bank-override-outcome", label=view.text("bank.form.override.outcome"), allowDeselect=False,
            value="manual_review" if first is None else first["outcome"],
            data=[{"value": key, "label": outcome(view, key)} for key in OUTCOMES],
        ),
        dmc.NumberInput(
            id="bank-override-amount", label=view.text("bank.form.override.amount"), min=0, decimalScale=4,
            value=0 if first is None else first["amount_cny"] / CNY_PER_WAN, allowNegative=False, thousandSeparator=",",
        ),
        dmc.DateInput(
            id="bank-override-end", label=view.text("bank.form.override.end"), minDate=str(today), maxDate=str(last),
            value=str(today + timedelta(days=USUAL_DAYS)) if first is None else iso_day(first["expires_at"]),
            valueFormat="YYYY-MM-DD",
        ),
    ]  # fmt: skip
    return [
        *[dmc.Text(words, size="sm") for words in notes],
        dmc.SimpleGrid(fields, cols={"base": 1, "sm": 3}),
        reason_field("bank-override-reason", view.text("bank.form.override.reason"), rows=2),
        dmc.Checkbox(id="bank-override-sure", label=view.text("bank.form.override.sure"), checked=False),
        dmc.Group([dmc.Button(view.text("bank.form.override.button"), id="bank-override-button")]),
        dmc.Box(id="bank-override-said", **{"aria-live": "polite"}),
    ]  # fmt: skip


def history(view: View, overrides: Sequence[Mapping[str, Any]]) -> Component:
    """Every person's decision, and whether it counts."""
    if not overrides:
        return empty(view.text("bank.overrides.none"))
    rows = [
        [
            moment(view, one["recorded_at"]), one["by"], outcome(view, one["outcome"]),
            money_cny(view, one["amount_cny"]), day(view, one["expires_at"]), state_words(view, one), one["reason"],
            " ".join(named(view, warning) for warning in one["warnings"]),
        ]
        for one in overrides
    ]  # fmt: skip
    keys = ("at", "by", "outcome", "amount", "end", "state", "reason", "warnings")
    return plain_table([view.text(f"bank.overrides.{key}") for key in keys], rows)


def state_words(view: View, one: Mapping[str, Any]) -> str:
    """Whether a person's decision counts, waits for a second person, or has ended."""
    if one["pending"]:
        return view.text("bank.overrides.pending")
    if not one["active"]:
        return view.text("bank.overrides.ended")
    if one["confirmed_by"]:
        return view.text("bank.overrides.confirmed", by=one["confirmed_by"])
    return view.text("bank.overrides.active")
