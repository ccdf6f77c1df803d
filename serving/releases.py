"""Which policy and which model is in force, since when, and who let it in: two people for every change.

A release is proposed with its whole body, and activated by somebody else from a date on. Both are records, so
``in_force`` answers for any day, also years later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from serving.answers import InForceAnswer
from serving.ledger import Draft, Ledger, Record, canonical_json, digest_of
from serving.problems import Fault, ProblemError

PROPOSED, ACTIVATED = "release_proposed", "release_activated"
WHAT = ("policy", "model")
EVERYBODY = "*"
SET_UP = "set-up"  # the holder of the first release of an empty ledger, which nobody could have proposed


def release_id(what: str, owner: str, version: str) -> str:
    """The subject of a release's records; ``owner`` is a bank, or ``*`` for all."""
    if what not in WHAT:
        raise ValueError(f"what is {what!r}; allowed: {list(WHAT)}")
    return f"{what}:{owner}:{version}"


def proposal(what: str, owner: str, version: str, body: Mapping[str, Any], holder: str, reason: str) -> Draft:
    """The record of a proposed release; the same version with another body is refused by its fingerprint."""
    subject = release_id(what, owner, version)
    content = {"what": what, "owner": owner, "version": version, "body": dict(body), "by": holder, "reason": reason}
    fingerprint = digest_of(canonical_json(content["body"]))
    return Draft(PROPOSED, owner, subject, canonical_json(content), f"proposed:{subject}", fingerprint)


def activation(ledger: Ledger, subject: str, holder: str, effective_from: date, reason: str) -> Draft:
    """The record of an activation; 404 when nothing was proposed, 403 when proposer and activator are one."""
    proposed = ledger.by_key(f"proposed:{subject}")
    if proposed is None:
        raise ProblemError("not-found", faults=[Fault("release", subject[:80], "a proposed release")])
    proposer = proposed.content["by"]
    if proposer == holder and holder != SET_UP:
        raise ProblemError("four-eyes", faults=[Fault("activated by", holder, f"anybody but {proposer}")])
    content = {**proposed.content, "proposed_by": proposer, "by": holder, "reason": reason}
    content["effective_from"] = effective_from.isoformat()
    key = f"activated:{subject}:{effective_from.isoformat()}:{holder}"
    return Draft(ACTIVATED, proposed.owner, subject, canonical_json(content), key, proposed.fingerprint)


def in_force(ledger: Ledger, what: str, owner: str, day: date) -> InForceAnswer | None:
    """The release in force on ``day``: the bank's own before everybody's, the latest effective date, then record."""
    best: tuple[tuple[bool, str, int], Record] | None = None
    for record in ledger.find(kind=ACTIVATED):
        content = record.content
        if (
            content["what"] != what
            or content["owner"] not in (owner, EVERYBODY)
            or content["effective_from"] > day.isoformat()
        ):
            continue
        rank = (content["owner"] == owner, content["effective_from"], record.seq)
        if best is None or rank > best[0]:
            best = (rank, record)
    return None if best is None else _read(best[1])


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
    )
