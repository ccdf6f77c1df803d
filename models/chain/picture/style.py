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
    "p0": "#46759d", "p1": "#3a6c98", "p2": "#2c6496", "p3": "#66727e",
}  # fmt: skip
FONTS = (
    '"Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei","Noto Sans",'
    "Arial,sans-serif"
)


@cache
def style_sheet() -> str:
    """The rules: light, and dark where the reader's system is dark and the picture is not printed."""
    shape = (
        f".fishbone text{{font-family:{FONTS}}}.fishbone .b{{font-weight:700}}.fishbone .tail{{font-weight:400}}"
        ".fishbone a{text-decoration:none;cursor:pointer}.fishbone a:hover text{text-decoration:underline}"
        ".fishbone .m{stroke-width:.34;stroke-linejoin:round}"
        ".fishbone .rib{fill:none;stroke-width:3.2;stroke-linecap:round}.fishbone .bone{fill:none;stroke-width:1}"
        ".fishbone .label{stroke-width:1.6}.fishbone .notch{fill:none;stroke-width:3}"
    )
    return shape + _colours(LIGHT) + f"@media screen and (prefers-color-scheme:dark){{{_colours(DARK)}}}"


def _colours(of: Mapping[str, str]) -> str:
    texts = "".join(
        f".fishbone text.{key}{{fill:{of[key]}}}" for key in ("ink", "quiet", "potential", "risk", "gap", "onspine")
    )
    texts += f".fishbone text .tail{{fill:{of['quiet']}}}"
    marks = "".join(f".fishbone .m.{key}{{fill:{of[key]};stroke:{of[key]}}}" for key in ("potential", "risk", "gap"))
    parts = "".join(
        f".fishbone .spine.{key}{{fill:{of[key]}}}.fishbone .rib.{key},.fishbone .label.{key}{{stroke:{of[key]}}}"
        for key in ("p0", "p1", "p2", "p3")
    )
    return (
        f".fishbone .paper{{fill:{of['paper']}}}{texts}{marks}.fishbone .m.maybe{{fill:none}}"
        f".fishbone .m.none{{fill:{of['bone']}}}.fishbone .eye{{fill:{of['onspine']}}}{parts}"
        f".fishbone .label{{fill:{of['label']}}}"
        f".fishbone .bone{{stroke:{of['bone']}}}.fishbone .head{{fill:{of['head']}}}"
        f".fishbone .notch{{stroke:{of['paper']}}}"
    )
