"""Lamps, kinds of handling and items in words, and the links between the pages of approvals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash.development.base_component import Component

from data.approvals.kinds import statuses
from models.approvals.texts import lamp_text, say
from serving.console.pages.zone.record_parts import ANALYST, ZONE
from serving.console.parts.links import siblings
from serving.console.parts.words import capital

if TYPE_CHECKING:
    from serving.console.page import View

# Mantine's colour of a lamp, and the hue of its bars.
LAMPS: Mapping[str, tuple[str, str]] = {
    "red": ("red", "#D64545"),
    "yellow": ("yellow", "#E0A100"),
    "green": ("green", "#2F9E68"),
    "none": ("gray", "#8A97A5"),
}
PAGES = {
    "/approvals": (ZONE, "enterprise"),
    "/approvals/statistics": (ZONE, "enterprise", ANALYST),
    "/approvals/items": (ZONE, "enterprise", ANALYST),
    "/approvals/intake": (ZONE,),
}


def site(view: View, here: str) -> Component:
    """The pages of approvals that the person may see."""
    links = [
        (view.text(f"approvals.site.{path.rpartition('/')[2]}"), view.href(path))
        for path, roles in PAGES.items()
        if view.account.role in roles
    ]
    return siblings(view.text("approvals.title"), links, view.href(here))


def lamp_words(view: View, case: Mapping[str, Any]) -> str:
    """The lamp of one case in words, as its answer has it."""
    row = {
        "lamp": case["lamp"],
        "late": case["late"],
        "statutory_late": case["clocks"]["statutory"]["late"],
        "is_closed": statuses()[case["status"]].closed,
    }
    return capital(lamp_text(row, view.lang))


def handling_name(view: View, handling: str) -> str:
    """A kind of handling in words, a dash where it is not known."""
    return capital(say(view.lang, f"handling.{handling}")) if handling else "–"


def item_name(view: View, row: Mapping[str, Any]) -> str:
    """The item of a line of the list."""
    return str(row[f"item_{view.lang}"] or say(view.lang, "no_item"))
