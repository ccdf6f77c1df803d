"""Colours of the fishbone on light and on dark, and the style sheet that every picture holds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

# Every text colour has a contrast of at least 4.5:1 on what it is written on; shapes say what colours say.
LIGHT: Mapping[str, str] = {
    "paper": "#ffffff", "ink": "#16202b", "quiet": "#4b5967", "potential": "#0a6b4b", "risk": "#a8280f",
    "gap": "#5b3fa0", "bone": "#b9c3cd", "label": "#f4f7fa", "onspine": "#ffffff", "head": "#12304c",
    "p0": "#3f6f97", "p1": "#2a567e", "p2": "#173f63", "p3": "#56626e",
}  # fmt: skip
DARK: Mapping[str, str] = {
    "paper": "#10171f", "ink": "#e9eff5", "quiet": "#a9b6c3", "potential": "#66d6ab", "risk": "#ff9c86",
    "gap": "#c6b5ff", "bone": "#475563", "label": "#1a2530", "onspine": "#ffffff", "head": "#2c6496",
    "p0": "#46759d", "p1": "#3a6c98", "p2": "#31699c", "p3": "#66727e",
}  # fmt: skip
FONTS = (
    '"Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei","Noto Sans",'
    "Arial,sans-serif"
)


# Selectors with the property and the colour that they take, in an order in which later ones win.
_COLOURED = (
    *((f".fb-{key}", "fill", key) for key in ("paper", "ink", "quiet", "potential", "risk", "gap", "onspine", "head")),
    *((f".fb-m.fb-{key}", "stroke", key) for key in ("potential", "risk", "gap")),
    *((f".fb-spine.fb-{key}", "fill", key) for key in ("p0", "p1", "p2", "p3")),
    *((f".fb-rib.fb-{key},.fb-label.fb-{key}", "stroke", key) for key in ("p0", "p1", "p2", "p3")),
    (".fb-tail", "fill", "quiet"), (".fb-eye", "fill", "onspine"), (".fb-label", "fill", "label"),
    (".fb-bone", "stroke", "bone"), (".fb-none", "fill", "bone"), (".fb-notch", "stroke", "paper"),
)  # fmt: skip
_SHAPE = (
    f".fishbone text{{font-family:{FONTS};font-weight:400}}.fishbone .fb-b{{font-weight:700}}"
    ".fishbone .fb-tail{font-weight:400}.fishbone a{text-decoration:none;cursor:pointer}"
    ".fishbone a:hover text{text-decoration:underline}.fb-m{stroke-width:.34;stroke-linejoin:round}"
    ".fb-maybe.fb-m{fill:none}.fb-rib,.fb-bone,.fb-notch{fill:none}.fb-rib{stroke-width:3.2;stroke-linecap:round}"
    ".fb-bone{stroke-width:1}.fb-label{stroke-width:1.6}.fb-notch{stroke-width:3}"
)


@cache
def style_sheet() -> str:
    """The rules: light, and dark where the reader's system is dark and the picture is not printed."""
    return _colours(LIGHT) + f"@media screen and (prefers-color-scheme:dark){{{_colours(DARK)}}}" + _SHAPE


def _colours(of: Mapping[str, str]) -> str:
    return "".join(f"{selector}{{{what}:{of[key]}}}" for selector, what, key in _COLOURED)
