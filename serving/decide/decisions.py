"""A decision as a record: the answer with everything needed to give it again, and the way back.

The record's body holds, in this order, the answer as it was sent, the request, the case, the safeguard's facts, the
release, the version of the code and how its sentences write days. Its JSON keeps the order of members, so the answer
is written again byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson

from data.code_version import code_version
from data.requests import IndicationsRequest, Override, QuotaRequest
from data.texts.sentences import label
from models.quota.warnings import warning
from serving.auth.access import holder_name
from serving.consents.check import revocation_key
from serving.contract.refusals import Fault, Refusal
from serving.decide.safeguard_facts import SafeguardFacts
from serving.ledger.chain import DECISION
from serving.ledger.ledger import Draft, Record, canonical_json, digest_of

DATES_IN_WORDS = "in_words"  # how the answer's sentences write days; a record of before has them as 2024-06-30
INDICATIONS, OVERRIDE = "indications", "override"
_PENDING = "override_pending"


def audit_id_of(bank_id: str, request_id: str) -> str:
    """The decision's identity: the same bank and request_id always give the same one."""
    return "dec-" + digest_of(f"{bank_id}\n{request_id}")[:24]


def fingerprint_of(request: QuotaRequest) -> str:
    """SHA-256 of the request without its consent: a renewed consent does not make it another request."""
    return digest_of(request.model_dump_json(exclude={"consent"}))


def recorded_request(content: Mapping[str, Any]) -> QuotaRequest:
    """The request of a decision's record, without its consent, which decides nothing and had other members before."""
    members = {key: value for key, value in content["request"].items() if key != "consent"}
    return QuotaRequest.model_validate_json(orjson.dumps(members))


def decision_draft(
    request: QuotaRequest, answer: Mapping[str, Any], inputs: Mapping[str, Any], facts: SafeguardFacts
) -> Draft:
    """The record to be of ``answer``; its unique key makes it the only one for this request_id.

    It is not written after the revocation of the request's consent.
    """
    members = {
        "answer": answer,
        "request": request.model_dump(mode="json"),
        "inputs": inputs,
        "safeguard": facts.as_dict(),
        "release": answer["release"],
        "code": asdict(code_version()),
        "dates": DATES_IN_WORDS,
    }
    subject, consent = str(answer["audit_id"]), request.consent
    not_after = None if consent is None else revocation_key(consent.issuer, consent.uscc, consent.id)
    return Draft(
        DECISION, request.bank_id, subject, orjson.dumps(members), f"decision:{subject}", fingerprint_of(request),
        not_after=not_after,
    )  # fmt: skip


def indications_draft(uscc: str, request: IndicationsRequest, answer: Mapping[str, Any]) -> Draft:
    """The record to be of what every bank's policy would allow an enterprise; the only one for this request_id."""
    subject = "ask-" + audit_id_of(uscc, request.request_id).removeprefix("dec-")
    members = {"answer": answer, "request": request.model_dump(mode="json"), "code": asdict(code_version())}
    fingerprint = digest_of(request.model_dump_json())
    return Draft(INDICATIONS, uscc, subject, orjson.dumps(members), f"{INDICATIONS}:{subject}", fingerprint)


def answer_of(record: Record) -> bytes:
    """The answer of a record, byte for byte; one of an earlier contract by the names of this one."""
    return orjson.dumps(record.content["answer"])


def check_same_request(record: Record, fingerprint: str) -> None:
    """Refuse a request_id that was used before with another body."""
    if record.fingerprint != fingerprint:
        fault = Fault("request_id", "used before with another body", label("match.allowed.new_identifier"))
        raise Refusal("idempotency-conflict", f"recorded as {record.subject}", [fault])


def override_draft(
    records: Sequence[Record], override: Override, holder: str, warnings: Sequence[Mapping[str, str]], now: datetime
) -> Draft:
    """A person's decision beside a recorded one, within the bounds of ``bounds``.

    Sent twice, it is recorded once; where somebody has decided otherwise in between, it is decided anew.
    records : the decision's and of every override so far
    """
    record = next(one for one in records if one.kind == DECISION)
    body = canonical_json(
        {
            "audit_id": record.subject,
            "outcome": override.outcome,
            "amount_cny": override.amount_cny,
            "reason": override.reason,
            "by": holder,
            "expires_at": override.expires_at.astimezone(UTC).isoformat(timespec="seconds"),
            "calculated": record.content["answer"]["outcome"],
            "warnings": list(warnings),
        }
    )
    fingerprint = digest_of(body)
    key = f"override:{record.subject}:{fingerprint[:24]}"
    overrides = [one for one in records if one.kind == OVERRIDE]
    same = [number for number, one in enumerate(overrides) if one.fingerprint == fingerprint]
    times = len(same)
    if same:
        mine, *later = overrides_of(overrides, now)[same[-1] :]
        ended = not (mine["active"] or mine["pending"])
        times -= not ended and not any(one["active"] and not _is_same(one, mine) for one in later)
    return Draft(OVERRIDE, record.owner, record.subject, body, f"{key}:{times}" if times else key, fingerprint)


def takes_two(decision: str, calculated: str) -> bool:
    """Whether a decision counts only with a second person's: an approval of what was declined, also by a veto.

    Only a decline: what was referred to a person is decided by one.
    """
    return decision == "approved" and calculated == "declined"


def overrides_of(records: Sequence[Record], now: datetime) -> list[dict[str, Any]]:
    """Every override among a decision's records, and whether it is active; the last active one counts.

    One that takes two is pending until another holder's last word is the same decision, amount and end
    (``_last_words``); ``confirmed_by`` names who confirmed it. That it waits is a warning while it does, whatever its
    record says.
    """
    overrides = [(record, record.content) for record in records if record.kind == OVERRIDE]
    found = []
    for (record, body), (holds, confirmed_by) in zip(
        overrides, _last_words([one for _, one in overrides]), strict=True
    ):
        pending = holds and confirmed_by is None and takes_two(body["outcome"], body["calculated"])
        members = {key: value for key, value in body.items() if key != "calculated"}
        active = holds and not pending and datetime.fromisoformat(body["expires_at"]) > now
        warnings = [one for one in body.get("warnings", ()) if one["code"] != _PENDING]
        warnings += [warning(_PENDING, label("warning.override_pending"))] if pending else []
        state = {"active": active, "pending": pending, "confirmed_by": confirmed_by}
        found.append({**members, "warnings": warnings, "recorded_at": record.recorded_at, **state})
    return found


def overridden_decisions(records: Iterable[Record]) -> dict[str, int]:
    """How many decisions each bank has overridden, by the records of its overrides: one that was never confirmed by the
    second person that it takes decides nothing, and a decision overridden twice counts once.
    """
    by_decision: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for record in records:
        by_decision.setdefault((record.owner, record.subject), []).append(record.content)
    return Counter(owner for (owner, _), own in by_decision.items() if any(_has_decided(own)))


def _has_decided(overrides: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Which of one decision's overrides counted at some time."""
    return [
        confirmed_by is not None or not takes_two(one["outcome"], one["calculated"])
        for one, (_, confirmed_by) in zip(overrides, _last_words(overrides), strict=True)
    ]


def _last_words(overrides: Sequence[Mapping[str, Any]]) -> list[tuple[bool, str | None]]:
    """Of one decision's overrides, oldest first, which still stand, and who confirmed each that takes two.

    An approval that takes two counts while the last words of two people are the same. It no longer stands once its
    person says otherwise, or once another word counts: a decision of one that takes no second, or one of two. Nobody's
    earlier word confirms any later one then. An override that one person decides stands until its end.
    """
    words: dict[str, list[int]] = {}  # of each person the records of the approval that is their last word
    confirmed_by: list[str | None] = [None] * len(overrides)

    def confirm() -> None:
        for person, own in words.items():
            same = (other[0] for who, other in words.items() if who != person)
            first = next((at for at in same if _is_same(overrides[at], overrides[own[0]])), None)
            for at in own:
                confirmed_by[at] = None if first is None else overrides[first]["by"]

    for number, one in enumerate(overrides):
        person = holder_name(one["by"])
        if not takes_two(one["outcome"], one["calculated"]):
            words.clear()
            continue
        if person in words and not _is_same(overrides[words[person][0]], one):
            del words[person]
        words.setdefault(person, []).append(number)
        agreed = {who: own for who, own in words.items() if _is_same(overrides[own[0]], one)}
        words = agreed if len(agreed) > 1 else words
        confirm()
    held = {at for own in words.values() for at in own}
    return [
        (at in held or not takes_two(one["outcome"], one["calculated"]), confirmed_by[at])
        for at, one in enumerate(overrides)
    ]


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two people's decisions are the same."""
    return all(one[key] == other[key] for key in ("outcome", "amount_cny", "expires_at"))
