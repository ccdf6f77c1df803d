"""Buttons of forms: one that is confirmed before it acts, for what cannot be undone."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc
from dash.development.base_component import Component


def confirm_button(button_id: Any, words: str, question: str, colour: str = "red") -> Component:
    """A button that puts ``question`` first; its callback listens to ``submit_n_clicks`` of ``button_id``."""
    button = dmc.Button(words, color=colour, variant="outline")
    return dcc.ConfirmDialogProvider(button, id=button_id, message=question)
