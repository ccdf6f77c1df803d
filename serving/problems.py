"""Every refusal of the bank counter as RFC 9457 problem+json, with all faults at once.

A problem names where, what was found and what is allowed, in English and Chinese. The catalogue below is the
only list of problems: the handlers, the OpenAPI document and the tests read it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
_SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One row of the catalogue; ``key`` ends the problem's type address."""

    key: str
    status: int
    title: str
    title_zh: str

    @property
    def type(self) -> str:
        """The type member: a relative address that this service documents."""
        return f"/problems/{self.key}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: where it stands, what was found, what is allowed."""

    where: str
    found: str
    allowed: str

    def as_dict(self) -> dict[str, str]:
        """The fault as it is sent."""
        return {"where": self.where, "found": self.found, "allowed": self.allowed}


KINDS: Mapping[str, ProblemKind] = {
    kind.key: kind
    for kind in (
        ProblemKind("malformed-json", 400, "The body is not JSON", "请求体不是有效的 JSON"),
        ProblemKind("invalid-uscc", 400, "The unified social credit code is not valid", "统一社会信用代码无效"),
        ProblemKind("key-missing", 401, "An API key is needed", "缺少 API 密钥"),
        ProblemKind("key-unknown", 401, "The API key is unknown, revoked or expired", "API 密钥无效、已撤销或已过期"),
        ProblemKind("scope-missing", 403, "The key lacks the scope for this", "该密钥没有此操作的权限"),
        ProblemKind("not-yours", 403, "The bank named is not the key's own", "所填银行与密钥所属银行不一致"),
        ProblemKind("consent-refused", 403, "The consent does not cover this request", "授权不适用于本次请求"),
        ProblemKind("four-eyes", 403, "The proposer cannot activate", "提议人不得自行批准"),
        ProblemKind("not-found", 404, "Nothing is found here", "未找到"),
        ProblemKind("unknown-enterprise", 404, "The enterprise is not in the snapshot", "快照中没有该企业"),
        ProblemKind("method-not-allowed", 405, "The method is not allowed here", "不支持该方法"),
        ProblemKind(
            "idempotency-conflict", 409, "This request_id was used with another body", "该 request_id 已用于其他内容"
        ),
        ProblemKind(
            "values-differ",
            409,
            "Values were sent that differ from the agencies' record",
            "所送数据与部门登记数据不一致",
        ),
        ProblemKind("illegal-step", 409, "The step is not allowed in this state", "当前状态不允许此操作"),
        ProblemKind("body-too-large", 413, "The body is too large", "请求体过大"),
        ProblemKind("unsupported-media", 415, "The body must be application/json", "请求体须为 application/json"),
        ProblemKind("invalid-request", 422, "The request breaks the contract", "请求不符合接口约定"),
        ProblemKind("too-many-requests", 429, "The rate limit is reached", "请求过于频繁"),
        ProblemKind("internal", 500, "The counter failed", "服务内部错误"),
        ProblemKind("ledger-unavailable", 503, "The decision could not be recorded", "决定未能登记"),
        ProblemKind("not-ready", 503, "The service is not ready", "服务尚未就绪"),
    )
}


@dataclass(eq=False)  # not frozen: raising sets the traceback
class ProblemError(Exception):
    """A refusal on its way out. ``key`` stands in the catalogue; ``faults`` lists everything wrong."""

    key: str
    detail: str = ""
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
        if self.detail:
            members["detail"] = self.detail
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
    text = " ".join(repr(value).split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def faults_of(error: ValidationError) -> list[Fault]:
    """Every fault of a pydantic error, as where / found / allowed."""
    found = []
    for item in error.errors(include_url=False):
        where = ".".join(str(part) for part in item["loc"]) or "(body)"
        value = "nothing" if item["type"] == "missing" else shown(item.get("input"))
        found.append(Fault(where, value, item["msg"].removeprefix("Value error, ")))
    return found


def invalid_request(error: ValidationError, more: Sequence[Fault] = ()) -> ProblemError:
    """The problem for a body that breaks its type, with faults found beside; a fault of the code alone is its own."""
    faults = [*faults_of(error), *more]
    code_only = all(fault.where.rsplit(".", 1)[-1] in ("uscc", "seller_uscc", "buyer_uscc") for fault in faults)
    well_typed = all(item["type"] == "value_error" for item in error.errors(include_url=False))
    key = "invalid-uscc" if code_only and well_typed and not more else "invalid-request"
    return ProblemError(key, f"{len(faults)} fault(s)", faults)
