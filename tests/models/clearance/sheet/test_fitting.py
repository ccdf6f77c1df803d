"""Texts in boxes, with letters one size wide."""

from __future__ import annotations

import pytest

from models.clearance.sheet.fitting import LEADING, fit, wrap


def one(letter: str) -> float:
    return 1.0


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("网络摄像机", 5, ["网络摄像机"]),
        ("网络摄像机", 2, ["网络", "摄像", "机"]),
        ("two words", 5, ["two", "words"]),
        ("ABCDEFGH", 3, ["ABC", "DEF", "GH"]),  # a long word is cut
        ("a ABCDEFGH", 3, ["a", "ABC", "DEF", "GH"]),
        ("国家（地区）、港", 3, ["国家", "（地", "区）、", "港"]),  # （ stays with 地, ） and 、 with 区
    ],
)
def test_wrapping_by_hand(text, width, lines):
    assert wrap(text, width, one) == lines


def test_no_line_is_wider_than_the_box_and_no_letter_is_lost():
    text = "INTERNATIONAL Simulated公司（模拟）, 0|0|网络摄像机|" * 7
    for width in range(1, 40):
        lines = wrap(text, width, one)
        assert all(len(line) <= width for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_letters_become_smaller_until_the_text_fits():
    """Ten letters in a box of 5 by 3: at size 2 five lines, at size 1 two lines of 2·1.18 = 2.36."""
    fitted = fit(["ABCDEFGHIJ"], 5, 3, (2, 1, 0.5), one)
    assert (fitted.size, fitted.lines) == (1, ("ABCDE", "FGHIJ"))
    assert fitted.height == pytest.approx(2 * LEADING)


def test_where_no_size_fits_the_smallest_is_taken():
    assert fit(["A" * 100], 2, 1, (2, 1), one).size == 1
