"""Which policy and which model is in force, since when, and who activated it: two people for every change.

A release is proposed with its whole body, and activated by somebody else from a date on. Both are records, so
``in_force`` answers for any day, also years later. Two people are two holders' names of keys that differ as
``serving.auth.access.holder_name`` writes them, whatever the principals: one name under two principals counts as one
person. A name is as reliable as the check of whoever issues the keys. The first releases of an empty ledger
have no proposer and no reviewer; their records have ``bootstrap``, and so does every answer about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import orjson

from data.texts.sentences import label, sentence
from serving.auth.access import Caller, holder_fault, holder_name
from serving.contract.answers import InForceAnswer
from serving.contract.refusals import Fault, Refusal
from serving.ledger.ledger import Draft, Ledger, Record, canonical_json, digest_of

PROPOSED, ACTIVATED = "release_proposed", "release_activated"
WHAT = ("policy", "model")
EVERYBODY = "*"
SET_UP = "set-up"  # written as the holder of the first releases; no key can have it


def release_id(what: str, owner: str, version: str) -> str:
    """The subject of a release's records; ``owner`` is a bank, or ``*`` for all."""
    if what not in WHAT:
        raise ValueError(f"what is {what!r}; allowed: {list(WHAT)}")
    return f"{what}:{owner}:{version}"


def proposal(what: str, owner: str, version: str, body: Mapping[str, Any], by: Caller, reason: str) -> Draft:
    """The record of a proposed release; the same version with another body is refused by its fingerprint."""
    _check_person(by)
    signed = {"by": by.holder, "by_caller": by.name, "by_key": by.key_id, "reason": reason}
    return _proposal(what, owner, version, body, signed)


def activation(ledger: Ledger, subject: str, by: Caller, effective_from: date, reason: str) -> Draft | Record:
    """The record of an activation, or the earlier one by which the release is in force for its owner on that day.

    Raises a Refusal when nothing was proposed, or when proposer and activator are one person.
    """
    proposed = ledger.by_key(f"proposed:{subject}")
    if proposed is None:
        raise Refusal("not-found", faults=[Fault("release", subject[:80], label("fault.release.proposed"))])
    _check_person(by)
    proposer = proposed.content["by"]
    if holder_name(proposer) == holder_name(by.holder):
        allowed = sentence("fault.release.not_proposer", name=str(proposer))
        raise Refusal("four-eyes", faults=[Fault("activated by", by.holder, allowed)])
    signed = {"by": by.holder, "by_caller": by.name, "by_key": by.key_id, "reason": reason}
    return _activation(ledger, proposed.content, effective_from, signed)


def bootstrap(
    ledger: Ledger, what: str, owner: str, version: str, body: Mapping[str, Any], day: date
) -> tuple[Draft, Draft]:
    """Proposal and activation of a first release of an empty ledger: nobody proposed it and nobody reviewed it."""
    signed = {"by": SET_UP, "bootstrap": True, "reason": "first release, not reviewed"}
    proposed = _proposal(what, owner, version, body, signed)
    activated = _activation(ledger, orjson.loads(proposed.body), day, signed)
    if not isinstance(activated, Draft):
        raise ValueError(f"{proposed.subject} is in force already")
    return proposed, activated


def _proposal(what: str, owner: str, version: str, body: Mapping[str, Any], signed: Mapping[str, Any]) -> Draft:
    subject = release_id(what, owner, version)
    content = {"what": what, "owner": owner, "version": version, "body": dict(body), **signed}
    fingerprint = digest_of(canonical_json(content["body"]))
    return Draft(PROPOSED, owner, subject, canonical_json(content), f"proposed:{subject}", fingerprint)


def _activation(
    ledger: Ledger, proposed: Mapping[str, Any], effective_from: date, signed: Mapping[str, Any]
) -> Draft | Record:
    what, owner, version = proposed["what"], proposed["owner"], proposed["version"]
    earlier = [record for record in ledger.find(kind=ACTIVATED, owner=owner) if record.content["what"] == what]
    present = _latest(earlier, effective_from)
    if present is not None and present.content["version"] == version:
        return present
    of_release = {key: value for key, value in proposed.items() if key != "bootstrap"}  # who activates may be a person
    content = {**of_release, "proposed_by": proposed["by"], **signed, "effective_from": effective_from.isoformat()}
    # The number makes every activation a record of its own, and of two that raced one the loser.
    key = f"activated:{what}:{owner}:{len(earlier)}"
    fingerprint = digest_of(canonical_json([version, effective_from.isoformat(), signed]))
    return Draft(ACTIVATED, owner, release_id(what, owner, version), canonical_json(content), key, fingerprint)


def _latest(records: Iterable[Record], day: date) -> Record | None:
    """Of one owner's activations that in force on ``day``: the latest effective date, then the latest record."""
    begun = [record for record in records if record.content["effective_from"] <= day.isoformat()]
    return max(begun, key=lambda record: (record.content["effective_from"], record.seq), default=None)


def _check_person(by: Caller) -> None:
    if fault := holder_fault(by.holder):
        raise Refusal("four-eyes", faults=[Fault("holder of the key", fault, label("fault.own_name"))])


def in_force(ledger: Ledger, what: str, owner: str, day: date) -> InForceAnswer | None:
    """The release in force on ``day``: the bank's own before everybody's, the latest effective date, then record."""
    activated = [record for record in ledger.find(kind=ACTIVATED) if record.content["what"] == what]
    for whose in (owner, EVERYBODY):
        found = _latest((record for record in activated if record.content["owner"] == whose), day)
        if found is not None:
            return _read(found)
    return None


def is_bootstrap(content: Mapping[str, Any]) -> bool:
    """Whether a proposal or activation is one of the first releases, which nobody reviewed."""
    return bool(content["by"] == SET_UP)


def body_of(ledger: Ledger, what: str, owner: str, version: str) -> Mapping[str, Any] | None:
    """The body of a proposed release, the bank's own or everybody's."""
    for holder in (owner, EVERYBODY):
        record = ledger.by_key(f"proposed:{release_id(what, holder, version)}")
        if record is not None:
            body: Mapping[str, Any] = record.content["body"]
            return body
    return None


def _read(record: Record) -> InForceAnswer:
    content = record.content
    return InForceAnswer(
        what=content["what"],
        version=content["version"],
        owner=content["owner"],
        effective_from=content["effective_from"],
        proposed_by=content["proposed_by"],
        activated_by=content["by"],
        activated_at=record.recorded_at,
        record=record.seq,
        bootstrap=is_bootstrap(content),
    )
