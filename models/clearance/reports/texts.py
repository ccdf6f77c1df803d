"""Every text of a report in Chinese and English, and the names of codes by the tables of the day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from data.clearance.codes import Codes
from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import Sentence, read_sentences
from models.chain.node_view import Language
from models.clearance.reports.groups import NOT_STATED, OTHER, TOTAL

# (dimension, code, day) -> name in Chinese and English, each "" where there is none; None for an unknown code
Names = Callable[[str, str, dt.date], Text | None]
TABLES = {
    "office": "customs_offices", "supervision_mode": "supervision_modes", "transport": "transport_modes",
    "country": "countries", "currency": "currencies",
}  # fmt: skip
_SPECIAL = {TOTAL: "group.total", OTHER: "group.other", NOT_STATED: "group.not_stated"}


@cache
def templates() -> Mapping[str, Sentence]:
    """Every text of the reports."""
    return read_sentences(reference_path("clearance/sentences_reports.csv"))


def say(lang: Language, key: str, **figures: Any) -> str:
    """The text of a key with its figures; raises KeyError for an unknown key or a missing figure."""
    return templates()[key].fill(figures)[lang == "en"]


@cache
def _codes() -> Codes:
    return Codes.load()


def official_names(dimension: str, code: str, day: dt.date) -> Text | None:
    """The name in the code table of the day, else in the newest edition that has it."""
    if dimension not in TABLES:
        return None
    rows = _codes().on(day).other_days(TABLES[dimension], code)
    in_force = [row for row in rows if row.on(day)] or list(rows)
    return (in_force[-1].zh, in_force[-1].en) if in_force else None


def group_name(dimension: str, code: str, day: dt.date, lang: Language, names: Names) -> str:
    """How a group is written: 2901 杭州关区; the code alone where no name is known.

    The Chinese name is used in English too where the table has no English one.
    """
    if code in _SPECIAL and not (dimension == "currency" and code == OTHER):
        return say(lang, _SPECIAL[code])
    if dimension == "currency" and code == OTHER:
        return say(lang, "currency.other")
    if dimension == "direction" and f"direction.{code}" in templates():
        return say(lang, f"direction.{code}")
    zh, en = names(dimension, code, day) or ("", "")
    return f"{code} {(en or zh) if lang == 'en' else zh}".strip()
