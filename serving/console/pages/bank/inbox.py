"""The bank's applications: a list with its filters in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from serving.applications.bank_applications import FINAL
from serving.console.page import Page
from serving.console.pages.bank.words import CNY_PER_WAN, ROLE, SOON_DAYS, product
from serving.console.parts.firm_names import firm_words
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import days_until, iso_day
from serving.console.parts.states import empty

if TYPE_CHECKING:
    from serving.console.page import Console, View

PATH, PERMISSION = "/applications", "bank_applications"
STATES = ("sent", "due_diligence", "granted", "declined", "withdrawn", "expired")


def register(console: Console) -> None:
    """Add the list."""
    console.add(Page(PATH, ROLE, PERMISSION, "bank.inbox", layout, "menu.credit", "inbox"))


def layout(view: View) -> Component:
    """Links that filter, with how many each shows, and the list."""
    found = read_applications(view)
    if not found:
        return empty(view.text("bank.inbox.empty"))
    now = datetime.now(UTC)
    state, due = view.query.get("state", ""), view.query.get("due", "")
    chosen = [one for one in found if state in ("", one["state"]) and (due != "soon" or is_due_soon(one, now))]
    rows = [row_of(view, one, now) for one in chosen]
    shown = grid(view, "bank-inbox-grid", columns(view), rows, label=view.text("bank.inbox"))
    nothing = empty(view.text("bank.inbox.none_here"), view.text("bank.inbox.all"), view.href(PATH))
    return dmc.Stack([filters(view, found, state, due, now), shown if rows else nothing])


def read_applications(view: View) -> list[dict[str, Any]]:
    """The bank's own applications, the newest first."""
    found: list[dict[str, Any]] = view.api.get("/v1/bank-applications")["bank_applications"]
    return found[::-1]


def days_left(one: Mapping[str, Any], now: datetime) -> int | None:
    """Days until the day on which an open application expires, as one counts on a calendar; None where it is closed.

    On the day of filing these are all its days, on the last one 0.
    """
    return None if one["state"] in FINAL else max(days_until(one["expires_at"], now), 0)


def is_due_soon(one: Mapping[str, Any], now: datetime) -> bool:
    """Whether an open application expires within ``SOON_DAYS`` days."""
    left = days_left(one, now)
    return left is not None and left < SOON_DAYS


def row_of(view: View, one: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """One application as a row: amounts in 10,000 yuan, ages and times left in days."""
    left = days_left(one, now)
    return {
        "id": one["bank_application_id"],
        "href": view.href(f"{PATH}/{one['bank_application_id']}"),
        "uscc": one["uscc"],
        "enterprise": firm_words(view, one["uscc"]),
        "product": product(view, one["request"]["product"]),
        "requested_wan": one["request"]["requested_amount_cny"] / CNY_PER_WAN,
        "tenor": one["request"]["tenor_months"],
        "state": view.text(f"bank.state.{one['state']}"),
        "applied": iso_day(one["actions"][0]["at"]),
        "age": -days_until(one["actions"][0]["at"], now),
        "expires": None if left is None else iso_day(one["expires_at"]),
        "left": left,
        "next": next_of(view, one),
    }


def next_of(view: View, one: Mapping[str, Any]) -> str:
    """What the bank does next, in words; a dash for a closed application."""
    if one["state"] in FINAL:
        return "–"
    if one["points"] is None:
        return view.text("bank.next.no_consent")
    return view.text(f"bank.next.{one['state']}")


def columns(view: View) -> list[Column]:
    """The columns of the list."""
    return [
        Column("enterprise", view.text("bank.enterprise"), link="href", least_px=200),
        Column("product", view.text("bank.product"), least_px=140),
        Column("requested_wan", view.text("bank.requested_wan"), "money_wan"),
        Column("tenor", view.text("bank.tenor"), "number", least_px=90),
        Column("state", view.text("bank.state"), "badge", least_px=120),
        Column("applied", view.text("bank.applied"), "date", least_px=140),
        Column("age", view.text("bank.age"), "number", least_px=90),
        Column("expires", view.text("bank.expires"), "date", least_px=140),
        Column("left", view.text("bank.left"), "number", least_px=90),
        Column("next", view.text("bank.next"), least_px=190),
    ]


def filters(view: View, found: Sequence[Mapping[str, Any]], state: str, due: str, now: datetime) -> Component:
    """A link for every state, and one for what expires soon; the address holds the choice."""
    choices = [("", "", view.text("bank.inbox.all"), len(found))]
    for key in STATES:
        count = sum(one["state"] == key for one in found)
        if count:
            choices.append((key, "", view.text(f"bank.state.{key}"), count))
    soon = sum(is_due_soon(one, now) for one in found)
    if soon:
        choices.append(("", "soon", view.text("bank.inbox.soon", days=SOON_DAYS), soon))
    links = []
    for of_state, of_due, words, count in choices:
        here: dict[str, Any] = {"aria-current": "true"} if (of_state, of_due) == (state, due) else {}
        address = view.href(PATH, state=of_state, due=of_due)
        links.append(
            html.A(
                dmc.Badge(f"{words} {count:,}", variant="filled" if here else "outline", size="lg", autoContrast=True),
                href=address, **here,
            )
        )  # fmt: skip
    return html.Nav(dmc.Group(links, gap="xs"), **{"aria-label": view.text("bank.inbox.filter")})
