"""A bank's policy with some terms changed, as a proposal; and what a proposed policy changes of the one in force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, html
from dash.development.base_component import Component

from models.quota.policy import CreditPolicy, read_policies
from serving.console.page import Console, View
from serving.console.pages.operator.words import reason_input
from serving.console.parts.states import section, success_message
from serving.console.texts import console_sentences
from serving.contract.refusals import Fault, Refusal
from serving.releases.releases import EVERYBODY, body_of

ROLE, PERMISSION = ("operator",), "release"
# Terms that the form changes: how many of the form's units make one of the policy's, and the number format.
TERMS: Mapping[str, tuple[float, str]] = {
    "min_points": (1.0, "number"),
    "pd_cutoff": (100.0, "hundredths"),
    "exposure_cap_wan": (1.0, "number"),
    "el_budget_wan": (1.0, "hundredths"),
    "max_annual_rate": (100.0, "hundredths"),
    "validity_days": (1.0, "number"),
}
NAMES = ("version", "name_zh", "name_en")  # differ in every new version


def register(console: Console) -> None:
    """Add the callbacks of the form."""
    values = [State(f"change-{name}", "value") for name in TERMS]
    console.callback(
        *(Output(f"change-{name}", "value") for name in TERMS), Input("change-bank", "value"), roles=ROLE,
        permission=PERMISSION,
    )(fill)  # fmt: skip
    console.callback(
        Output("change-proposed", "children"), Input("change-propose", "n_clicks"), State("change-bank", "value"),
        State("change-version", "value"), State("change-reason", "value"), *values, roles=ROLE, permission=PERMISSION,
        running=[(Output("change-propose", "loading"), True, False)],
    )(propose)  # fmt: skip


def form(view: View) -> Component:
    """The policy in force of a bank, whose terms are changed here under a new version."""
    banks = [
        {"value": one.bank_id, "label": one.name_zh if view.lang == "zh" else one.name_en} for one in read_policies()
    ]
    fields = [
        dmc.NumberInput(id=f"change-{name}", label=view.text(f"operator.term.{name}"), min=0, decimalScale=4)
        for name in TERMS
    ]
    return section(
        view.text("operator.change.title"),
        dmc.Text(view.text("operator.change.note"), className="quiet"),
        dmc.SimpleGrid(
            [
                dmc.Select(id="change-bank", label=view.text("operator.change.bank"), data=banks, withAsterisk=True,
                           allowDeselect=False, searchable=True),
                dmc.TextInput(id="change-version", label=view.text("operator.change.version"), withAsterisk=True,
                              description=view.text("operator.change.version.note"), autoComplete="off"),
                *fields,
            ],
            cols={"base": 1, "sm": 2, "lg": 4}, style={"alignItems": "end"},
        ),
        reason_input(view, "change-reason"),
        html.Div(id="change-proposed", role="status"),
        dmc.Group([dmc.Button(view.text("operator.propose"), id="change-propose")]),
    )  # fmt: skip


def fill(view: View, bank: str) -> tuple[float, ...]:
    """The terms in force of the bank that was chosen."""
    policy = view.state.worker.policies.policy_of(bank)
    return tuple(round(getattr(policy, name) * per, 6) for name, (per, _) in TERMS.items())


def propose(view: View, clicks: int, bank: str, version: str, reason: str, *values: float | str | None) -> Component:
    """Propose the bank's policy with these terms; the API checks it whole."""
    if not bank:
        allowed = console_sentences()["operator.change.choose"].fill({})
        raise Refusal.invalid(Fault("bank", "", allowed))
    policy: CreditPolicy = view.state.worker.policies.policy_of(bank)
    changed = {
        name: value / TERMS[name][0]
        for name, value in zip(TERMS, values, strict=True)
        if isinstance(value, int | float) and abs(value / TERMS[name][0] - getattr(policy, name)) > 1e-9
    }
    if "validity_days" in changed:
        changed["validity_days"] = int(changed["validity_days"])
    body = policy.model_dump(mode="json") | changed | {"version": version or "", "bank_id": bank}
    sent = {"what": "policy", "owner": bank, "version": version or "", "body": body, "reason": reason or ""}
    view.api.post("/v1/releases", sent)
    return success_message(view, view.text("operator.change.done", version=version))


def difference(view: View, release: str) -> Component:
    """What a proposed release changes of what is in force today, for the person who is to activate it."""
    what, owner, version = (release or "::").split(":", 2)
    worker = view.state.worker
    proposed = body_of(worker.ledger, what, owner, version) or {}
    if what != "policy":
        return dmc.Text(view.text("operator.difference.model"))
    bank = str(proposed.get("bank_id", owner)) if owner == EVERYBODY else owner
    present = worker.policies.policy_of(bank).model_dump(mode="json")
    names = [name for name in present if name not in NAMES and proposed.get(name) != present[name]]
    shown = [name for name in names if name in TERMS]
    if not names:
        return dmc.Text(view.text("operator.difference.none"))
    rows = [
        html.Tr(
            [
                html.Td(view.text(f"operator.term.{name}")),
                *(html.Td(_term(view, name, of)) for of in (present, proposed)),
            ]
        )
        for name in shown
    ]
    heads = ("operator.difference.term", "operator.difference.now", "operator.difference.then")
    table = html.Table(
        [html.Thead(html.Tr([html.Th(view.text(key), scope="col") for key in heads])), html.Tbody(rows)],
        className="data-table",
    )
    rest = len(names) - len(shown)
    parts = [table] if rows else []
    parts += [dmc.Text(view.text("operator.difference.others", count=rest), size="sm")] if rest else []
    return dmc.Stack(parts, gap="xs")


def _term(view: View, name: str, policy: Mapping[str, Any]) -> str:
    per, form_of = TERMS[name]
    return view.text(f"operator.value.{form_of}", x=float(policy[name]) * per) if name in policy else "–"
