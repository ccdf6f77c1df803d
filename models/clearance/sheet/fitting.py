"""Texts in boxes: wrapped and made smaller until they fit, so that none runs over an edge.

A line may break before any Chinese character and at blanks, but not before a closing mark or after an opening one. A
run of letters longer than a line is cut where it must be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

Width = Callable[[str], float]  # of a text, in units of the size of its letters
LEADING = 1.18  # height of a line, in sizes of its letters
_CLOSING, _OPENING = frozenset("，。；：、）》”’！？…,.;:)%"), frozenset("（《“‘(")


class Fitted(NamedTuple):
    """Lines of a text and the size of its letters, in the unit of the box."""

    lines: tuple[str, ...]
    size: float

    @property
    def height(self) -> float:
        """Of all lines together."""
        return len(self.lines) * self.size * LEADING


def wrap(text: str, width: float, measure: Width) -> list[str]:
    """The lines of a text, none wider than the width unless a single character is.

    width : of the box, in sizes of the letters
    """
    lines, line, used = [], "", 0.0
    for piece in _pieces(text):
        of_piece = sum(map(measure, piece))
        if used + of_piece <= width:
            line, used = line + piece, used + of_piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line, used = "", 0.0
        for letter in piece.lstrip():
            of_letter = measure(letter)
            if line and used + of_letter > width:
                lines.append(line.rstrip())
                line, used = "", 0.0
            line, used = line + letter, used + of_letter
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> list[str]:
    """Parts that are kept on one line: a word with the blanks before it, or a Chinese character with its marks."""
    pieces: list[str] = []
    for letter in text:
        last = pieces[-1][-1] if pieces else ""
        word = letter.isascii() and last.isascii() and (letter != " " or last == " ")
        if pieces and (word or letter in _CLOSING or last in _OPENING):
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def fit(texts: Sequence[str], width: float, height: float, sizes: Sequence[float], measure: Width) -> Fitted:
    """Texts, each from a new line, in the largest size that fits; in the smallest where none does.

    width, height : of the box; sizes : of letters, largest first, in the same unit
    """
    fitted = Fitted((), sizes[0])
    for size in sizes:
        fitted = Fitted(tuple(line for text in texts for line in wrap(text, width / size, measure)), size)
        if fitted.height <= height:
            break
    return fitted
