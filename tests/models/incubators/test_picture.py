"""The picture of the levels."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from models.chain.picture.text_width import em_width
from models.incubators.picture import EDGE, SIZE, WIDTH, level_picture, picture_text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_parts_fill_the_bar_in_proportion_and_are_said_in_words(reports, lang):
    """5, 3, 8, 35 and 87 of 138, with a label for those who do not see it."""
    made = reports[lang]
    root = ET.fromstring(level_picture(made))
    bars = [one for one in root.iter() if one.get("class", "").endswith(" cut")]
    lengths = [float(one.get("width")) for one in bars]
    assert sum(lengths) == pytest.approx(WIDTH - 2 * EDGE, abs=0.5)
    assert [round(one / sum(lengths) * 138) for one in lengths] == [5, 3, 8, 35, 87]
    assert root.get("role") == "img"
    assert root.get("aria-label") == picture_text(made)
    assert [int(number) for number in re.findall(r"\d+", picture_text(made))] == [16, 35, 87, 138]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_can_be_read_on_a_telephone(reports, lang):
    """In a window of 400 px a letter keeps at least 11 px of its 13, and every line fits into the picture."""
    root = ET.fromstring(level_picture(reports[lang]))
    left, _, width, _ = (float(one) for one in root.get("viewBox").split())
    assert SIZE * (400 - 2 * 24) / width >= 11
    lines = [one for one in root.iter() if one.tag.endswith("text")]
    assert len(lines) == 5
    assert all(float(one.get("x")) + em_width(one.text) * SIZE <= left + width for one in lines)


def test_no_incubator_is_no_picture(reports):
    """Rather than a bar of nothing."""
    made = reports["zh"]
    empty = replace(made.reconciliation, parts=made.reconciliation.parts.assign(value=0))
    assert level_picture(replace(made, reconciliation=empty)) == ""
