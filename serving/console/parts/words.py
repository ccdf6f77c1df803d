"""Names that answers and reference files have in both languages, in the language of the session."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from data.codebook import read_loan_terms
from data.texts.figures import Text
from data.texts.quantities import read_quantities
from data.texts.sentences import read_sentences

if TYPE_CHECKING:
    from serving.console.page import View

NOTHING = "–"
LINE = {"zh": 11, "en": 28}  # characters of a label beside a bar, so that it fits a telephone


def capital(words: str) -> str:
    """Words that begin a line, a heading or a cell: in English with a capital."""
    return words[:1].upper() + words[1:]


def own(view: View, both: Text) -> str:
    """Of a text in Chinese and English that of the session."""
    return both[0] if view.lang == "zh" else both[1]


def named(view: View, row: Mapping[str, Any], member: str = "") -> str:
    """A member that an answer has as ``<member>_zh`` and ``<member>_en``, or ``zh`` and ``en``."""
    key = f"{member}_{view.lang}" if member else view.lang
    return str(row[key])


def loan_term(view: View, kind: str, key: str) -> str:
    """The name of a loan product or of a purpose."""
    for term in read_loan_terms():
        if (term.kind, term.key) == (kind, key):
            return term.zh if view.lang == "zh" else term.en
    return key


def quantity_text(view: View, key: str, value: float | None) -> str:
    """The value of an indicator or credit fact with its unit; a dash where there is none."""
    return NOTHING if value is None else own(view, read_quantities()[key].text(value))


def limit_text(view: View, key: str) -> str:
    """What limited an indication, in words: a constraint by its name, or the rule that decided instead."""
    name = f"constraint.{key}.label"
    return capital(view.text(name if name in read_sentences() else f"enterprise.limited.{key}"))


def broken(view: View, words: str, line: int | None = None) -> str:
    """A label in lines of at most ``line`` characters, by default so that bars have room beside it on a telephone."""
    return "<br>".join(textwrap.wrap(words, line or LINE[view.lang])) if words else ""
