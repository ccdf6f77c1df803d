"""Every refusal of the bank counter as RFC 9457 problem+json, with all faults at once.

A problem says what is wrong and what to do, in English and Chinese, and names where, what was found, what is allowed.
The catalogue below is the only list of problems: the handlers, the OpenAPI document and the tests read it. Its texts
are rows of ``data/reference/sentences.csv``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from pydantic import ValidationError
from starlette.responses import Response

from data.texts.figures import Text
from data.texts.sentences import label, read_sentences, sentence

MEDIA_TYPE = "application/problem+json"
_SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One row of the catalogue; ``key`` ends the problem's type address and names its sentences."""

    key: str
    status: int

    @property
    def type(self) -> str:
        """The type member: a relative address that this service documents."""
        return f"/problems/{self.key}"

    @property
    def title(self) -> str:
        """What is wrong, in English."""
        return label(f"problem.{self.key}")[1]

    @property
    def title_zh(self) -> str:
        """What is wrong, in Chinese."""
        return label(f"problem.{self.key}")[0]

    @property
    def action(self) -> Text:
        """What to do about it."""
        return label(f"problem.{self.key}.action")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: where it stands, what was found, what is allowed."""

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


KINDS: Mapping[str, ProblemKind] = {
    kind.key: kind
    for kind in (
        ProblemKind("malformed-json", 400),
        ProblemKind("invalid-uscc", 400),
        ProblemKind("key-missing", 401),
        ProblemKind("key-unknown", 401),
        ProblemKind("scope-missing", 403),
        ProblemKind("not-yours", 403),
        ProblemKind("consent-refused", 403),
        ProblemKind("four-eyes", 403),
        ProblemKind("not-found", 404),
        ProblemKind("unknown-enterprise", 404),
        ProblemKind("method-not-allowed", 405),
        ProblemKind("idempotency-conflict", 409),
        ProblemKind("values-differ", 409),
        ProblemKind("illegal-step", 409),
        ProblemKind("body-too-large", 413),
        ProblemKind("unsupported-media", 415),
        ProblemKind("invalid-request", 422),
        ProblemKind("too-many-requests", 429),
        ProblemKind("internal", 500),
        ProblemKind("ledger-unavailable", 503),
        ProblemKind("not-ready", 503),
    )
}


@dataclass(eq=False)  # not frozen: raising sets the traceback
class ProblemError(Exception):
    """A refusal on its way out. ``key`` stands in the catalogue; ``faults`` lists everything wrong."""

    key: str
    detail: str | Text = ""  # in both languages it says what to do itself
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> ProblemKind:
        """The catalogue row."""
        return KINDS[self.key]

    def at(self, where: str) -> ProblemError:
        """The same problem of one request of a batch: every fault says which, as ``3.consent``."""
        faults = [Fault(f"{where}{fault.where}", fault.found, fault.allowed) for fault in self.faults]
        return ProblemError(self.key, self.detail, faults, self.headers) if where else self

    def body(self) -> dict[str, Any]:
        """The problem+json members."""
        kind = self.kind
        members: dict[str, Any] = {
            "type": kind.type,
            "title": kind.title,
            "title_zh": kind.title_zh,
            "status": kind.status,
        }
        zh, en = kind.action
        if isinstance(self.detail, tuple):
            zh, en = self.detail
        elif self.detail:
            en = f"{self.detail.rstrip('.')}. {en}"
        members |= {"detail": en, "detail_zh": zh}
        if self.faults:
            members["faults"] = [fault.as_dict() for fault in self.faults]
        return members

    def response(self) -> Response:
        """The HTTP answer."""
        return Response(
            orjson.dumps(self.body()), status_code=self.kind.status, media_type=MEDIA_TYPE, headers=dict(self.headers)
        )


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


def _expected(kind: str, context: Mapping[str, Any], message: str, where: str) -> str | Text:
    """What a member of this type of fault must be; in English a check of our own says so itself."""
    if kind == "value_error":
        name = where.rsplit(".", 1)[-1]
        of = "uscc" if name.endswith("uscc") else "instant" if name in ("granted_at", "expires_at") else "other"
        return label(f"fault.value.{of}")[0], message.removeprefix("Value error, ")
    limits = ("ge", "le", "expected", "pattern", "min_length", "max_length")
    limit = next((str(context[name]) for name in limits if name in context), "")
    family = next((name for start, name in _FAMILIES.items() if kind.startswith(start)), kind)
    key = f"fault.type.{kind if f'fault.type.{kind}' in read_sentences() else family}"
    return sentence(key, limit=limit) if key in read_sentences() else message


# pydantic has several types of fault for one expectation.
_FAMILIES: Mapping[str, str] = {
    "int_": "int", "float_": "float", "string_": "string", "bool_": "bool", "datetime_": "datetime",
    "timezone_": "datetime", "date_": "date", "list_": "list", "tuple_": "list", "dict_": "object",
    "model_": "object", "dataclass_": "object",
}  # fmt: skip


def invalid_request(error: ValidationError, more: Sequence[Fault] = ()) -> ProblemError:
    """The problem for a body that breaks its type, with faults found beside; a fault of the code alone is its own."""
    faults = [*faults_of(error), *more]
    code_only = all(fault.where.rsplit(".", 1)[-1] in ("uscc", "seller_uscc", "buyer_uscc") for fault in faults)
    well_typed = all(item["type"] == "value_error" for item in error.errors(include_url=False))
    key = "invalid-uscc" if code_only and well_typed and not more else "invalid-request"
    return ProblemError(key, f"{len(faults)} fault(s)", faults)
