"""Which policy answers a bank today: the release in force in the ledger, which began with the packed files.

An empty ledger is set up once, with the packed policies and the packed model as its first releases. From then on
every change is proposed and activated by two people; a file alone changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import structlog
from pydantic import ValidationError

from data.texts.sentences import label, sentence
from models.quota.policy import CreditPolicy, read_policies
from serving.contract.refusals import Fault, Refusal, faults_of, shown
from serving.ledger.ledger import Draft, Ledger, canonical_json
from serving.releases.releases import ACTIVATED, EVERYBODY, bootstrap

log = structlog.get_logger("serving.releases.policies")


def set_up(
    ledger: Ledger,
    policies: Callable[[], Iterable[CreditPolicy]],
    release: str,
    versions: Mapping[str, str],
    today: date,
) -> None:
    """Record the first releases of a ledger that has none; safe to call at every start, from several workers.

    policies : reads those that are shipped, if the ledger has none
    """
    present = {record.content["what"] for record in ledger.find(kind=ACTIVATED)}
    first: list[tuple[Draft, Draft]] = []
    if "policy" not in present:
        for policy in policies():
            body = policy.model_dump(mode="json")
            for owner in dict.fromkeys((policy.bank_id, *((EVERYBODY,) if policy.bank_id == "standard" else ()))):
                with suppress(ValueError):  # another worker, which starts too, has recorded it meanwhile
                    first.append(bootstrap(ledger, "policy", owner, policy.version, body, today))
    if "model" not in present:
        with suppress(ValueError):
            first.append(bootstrap(ledger, "model", EVERYBODY, release, versions, today))
    if first:
        ledger.append([proposed for proposed, _ in first] + [activated for _, activated in first])


def check_body(what: str, owner: str, body: Mapping[str, Any], version: str) -> None:
    """Refuse a proposed policy that is none, or another bank's, with every fault; a model's body is a free description.

    A policy for everybody may name any bank.
    """
    try:
        canonical_json(body)
    except TypeError as fault:  # what JSON allows and the ledger cannot write
        allowed = label("fault.canonical_json")
        raise Refusal.invalid(Fault("body", str(fault), allowed)) from fault
    if what != "policy":
        return
    try:
        policy = CreditPolicy.model_validate(body)
    except ValidationError as fault:
        faults = [replace(one, where=f"body.{one.where}".removesuffix(".(body)")) for one in faults_of(fault)]
        raise Refusal.invalid(*faults) from fault
    faults = [] if policy.version == version else [Fault("body.version", policy.version, version)]
    if owner not in (policy.bank_id, EVERYBODY):
        faults.append(Fault("body.bank_id", policy.bank_id[:80], owner))
    if faults:
        raise Refusal.invalid(*faults)


def banks_with_policy(ledger: Ledger) -> tuple[str, ...]:
    """Ids of the banks of which a policy was activated; of a ledger without releases, the shipped ones."""
    activated = [record.content for record in ledger.find(kind=ACTIVATED)]
    owners = {one["owner"] for one in activated if one["what"] == "policy"} - {EVERYBODY}
    return tuple(sorted(owners or {policy.bank_id for policy in read_policies()}))


class PolicyBook:
    """The activated releases of a ledger, read again by the ledger's thread."""

    def __init__(self, today: Callable[[], date]) -> None:
        self._calendar = today
        self._activated: list[Mapping[str, Any]] = []
        self._policies: dict[tuple[str, str], CreditPolicy] = {}
        self._today: dict[str, CreditPolicy] = {}
        self._released: dict[str, bool] = {}
        self._day: date | None = None

    def refresh(self, ledger: Ledger) -> None:
        """Read what was activated since the last time."""
        after = self._activated[-1]["seq"] if self._activated else 0
        fresh = [{**record.content, "seq": record.seq} for record in ledger.find(kind=ACTIVATED, after=after)]
        if fresh or not self._activated:
            self._activated = [*self._activated, *fresh]
            self._today, self._released = {}, {}

    @property
    def banks(self) -> dict[str, CreditPolicy]:
        """Every bank with a policy of its own, by its id, and that policy as of today."""
        owners = {item["owner"] for item in self._activated if item["what"] == "policy"} - {EVERYBODY}
        return {owner: self.policy_of(owner) for owner in sorted(owners)}

    def policy_of(self, bank_id: str, asserted: str | None = None) -> CreditPolicy:
        """The bank's policy in force today. A request chooses none.

        asserted : the version that a request takes to be in force; a Refusal names the right one where it is another
        """
        today = self._now()
        policy = self._today.get(bank_id)
        if policy is None:
            policy = self._today[bank_id] = self._in_force(bank_id, today)
        if asserted not in (None, policy.version):
            allowed = sentence("fault.policy_in_force", version=policy.version)
            raise Refusal.invalid(Fault("policy_version", shown(asserted), allowed))
        return policy

    def is_in_force(self, bank_id: str, asserted: str | None) -> bool:
        """Whether a request names the version in force; one that names none does."""
        return asserted in (None, self.policy_of(bank_id).version)

    def is_released(self, release: str) -> bool:
        """Whether a model release was ever activated, up to today."""
        today = self._now()
        found = self._released.get(release)
        if found is None:
            found = self._released[release] = any(
                item["what"] == "model" and item["version"] == release and item["effective_from"] <= today.isoformat()
                for item in self._activated
            )
        return found

    def _now(self) -> date:
        """Today; what was in force is looked up again every day."""
        today = self._calendar()
        if today != self._day:
            self._today, self._released, self._day = {}, {}, today
        return today

    def _open_to(self, bank_id: str, day: date) -> list[Mapping[str, Any]]:
        return sorted(
            (
                item
                for item in self._activated
                if item["what"] == "policy"
                and item["owner"] in (bank_id, EVERYBODY)
                and item["effective_from"] <= day.isoformat()
            ),
            key=lambda item: (item["owner"] == bank_id, item["effective_from"], item["seq"]),
        )

    def _in_force(self, bank_id: str, day: date) -> CreditPolicy:
        usable = self._open_to(bank_id, day)
        if not usable:
            raise Refusal("not-ready", f"no policy is in force for {bank_id}")
        return self._read(usable[-1])

    def _read(self, item: Mapping[str, Any]) -> CreditPolicy:
        key = (item["owner"], item["version"])
        if key not in self._policies:
            self._policies[key] = CreditPolicy.of_record(item["body"])
            try:
                CreditPolicy.model_validate(item["body"])
            except ValidationError as fault:
                log.warning(
                    "policy_would_be_refused",
                    owner=key[0],
                    version=key[1],
                    where=[one.where for one in faults_of(fault)],
                )
        return self._policies[key]
