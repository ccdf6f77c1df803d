"""Colours of the picture can be read on light and on dark, and reach nothing outside it."""

from __future__ import annotations

import re

import pytest

from models.chain.picture.style import DARK, LIGHT, style_sheet


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_by_hand():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_has_a_contrast_of_at_least_4_5(colours):
    """Names and figures on paper and in labels, the names of positions and of the chain on the spine and head."""
    for text in ("ink", "quiet", "potential", "risk", "gap"):
        for ground in ("paper", "label"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for ground in ("p0", "p1", "p2", "p3", "head"):
        assert contrast(colours["onspine"], colours[ground]) >= 4.5, ground
    for part in ("p0", "p1", "p2", "p3"):  # graphical parts need 3:1
        assert contrast(colours[part], colours["paper"]) >= 3.0, part


def test_dark_is_for_screens_alone():
    """What is printed is light."""
    assert "@media screen and (prefers-color-scheme:dark)" in style_sheet()


def test_every_rule_is_of_this_picture():
    """No rule can change a page around the picture."""
    rules = style_sheet().replace("@media screen and (prefers-color-scheme:dark){", "")
    selectors = [one for found in re.findall(r"([^{}]+){[^{}]*}", rules) for one in found.split(",")]
    assert len(selectors) > 40
    assert not [one for one in selectors if not one.startswith((".fb-", ".fishbone"))]
