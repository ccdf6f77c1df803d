"""How wide a text is drawn, and where its lines break: nothing of a picture is measured by a browser.

Widths are those of the widest of the usual fonts (Noto Sans, Source Han Sans, Liberation Sans, Arial), so a text is at
most as wide as it is said to be. A character that is not in the table takes a whole em, as Chinese does.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

# Hundredths of an em of the characters from space to tilde, each the widest of Noto Sans CJK and Liberation Sans.
_REGULAR = (
    28, 33, 48, 56, 56, 93, 68, 28, 34, 34, 47, 59, 28, 35, 28, 40, 56, 56, 56, 56, 56, 56, 56, 56, 56, 56, 28, 28, 59,
    59, 59, 56, 102, 67, 67, 73, 73, 67, 62, 78, 73, 30, 54, 67, 56, 84, 73, 78, 67, 78, 73, 67, 62, 73, 67, 95, 67, 67,
    62, 34, 40, 34, 56, 56, 61, 57, 62, 51, 62, 56, 33, 57, 61, 28, 28, 56, 29, 93, 61, 61, 62, 62, 39, 50, 38, 61, 53,
    81, 50, 53, 50, 34, 27, 34, 59,
)  # fmt: skip
_BOLD = (
    28, 37, 58, 59, 59, 97, 74, 33, 38, 38, 51, 59, 33, 37, 33, 39, 59, 59, 59, 59, 59, 59, 59, 59, 59, 59, 34, 34, 59,
    59, 59, 62, 101, 73, 73, 73, 73, 67, 62, 78, 76, 33, 57, 73, 62, 86, 75, 78, 67, 78, 73, 67, 63, 75, 67, 95, 67, 67,
    62, 38, 39, 38, 59, 57, 63, 60, 65, 56, 65, 59, 38, 62, 64, 31, 31, 61, 32, 97, 65, 63, 65, 65, 44, 56, 43, 64, 58,
    87, 57, 58, 52, 39, 30, 39, 59,
)  # fmt: skip
_PICTOGRAPHS = 0x1F000 - 32  # from here on, emoji among them, characters may be wider than an em
ASCENT, DESCENT = 0.88, 0.22  # of an em above and below the baseline

_CLOSING = "，。、；：！？）〕】》」』”’％·)]},.;:!?%"
_OPENING = "（〔【《「『“‘([{"
# A word of letters and digits with what joins them, a run of spaces, or one other character.
_PIECES = re.compile(r"\s+|[!-~À-ʯͰ-ӿ]+|.", re.DOTALL)
_AFTER = re.compile(r"(?<=[-/_&+])(?=[A-Za-z0-9])")  # a long word may break behind these


@lru_cache(maxsize=16384)
def em_width(text: str, *, bold: bool = False) -> float:
    """The width of a text in em, an upper bound for the fonts above; combining characters take none."""
    known, width = _BOLD if bold else _REGULAR, 0
    for letter in text:
        code = ord(letter) - 32
        if 0 <= code < len(known):
            width += known[code]
        elif not unicodedata.combining(letter):
            width += 140 if code >= _PICTOGRAPHS else 100
    return width / 100.0


def plain(text: str) -> str:
    """Text that may stand in XML: control characters and other invisible ones become a space, spaces are joined."""
    seen = ("\t" if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") else letter for letter in text)
    return " ".join("".join(seen).split())


def wrap(text: str, width: float, *, bold: bool = False, tail: float = 0.0) -> list[str]:
    """The lines of a text that are at most ``width`` em wide, as few as possible and about equally long.

    Chinese breaks between any two characters, but no line begins with closing or ends with opening punctuation; other
    words break at spaces and hyphens, and a word that is longer than a line breaks anywhere. Nothing is left out.
    tail : em kept free at the end of the last line; that line is empty where a word would be broken off for it
    """
    whole = plain(text)
    if (room := width - em_width(whole, bold=bold)) >= 0.0:
        return [whole] if room >= tail else [whole, ""]
    pieces = _pieces(whole, bold)
    lines = _fill(pieces, width, bold, tail)
    longest = max(piece.width for piece in pieces)
    low, high = min(width, max(longest, width / (len(lines) + 1.0))), width
    for _ in range(5 if low < high else 0):  # the narrowest lines that are not more of them
        middle = (low + high) / 2.0
        if len(_fill(pieces, middle, bold, tail)) > len(lines):
            low = middle
        else:
            high = middle
    return _fill(pieces, high, bold, tail)


class _Piece(NamedTuple):
    """What is kept together: a word of a width, and the space behind it."""

    word: str
    space: str
    width: float
    space_width: float


@lru_cache(maxsize=16384)
def _pieces(text: str, bold: bool) -> tuple[_Piece, ...]:
    """The pieces of a text in order."""
    found: list[str] = []
    for piece in (part for run in _PIECES.findall(text) for part in _AFTER.split(run)):
        if found and (piece.isspace() or piece[0] in _CLOSING or found[-1][-1] in _OPENING):
            found[-1] += piece
        else:
            found.append(piece)
    if len(found) > 2 and not found[-2].endswith(" ") and not found[-1][0].isascii():
        found[-2:] = [found[-2] + found[-1]]  # no Chinese character is left alone on the last line
    return tuple(
        _Piece(
            word := piece.rstrip(),
            space := piece[len(word) :],
            em_width(word, bold=bold),
            em_width(space, bold=bold),
        )
        for piece in found
    )


def _fill(pieces: tuple[_Piece, ...], width: float, bold: bool, tail: float) -> list[str]:
    lines: list[str] = []
    room = 0.0  # left on the last line
    for number, (word, space, wide, space_width) in enumerate(pieces):
        needed = wide + tail if number == len(pieces) - 1 and wide + tail <= width else wide
        if lines and needed <= room:
            lines[-1] += word + space
        else:
            *broken, word = _broken(word, width, bold) if wide > width else (word,)
            lines += [*broken, word + space]
            room, wide = width, em_width(word, bold=bold) if broken else wide
        room -= wide + space_width
    lines = [line.strip() for line in lines]
    if tail and em_width(lines[-1], bold=bold) + tail > width:
        lines.append("")
    return lines


def _broken(word: str, width: float, bold: bool) -> list[str]:
    """A word in parts that fit, at least one character each."""
    parts, room = [""], width
    for letter in word:
        wide = em_width(letter, bold=bold)
        if wide > room and parts[-1]:
            parts.append("")
            room = width
        parts[-1] += letter
        room -= wide
    return parts
