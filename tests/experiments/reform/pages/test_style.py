"""Ink can be read on its ground by everybody, and the sheet needs nothing from elsewhere."""

from __future__ import annotations

import re

import pytest

from experiments.reform.pages.style import BASELINE, COLOURS, INK, PARTS, REFORM, style_sheet
from models.reform.result import BUCKETS

pytestmark = pytest.mark.surface


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, definition)."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2, definition)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_by_hand():
    """Black on white is 21 to 1, the same colour on itself 1 to 1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#1f5c94", "#1f5c94") == 1


def test_text_has_the_contrast_that_wcag_asks_for():
    """At least 4.5 to 1 for every ink on its ground, and 3 to 1 for lines that carry a figure."""
    grounds = [(ink, fill) for fill, ink, _ in COLOURS.values()]
    sheet = style_sheet()
    named = dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", sheet))
    grounds += [(named["ink"], "#ffffff"), (named["quiet"], "#ffffff"), (named["quiet"], named["tint"])]
    grounds += [("#ffffff", "#7a3500"), ("#ffffff", "#12304c"), ("#d5e2ee", "#12304c"), (named["blue"], "#ffffff")]
    assert min(contrast(*pair) for pair in grounds) >= 4.5
    lines = [line for *_, line in COLOURS.values()] + [BASELINE, REFORM, INK]
    assert min(contrast(line, "#ffffff") for line in lines) >= 3


def test_every_bucket_and_part_has_a_colour_of_its_own():
    """No two alike."""
    assert set(COLOURS) == set(BUCKETS)
    assert len({fill for fill, *_ in COLOURS.values()}) == len(BUCKETS)
    assert len(set(PARTS.values())) == len(PARTS) == 4


def test_the_sheet_is_whole_and_adapts():
    """Braces match; there are rules for narrow pages and for paper."""
    sheet = style_sheet()
    assert sheet.count("{") == sheet.count("}")
    assert "@media(max-width:640px)" in sheet
    assert "@media print" in sheet
    assert not re.search(r"url\(|@import|https?:", sheet)
