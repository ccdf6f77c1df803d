"""Parts of forms: a text that a person gives as a reason, and a button that is confirmed before it acts."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc
from dash.development.base_component import Component

LONGEST_TEXT = 500  # characters, as the services take them


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
