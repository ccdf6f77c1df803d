"""Every sentence that a person reads in an answer: templates in Chinese and English, one row a key.

The rows are in ``data/reference/sentences.csv``. Code inserts figures into their ``{name:format}`` placeholders and
never writes a sentence itself; the formats are those of ``data/texts/figures.py``. Another wording is another file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from data.codebook import read_rows, reference_path
from data.texts.figures import FORMATS, Text, write_figure


class SentenceError(ValueError):
    """A file of sentences breaks its own rules; the message lists every fault."""


class WordedError(ValueError):
    """A fault with its sentences in both languages (``text``); as text it is the English ones."""

    def __init__(self, *texts: Text) -> None:
        self.text: Text = ("；".join(zh for zh, _ in texts), "; ".join(en for _, en in texts))
        super().__init__(self.text[1])


class Sentence(NamedTuple):
    """One row, read once: the text between its placeholders, and the placeholders as (name, format)."""

    key: str
    zh: tuple[str, ...]  # one more than the placeholders of its language
    en: tuple[str, ...]
    zh_order: tuple[tuple[str, str], ...]
    en_order: tuple[tuple[str, str], ...]

    def fill(self, figures: Mapping[str, Any]) -> Text:
        """The sentence with its figures; figures that it does not name are left out.

        raises : KeyError where a figure is missing, ValueError where one is not finite
        """
        if not self.zh_order:
            return self.zh[0], self.en[0]
        try:
            written = {position: write_figure(position[1], figures[position[0]]) for position in self.zh_order}
        except KeyError as fault:
            raise KeyError(f"sentence {self.key!r} lacks the figure {fault}") from fault
        return (
            _join(self.zh, [written[position][0] for position in self.zh_order]),
            _join(*_in_number(self.en, [written[position][1] for position in self.en_order])),
        )


# Templates count in the plural; after the figure 1 the word for what is counted is put in the singular ("1 row", but
# "1 of the rows").
SINGULAR: Mapping[str, str] = {
    "months": "month", "days": "day", "years": "year", "hours": "hour", "seconds": "second", "persons": "person",
    "people": "person", "firms": "firm", "loans": "loan", "rights": "right", "vintages": "vintage",
    "features": "feature", "faults": "fault", "members": "member", "enterprises": "enterprise", "items": "item",
    "points": "point", "rows": "row", "nodes": "node", "ribs": "rib", "events": "event", "errors": "error",
    "seats": "seat", "meetings": "meeting", "sources": "source", "declarations": "declaration",
    "characters": "character",
}  # fmt: skip
_COUNTED = re.compile(rf"^( (?:(?!of )[A-Za-z]+ ){{0,2}}?)({'|'.join(SINGULAR)})\b")


def _in_number(texts: tuple[str, ...], figures: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """English texts that agree in number with the figures before them."""
    rest = (
        _COUNTED.sub(lambda found: found[1] + SINGULAR[found[2]], text) if figure == "1" else text
        for figure, text in zip(figures, texts[1:], strict=True)
    )
    return (texts[0], *rest), figures


def _join(texts: tuple[str, ...], figures: list[str]) -> str:
    parts = [texts[0]]
    for figure, text in zip(figures, texts[1:], strict=True):
        parts += (figure, text)
    return "".join(parts)


@cache
def read_sentences(path: Path | None = None) -> Mapping[str, Sentence]:
    """Read and check the sentences; raises SentenceError with every fault."""
    source = path or reference_path("sentences.csv")
    rows = read_rows(source)
    found: dict[str, Sentence] = {}
    faults = []
    for line, row in enumerate(rows, start=2):
        key = row["key"]
        if key in found:
            faults.append(f"line {line}: key {key!r} occurs twice")
        try:
            found[key] = make_sentence(key, row["zh"], row["en"])
        except ValueError as fault:
            faults.append(f"line {line}, {key}: {fault}")
    if faults:
        raise SentenceError(f"{source.name} breaks its rules:\n  " + "\n  ".join(faults))
    return found


def make_sentence(key: str, zh: str, en: str) -> Sentence:
    """One sentence from its templates; raises ValueError where a placeholder is unknown or the languages differ."""
    (zh_texts, zh_order), (en_texts, en_order) = _parse(zh), _parse(en)
    if set(zh_order) != set(en_order):
        raise ValueError(f"placeholders differ, zh {sorted(zh_order)}, en {sorted(en_order)}")
    return Sentence(key, zh_texts, en_texts, zh_order, en_order)


def _parse(template: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    texts, positions = [""], []
    for text, name, form, conversion in Formatter().parse(template):
        texts[-1] += text
        if name is None:
            continue
        if conversion or not name.isidentifier() or form not in FORMATS:
            raise ValueError(f"placeholder {{{name}:{form}}} is unknown; formats are {sorted(FORMATS)}")
        positions.append((name, str(form)))
        texts.append("")
    if not template.strip():
        raise ValueError("a text is empty")
    return tuple(texts), tuple(positions)


def sentence(key: str, **figures: Any) -> Text:
    """The sentence of a key with its figures, in Chinese and English."""
    return read_sentences()[key].fill(figures)


def label(key: str) -> Text:
    """A text without placeholders."""
    return read_sentences()[key].fill({})


def joined(*texts: Text) -> Text:
    """Sentences one after the other; English puts a space between."""
    return "".join(zh for zh, _ in texts), " ".join(en for _, en in texts)
