"""Why ingest refused a row, in the language of the session; ingest itself writes its reasons in English."""

from __future__ import annotations

import re

from data.texts.quantities import read_quantities
from serving.console.texts import LANGS, Lang, text

# What ingest writes after "column: ", and the sentence that says it; a group becomes a figure of its name.
PATTERNS: tuple[tuple[str, str], ...] = (
    (r"missing", "missing"),
    (r"occurs more than once", "twice"),
    (r"(?P<value>.+) is outside \[(?P<low>\S+), (?P<high>[^\]]+)\] ?(?P<unit>\S*)", "outside"),
    (r"(?P<value>.+) is no whole number", "whole"),
    (r"(?P<value>.+) is before (?P<day>\S+)", "before"),
    (r"(?P<value>.+) is in the future, after (?P<day>\S+)", "future"),
    (r"(?P<value>.+) is not in \[(?P<allowed>.*)\]", "allowed"),
    (r"is not in the enterprises table", "unknown_firm"),
    (r"is not in the table (?P<table>\S+)", "unknown_row"),
    (r"the enterprise closed or left on (?P<day>\S+)", "gone"),
    (r"before the enterprise was founded on (?P<day>\S+)", "unfounded"),
    (r"(?P<value>\S+) is more than (?P<most>\S+) of (?P<other>\S+)", "more"),
    (r"(?P<value>\S+) without (?P<other>\S+)", "alone"),
    (r"(?P<value>.+) does not match (?P<form>.+)", "form"),
    (r"(?P<value>\d+) characters, at most (?P<most>\d+)", "long"),
    (r"(?P<value>.*) holds nothing to read", "nothing"),
)  # fmt: skip
_KNOWN = tuple((re.compile(pattern), key) for pattern, key in PATTERNS)
_COLUMN = re.compile(r"([A-Za-z0-9_ +]+): (.*)", re.DOTALL)
_ORDER = re.compile(r"([A-Za-z0-9_]+) is after ([A-Za-z0-9_]+)")


def column_words(column: str, lang: Lang) -> str:
    """What a column is called: an indicator or credit fact by its name, any other as the file has it, in quotes."""
    found = read_quantities().get(column)
    return text("quarantine.in_file", lang, column=column) if found is None else found.name[LANGS.index(lang)]


def reason_words(reason: str, lang: Lang) -> str:
    """A reason of ingest in words, its parts one after the other; a part of another form is shown as it is."""
    parts: list[str] = []
    for part in reason.split("; "):
        if parts and not _COLUMN.fullmatch(part) and not _ORDER.fullmatch(part):
            parts[-1] += f"; {part}"  # a value that holds the separator itself
        else:
            parts.append(part)
    return ("；" if lang == "zh" else "; ").join(_part(part, lang) for part in parts)


def _part(part: str, lang: Lang) -> str:
    if (found := _ORDER.fullmatch(part)) is not None:
        names = {"earlier": column_words(found[1], lang), "later": column_words(found[2], lang)}
        return text("quarantine.reason.order", lang, **names)
    found = _COLUMN.fullmatch(part)
    return part if found is None else _said(found[1], found[2], lang)


def _said(column: str, why: str, lang: Lang) -> str:
    name = column_words(column, lang)
    for pattern, key in _KNOWN:
        if (found := pattern.fullmatch(why)) is not None:
            figures = found.groupdict()
            figures |= {other: column_words(figures[other], lang) for other in ("other",) if other in figures}
            return text(f"quarantine.reason.{key}", lang, column=name, **figures)
    return text("quarantine.reason.other", lang, column=name, words=why)
