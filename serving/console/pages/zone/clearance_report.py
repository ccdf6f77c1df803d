"""The report of clearance by period: what it is wanted for, its page, and its tables as files."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash.development.base_component import Component

from models.clearance.reports.query import DIMENSIONS, PERIODS
from serving.console.page import Console, Page, View
from serving.console.pages.zone.clearance_words import site
from serving.console.pages.zone.record_parts import BOTH
from serving.console.parts.filters import choice, query_form
from serving.console.parts.links import downloads, framed_page
from serving.console.parts.states import section

PATH, ROUTE = "/clearance/report", "/v1/clearance/reports"
WANTED = ("period", "by", "cross", "baseline", "current")


def layout(view: View) -> Component:
    """The report that the query asks for."""
    say, wanted = view.text, {name: view.query[name] for name in WANTED if view.query.get(name)}
    view.api.body(f"{ROUTE}/page.html", **wanted)  # what cannot be wanted for is refused here, in words
    sent = wanted | {"lang": view.lang}
    files = [
        (say("records.csv"), view.api_href(f"{ROUTE}/table.csv", **sent)),
        (say("records.xlsx"), view.api_href(f"{ROUTE}/table.xlsx", **sent)),
    ]
    periods = [(key, say(f"clearance.period.{key}")) for key in PERIODS]
    by = [(key, say(f"clearance.by.{key}")) for key in DIMENSIONS]
    inputs = [
        choice("period", say("clearance.report.period"), periods, wanted.get("period", "quarter")),
        choice("by", say("clearance.report.by"), by, wanted.get("by", "office")),
        choice("cross", say("clearance.report.cross"), by, wanted.get("cross", ""), say("clearance.report.no_cross")),
        *(
            dmc.TextInput(
                name=name, label=say(f"clearance.report.{name}"), value=wanted.get(name, ""), w=150,
                placeholder=say("clearance.report.shape"),
            )
            for name in ("baseline", "current")
        ),
    ]  # fmt: skip
    title = say("clearance.report_title")
    return dmc.Stack([
        site(view, PATH),
        query_form(view.href(PATH), inputs, say("records.show")),
        section(title, downloads(files), framed_page(title, view.api_href(f"{ROUTE}/page.html", **sent), 900)),
    ])  # fmt: skip


def register(console: Console) -> None:
    """Add the page of the report."""
    console.add(Page(PATH, BOTH, "clearance", "clearance.report_title", layout))
