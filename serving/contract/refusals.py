"""A refusal of a request: which one, why, and everything wrong with the request at once.

The domain raises it without a status, header or media type; ``serving.http.problems`` gives each key its own. Its
sentences are rows of ``data/reference/sentences.csv`` under ``problem.KEY``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import ValidationError

from data.texts.figures import Text
from data.texts.sentences import label, read_sentences, sentence

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
        return cls("invalid-request", f"{len(faults)} fault(s)", faults)

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
        where = ".".join(str(part) for part in item["loc"]) or "(body)"
        value = "nothing" if item["type"] == "missing" else shown(item.get("input"))
        found.append(Fault(where, value, _expected(item["type"], item.get("ctx", {}), item["msg"], where)))
    return found


def _expected(kind: str, context: Mapping[str, Any], message: str, where: str) -> Text:
    """What a member of this type of fault must be; in English a check without a sentence has its own text."""
    if kind == "value_error":
        name = where.rsplit(".", 1)[-1]
        of = "uscc" if name.endswith("uscc") else "instant" if name in ("granted_at", "expires_at") else "other"
        return label(f"fault.value.{of}")[0], message.removeprefix("Value error, ")
    limits = ("ge", "le", "expected", "pattern", "min_length", "max_length")
    limit = next((str(context[name]) for name in limits if name in context), "")
    family = next((name for start, name in _FAMILIES.items() if kind.startswith(start)), kind)
    key = f"fault.type.{kind if f'fault.type.{kind}' in read_sentences() else family}"
    return sentence(key, limit=limit) if key in read_sentences() else (label("fault.value.other")[0], message)


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
    return Refusal(key, f"{len(faults)} fault(s)", faults)
