"""Statuses, stages and codes of customs in words, and the links between the pages of clearance."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dash.development.base_component import Component

from data.clearance.codes import Codes
from models.clearance.forecast import clearance_sentences
from models.clearance.timeline import STATUS_TEXT, say
from serving.console.parts.links import siblings
from serving.console.parts.words import capital

if TYPE_CHECKING:
    from serving.console.page import View


def site(view: View, here: str) -> Component:
    """The pages of clearance."""
    names = ("/clearance", "/clearance/messages", "/clearance/report")
    links = [(view.text(f"clearance.site.{name.rpartition('/')[2]}"), view.href(name)) for name in names]
    return siblings(view.text("clearance.title"), links, view.href(here))


def status_name(view: View, status: str) -> str:
    """A clearance status in words, as a cell or a badge has it."""
    return capital(STATUS_TEXT[status][view.lang == "en"])


def stage_name(view: View, stage: str) -> str:
    """A stage in words."""
    return clearance_sentences()[f"stage.{stage}"].fill({})[view.lang == "en"]


def direction_name(view: View, direction: str | None) -> str:
    """Import, export, or nothing where it is not known."""
    return view.text(f"clearance.direction.{direction}") if direction else ""


def mark_name(view: View, mark: str) -> str:
    """What is odd about a receipt, in words."""
    return say(view.lang, f"mark.{mark}")


@cache
def office_name(code: str) -> str:
    """The Chinese name of a customs office, "" where no table has its code; other languages have none."""
    rows = Codes.load().rows("customs_offices", code)
    return rows[-1].zh if rows else ""


def office_of(view: View, code: str | None) -> str:
    """An office with its name where the table has it, else its code, which is then all that is known."""
    if not code:
        return ""
    name = office_name(code)
    return (
        view.text("clearance.office", name=name, code=code) if name else view.text("clearance.office_code", code=code)
    )
