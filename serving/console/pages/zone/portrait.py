"""One firm for the zone: standing, dimensions, indicators, history, ladder, chains, demands, clearance, objections."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from serving.console.page import Console, Page, View
from serving.console.parts.firm_names import PORTRAIT_ROLES
from serving.console.parts.instants import day
from serving.console.parts.points_history import points_history
from serving.console.parts.portrait import contributions, dimensions, firm_of, standing, value_table
from serving.console.parts.portrait_records import (
    declarations,
    ladder_of,
    matched_demands,
    nodes,
    objections,
    shared_quotas,
)
from serving.console.parts.states import empty, section
from serving.console.parts.words import capital
from serving.console.points_certificate import issued_to

PATH, PERMISSION = "/firms/{uscc}", "firms"


def register(console: Console) -> None:
    """Add the page and the list of demands, which is made on request."""
    console.add(Page(PATH, PORTRAIT_ROLES, PERMISSION, "portrait.title", portrait_page))
    console.callback(
        Output("portrait-demands", "children"), Input("portrait-ask", "n_clicks"), State("portrait-uscc", "data"),
        roles=PORTRAIT_ROLES, permission="match", running=[(Output("portrait-ask", "loading"), True, False)],
    )(demands_of)  # fmt: skip


def portrait_page(view: View) -> Component:
    """Every section of the firm at the address."""
    uscc = view.params["uscc"]
    firm = firm_of(view, uscc)
    words = firm.words
    name = firm.get("name") or view.text("firms.no_name")
    about = [capital(words.name(column, firm.get(column))) for column in ("stage", "size", "industry", "district")]
    head = dmc.Stack(
        [
            dmc.Title(name, order=2, size="h3", className="firm-name"),
            dmc.Text(" · ".join([uscc, *about])),
            dmc.Group([html.A(view.text("portrait.back"), href=view.href("/firms")), *_certificate_link(view, uscc)]),
        ],
        gap="xs",
    )
    parts: list[Any] = [dcc.Store(id="portrait-uscc", data=uscc), head]
    of_firm = (standing, dimensions, contributions, points_history, certificates, ladder_of)
    parts += [one(view, uscc) for one in of_firm]
    if view.caller.of_zone:  # neither banks' results nor placements are read by analysts
        parts.append(shared_quotas(view, uscc))
        parts.append(nodes(view, uscc))
    if "match" in view.caller.permissions:
        parts.append(_demands(view))
    if "clearance" in view.caller.permissions:
        parts.append(declarations(view, uscc))
    if "objections" in view.caller.permissions:
        parts.append(objections(view, uscc))
    return dmc.Stack(parts)


def certificates(view: View, uscc: str) -> Component:
    """Certificates of points that were issued to the firm, each with the points of its day."""
    firm_of(view, uscc)
    title, worker = view.text("portrait.certificates"), view.state.worker
    issued = view.run(worker.read(lambda: issued_to(worker.ledger, uscc)))
    if not issued:
        return section(title, empty(view.text("portrait.no_certificates")))
    rows = [
        {"number": html.A(one["number"], href=view.href("/certificates", number=one["number"], code=one["code"])),
         "issued": day(view, one["issued_on"]), "points": view.text("portrait.points_value", x=one["points"]),
         "valid": day(view, one["valid_until"])}
        for one in issued
    ]  # fmt: skip
    keys = ("number", "issued", "points", "valid")
    return section(title, value_table([(key, view.text(f"portrait.column.{key}")) for key in keys], rows))


def _certificate_link(view: View, uscc: str) -> list[Component]:
    if view.account.role != "zone_officer":
        return []
    return [html.A(view.text("portrait.certificate"), href=view.href(f"/firms/{uscc}/certificate"))]


def _demands(view: View) -> Component:
    ask = dmc.Button(view.text("portrait.ask_demands"), id="portrait-ask", variant="default")
    return section(
        view.text("portrait.demands"), dmc.Text(view.text("portrait.demands_note"), size="sm", className="quiet"),
        dmc.Group([ask]), html.Div(id="portrait-demands", role="status"),
    )  # fmt: skip


def demands_of(view: View, _: int | None, uscc: str) -> Component:
    """The demands that the firm could serve."""
    return matched_demands(view, uscc)
