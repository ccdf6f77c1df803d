"""The enterprise as the zone sees it: the same sections as the officer's page of a firm, for itself alone."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from serving.console.page import Console, Page, View
from serving.console.pages.enterprise.held import table
from serving.console.parts.instants import day
from serving.console.parts.points_history import points_history
from serving.console.parts.portrait import contributions, dimensions, firm_of, standing
from serving.console.parts.portrait_records import declarations
from serving.console.parts.states import empty, section
from serving.console.parts.words import capital
from serving.console.points_certificate import issued_to

ROLES = ("enterprise",)


def layout(view: View) -> Component:
    """Standing among peers, dimensions, indicators, history, certificates, declarations."""
    uscc = view.caller.name
    firm = firm_of(view, uscc)
    about = [capital(firm.words.name(column, firm.get(column))) for column in ("stage", "size", "industry", "district")]
    parts: list[Any] = [
        dmc.Text(view.text("ownportrait.intro"), className="quiet"),
        dmc.Text(" · ".join([str(firm.get("name") or ""), uscc, *about]).removeprefix(" · "), fw=600),
    ]
    parts += [one(view, uscc) for one in (standing, dimensions, contributions, points_history)]
    parts += [_certificates(view, uscc), declarations(view, uscc)]
    return dmc.Stack(parts)


def _certificates(view: View, uscc: str) -> Component:
    """Certificates of points that the zone issued to the enterprise, each as a PDF."""
    worker, title = view.state.worker, view.text("ownportrait.certificates")
    issued = view.run(worker.read(lambda: issued_to(worker.ledger, uscc)))
    if not issued:
        return section(title, empty(view.text("ownportrait.certificates.none")))
    body = []
    for one in issued:
        href = view.href(f"/files/certificates/{one['number']}/{view.lang}.pdf")
        link = html.A(one["number"], href=href)
        cells = [day(view, one["issued_on"]), view.text("points.figure", points=float(one["points"])),
                 day(view, one["valid_until"])]  # fmt: skip
        body.append(html.Tr([html.Th(link, scope="row"), *(html.Td(cell) for cell in cells)]))
    keys = ("number", "issued", "points", "until")
    return section(title, table([view.text(f"ownportrait.col.{key}") for key in keys], body))


def register(console: Console) -> None:
    """Add the page."""
    console.add(Page("/portrait", ROLES, "points", "ownportrait.title", layout, "menu.mine", "firms"))
