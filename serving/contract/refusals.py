"""A refusal of a request: which one, why, and everything wrong with the request at once.

The domain raises it without a status, header or media type; ``serving.http.problems`` gives each key its own. Its
sentences are rows of ``data/reference/sentences.csv`` under ``problem.KEY``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import ValidationError

from data.members import FIRST_YEAR, LAST_YEAR, InstantError, YearError
from data.texts.figures import Text, write_figure
from data.texts.sentences import WordedError, label, read_sentences, sentence
from data.uscc import UsccError

NOTHING = "nothing"  # found where a value is needed and there is none
_SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: where it is, what was found, what is allowed."""

    where: str
    found: str
    allowed: str | Text  # in both languages where it is a sentence

    @property
    def texts(self) -> Text:
        """What is allowed, in Chinese and English; an identifier or a figure is the same in both."""
        return (self.allowed, self.allowed) if isinstance(self.allowed, str) else self.allowed

    @property
    def found_texts(self) -> Text:
        """What was found, in Chinese and English."""
        return label("fault.nothing") if self.found == NOTHING else (self.found, self.found)

    def as_dict(self) -> dict[str, str]:
        """The fault as it is sent."""
        zh, en = self.texts
        return {"where": self.where, "found": self.found, "allowed": en, "allowed_zh": zh}


@dataclass(eq=False)  # not frozen: raising sets the traceback
class Refusal(Exception):  # noqa: N818  # an answer, no fault of the program
    """A request that is not answered.

    key : names the refusal and its sentences
    detail : more in English, before what to do about it; or the whole in both languages
    faults : everything wrong with the request
    retry_after_s : when the same request may be sent again
    """

    key: str
    detail: str | Text = ""
    faults: Sequence[Fault] = ()
    retry_after_s: int | None = None

    @classmethod
    def invalid(cls, *faults: Fault) -> Refusal:
        """A request with these faults."""
        return cls("invalid-request", _count(faults), faults)

    @property
    def title(self) -> Text:
        """What is wrong, in Chinese and English."""
        return label(f"problem.{self.key}")

    @property
    def text(self) -> Text:
        """What to do about it, in Chinese and English."""
        zh, en = label(f"problem.{self.key}.action")
        if isinstance(self.detail, tuple):
            return self.detail
        return zh, f"{self.detail.rstrip('.')}. {en}" if self.detail else en

    def at(self, where: str) -> Refusal:
        """The same refusal for one request of a batch: every fault names which, as ``3.consent``."""
        if not where:
            return self
        return replace(self, faults=[replace(fault, where=f"{where}{fault.where}") for fault in self.faults])


def shown(value: object) -> str:
    """A value as a person may read it in an error: short, on one line."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    plain = value.item() if isinstance(value, np.generic) else value
    text = " ".join(repr(plain).split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def faults_of(error: ValidationError) -> list[Fault]:
    """Every fault of a pydantic error, as where / found / allowed."""
    found = []
    for item in error.errors(include_url=False):
        if item["type"] == "too_short" and _is_long_enough(item):
            continue
        where = ".".join(str(part) for part in item["loc"]) or "(body)"
        value = NOTHING if item["type"] == "missing" else shown(item.get("input"))
        found.append(Fault(where, value, _expected(item["type"], item.get("ctx", {}), item["msg"])))
    return found


def _is_long_enough(item: Mapping[str, Any]) -> bool:
    """Whether as many items were sent as are needed: pydantic counts only those without a fault of their own."""
    sent = item.get("input")
    return isinstance(sent, list | tuple | dict) and len(sent) >= item.get("ctx", {}).get("min_length", 0)


def _expected(kind: str, context: Mapping[str, Any], message: str) -> Text:
    """What a member of this type of fault must be; in English a check without a sentence has its own text."""
    if kind == "value_error":
        return _wanted(context["error"])
    if kind == "literal_error":
        words = _words(context["expected"])
        return sentence("fault.one_of", list=words) if words[1:] else sentence("fault.exactly", word=words[0])
    limit = next((context[name] for name in _LIMITS if name in context), "")
    limit = limit if isinstance(limit, str) else write_figure("as_given", limit)
    family = next((name for start, name in _FAMILIES.items() if kind.startswith(start)), kind)
    key = f"fault.type.{kind if f'fault.type.{kind}' in read_sentences() else family}"
    return sentence(key, limit=limit) if key in read_sentences() else (label("fault.value.other")[0], message)


def _wanted(error: ValueError) -> Text:
    """What is allowed where a check of our own raised this."""
    if isinstance(error, WordedError):
        return error.text
    if isinstance(error, UsccError):
        return sentence(f"fault.uscc.{error.rule}", found=error.found, allowed=error.allowed)
    if isinstance(error, YearError):
        return sentence("fault.year", low=str(FIRST_YEAR), high=str(LAST_YEAR))
    of = "instant" if isinstance(error, InstantError) else "other"
    zh, en = label(f"fault.value.{of}")
    return zh, en if of == "instant" else str(error)


def _words(expected: str) -> list[str]:
    """The words of pydantic's "'a', 'b' or 'c'", each as it is typed."""
    return [word.strip("'") for word in _WORD.findall(expected) if word != "or"]


def _count(faults: Sequence[Fault]) -> str:
    return sentence("refusal.faults", count=len(faults))[1]


_WORD = re.compile(r"'[^']*'|[^\s,]+")
_LIMITS = ("ge", "gt", "le", "lt", "pattern", "min_length", "max_length")
# pydantic has several types of fault for one expectation.
_FAMILIES: Mapping[str, str] = {
    "int_": "int", "float_": "float", "string_": "string", "bool_": "bool", "datetime_": "datetime",
    "timezone_": "datetime", "date_": "date", "list_": "list", "tuple_": "list", "dict_": "object",
    "model_": "object", "dataclass_": "object",
}  # fmt: skip


def invalid_request(error: ValidationError, more: Sequence[Fault] = ()) -> Refusal:
    """The refusal of a body that breaks its type, with faults found beside; a fault of the code alone is its own."""
    faults = [*faults_of(error), *more]
    code_only = all(fault.where.rsplit(".", 1)[-1] in ("uscc", "seller_uscc", "buyer_uscc") for fault in faults)
    well_typed = all(item["type"] == "value_error" for item in error.errors(include_url=False))
    key = "invalid-uscc" if code_only and well_typed and not more else "invalid-request"
    return Refusal(key, _count(faults), faults)
