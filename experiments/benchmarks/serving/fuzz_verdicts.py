"""What is wrong with an answer: a 5xx, an approval of what is not valid, a valid refused, a problem of no catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from experiments.benchmarks.serving.fuzz_wire import Try
from experiments.benchmarks.serving.inside import Received
from experiments.benchmarks.serving.oracle import faults, read_body
from experiments.benchmarks.serving.world import World
from serving.http.problems import MEDIA_TYPE, STATUS

SHOWN = 20


class Known(Protocol):
    """What a case is held against: keys, enterprises on file, policies, and the day."""

    world: World
    on_file: frozenset[str]
    policies: Mapping[str, str]  # the version in force by bank; a bank without its own has that of `standard`
    day: str


@dataclass
class Findings:
    """What a campaign saw, and the first cases that should not have been."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    approvals: int = 0
    valid: int = 0
    server_errors: list[str] = field(default_factory=list)
    wrong_approvals: list[str] = field(default_factory=list)
    valid_refused: list[str] = field(default_factory=list)
    bad_problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For the record: counts, and at most twenty cases of each kind."""
        lists = ("server_errors", "wrong_approvals", "valid_refused", "bad_problems")
        objections: dict[str, Any] = {name: len(getattr(self, name)) for name in lists}
        objections["cases"] = {name: getattr(self, name)[:SHOWN] for name in lists if getattr(self, name)}
        statuses = {str(status): count for status, count in sorted(self.statuses.items())}
        return {
            "requests": self.requests,
            "valid": self.valid,
            "approvals": self.approvals,
            "statuses": statuses,
        } | objections


def evaluate(found: Findings, fuzzer: Known, case: Try, received: Received) -> None:
    """Note one answer, and what is wrong with it."""
    found.requests += 1
    found.statuses[received.status] += 1
    answered = f"{received.status} {received.body[:300]!r}"
    label = f"#{case.number} {case.method} {case.path[:60]} -> {answered} for {case.body[:1500]!r}"
    if received.status >= 500:
        found.server_errors.append(label)
    if received.status >= 400 and not _is_problem(received, head=case.method == "HEAD"):
        found.bad_problems.append(label)
    if case.method != "POST" or case.path not in ("/v1/quota", "/v1/quota/batch"):
        return
    is_batch = case.path.endswith("batch")
    try:
        read = read_body(case.body)
    except (ValueError, RecursionError):
        read = None
    items = (read if isinstance(read, list) else []) if is_batch else [read]
    if is_batch and not 1 <= len(items) <= 500:
        items = []
    objections = [_why(fuzzer, case, item) for item in items]
    if 200 <= received.status < 300:
        answers = orjson.loads(received.body)
        for position, answer in enumerate(answers if is_batch else [answers]):
            if answer["outcome"] != "preapproved":
                continue
            found.approvals += 1
            against = objections[position] if position < len(objections) else ["nothing was requested"]
            if against or not answer["reasons"] or answer["quota"]["amount_cny"] <= 0:
                found.wrong_approvals.append(f"{against} {label}")
    is_valid = bool(objections) and not any(objections) and not _twice(items)
    found.valid += is_valid
    if is_valid and received.status not in (200, 409):
        found.valid_refused.append(label)


def _why(fuzzer: Known, case: Try, item: Any) -> list[str]:
    in_force = fuzzer.policies.get(case.bank, fuzzer.policies["standard"])
    against = faults(item, case.bank, fuzzer.on_file, in_force, fuzzer.day)
    keys = [value for name, value in case.headers if name == b"authorization"]
    if keys[-1:] != [f"Bearer {fuzzer.world.keys[case.bank]}".encode()]:
        against.append("key")
    kinds = [value for name, value in case.headers if name == b"content-type"]
    if not kinds or kinds[-1].split(b";")[0].strip().lower() != b"application/json":
        against.append("content type")
    if any(name == b"content-length" and value.isdigit() for name, value in case.headers):
        against.append("another length")
    return [*against, *(["query"] if case.query else [])]


def _twice(items: list[Any]) -> bool:
    return len({item["request_id"] for item in items}) != len(items)


def _is_problem(received: Received, *, head: bool) -> bool:
    if received.headers.get(b"content-type") != MEDIA_TYPE.encode():
        return False
    if head:  # the problem's body is left out, as every body is
        return not received.body
    objections = orjson.loads(received.body)
    status = STATUS.get(objections["type"].removeprefix("/problems/"))
    return status == received.status == objections["status"] and b"Traceback" not in received.body
