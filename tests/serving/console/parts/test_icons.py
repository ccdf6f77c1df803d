"""Every picture of the menu is drawn, and none is read out."""

from __future__ import annotations

import pytest

from serving.console.app import ASSETS
from serving.console.parts.icons import NAMES, icon


def test_every_name_has_its_picture():
    """A name without a rule in the style sheet would be an empty square."""
    rules = (ASSETS / "icons.css").read_text(encoding="utf-8")
    assert [name for name in NAMES if f".icon-{name} {{" not in rules] == []


def test_a_picture_is_hidden_from_screen_readers_and_an_unknown_one_is_an_error():
    """It is beside a text that says the same."""
    assert icon("home").to_plotly_json()["props"]["aria-hidden"] == "true"
    with pytest.raises(ValueError, match="nothing"):
        icon("nothing")
