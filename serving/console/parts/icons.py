"""Small pictures of the menu, drawn as one path each; decoration beside a text, so hidden from screen readers."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

NAMES = ("home", "firms", "match", "chain", "ship", "lamp", "incubator", "quarantine", "lever", "compare", "points",
         "bank", "consent", "inbox", "replay", "book", "account", "key", "release", "ledger", "health")  # fmt: skip


def icon(name: str) -> Component:
    """The picture of a name of ``NAMES``; ``assets/icons.css`` draws it in the colour of the text."""
    if name not in NAMES:
        raise ValueError(f"icon {name!r}; there are {list(NAMES)}")
    return html.Span(className=f"icon icon-{name}", **{"aria-hidden": "true"})
