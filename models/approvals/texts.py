"""Every text about a case in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from data.approvals.catalogue import department_name
from data.approvals.clock_rules import ClockRules
from data.approvals.kinds import kinds, statuses
from data.approvals.steps import step_names
from data.codebook import reference_path
from data.texts.sentences import Sentence, read_sentences
from models.approvals.fold import deadline_day
from models.chain.node_view import Language

OUTCOMES = ("granted", "refused")
# What is shown of the values of an event, in this order.
VALUES = ("list", "reason", "basis", "days", "with", "outcome", "deadline")
FIRST_HAN, LAST_HAN = "\u4e00", "\u9fff"


@cache
def templates() -> Mapping[str, Sentence]:
    """The sentences of pages and statistics of cases."""
    return read_sentences(reference_path("approvals/sentences_cases.csv"))


def say(lang: Language, key: str, **figures: Any) -> str:
    """The text of a key with its figures; raises KeyError for an unknown key or a missing figure."""
    return templates()[key].fill(figures)[lang == "en"]


def is_free_text(name: str, value: str) -> bool:
    """Whether a value is in words of its log's own where a day or one of two outcomes belongs: it may name a person."""
    if name == "deadline":
        return deadline_day(value.strip()) is None
    return name == "outcome" and value not in OUTCOMES


def length_text(value: str, lang: Language) -> str:
    """In place of a text that is not shown: how long it is."""
    return say(lang, "unreadable.text", count=len(value))


def value_text(name: str, value: str, lang: Language, *, verbatim: bool) -> str:
    """A value of an event in words; verbatim : also free text, else its length."""
    if name == "reason":
        return reason_name(value, lang)
    if name == "outcome" and value in OUTCOMES:
        return say(lang, f"outcome.{value}")
    if name == "with":
        return ("、" if lang == "zh" else ", ").join(office_name(key.strip(), lang) for key in value.split(";"))
    return value if verbatim or not is_free_text(name, value) else length_text(value, lang)


def status_name(status: str, lang: Language) -> str:
    """The name of a status."""
    row = statuses()[status]
    return row.en if lang == "en" else row.zh


def office_name(key: str, lang: Language) -> str:
    """The name of a department or office; its key where it has none."""
    return department_name(key)[lang == "en"]


def event_name(kind: str, activity: str, lang: Language) -> str:
    """What happened: the office's own name of it, and in English one for a Chinese name where there is one."""
    row = kinds()[kind]
    if not activity:
        return row.en if lang == "en" else row.zh
    if lang == "zh" or not is_han(activity):
        return activity
    return step_names().get(activity, activity) if kind == "step" else row.en


def is_han(words: str) -> bool:
    """Whether a text has a Chinese character."""
    return any(FIRST_HAN <= letter <= LAST_HAN for letter in words)


def reason_name(key: str, lang: Language) -> str:
    """The name of a reason of the law; the reason as it came where it is none of these, "" for none."""
    row = ClockRules.load().reasons.get(key)
    return key if row is None else (row.en if lang == "en" else row.zh)


def days_text(value: int | None, unit: str, lang: Language) -> str:
    """A number of days with its unit, past the due day where it is below 0, a dash where there is none."""
    if value is None:
        return "–"
    amount = say(lang, f"days.{unit}", days=abs(value))
    return say(lang, "days.past", amount=amount) if value < 0 else amount


def lamp_text(row: Mapping[str, Any], lang: Language) -> str:
    """The lamp of a row of cases in words."""
    lamp, late = row["lamp"], "late_statutory" if row["statutory_late"] else "late" if row["late"] else ""
    if lamp == "none" or not row["is_closed"]:
        return say(lang, f"lamp.{lamp}" if lamp != "red" else f"lamp.{late or 'due'}")
    return say(lang, f"lamp.closed_{late or 'green'}")


def flag_text(code: str, lang: Language) -> str:
    """A flag in plain words."""
    return say(lang, f"flag.{code}")
