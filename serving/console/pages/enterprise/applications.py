"""Bank applications of an enterprise: where each is, every action of the bank, and taking one back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc
from dash.development.base_component import Component

from data.money import CNY_PER_WAN
from serving.console.page import Console, Page, View, Waiting
from serving.console.pages.enterprise.consents import bank_name, banks_of
from serving.console.parts.forms import confirm_button, reason_field
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import day, iso_day, moment
from serving.console.parts.states import badge, empty, fact_cards, section
from serving.console.parts.words import loan_term

ROLES = ("enterprise",)
COLOURS = {"sent": "blue", "due_diligence": "blue", "granted": "green", "declined": "red", "withdrawn": "gray",
           "expired": "gray"}  # fmt: skip
NEWS_DAYS = 7


def layout(view: View) -> Component:
    """Every bank application, the newest first."""
    found = view.api.get("/v1/bank-applications")["bank_applications"][::-1]
    if not found:
        return empty(
            view.text("applications.none"), view.text("applications.none.action"), view.href("/applications/new")
        )
    banks = banks_of(view)
    rows = [
        {
            "id": one["bank_application_id"],
            "href": view.href(f"/applications/{one['bank_application_id']}"),
            "bank": bank_name(view, banks, one["bank_id"]),
            "amount": one["request"]["requested_amount_cny"] / CNY_PER_WAN,
            "product": loan_term(view, "product", one["request"]["product"]),
            "state": view.text(f"applications.state.{one['state']}"),
            "sent": iso_day(one["actions"][0]["at"]),
            "last": iso_day(one["actions"][-1]["at"]),
            "expires": iso_day(one["expires_at"]),
        }
        for one in found
    ]
    columns = [
        Column("bank", view.text("applications.col.bank"), link="href", least_px=150),
        Column("state", view.text("applications.col.state"), least_px=120),
        Column("amount", view.text("applications.col.amount"), "money_wan", least_px=120),
        Column("product", view.text("applications.col.product"), least_px=130),
        Column("sent", view.text("applications.col.sent"), "date", least_px=140),
        Column("last", view.text("applications.col.last"), "date", least_px=140),
        Column("expires", view.text("applications.col.expires"), "date", least_px=140),
    ]
    title = view.text("applications.title")
    height = min(480, 150 + 42 * len(rows))
    link = dmc.Anchor(view.text("applications.none.action"), href=view.href("/applications/new"), refresh=True)
    return dmc.Stack([grid(view, "applications-grid", columns, rows, label=title, height=height), link])


def one(view: View) -> Component:
    """One bank application."""
    found = view.api.get(f"/v1/bank-applications/{view.params['bank_application_id']}")
    return dmc.Box(_whole(view, found), id="applications-one")


def _whole(view: View, found: dict[str, Any]) -> Component:
    request = found["request"]
    amount = view.text("applications.amount", amount=request["requested_amount_cny"] / CNY_PER_WAN)
    product, purpose = (loan_term(view, kind, request[kind]) for kind in ("product", "purpose"))
    facts = [
        (view.text("applications.col.bank"), bank_name(view, banks_of(view), found["bank_id"]), None),
        (
            view.text("applications.col.state"),
            view.text(f"applications.state.{found['state']}"),
            view.text(f"applications.next.{found['state']}"),
        ),
        (view.text("bank.requested"), amount, f"{product} · {purpose}"),
        (view.text("applications.col.expires"), day(view, found["expires_at"]), None),
    ]
    consent = dmc.Anchor(
        view.text("applications.consent"), href=view.href(f"/consents/{found['consent']['id']}"), refresh=True
    )
    parts = [
        dcc.Store(id="applications-id", data=found["bank_application_id"]),
        fact_cards(facts),
        section(view.text("applications.actions"), _timeline(view, found)),
        section(view.text("applications.shared"), dmc.Text(view.text("applications.shared.note")), consent),
    ]
    if "withdraw" in found["next_actions"]:
        field = reason_field("applications-reason", view.text("applications.withdraw.reason"), 2)
        button = confirm_button(
            "applications-withdraw", view.text("applications.withdraw"), view.text("applications.withdraw.sure")
        )
        parts.append(section(view.text("applications.withdraw"), field, dmc.Group([button])))
    return dmc.Stack(parts)


def _timeline(view: View, found: dict[str, Any]) -> Component:
    items = []
    for action in found["actions"]:
        colour = COLOURS[action["state"]]
        title = badge(view.text(f"applications.state.{action['state']}"), colour)
        lines = [dmc.Text(moment(view, action["at"]), size="sm", className="quiet")]
        lines += [dmc.Text(words) for words in _details(view, action)]
        items.append(dmc.TimelineItem(lines, title=title))
    return dmc.Timeline(items, active=len(items), bulletSize=16, lineWidth=2)


def _details(view: View, action: dict[str, Any]) -> list[str]:
    """What one action says to the enterprise, in words."""
    found = []
    if action["state"] == "granted":
        found.append(
            view.text(
                "applications.granted",
                amount=action["amount_cny"] / CNY_PER_WAN,
                rate=float(action["annual_rate"]),
                months=action["tenor_months"],
            )
        )
    if "visited_on" in action:
        found.append(view.text("applications.visited", when=day(view, action["visited_on"])))
    if "findings" in action:
        found.append(view.text("applications.findings", words=action["findings"]))
    if "reason" in action:
        found.append(view.text("applications.reason", words=action["reason"]))
    return found


def withdraw(view: View, _clicks: int | None, reason: str | None, bank_application_id: str) -> Component:
    """Take the bank application back, and show it as it is then."""
    body = {"reason": (reason or "").strip()}
    found = view.api.post(f"/v1/bank-applications/{bank_application_id}/withdraw", body)
    return dmc.Stack([dmc.Alert(view.text("applications.withdrawn"), color="green"), _whole(view, found)])


def waiting(view: View) -> list[Waiting]:
    """Bank applications on which a bank acted within the last days."""
    since = (datetime.now(UTC) - timedelta(days=NEWS_DAYS)).isoformat()
    found = view.api.get("/v1/bank-applications")["bank_applications"]
    news = sum(one["state"] in ("due_diligence", "granted", "declined") and one["actions"][-1]["at"] >= since
               for one in found)  # fmt: skip
    return [Waiting(view.text("applications.waiting", days=NEWS_DAYS), news, view.href("/applications"))]


def register(console: Console) -> None:
    """Add the pages, the callback that takes one back, and what waits."""
    console.add(
        Page("/applications", ROLES, "bank_applications", "applications.title", layout, "menu.credit", "inbox"),
        Page("/applications/{bank_application_id}", ROLES, "bank_applications", "applications.one.title", one),
    )
    console.waiting("enterprise", waiting)
    console.callback(
        Output("applications-one", "children"), Input("applications-withdraw", "submit_n_clicks"),
        State("applications-reason", "value"), State("applications-id", "data"), roles=ROLES, permission="apply",
    )(withdraw)  # fmt: skip
