"""A form whose answer is an address: what it asks for can be shared, and the browser goes there by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component


def choice(name: str, label: str, options: Sequence[tuple[str, str]], value: str = "", every: str = "") -> Component:
    """A list to choose from, as (value, words); ``every`` : the words of no choice, "" where one has to be made."""
    data = [{"value": key, "label": words} for key, words in options]
    more = {"placeholder": every, "clearable": True} if every else {"allowDeselect": False}
    return dmc.Select(name=name, label=label, data=data, value=value or None, searchable=len(data) > 8, w=240,
                      maw="100%", **more)  # fmt: skip


def query_form(
    address: str, inputs: Sequence[Component], submit: str, kept: Mapping[str, str] | None = None
) -> Component:
    """A form of inputs with a ``name`` each, whose values become the query of ``address``.

    kept : members of the query that stay as they are
    """
    hidden = [dmc.TextInput(name=name, value=value, display="none") for name, value in (kept or {}).items()]
    button = dmc.Button(submit, buttonProps={"type": "submit"}, variant="light")
    return html.Form(
        dmc.Group([*inputs, *hidden, button], align="end", gap="sm"),
        action=address,
        method="get",
        className="query-form",
    )
