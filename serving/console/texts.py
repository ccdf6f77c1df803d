"""What a person reads in the console, in the language of the session: ``data/reference/console/sentences_*.csv``.

A key that they do not hold is one of the project's own sentences, as API answers use them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, get_args

from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import Sentence, SentenceError, read_sentences

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)


@cache
def console_sentences() -> Mapping[str, Sentence]:
    """Every sentence of the console by its key; raises SentenceError where two files hold one key."""
    found: dict[str, Sentence] = {}
    for path in sorted(reference_path("console").glob("sentences_*.csv")):
        own = read_sentences(path)
        if twice := sorted(set(own) & set(found)):
            raise SentenceError(f"{path.name}: keys {twice} are in another file as well")
        found |= own
    return found


def text(key: str, lang: Lang, **figures: Any) -> str:
    """The sentence of a key in one language; raises KeyError for an unknown key or a missing figure."""
    return both(key, **figures)[LANGS.index(lang)]


def both(key: str, **figures: Any) -> Text:
    """The sentence of a key in both languages, as a refusal says what is allowed."""
    found = console_sentences().get(key) or read_sentences()[key]
    return found.fill(figures)
