"""What is wrong with an answer: a 5xx, an approval of what is not valid, a valid refused, a problem of no catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from experiments.benchmarks.serving.fuzz_wire import Try
from experiments.benchmarks.serving.inside import Heard
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
        told: dict[str, Any] = {name: len(getattr(self, name)) for name in lists}
        told["cases"] = {name: getattr(self, name)[:SHOWN] for name in lists if getattr(self, name)}
        statuses = {str(status): count for status, count in sorted(self.statuses.items())}
        return {
            "requests": self.requests,
            "valid": self.valid,
            "approvals": self.approvals,
            "statuses": statuses,
        } | told


def judge(found: Findings, fuzzer: Known, case: Try, heard: Heard) -> None:
    """Note one answer, and what is wrong with it."""
    found.requests += 1
    found.statuses[heard.status] += 1
    label = (
        f"#{case.number} {case.method} {case.path[:60]} -> {heard.status} {heard.body[:300]!r} for {case.body[:1500]!r}"
    )
    if heard.status >= 500:
        found.server_errors.append(label)
    if heard.status >= 400 and not _is_problem(heard, head=case.method == "HEAD"):
        found.bad_problems.append(label)
    if case.method != "POST" or case.path not in ("/v1/quota", "/v1/quota/batch"):
        return
    is_batch = case.path.endswith("batch")
    try:
        asked = read_body(case.body)
    except (ValueError, RecursionError):
        asked = None
    items = (asked if isinstance(asked, list) else []) if is_batch else [asked]
    if is_batch and not 1 <= len(items) <= 500:
        items = []
    told = [_why(fuzzer, case, item) for item in items]
    if 200 <= heard.status < 300:
        answers = orjson.loads(heard.body)
        for place, answer in enumerate(answers if is_batch else [answers]):
            if answer["outcome"] != "preapproved":
                continue
            found.approvals += 1
            against = told[place] if place < len(told) else ["nothing was asked"]
            if against or not answer["reasons"] or answer["quota"]["amount_cny"] <= 0:
                found.wrong_approvals.append(f"{against} {label}")
    is_valid = bool(told) and not any(told) and not _twice(items)
    found.valid += is_valid
    if is_valid and heard.status not in (200, 409):
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


def _is_problem(heard: Heard, *, head: bool) -> bool:
    if heard.headers.get(b"content-type") != MEDIA_TYPE.encode():
        return False
    if head:  # the problem's body is left out, as every body is
        return not heard.body
    told = orjson.loads(heard.body)
    status = STATUS.get(told["type"].removeprefix("/problems/"))
    return status == heard.status == told["status"] and b"Traceback" not in heard.body
