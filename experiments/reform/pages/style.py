"""Colours of the pictures, and the style sheet that every page holds; nothing comes from elsewhere."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

# By bucket: fill, ink on it, and line. Orange to blue is distinct without red and green, and neither is praise.
COLOURS = {
    "lose_more_than_5pct": ("#96480a", "#ffffff", "#96480a"),
    "lose_up_to_5pct": ("#e8ab62", "#16202b", "#b8741d"),
    "same": ("#d9dfe5", "#16202b", "#7b8894"),
    "gain_up_to_5pct": ("#86b6da", "#16202b", "#3f83b5"),
    "gain_more_than_5pct": ("#1f5c94", "#ffffff", "#1f5c94"),
    "from_zero": ("#4c4f8f", "#ffffff", "#4c4f8f"),
}
PARTS = {
    "sd_firms": "#1f5c94",
    "sd_refit": "#86b6da",
    "sd_sample": "#e8ab62",
    "sd_monte_carlo": "#aab4bf",
}
BASELINE, REFORM, UP, DOWN, INK = "#6b7885", "#1f5c94", "#1f5c94", "#96480a", "#16202b"


@cache
def style_sheet() -> str:
    """The text of ``page.css``."""
    return (files("experiments.reform.pages") / "page.css").read_text(encoding="utf-8").strip()
