"""Texts are as wide as said at most, and lines lose nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.chain.picture.text_width import em_width, plain, wrap

LETTERS = st.text(alphabet=st.sampled_from("智能视频、，（）()-/ abcMW1《》器\t"), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("text", "bold", "width"),
    [("智能", False, 2.0), ("智能", True, 2.0), ("AI", False, 0.97), ("", False, 0.0), ("é", False, 1.0)],
)
def test_widths_in_em(text, bold, width):
    """Chinese takes an em whatever its weight; Latin letters their own width."""
    assert em_width(text, bold=bold) == pytest.approx(width)


def test_a_combining_accent_takes_no_width():
    assert em_width("e\u0301") == em_width("e")


@settings(max_examples=60)
@given(text=LETTERS, width=st.floats(2.0, 20.0), tail=st.sampled_from([0.0, 1.5]))
def test_no_line_is_too_wide_and_nothing_is_lost(text, width, tail):
    """Whatever breaks, the letters in their order are those of the text; the tail fits on the last line."""
    lines = wrap(text, width, tail=tail)
    assert "".join("".join(lines).split()) == "".join(plain(text).split())
    assert all(em_width(line) <= width + 1e-9 for line in lines)
    assert em_width(lines[-1]) + tail <= width + 1e-9


def test_lines_are_about_equally_long():
    assert wrap("智能视频监控设备制造", 8.0) == ["智能视频监", "控设备制造"]


def test_a_word_is_not_broken_to_make_lines_equal():
    assert wrap("Wireless communication chips", 9.0) == ["Wireless", "communication", "chips"]


def test_a_word_that_is_longer_than_a_line_breaks():
    assert len(wrap("a" * 40, 5.0)) > 3


def test_no_line_begins_with_closing_punctuation():
    for width in (3.0, 4.0, 5.0, 6.0):
        lines = wrap("视频（智能）、监控，设备。", width)
        assert not [line for line in lines if line[0] in "）、，。"]
        assert not [line for line in lines if line[-1] == "（"]


def test_a_name_that_fits_stays_whole_and_its_tail_goes_below():
    """Where name and figure do not fit together, the name is not broken for it."""
    assert wrap("全景多目摄像机", 7.5, tail=4.0) == ["全景多目摄像机", ""]
    assert wrap("全景多目摄像机", 12.0, tail=4.0) == ["全景多目摄像机"]


def test_no_chinese_character_is_left_alone_on_the_last_line():
    for width in (4.0, 5.0, 6.0, 7.0):
        assert len(wrap("全景多目摄像机设备", width)[-1]) > 1


def test_control_characters_and_direction_marks_are_not_drawn():
    """What XML forbids, and what turns text around, is a space."""
    assert plain("a\x00b\u202ec\n d\ufffe") == "a b c d"
