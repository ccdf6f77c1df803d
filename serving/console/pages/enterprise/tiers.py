"""The enterprise on the cultivation ladder, with the next step."""

from __future__ import annotations

from dash.development.base_component import Component

from serving.console.page import Console, Page, View
from serving.console.parts.ladder import ladder

ROLES = ("enterprise",)


def layout(view: View) -> Component:
    """Its tier, the next one and the way to it."""
    return ladder(view, view.api.get(f"/v1/firms/{view.caller.name}/ladder"))


def register(console: Console) -> None:
    """Add the page."""
    console.add(Page("/ladder", ROLES, "chain", "tiers.title", layout, "menu.mine", "release"))
