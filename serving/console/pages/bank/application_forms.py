"""What a bank does with an application: calculate a quota, record the visit, grant, decline; refusals in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import dash_mantine_components as dmc
from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from data.money import CNY_PER_WAN
from data.requests import BankFacts
from serving.applications.bank_applications import FINAL
from serving.auth.access import holder_name
from serving.console.api import Refused
from serving.console.pages.bank.decision_book import Decided
from serving.console.pages.bank.words import ROLE, money, refused
from serving.console.parts.forms import reason_field, typed_number, whole_number
from serving.console.parts.instants import iso_day
from serving.console.parts.states import section
from serving.ledger.ledger import canonical_json, digest_of

if TYPE_CHECKING:
    from serving.console.page import Console, View

DONE = ("quota", "record_due_diligence", "grant", "decline")
APPLICATION = State("bank-application-id", "data")


def register(console: Console) -> None:
    """Add the callbacks of the forms; each runs for a bank alone, and the API checks whose application it is."""
    forms: tuple[tuple[str, str, Callable[..., str], Sequence[str]], ...] = (
        ("quota", "quota", calculate, ("debt", "overdue", "guarantees")),
        ("visit", "bank_applications", visit, ("day", "findings", "recommended")),
        ("grant", "bank_applications", grant, ("amount", "rate", "tenor", "reason", "sure")),
        ("decline", "bank_applications", decline, ("reason", "sure")),
    )
    for name, permission, act, fields in forms:
        _register(console, name, permission, act, fields)

    @console.callback(
        Output("bank-grant-yuan", "children"), Input("bank-grant-amount", "value"), roles=ROLE,
        permission="bank_applications", prevent_initial_call=False,
    )  # fmt: skip
    def in_yuan(view: View, wan: Any) -> str:
        """The amount typed in 10,000 yuan, in yuan."""
        return view.text("bank.grant.yuan", x=round(wan * CNY_PER_WAN)) if isinstance(wan, int | float) else ""


def _register(console: Console, name: str, permission: str, act: Callable[..., str], fields: Sequence[str]) -> None:
    states = [State(f"bank-{name}-{field}", "checked" if field == "sure" else "value") for field in fields]

    @console.callback(
        Output("bank-application-moved", "href", allow_duplicate=True),
        Output(f"bank-{name}-said", "children"),
        Input(f"bank-{name}-button", "n_clicks"), APPLICATION, *states,
        roles=ROLE, permission=permission, running=[(Output(f"bank-{name}-button", "loading"), True, False)],
    )  # fmt: skip
    def send(view: View, clicks: int | None, application_id: str, *values: Any) -> tuple[Any, Any]:
        """Carry the form out: the page is read again, or what was refused is said below the form."""
        if not clicks:
            return no_update, no_update
        if states[-1].component_property == "checked" and not values[-1]:
            return no_update, dmc.Alert(view.text("bank.form.not_sure"), color="yellow")
        if unfilled := [field for field, value in zip(fields, values, strict=True) if value in (None, "")]:
            names = view.text("bank.list", x=[view.text(f"bank.form.{name}.{field}") for field in unfilled])
            return no_update, dmc.Alert(view.text("bank.form.unfilled", names=names), color="yellow")
        try:
            done = act(view, application_id, *values)
        except Refused as refusal:
            return no_update, refused(view, refusal)
        return view.href(f"/applications/{application_id}", done=done), no_update


def calculate(view: View, application_id: str, debt_wan: float, overdue_days: float, guarantees_wan: float) -> str:
    """A quota for the application under its consent; the same facts on the same day give the recorded one."""
    one = _read(view, application_id)
    facts = {
        "existing_debt_wan": typed_number(debt_wan),
        "overdue_days": whole_number(overdue_days),
        "guarantees_wan": typed_number(guarantees_wan),
    }
    known = None if facts == BankFacts().model_dump() else facts
    today = view.state.worker.service.clock.today()
    body = {
        "request_id": f"{application_id}-{today:%Y%m%d}-{digest_of(canonical_json(known or {}))[:6]}",
        "uscc": one["uscc"],
        "consent": one["consent"],
        **{key: one["request"][key] for key in ("product", "requested_amount_cny", "tenor_months", "purpose")},
        **({} if known is None else {"bank_facts": known}),
    }
    view.api.post("/v1/quota", body)
    return "quota"


def visit(view: View, application_id: str, day: str, findings: str, recommended: str) -> str:
    """What the bank's people found on site."""
    body = {"visited_on": day, "findings": findings, "recommended": recommended == "yes"}
    view.api.post(_action(application_id, "due-diligence"), body)
    return "record_due_diligence"


def grant(view: View, application_id: str, wan: float, percent: float, months: int, reason: str, _sure: bool) -> str:
    """The bank lends; the amount comes in 10,000 yuan and the rate in percent."""
    body = {
        "amount_cny": whole_number(wan, CNY_PER_WAN),
        "annual_rate": typed_number(percent, 0.01),
        "tenor_months": whole_number(months),
        "reason": reason,
    }
    view.api.post(_action(application_id, "grant"), body)
    return "grant"


def decline(view: View, application_id: str, reason: str, _sure: bool) -> str:
    """The bank does not lend, with the reason that the enterprise reads."""
    view.api.post(_action(application_id, "decline"), {"reason": reason})
    return "decline"


def _read(view: View, application_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = view.api.get(f"/v1/bank-applications/{quote(application_id, safe='')}")
    return found


def _action(application_id: str, action: str) -> str:
    return f"/v1/bank-applications/{quote(application_id, safe='')}/{action}"


def sections(view: View, one: Mapping[str, Any], decided: Sequence[Decided]) -> list[Component]:
    """The forms of what may be done next; what is not possible now is said in words."""
    if one["state"] in FINAL:
        return []
    possible = one["next_actions"]
    found = []
    if "record_due_diligence" in possible:
        found.append(section(view.text("bank.visit"), *visit_form(view, one)))
    if "grant" in possible:
        found.append(section(view.text("bank.grant"), *grant_form(view, one, decided)))
    else:
        key = "bank.grant.no_consent" if one["points"] is None else "bank.grant.visit_first"
        found.append(section(view.text("bank.grant"), dmc.Text(view.text(key))))
    if "decline" in possible:
        found.append(section(view.text("bank.decline"), *decline_form(view)))
    return found


def quota_form(view: View, one: Mapping[str, Any]) -> Component:
    """What the bank itself knows, and the button; only a consent with reporting takes it."""
    reports = "reporting" in one["consent"]["scope"]
    note = view.text("bank.form.quota.note" if reports else "bank.form.quota.no_reporting")
    fields = [
        dmc.NumberInput(
            id=f"bank-quota-{key}", label=view.text(f"bank.form.quota.{key}"), value=0, min=0, disabled=not reports,
            allowNegative=False, decimalScale=0 if key == "overdue" else 4,
        )
        for key in ("debt", "overdue", "guarantees")
    ]  # fmt: skip
    return dmc.Stack(
        [dmc.Text(note, size="sm"), _row(fields, 3), *_button(view, "quota", "blue")],
    )


def visit_form(view: View, one: Mapping[str, Any]) -> list[Component]:
    """Day, findings, and whether the loan is recommended."""
    first, last = iso_day(one["actions"][0]["at"]), view.state.worker.params.today()
    days = dmc.DateInput(
        id="bank-visit-day", label=view.text("bank.form.visit.day"), value=str(last), maxDate=str(last),
        minDate=first, valueFormat="YYYY-MM-DD",
    )  # fmt: skip
    advice = dmc.Select(
        id="bank-visit-recommended", label=view.text("bank.form.visit.recommended"), value="yes", allowDeselect=False,
        data=[{"value": value, "label": view.text(f"bank.form.visit.{value}")} for value in ("yes", "no")],
    )  # fmt: skip
    words = _words(view, "visit", "findings")
    return [_row([days, advice], 2), words, dmc.Text(view.text("bank.visit.note"), size="sm"),
            *_button(view, "visit", "blue")]  # fmt: skip


def grant_form(view: View, one: Mapping[str, Any], decided: Sequence[Decided]) -> list[Component]:
    """Amount, rate, tenor, reason; bounds and who may sign are said before."""
    request, newest = one["request"], decided[0] if decided else None
    requested_wan = request["requested_amount_cny"] / CNY_PER_WAN
    proposed = min(newest.amount_wan, requested_wan) if newest is not None and newest.amount_wan else requested_wan
    offered = None if newest is None else newest.annual_rate
    amount = dmc.NumberInput(
        id="bank-grant-amount", label=view.text("bank.form.grant.amount"), value=proposed, min=1, allowNegative=False,
        decimalScale=4, thousandSeparator=",",
    )  # fmt: skip
    percent = dmc.NumberInput(
        id="bank-grant-rate", label=view.text("bank.form.grant.rate"), min=0, decimalScale=4, allowNegative=False,
        value="" if offered is None else round(offered * 100.0, 2),
    )  # fmt: skip
    tenor = dmc.NumberInput(
        id="bank-grant-tenor", label=view.text("bank.form.grant.tenor"), value=request["tenor_months"], min=1, max=60,
        allowDecimal=False, allowNegative=False,
    )  # fmt: skip
    yuan = dmc.Text(id="bank-grant-yuan", size="sm")
    return [
        dmc.Text(who_may_grant(view, one, newest), size="sm"), _row([amount, percent, tenor], 3), yuan,
        _words(view, "grant", "reason"), _sure(view, "grant"), *_button(view, "grant", "blue"),
    ]  # fmt: skip


def who_may_grant(view: View, one: Mapping[str, Any], newest: Decided | None) -> str:
    """Which grants this person may sign: the API refuses the others in the same words."""
    me = holder_name(view.caller.holder)
    visits = [action for action in one["actions"] if "recommended" in action]
    mine = [action for action in visits if holder_name(str(action.get("by"))) == me]
    if any(not action["recommended"] for action in mine):
        return view.text("bank.grant.other_person")
    if mine:
        amount = money(view, 0 if newest is None else newest.amount_wan)
        return view.text("bank.grant.up_to_quota", amount=amount)
    if any(not action["recommended"] for action in visits):
        return view.text("bank.grant.against")
    return view.text("bank.grant.bounds")


def decline_form(view: View) -> list[Component]:
    """The reason, which the enterprise reads."""
    note = dmc.Text(view.text("bank.decline.note"), size="sm")
    return [note, _words(view, "decline", "reason"), _sure(view, "decline"), *_button(view, "decline", "red")]


def _words(view: View, form: str, field: str) -> Component:
    return reason_field(f"bank-{form}-{field}", view.text(f"bank.form.{form}.{field}"), rows=2)


def _sure(view: View, form: str) -> Component:
    return dmc.Checkbox(id=f"bank-{form}-sure", label=view.text(f"bank.form.{form}.sure"), checked=False)


def _row(fields: Sequence[Component], count: int) -> Component:
    return dmc.SimpleGrid(list(fields), cols={"base": 1, "sm": count})


def _button(view: View, form: str, colour: str) -> list[Component]:
    """The button, and where its refusal is read."""
    button = dmc.Button(
        view.text(f"bank.form.{form}.button"), id=f"bank-{form}-button", color=colour, autoContrast=True
    )
    return [dmc.Group([button]), dmc.Box(id=f"bank-{form}-said", **{"aria-live": "polite"})]
