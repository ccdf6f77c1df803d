"""Consents of an enterprise, for a bank or for the zone: given, in force, ended; what each was used for; a new one."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from data.consents import LONGEST_DAYS, SERVICE
from data.texts.sentences import sentence
from serving.consents.giving import uses_of
from serving.console.page import Console, Page, View, Waiting, not_found
from serving.console.pages.enterprise.held import table
from serving.console.parts.consents import (
    consent_words,
    data_text,
    joined,
    scope_text,
    share_boxes,
    term_options,
)
from serving.console.parts.forms import confirm_button, reason_field
from serving.console.parts.instants import day, moment
from serving.console.parts.states import badge, empty, section
from serving.console.parts.words import capital, loan_term, named

ROLES = ("enterprise",)
COLOURS = {"in_force": "green", "expired": "gray", "revoked": "red", "key_ended": "orange"}
DEFAULT_DAYS, SOON_DAYS = 30, 14
SHOWN_USES = 200


def banks_of(view: View) -> dict[str, dict[str, Any]]:
    """Every bank with a policy, by its id."""
    return {bank["bank_id"]: bank for bank in view.api.get("/v1/banks")["banks"]}


def bank_name(view: View, banks: dict[str, dict[str, Any]], bank_id: str) -> str:
    """The bank's name; its id where it has no policy any more."""
    return named(view, banks[bank_id], "name") if bank_id in banks else bank_id


def recipient(view: View, banks: dict[str, dict[str, Any]], consent: dict[str, Any]) -> str:
    """Who may use the data: a bank by its name, or the zone."""
    return bank_name(view, banks, consent["bank_id"]) if "bank_id" in consent else view.text("consents.of_zone")


def layout(view: View) -> Component:
    """What is in force first, then what has ended, and the form of a new consent."""
    answer, banks = view.api.get("/v1/consents"), banks_of(view)
    over = [row for row in answer["consents"][::-1] if row["state"] != "in_force"]
    parts: list[Any] = [dmc.Text(view.text("consents.intro"), className="quiet")]
    parts.append(dmc.Box(_live(view, answer, banks), id="consents-live"))
    if over:
        parts.append(section(view.text("consents.over"), _list(view, over, banks)))
    parts.append(dmc.Box(section(view.text("consents.new"), *_form(view, banks)), id="consents-new"))
    parts.append(dmc.Box(section(view.text("consents.zone"), *_zone_form(view)), id="consents-zone"))
    return dmc.Stack(parts)


def _live(view: View, answer: dict[str, Any], banks: dict[str, dict[str, Any]]) -> Component:
    live = [row for row in answer["consents"][::-1] if row["state"] == "in_force"]
    return section(view.text("consents.live"), _list(view, live, banks) if live else empty(view.text("consents.none")))


def _list(view: View, rows: list[dict[str, Any]], banks: dict[str, dict[str, Any]]) -> Component:
    body = []
    for row in rows:
        consent = row["consent"]
        name = recipient(view, banks, consent)
        link = dmc.Anchor(name, href=view.href(f"/consents/{consent['id']}"), refresh=True)
        cells = [
            capital(joined(view, [view.text(f"share.{share}") for share in consent["scope"]])),
            day(view, consent["granted_at"]), day(view, consent["expires_at"]),
            badge(view.text(f"consents.state.{row['state']}"), COLOURS[row["state"]]),
        ]  # fmt: skip
        body.append(html.Tr([html.Th(link, scope="row"), *(html.Td(cell) for cell in cells)]))
    keys = ("recipient", "scope", "granted", "expires", "state")
    return table([view.text(f"consents.col.{key}") for key in keys], body)


def _form(view: View, banks: dict[str, dict[str, Any]]) -> list[Any]:
    options = [{"value": key, "label": named(view, bank, "name")} for key, bank in banks.items()]
    products, purposes = term_options(view, "product"), term_options(view, "purpose")
    every = [[one["value"] for one in options] for options in (products, purposes)]
    return [
        dmc.Select(id="consents-bank", label=view.text("consents.bank"), data=options, withAsterisk=True),
        share_boxes(view, "consents-scope"),
        dmc.MultiSelect(
            id="consents-products", label=view.text("consents.products"), data=products, value=every[0]
        ),
        dmc.MultiSelect(
            id="consents-purposes", label=view.text("consents.purposes"), data=purposes, value=every[1]
        ),
        dmc.NumberInput(
            id="consents-days", label=view.text("consents.days"), value=DEFAULT_DAYS, min=1, max=LONGEST_DAYS,
            allowDecimal=False,
        ),
        dmc.Paper(dmc.Text(view.text("consents.words.none")), id="consents-words", withBorder=True, p="md"),
        dmc.Group([dmc.Button(view.text("consents.give"), id="consents-give", disabled=True)]),
        dcc.Store(id="consents-request", data=f"console-{secrets.token_hex(12)}"),
    ]  # fmt: skip


def _zone_form(view: View) -> list[Any]:
    """What the zone's officers would see, for how long, and the button."""
    return [
        dmc.Text(view.text("consents.scope.bank_quotas")),
        dmc.Text(view.text("consents.zone.note"), size="sm", className="quiet"),
        dmc.NumberInput(
            id="consents-zone-days", label=view.text("consents.days"), value=DEFAULT_DAYS, min=1, max=LONGEST_DAYS,
            allowDecimal=False,
        ),
        dmc.Group([dmc.Button(view.text("consents.zone.give"), id="consents-zone-give")]),
        dcc.Store(id="consents-zone-request", data=f"console-{secrets.token_hex(12)}"),
    ]  # fmt: skip


def words(
    view: View, bank: str | None, scope: list[str] | None, products: list[str] | None, purposes: list[str] | None,
    days: int | str | None,
) -> tuple[Component, bool]:  # fmt: skip
    """The consent as it would be given, and whether it cannot be given yet."""
    if not bank or not scope or not products or not purposes or not isinstance(days, int):
        return dmc.Text(view.text("consents.words.none")), True
    if not 1 <= days <= LONGEST_DAYS:  # while it is typed, it may be any number
        zh, en = sentence("fault.consent.term", days=LONGEST_DAYS)
        return dmc.Text(f"{view.text('consents.days')}: {zh if view.lang == 'zh' else en}"), True
    until = day(view, (datetime.now(UTC) + timedelta(days=days)).isoformat())
    name = bank_name(view, banks_of(view), bank)
    return consent_words(view, [name], scope, products, purposes, until), False


def give(
    view: View, _clicks: int | None, bank: str, scope: list[str], products: list[str], purposes: list[str], days: int,
    request_id: str,
) -> tuple[Component, Component]:  # fmt: skip
    """Give the consent; that it was given, and what is in force now."""
    body = {"request_id": request_id, "bank_id": bank, "scope": scope, "products": products, "purposes": purposes,
            "valid_days": days}  # fmt: skip
    return _given(view, view.api.post("/v1/consents", body))


def give_zone(view: View, _clicks: int | None, days: int | str | None, request_id: str) -> tuple[Component, Component]:
    """Let the zone's officers see the banks' results; that it was given, and what is in force now."""
    return _given(view, view.api.post("/v1/consents/zone", {"request_id": request_id, "valid_days": days}))


def _given(view: View, made: dict[str, Any]) -> tuple[Component, Component]:
    note = dmc.Stack(
        [
            dmc.Alert(view.text("consents.given", until=day(view, made["expires_at"])), color="green"),
            dmc.Anchor(view.text("consents.open"), href=view.href(f"/consents/{made['id']}"), refresh=True),
        ]
    )
    return note, _live(view, view.api.get("/v1/consents"), banks_of(view))


def own_consent(view: View, consent_id: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A consent of the enterprise's own with its state, and its revocation; any other is not found."""
    answer = view.api.get("/v1/consents")
    row = next((one for one in answer["consents"] if one["consent"]["id"] == consent_id), None)
    if row is None:
        raise not_found("consent_id", consent_id)
    ended = next((one for one in answer["revocations"] if one["consent_id"] == consent_id), None)
    return row, ended


def one(view: View) -> Component:
    """One consent: what it lets its recipient do, what was done under it, and its end."""
    return dmc.Box(_whole(view, view.params["consent_id"]), id="consents-one")


def _whole(view: View, consent_id: str) -> Component:
    row, ended = own_consent(view, consent_id)
    consent, banks = row["consent"], banks_of(view)
    business = [
        (f"{kind}s", joined(view, [loan_term(view, kind, key) for key in consent[f"{kind}s"]]))
        for kind in ("product", "purpose")
        if f"{kind}s" in consent
    ]
    facts = [
        ("recipient", recipient(view, banks, consent)),
        ("state", badge(view.text(f"consents.state.{row['state']}"), COLOURS[row["state"]])),
        ("scope", dmc.List([dmc.ListItem(scope_text(view, share)) for share in consent["scope"]])),
        ("data", data_text(view, consent["data_categories"])),
        *business,
        ("text", named(view, consent, "purpose")),
        ("granted", moment(view, consent["granted_at"])),
        ("granted_by", consent["granted_by"]),
        ("expires", moment(view, consent["expires_at"])),
    ]
    lines = [
        html.Tr([html.Th(view.text(f"consents.col.{key}"), scope="row", className="row-name"), html.Td(value)])
        for key, value in facts
    ]
    parts: list[Any] = [
        dcc.Store(id="consents-id", data=consent["id"]),
        section(view.text("consents.receipt"), html.Table(html.Tbody(lines), className="data-table")),
        section(view.text("consents.uses"), _uses(view, consent)),
    ]
    if ended is not None:
        when, reason = moment(view, ended["revoked_at"]), ended["reason"]
        parts.insert(0, dmc.Alert([dmc.Text(reason)], title=view.text("consents.revoked", when=when), color="red"))
    if row["state"] == "in_force":
        parts.append(section(view.text("consents.revoke"), *_end(view)))
    return dmc.Stack(parts)


def _uses(view: View, consent: dict[str, Any]) -> Component:
    worker = view.state.worker
    used = view.run(worker.read(lambda: uses_of(worker.ledger, view.caller.name, SERVICE, consent["id"])))
    if not used:
        return empty(view.text("consents.uses.none"))
    pages = {"decision": "/decisions/", "bank_application_action": "/applications/"}
    body = []
    for use in sorted(used, key=lambda use: use["recorded_at"], reverse=True)[:SHOWN_USES]:
        words = view.text(f"consents.use.{use['kind']}")
        page = pages.get(use["kind"])
        link = dmc.Anchor(words, href=view.href(page + use["id"]), refresh=True) if page else words
        body.append(html.Tr([html.Th(link, scope="row"), html.Td(moment(view, use["recorded_at"]))]))
    return table([view.text("consents.col.use"), view.text("consents.col.at")], body)


def _end(view: View) -> list[Any]:
    return [
        dmc.Text(view.text("consents.revoke.note")),
        reason_field("consents-reason", view.text("consents.revoke.reason"), 2),
        dmc.Group([confirm_button("consents-revoke", view.text("consents.revoke"), view.text("consents.revoke.sure"))]),
    ]  # fmt: skip


def revoke(view: View, _clicks: int | None, reason: str | None, consent_id: str) -> Component:
    """End the consent, and show what it was used for."""
    own_consent(view, consent_id)
    answer = view.api.post(f"/v1/consents/{consent_id}/revoke", {"reason": (reason or "").strip()})
    done = view.text("consents.revoked.done", count=len(answer["used"]))
    return dmc.Stack([dmc.Alert(done, color="green"), _whole(view, consent_id)])


def waiting(view: View) -> list[Waiting]:
    """Consents that are about to end."""
    soon = (datetime.now(UTC) + timedelta(days=SOON_DAYS)).isoformat()
    live = [row["consent"] for row in view.api.get("/v1/consents")["consents"] if row["state"] == "in_force"]
    count = sum(consent["expires_at"] <= soon for consent in live)
    return [Waiting(view.text("consents.waiting", days=SOON_DAYS), count, view.href("/consents"))]


def register(console: Console) -> None:
    """Add the pages, their callbacks and what waits."""
    console.add(
        Page("/consents", ROLES, "apply", "consents.title", layout, "menu.credit", "consent"),
        Page("/consents/{consent_id}", ROLES, "apply", "consents.one.title", one),
    )
    console.waiting("enterprise", waiting)
    fields = [("consents-bank", "value"), ("consents-scope", "value"), ("consents-products", "value"),
              ("consents-purposes", "value"), ("consents-days", "value")]  # fmt: skip
    console.callback(
        Output("consents-words", "children"), Output("consents-give", "disabled"),
        *(Input(*field) for field in fields), roles=ROLES, permission="apply",
    )(words)  # fmt: skip
    console.callback(
        Output("consents-new", "children"), Output("consents-live", "children"), Input("consents-give", "n_clicks"),
        *(State(*field) for field in fields), State("consents-request", "data"), roles=ROLES, permission="apply",
        running=[(Output("consents-give", "loading"), True, False)],
    )(give)  # fmt: skip
    console.callback(
        Output("consents-zone", "children"), Output("consents-live", "children", allow_duplicate=True),
        Input("consents-zone-give", "n_clicks"), State("consents-zone-days", "value"),
        State("consents-zone-request", "data"), roles=ROLES, permission="apply",
        running=[(Output("consents-zone-give", "loading"), True, False)],
    )(give_zone)  # fmt: skip
    console.callback(
        Output("consents-one", "children"), Input("consents-revoke", "submit_n_clicks"),
        State("consents-reason", "value"), State("consents-id", "data"), roles=ROLES, permission="apply",
    )(revoke)  # fmt: skip
