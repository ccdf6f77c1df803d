"""One operation of the bank API: a line of the table in ``serving.http.routes``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from serving.auth.access import ZONE_SIDE
from serving.contract.parameters import AFTER, COUNT, LANGUAGE, Parameter

LANG: Mapping[str, Parameter] = {"lang": LANGUAGE}
PAGING: Mapping[str, Parameter] = {"after": AFTER, "count": COUNT}
OWN = ("enterprise", *ZONE_SIDE)  # the zone sees all, a firm what is its own
READERS = (*OWN, "policy_analyst")  # of lists and statistics in which no firm's own case stands
Handler = Callable[[Request], Awaitable[Response]]
_KEYED = ("key-missing", "key-unknown", "permission-missing", "too-many-requests", "ledger-unavailable")
_BODY = ("malformed-json", "invalid-request", "body-too-large", "unsupported-media")
UNREADY = ("ledger-unavailable", "ledger-changed")
_ALWAYS = ("method-not-allowed", "not-ready", "internal")


@dataclass(frozen=True)
class Operation:
    """Who may call what, what it takes, gives and refuses.

    roles : whose keys may call it; none: open to everybody, without a key
    body, answer : the types of the body and of the JSON answer; a body of bytes is taken as it comes
    takes : media types of the body
    refusals : problem keys beside those that every operation of its kind has
    query : what each member may be, by its name
    rated : each call counts for the caller's rate limit
    media : of the answer
    most_bytes : of the body where it may be longer than others; 0: the service's own limit
    """

    method: str
    path: str
    handler: Handler
    roles: tuple[str, ...] = ()
    permission: str = ""
    body: Any = None
    answer: Any = None
    status: int = 200
    refusals: tuple[str, ...] = ()
    query: Mapping[str, Parameter] = field(default_factory=dict)
    rated: bool = True
    media: str = "application/json"
    takes: tuple[str, ...] = ("application/json",)
    most_bytes: int = 0

    @property
    def problems(self) -> tuple[str, ...]:
        """Every problem that it may answer with, those of its kind first."""
        keys = [*(_KEYED if self.roles else ()), *(_BODY if self.body is not None else ()), *self.refusals]
        if self.method == "GET" or self.body is None:
            keys.append("invalid-request")  # a query that it does not know
        return tuple(dict.fromkeys((*keys, *_ALWAYS)))
