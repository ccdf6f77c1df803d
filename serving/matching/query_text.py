"""What a demand's text must be before it is matched: something to read, not too long, and text alone."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from data.matching import MOST_CHARACTERS
from data.texts.figures import Text
from data.texts.markup import visible_text
from data.texts.sentences import label, sentence
from features.technical_codes import technical_codes
from serving.contract.refusals import Fault, Refusal

FEWEST_LETTERS = 2
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。；、）】]+", re.IGNORECASE)
HAN_SHARE = 0.1  # of the letters, from which on a text counts as Chinese


@dataclass(frozen=True, slots=True)
class QueryText:
    """The text that is matched, and warnings as code and sentence in Chinese and English."""

    text: str
    warnings: tuple[tuple[str, Text], ...] = ()


def query_text(given: str, where: str, least: int = FEWEST_LETTERS) -> QueryText:
    """``given`` without HTML and links; an instruction in it is text like any other.

    where : the member of the request, for the fault; least : letters that it needs, 0 for one that only adds to another
    raises : Refusal ``invalid-request`` for a text of more than MOST_CHARACTERS, of fewer than ``least`` letters,
        or of digits alone that are no code
    """
    if len(given) > MOST_CHARACTERS:
        raise _refused(where, f"{len(given)} characters", "long", MOST_CHARACTERS)
    shown = visible_text(given)
    text = " ".join(_LINK.sub(" ", shown).split())
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) < least and not technical_codes(text):
        key = "digits" if any(map(str.isdigit, text)) else "short"
        raise _refused(where, f"{len(letters)} letters", key, least)
    warnings = []
    if " ".join(shown.split()) != " ".join(given.split()):
        warnings.append("markup")
    if _LINK.search(shown):
        warnings.append("links")
    if language(text) == "other":
        warnings.append("language")
    return QueryText(text, tuple((f"match_{name}", label(f"match.warning.{name}")) for name in warnings))


def language(text: str) -> str:
    """``zh``, ``en`` or ``other`` by its letters: Chinese from HAN_SHARE of Han characters, else English if the
    letters that are not Han are ASCII: one with a firm's Chinese name in it stays English.

    Another language in ASCII letters counts as English.
    """
    letters = [letter for letter in text if letter.isalpha()]
    if not letters:
        return "zh"
    rest = [letter for letter in letters if "CJK UNIFIED" not in unicodedata.name(letter, "")]
    han = len(letters) - len(rest)
    if han >= HAN_SHARE * len(letters) and not any("HIRAGANA" in unicodedata.name(one, "") for one in rest):
        return "zh"
    return "en" if all(letter.isascii() for letter in rest) else "other"


def _refused(where: str, found: str, key: str, limit: int) -> Refusal:
    return Refusal.invalid(Fault(where, found, sentence(f"match.text.{key}", limit=limit)))
