"""The bank's applications: a list with its filters in the address, page by page where it is long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from data.money import CNY_PER_WAN
from serving.applications.bank_applications import FINAL, STATES
from serving.console.page import Page
from serving.console.pages.bank.words import ROLE, SOON_DAYS, product
from serving.console.parts.firm_names import firm_words
from serving.console.parts.grid import Column, grid
from serving.console.parts.instants import days_until, iso_day
from serving.console.parts.states import empty

if TYPE_CHECKING:
    from serving.console.page import Console, View

PATH, PERMISSION = "/applications", "bank_applications"
LIST = "/v1/bank-applications"
BROWSER_ROWS = 500  # of a list that the browser holds whole
MOST_ROWS = 200  # of one block of a longer one
LAST_DAY = "2199-12-31"  # by which every open application expires


def register(console: Console) -> None:
    """Add the list, and the callback that gives a long one page by page."""
    console.add(Page(PATH, ROLE, PERMISSION, "bank.inbox", layout, "menu.credit", "inbox"))
    console.callback(
        Output("bank-inbox-pages", "getRowsResponse"), Input("bank-inbox-pages", "getRowsRequest"),
        State("bank-inbox-query", "data"), roles=ROLE, permission=PERMISSION,
    )(block)  # fmt: skip


def layout(view: View) -> Component:
    """Links that filter, and the list: sorted in the browser where it is short, else page by page, the newest first."""
    whole = view.api.get(LIST, count=1)["count"]
    if not whole:
        return empty(view.text("bank.inbox.empty"))
    now = datetime.now(UTC)
    state, due = view.query.get("state", ""), view.query.get("due", "")
    if whole > BROWSER_ROWS:
        query = dcc.Store(id="bank-inbox-query", data={"state": state, "due": due})
        pages = grid(
            view, "bank-inbox-pages", columns(view), label=view.text("bank.inbox"), infinite=True, sortable=False
        )
        note = dmc.Text(view.text("bank.inbox.long", count=whole), size="sm", className="quiet")
        return dmc.Stack([filters(view, None, state, due, now), query, note, pages])
    found = read_applications(view)
    chosen = [one for one in found if state in ("", one["state"]) and (due != "soon" or is_due_soon(one, now))]
    rows = [row_of(view, one, now) for one in chosen]
    shown = grid(view, "bank-inbox-grid", columns(view), rows, label=view.text("bank.inbox"))
    nothing = empty(view.text("bank.inbox.none_here"), view.text("bank.inbox.all"), view.href(PATH))
    return dmc.Stack([filters(view, found, state, due, now), shown if rows else nothing])


def block(view: View, request: Mapping[str, Any] | None, query: Mapping[str, str] | None) -> dict[str, Any]:
    """The rows that the grid wants next, and how many there are; None where that is not known yet."""
    given, chosen = request or {}, query or {}
    start = max(0, int(given.get("startRow") or 0))
    count = min(max(int(given.get("endRow") or 0) - start, 0), MOST_ROWS)
    now = datetime.now(UTC)
    wanted: dict[str, Any] = {"order": "newest", "after": start, "count": count}
    if chosen.get("state") in STATES:
        wanted["state"] = chosen["state"]
    if chosen.get("due") == "soon":
        wanted["due_before"] = str(iso_day((now + timedelta(days=SOON_DAYS - 1)).isoformat()))
    answer = view.api.get(LIST, **wanted)
    rows = [row_of(view, one, now) for one in answer["bank_applications"]]
    return {"rowData": rows, "rowCount": answer["count"]}


def read_applications(view: View) -> list[dict[str, Any]]:
    """The bank's own applications, the newest first."""
    found: list[dict[str, Any]] = view.api.get(LIST, order="newest")["bank_applications"]
    return found


def read_open(view: View) -> list[dict[str, Any]]:
    """Those that are not closed; only these are read."""
    found: list[dict[str, Any]] = view.api.get(LIST, due_before=LAST_DAY)["bank_applications"]
    return found


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


def filters(view: View, found: Sequence[Mapping[str, Any]] | None, state: str, due: str, now: datetime) -> Component:
    """A link for every state, and one for what expires soon; the address holds the choice.

    found : all applications, whose counts are shown; None for a long list, where each link is there without one
    """
    choices: list[tuple[str, str, str, int | None]]
    if found is None:
        counts: dict[str, int | None] = dict.fromkeys(("", *STATES, "soon"))
    else:
        counts = {key: sum(one["state"] == key for one in found) for key in STATES}
        counts |= {"": len(found), "soon": sum(is_due_soon(one, now) for one in found)}
    choices = [("", "", view.text("bank.inbox.all"), counts[""])]
    choices += [(key, "", view.text(f"bank.state.{key}"), counts[key]) for key in STATES if counts[key] != 0]
    if counts["soon"] != 0:
        choices.append(("", "soon", view.text("bank.inbox.soon", days=SOON_DAYS), counts["soon"]))
    links = []
    for of_state, of_due, words, count in choices:
        here: dict[str, Any] = {"aria-current": "true"} if (of_state, of_due) == (state, due) else {}
        address = view.href(PATH, state=of_state, due=of_due)
        shown = words if count is None else f"{words} {count:,}"
        badge = dmc.Badge(shown, variant="filled" if here else "outline", size="lg", autoContrast=True)
        links.append(html.A(badge, href=address, **here))
    return html.Nav(dmc.Group(links, gap="xs"), **{"aria-label": view.text("bank.inbox.filter")})
