"""Kinds of parameters of a query: each says what texts it takes, for the OpenAPI document, and checks them by the same.

A day, an instant, a month, a name from a list, a whole number, a pattern, or any text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, get_args

from data.members import FIRST_YEAR, IN_YEARS, LAST_YEAR
from data.texts.figures import Text
from data.texts.sentences import label, sentence
from models.chain.node_view import Language
from serving.contract.instants import read_instant
from serving.contract.refusals import Fault, Refusal

_SHOWN = 40


class Parameter(Protocol):
    """What a member of a query may be."""

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""

    def fits(self, text: str) -> bool:
        """Whether the text is one."""

    @property
    def allowed(self) -> Text | str:
        """What it may be, for a person."""


@dataclass(frozen=True)
class AnyText:
    """Any text, the empty one too: what nobody has finds nothing."""

    allowed: Text | str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""
        return {"type": "string"}

    def fits(self, text: str) -> bool:
        """Always."""
        del text
        return True


@dataclass(frozen=True)
class OneOf:
    """A name from a list.

    names : of the list, or what gives them where they are read from a file
    usual : the name where it is left out, "" where that means any
    wording : key of the sentence that says what is allowed, where it is not the list itself
    """

    names: Sequence[str] | Callable[[], Sequence[str]]
    usual: str = ""
    wording: str = ""

    @property
    def values(self) -> list[str]:
        """The names."""
        return list(self.names() if callable(self.names) else self.names)

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""
        usual = {"default": self.usual} if self.usual else {}
        return {"type": "string", "enum": self.values} | usual

    def fits(self, text: str) -> bool:
        """Whether the list has it."""
        return text in self.values

    @property
    def allowed(self) -> Text | str:
        """The list."""
        if self.wording:
            return label(self.wording)
        return sentence("fault.one_of", list=[one for one in self.values if one])


@dataclass(frozen=True)
class Whole:
    """A whole number.

    least, most : both included; usual : the number where it is left out
    wording : key of the sentence that names both
    """

    most: int
    usual: int = 0
    least: int = 0
    wording: str = "fault.whole_between"

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most, "default": self.usual}

    def fits(self, text: str) -> bool:
        """Whether it is written in digits and lies between."""
        return text.isascii() and text.isdigit() and len(text) <= 15 and self.least <= int(text) <= self.most

    @property
    def allowed(self) -> Text | str:
        """From the least to the most."""
        least = {} if self.wording == "fault.whole_between" else {"least": str(self.least)}
        return sentence(self.wording, most=str(self.most), **least)


@dataclass(frozen=True)
class Pattern:
    """A text of a form, as a regular expression that fits the whole of it; ``says`` what is allowed."""

    form: str
    says: Callable[[], Text]

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""
        return {"type": "string", "pattern": f"^(?:{self.form})$"}

    def fits(self, text: str) -> bool:
        """Whether the whole text is of the form."""
        return re.fullmatch(self.form, text) is not None

    @property
    def allowed(self) -> Text | str:
        """What is said of it."""
        return self.says()


@dataclass(frozen=True)
class Day:
    """A day written as 2026-01-31, of FIRST_YEAR to LAST_YEAR, so that every sum of days stays a date."""

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""
        return {"type": "string", "format": "date", "pattern": IN_YEARS}

    def fits(self, text: str) -> bool:
        """Whether it is such a day."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return False
        return text == day.isoformat() and FIRST_YEAR <= day.year <= LAST_YEAR

    @property
    def allowed(self) -> Text | str:
        """How a day is written."""
        return label("fault.day")


@dataclass(frozen=True)
class Instant:
    """A day, or an instant with its offset; of the same years. Its seconds may be left out."""

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON schema."""
        return {"anyOf": [DAY.schema, {"type": "string", "format": "date-time", "pattern": IN_YEARS}]}

    def fits(self, text: str) -> bool:
        """Whether it is a day, or an instant that can be read."""
        if DAY.fits(text):
            return True
        try:
            read_instant(text, "UTC")
            when = datetime.fromisoformat(text)
        except ValueError:
            return False
        return when.tzinfo is not None and FIRST_YEAR <= when.year <= LAST_YEAR

    @property
    def allowed(self) -> Text | str:
        """How a day and an instant are written."""
        return label("fault.instant")


TEXT, DAY, INSTANT = AnyText(), Day(), Instant()
LANGUAGE = OneOf(get_args(Language), usual="zh", wording="fault.lang")
AFTER, COUNT = Whole(10**9), Whole(1_000, usual=100)  # of a list: how many lines are passed over, and how many given


def faults_of(given: Mapping[str, str], known: Mapping[str, Parameter]) -> list[Fault]:
    """What of a query is not as its parameters say, in their order."""
    wrong = [(name, one) for name, one in known.items() if name in given and not one.fits(given[name])]
    return [Fault(name, given[name][:_SHOWN], one.allowed) for name, one in wrong]


def check_member(name: str, text: str, parameter: Parameter) -> None:
    """Refuse a text that is no such parameter."""
    if faults := faults_of({name: text}, {name: parameter}):
        raise Refusal.invalid(*faults)
