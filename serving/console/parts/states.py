"""What a page shows where there is nothing, where a call was refused, and the small blocks that pages share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash.development.base_component import Component

from serving.console.api import Refused
from serving.console.parts.words import capital

if TYPE_CHECKING:
    from serving.console.page import View


def refusal_message(view: View, refused: Refused) -> Component:
    """A refusal in words, which a screen reader reads out at once; it can be closed."""
    first, *rest = refused.text(view.lang).split("\n")
    return dmc.Alert(
        [dmc.Text(line, size="sm") for line in rest],
        title=first, color="red", withCloseButton=True, closeButtonLabel=view.text("shell.close"),
    )  # fmt: skip


def success_message(view: View, words: str) -> Component:
    """What was done, in words."""
    return dmc.Alert(title=words, color="green", withCloseButton=True, closeButtonLabel=view.text("shell.close"))


def empty(words: str, action: str | None = None, href: str | None = None) -> Component:
    """What is missing here and what to do about it."""
    link = [dmc.Anchor(action, href=href, refresh=True)] if action and href else []
    return dmc.Paper(
        dmc.Stack([dmc.Text(words), *link], align="center", gap="xs"), withBorder=True, p="xl", radius="md",
        className="empty-state",
    )  # fmt: skip


def section(title: str, *children: Any) -> Component:
    """A part of a page under a heading of the second level."""
    heading = dmc.Title(capital(title), order=2, size="h4")
    return dmc.Paper(dmc.Stack([heading, *children], gap="md"), withBorder=True, p="md", radius="md")


def panel(*children: Any) -> Component:
    """A part of a page without a heading of its own, where the page's title is all there is to say."""
    return dmc.Paper(dmc.Stack([*children], gap="md"), withBorder=True, p="md", radius="md")


def fact_cards(facts: Sequence[tuple[str, str, str | None]]) -> Component:
    """Cards of a heading, a value in words with its unit, and a note or None."""
    cards = [
        dmc.Paper(
            dmc.Stack(
                [
                    dmc.Text(capital(heading), size="sm", className="quiet"),
                    dmc.Text(value, size="xl", fw=600, className="fact-value"),
                    *([dmc.Text(note, size="xs", className="quiet")] if note else []),
                ],
                gap=2,
            ),
            withBorder=True, p="md", radius="md",
        )
        for heading, value, note in facts
    ]  # fmt: skip
    return dmc.SimpleGrid(cards, cols={"base": 2, "lg": 4}, spacing={"base": "xs", "sm": "md"})


def badge(words: str, colour: str = "gray") -> Component:
    """A word on a coloured ground; the word alone carries the meaning."""
    return dmc.Badge(capital(words), color=colour, variant="outline", autoContrast=True)
