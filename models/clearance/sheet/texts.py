"""Texts of the declaration sheet: its own in two languages, and those of a declaration as they can be shown."""

from __future__ import annotations

from typing import Literal

from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import read_sentences

Language = Literal["zh", "en"]
SENTENCES = "clearance/sentences_sheet.csv"
MOST_CHARACTERS = 2_000  # of one box; the longest element of the form has 500


def say(key: str, lang: Language, **figures: object) -> str:
    """A text of the sheet in one language."""
    return in_language(read_sentences(reference_path(SENTENCES))[key].fill(figures), lang)


def in_language(text: Text, lang: Language) -> str:
    """The Chinese or the English one of two texts."""
    return text[0] if lang == "zh" else text[1]


def shown(text: str) -> str:
    """A text in one line, without control characters, cut after 2,000 characters, which no element of the form has."""
    letters = "".join(letter if letter.isprintable() else " " for letter in text[: 2 * MOST_CHARACTERS])
    one_line = " ".join(letters.split())
    return one_line if len(one_line) <= MOST_CHARACTERS else f"{one_line[:MOST_CHARACTERS]}…"


def written_day(text: str) -> str:
    """Eight digits as a date with hyphens; any other text as it is."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isascii() and text.isdigit() else text
