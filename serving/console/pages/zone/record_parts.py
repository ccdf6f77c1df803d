"""What the pages of declarations, cases and incubators share: who sees them, and how they say what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from serving.console.api import Refused
from serving.console.parts.instants import moment
from serving.console.parts.states import badge, empty
from serving.console.parts.words import broken, capital

if TYPE_CHECKING:
    from serving.console.page import View

ZONE, FIRM, ANALYST = "zone_officer", "enterprise", "policy_analyst"
BOTH = (ZONE, FIRM)
MENU = "menu.services"
MOST = 1_000  # lines of one list: as many as the API gives at once


def of_zone(view: View) -> bool:
    """Whether the person works for the zone, which sees the records of every firm."""
    return view.account.role == ZONE


def head(view: View, *, simulated: bool, as_of: Any = None) -> Component:
    """As of when a page is, and that its records are simulated where they are."""
    parts: list[Any] = []
    if as_of is not None:
        parts.append(dmc.Text(view.text("records.as_of", at=moment(view, as_of)), size="sm", className="quiet"))
    if simulated:
        parts += [
            badge(view.text("records.simulated"), "orange"),
            dmc.Text(view.text("records.simulated_note"), size="sm"),
        ]
    return dmc.Group(parts, gap="sm")


def facts(pairs: Sequence[tuple[str, Any]]) -> Component:
    """Names and values, side by side where there is room."""
    return html.Dl(
        [html.Div([html.Dt(capital(name)), html.Dd(_said(value))]) for name, value in pairs], className="facts"
    )


def _said(value: Any) -> Any:
    """A value in words begins with a capital; a badge and a link are as they are."""
    return capital(value) if isinstance(value, str) else value


def listed(lines: Sequence[Any]) -> Component:
    """Lines of a list."""
    return html.Ul([html.Li(line) for line in lines], className="quiet-list")


def bar_label(view: View, name: str) -> str:
    """A name of the data beside its bar, in short lines; plotly takes tags in labels, so none is left in it."""
    return broken(view, name.replace("<", "＜"))


def shown_of(view: View, shown: int, count: int) -> Component | None:
    """That a list does not show all, where it does not."""
    return None if shown >= count else dmc.Text(view.text("records.shown_of", count=count, shown=shown), size="sm")


def or_words(view: View, make: Callable[[], Component]) -> Component:
    """A part of a page; where the API refuses it, why, in its place, so that the rest of the page stays."""
    try:
        return make()
    except Refused as refused:
        return empty(refused.text(view.lang).split("\n")[0])
