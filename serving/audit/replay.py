"""Decide again from the record: the same bytes with the same release and policy, a list of differences with others.

A replay reads nothing but the ledger and the packed releases: the case, the request, the safeguard's facts, the release
and the policy are all in the record or named by it. The code is this process's; a record of another code is
named as such, and its answer is compared in everything but the version of the code. Days in sentences are written as
the record has them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from data.code_version import code_version
from data.texts.figures import iso_dates
from models.quota.answer import answer_json
from models.quota.policy import CreditPolicy
from serving.audit.packed_models import PackedModels
from serving.decide.decisions import DATES_IN_WORDS, answer_of, recorded_request
from serving.decide.safeguard_facts import SafeguardFacts
from serving.decide.snapshot import read_inputs
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Ledger, Record
from serving.releases.releases import PROPOSED, body_of


class ReplayError(LookupError):
    """What a replay needs is not there: the decision or its policy."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One member of the answer that came out otherwise."""

    member: str
    recorded: Any
    replayed: Any


@dataclass(frozen=True)
class Replayed:
    """One decision, decided again."""

    audit_id: str
    bank_id: str
    release: str
    policy: str
    recorded: Mapping[str, Any]
    replayed: Mapping[str, Any]
    identical: bool  # byte for byte, but for the version of the code
    recorded_code: str  # "" where the record has none
    code: str

    @property
    def other_code(self) -> str:
        """The note on a record of another code than this; "" for a record of this code."""
        if self.recorded_code == self.code:
            return ""
        recorded = f"recorded with code {self.recorded_code}" if self.recorded_code else "recorded without its code"
        return f"{recorded}, this is {self.code}"

    @property
    def differences(self) -> list[Difference]:
        """Every member that differs, by its path."""
        before, after = dict(_flat(self.recorded)), dict(_flat(self.replayed))
        return [
            Difference(key, before.get(key), after.get(key))
            for key in dict.fromkeys((*before, *after))
            if before.get(key) != after.get(key)
        ]


@dataclass
class Summary:
    """What a run of replays comes to; amounts in 10,000 yuan."""

    n: int = 0
    identical: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    recorded_wan: int = 0
    replayed_wan: int = 0
    other_code: dict[str, tuple[int, int]] = field(default_factory=dict)  # how many, and how many identical

    def add(self, one: Replayed) -> None:
        """Count one."""
        self.n += 1
        self.identical += one.identical
        if one.other_code:
            count, same = self.other_code.get(one.other_code, (0, 0))
            self.other_code[one.other_code] = (count + 1, same + one.identical)
        self.moves[one.recorded["outcome"], one.replayed["outcome"]] += 1
        self.recorded_wan += one.recorded["quota"]["amount_wan"]
        self.replayed_wan += one.replayed["quota"]["amount_wan"]


def replay_decision(
    ledger: Ledger, packed: PackedModels, audit_id: str, policy: CreditPolicy | None = None, release: str | None = None
) -> Replayed:
    """One decision, with its own policy and release where none is given."""
    record = ledger.by_key(f"decision:{audit_id}")
    if record is None:
        raise ReplayError(f"no decision {audit_id!r} in the ledger")
    return replay_record(ledger, packed, record, policy, release)


def replay_since(
    ledger: Ledger,
    packed: PackedModels,
    since: datetime | None = None,
    policy: CreditPolicy | None = None,
    release: str | None = None,
) -> Iterator[Replayed]:
    """Every decision recorded at or after the instant ``since``, with its own policy and release if none is given."""
    for record in ledger.scan(DECISION):
        if since is None or datetime.fromisoformat(record.recorded_at) >= since:
            yield replay_record(ledger, packed, record, policy, release)


def replay_record(
    ledger: Ledger, packed: PackedModels, record: Record, policy: CreditPolicy | None = None, release: str | None = None
) -> Replayed:
    """Decide one record again."""
    content = record.content
    recorded = content["answer"]
    version = recorded["versions"]["policy"]
    if policy is None:
        body = body_of(ledger, "policy", record.owner, version)
        if body is None:
            raise ReplayError(f"{record.subject}: policy {version!r} of {record.owner} is not in the ledger")
        policy = CreditPolicy.of_record(body)
    models = packed.models(release or content["release"])
    case = read_inputs(content["inputs"], models.engine.codebook)
    request = recorded_request(content)
    with nullcontext() if content.get("dates") == DATES_IN_WORDS else iso_dates():
        answer = models.decide(case, request, policy, _safeguard_facts(record))
    answer["audit_id"] = record.subject
    versions = {key: value for key, value in answer["versions"].items() if key != "code"}
    if "code" in recorded["versions"]:
        versions["code"] = recorded["versions"]["code"]
    answer["versions"] = versions
    text = answer_json(answer)
    return Replayed(
        record.subject, record.owner, models.release, policy.version, recorded, orjson.loads(text),
        text == answer_of(record), content.get("code", {}).get("digest", ""), code_version().digest,
    )  # fmt: skip


def _safeguard_facts(record: Record) -> SafeguardFacts:
    """The safeguard's facts as recorded: the day of the request is the record's, never today."""
    try:
        return SafeguardFacts.of_record(record.content["safeguard"])
    except ValueError as fault:
        raise ReplayError(f"{record.subject}: {fault}") from fault


def find_policy(ledger: Ledger, version: str) -> CreditPolicy:
    """A proposed policy by its version, whoever's it is."""
    for record in ledger.find(kind=PROPOSED):
        content = record.content
        if content["what"] == "policy" and content["version"] == version:
            return CreditPolicy.of_record(content["body"])
    raise ReplayError(f"policy {version!r} was never proposed; propose it, or give the path of its file")


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for position, item in enumerate(value):
            yield from _flat(item, f"{path}[{position}]")
    else:
        yield path, value
