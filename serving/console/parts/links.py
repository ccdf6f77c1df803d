"""Links between pages that belong together, files to download, and pages of the API in a frame."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component


def siblings(label: str, links: Sequence[tuple[str, str]], here: str) -> Component:
    """The pages of one subject as (words, address), the present one by its address; named ``label``."""
    items = [
        html.A(words, href=href, className="sibling here" if href == here else "sibling",
               **({"aria-current": "page"} if href == here else {}))
        for words, href in links
    ]  # fmt: skip
    return html.Nav(items, className="siblings", **{"aria-label": label})


def downloads(links: Sequence[tuple[str, str]]) -> Component:
    """Files as (words, address)."""
    return dmc.Group([html.A(words, href=href, className="download") for words, href in links], gap="md")


def framed_page(title: str, href: str, height: int = 640) -> Component:
    """A page of the API, which loads nothing and runs no script, named ``title``."""
    return html.Iframe(title=title, src=href, className="framed-page", style={"height": f"{height}px"})
