"""Parts of forms: a text that a person gives as a reason, and a button that is confirmed before it acts."""

from __future__ import annotations

from math import isfinite
from typing import Any

import dash_mantine_components as dmc
from dash import dcc
from dash.development.base_component import Component

EXACT = 2.0**53  # from here on a number of the browser is not every whole number
LONGEST_TEXT = 500  # characters, as the services take them


def typed_number(value: Any, per: float = 1.0) -> Any:
    """``per`` times what a field of numbers holds; what is no number, as a lone sign, stays for the API to name it."""
    try:
        found = round(float(value) * per, 9)  # 4.1 % is 0.041
    except (TypeError, ValueError):
        return value
    return found if isfinite(found) else value


def whole_number(value: Any, per: float = 1.0) -> Any:
    """The same, rounded; one with more digits than a number has stays as it is too."""
    found = typed_number(value, per)
    return round(found) if isinstance(found, float) and abs(found) < EXACT else found


def reason_field(field_id: str, words: str, rows: int = 3) -> Component:
    """A field for a text of at most ``LONGEST_TEXT`` characters that is needed."""
    return dmc.Textarea(
        id=field_id,
        label=words,
        autosize=True,
        minRows=rows,
        withAsterisk=True,
        attributes={"input": {"maxLength": LONGEST_TEXT}},
    )


def confirm_button(button_id: Any, words: str, question: str, colour: str = "red") -> Component:
    """A button that puts ``question`` first; its callback listens to ``submit_n_clicks`` of ``button_id``."""
    button = dmc.Button(words, color=colour, variant="outline")
    return dcc.ConfirmDialogProvider(button, id=button_id, message=question)
