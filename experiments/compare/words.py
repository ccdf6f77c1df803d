"""Words of a comparison in Chinese and in English: the rows of ``data/reference/compare_sentences.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Literal

from data.codebook import read_codebook, reference_path
from data.texts.figures import Text
from data.texts.sentences import Sentence, read_sentences

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, Language] = ("zh", "en")
_LEFT_OUT = "no "  # before what a row lacks, in the reasons that a run keeps


@cache
def _templates() -> Mapping[str, Sentence]:
    return read_sentences(reference_path("compare_sentences.csv"))


def text(key: str, **figures: str | Text) -> Text:
    """The sentence of a key in both languages; figures are texts already. Raises KeyError where there is none."""
    return _templates()[key].fill(figures)


def metric_names() -> dict[str, Text]:
    """The names of all metrics."""
    return {key.removeprefix("metric."): text(key) for key in _templates() if f"meaning.{key[7:]}" in _templates()}


def percent(share: float, decimals: int = 0) -> Text:
    """A share in per cent, as each language writes it."""
    shown = f"{share:.{decimals}%}"
    return shown, shown.replace("%", " %")


@dataclass(frozen=True)
class Words:
    """One page's language."""

    language: Language

    def of(self, both: Text) -> str:
        """The text in this language."""
        return both[self.language == "en"]

    def say(self, key: str, **figures: str | Text) -> str:
        """A sentence as HTML; figures are HTML already."""
        found = _templates()[key]
        order, texts = (found.en_order, found.en) if self.language == "en" else (found.zh_order, found.zh)
        parts = [escape(texts[0])]
        for (name, _), after in zip(order, texts[1:], strict=True):
            given = figures[name]
            parts += (given if isinstance(given, str) else self.of(given), escape(after))
        return "".join(parts)

    def name(self, kind: str, key: str) -> str:
        """The name of a capability, growth stage or indicator, as HTML; the key itself where it has none."""
        known = {item.key: (item.zh, item.en) for item in read_codebook()} if kind == "indicator" else {}
        for source, named in ((_templates(), f"{kind}.{key}"), (read_sentences(), f"{kind}.{key}")):
            if named in source:
                known[key] = source[named].fill({})
        return escape(self.of(known.get(key, (key, key))))

    def left_out(self, reason: str) -> str:
        """Why rows were left out, as HTML; a run keeps the reason in English."""
        key = f"left_out.{reason.removeprefix(_LEFT_OUT)}"
        if key in _templates():
            return self.say(key)
        if reason.startswith(_LEFT_OUT):
            return self.say("left_out.other", name=escape(reason.removeprefix(_LEFT_OUT)))
        return escape(reason)
