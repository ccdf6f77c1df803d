"""What an enterprise does with its consents: give one, which the service signs; end one; see what each was used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.consents import CATEGORIES, JURISDICTION, SERVICE, THE_ZONE, Consent, Receipt, Share, sign_consent
from data.members import instant_text
from data.requests import Purpose
from data.texts.sentences import label, sentence
from serving.consents.check import (
    CONSENT,
    MATCH_LIST,
    POINTS_SEEN,
    QUOTAS_SEEN,
    REVOKED,
    ConsentBook,
    revocation_key,
)
from serving.contract.refusals import Fault, Refusal
from serving.ledger.chain import BANK_APPLICATION_ACTION, DECISION
from serving.ledger.ledger import Draft, Ledger, Record, canonical_json, digest_of

USES = "consent_uses"
_BANKS_USES = (DECISION, BANK_APPLICATION_ACTION, POINTS_SEEN, MATCH_LIST)
RETENTION = "the ledger keeps what was decided under it; nothing is looked up after its term or its revocation"
WITHDRAWAL = "POST /v1/consents/{id}/revoke with the enterprise's own API key, at any time"


def new_consent(
    consent_id: str,
    uscc: str,
    bank_id: str,
    scope: Sequence[Share],
    products: Sequence[str],
    granted_by: str,
    granted_at: datetime,
    expires_at: datetime,
    key: Ed25519PrivateKey,
    issuer: str = SERVICE,
    purposes: Sequence[str] = get_args(Purpose),
) -> Consent:
    """A signed receipt with the service's standard wording, for one bank."""
    shares = tuple(sorted(set(scope)))
    purpose = sentence("consent.purpose.bank")
    receipt = Consent(
        schema_version="consent-1",
        id=consent_id,
        issuer=issuer,
        key_id="0" * 16,
        uscc=uscc,
        granted_by=granted_by,
        bank_id=bank_id,
        recipients=(bank_id,),
        scope=shares,
        products=tuple(sorted(set(products))),
        purposes=tuple(sorted(set(purposes))),
        data_categories=tuple(category for share in shares for category in CATEGORIES[share]),
        purpose_zh=purpose[0],
        purpose_en=purpose[1],
        lawful_basis="consent",
        jurisdiction=JURISDICTION,
        retention=RETENTION,
        withdrawal=WITHDRAWAL,
        granted_at=instant_text(granted_at),
        expires_at=instant_text(expires_at),
    )
    return sign_consent(receipt, key)


def consent_id_of(*parts: str) -> str:
    """The identity of a consent that the service signs: the same parts always give the same one."""
    return "con-" + digest_of("\n".join(parts))[:20]


def consent_draft(consent: Receipt, fingerprint: str, only_with: str | None = None) -> Draft:
    """The record of a consent that was given here."""
    body = canonical_json(consent.model_dump(mode="json"))
    return Draft(CONSENT, consent.uscc, consent.id, body, f"consent:{consent.id}", fingerprint, only_with)


def end_of(days: int) -> tuple[datetime, datetime]:
    """Now to the second, and so many days later."""
    now = datetime.now(UTC).replace(microsecond=0)
    return now, now + timedelta(days=days)


def revocation_draft(ledger: Ledger, uscc: str, consent_id: str, issuer: str, holder: str, reason: str) -> Draft:
    """The record that ends a consent; a refusal for one of the service's that this enterprise never gave.

    What a portal signed is not known here before it is used, so any of its ids can be ended, for this enterprise.
    """
    if issuer == SERVICE and not _given(ledger, uscc, consent_id):
        raise Refusal("not-found", faults=[Fault("consent_id", consent_id[:60], label("fault.own_consent"))])
    body = {"by": holder, "consent_id": consent_id, "issuer": issuer, "reason": reason, "uscc": uscc}
    key = revocation_key(issuer, uscc, consent_id)
    return Draft(REVOKED, uscc, consent_id, canonical_json(body), key, digest_of(key))


def uses_key(record: Record) -> str:
    """The unique key of the list of what a revoked consent was used for."""
    return f"consent-uses:{record.unique_key}"


def uses_draft(ledger: Ledger, record: Record) -> Draft:
    """The record of all that was recorded under a consent before its revocation.

    No record can be made under the consent after its revocation, so the list is whole.
    """
    ended = record.content
    used = uses_of(ledger, record.owner, ended["issuer"], ended["consent_id"])
    return Draft(USES, record.owner, record.subject, canonical_json({"used": used}), uses_key(record))


def uses_of(ledger: Ledger, uscc: str, issuer: str, consent_id: str) -> list[dict[str, Any]]:
    """All that was recorded under a consent of an enterprise until now, oldest first by kind."""
    given = _given(ledger, uscc, consent_id) if issuer == SERVICE else []
    user, after = (given[0].content.get("bank_id", THE_ZONE), given[0].seq) if given else (None, 0)
    of_zone = bool(given) and "bank_id" not in given[0].content
    used = []
    for kind in (QUOTAS_SEEN,) if of_zone else _BANKS_USES:
        for found in ledger.find(kind=kind, owner=user, after=after, holding=(consent_id, uscc)):
            if _is_under(found.content, issuer, uscc, consent_id):
                bank_id = None if of_zone else found.owner
                used.append({"kind": kind, "bank_id": bank_id, "id": found.subject, "recorded_at": found.recorded_at})
    return used


def revocation_of(record: Record, uses: Record) -> dict[str, Any]:
    """A revocation and what its consent was used for, as it is sent."""
    return {**_ended(record), "used": uses.content["used"]}


def consents_of(ledger: Ledger, uscc: str, book: ConsentBook) -> dict[str, Any]:
    """Every consent that an enterprise gave here with its state, and every revocation of its, oldest first."""
    ended = {str(record.unique_key): record for record in ledger.find(kind=REVOKED, owner=uscc)}
    now = instant_text(datetime.now(UTC))
    given = []
    for record in ledger.find(kind=CONSENT, owner=uscc):
        consent = record.content
        if revocation_key(SERVICE, uscc, consent["id"]) in ended:
            state = "revoked"
        elif consent["expires_at"] <= now:  # one form of text: its order is that of time
            state = "expired"
        else:
            state = "in_force" if book.live_key(SERVICE, consent["key_id"]) else "key_ended"
        given.append({"consent": consent, "state": state})
    return {"consents": given, "revocations": [_ended(record) for record in ended.values()]}


def _ended(record: Record) -> dict[str, Any]:
    members = {key: record.content[key] for key in ("consent_id", "issuer", "reason", "by")}
    return {**members, "revoked_at": record.recorded_at}


def _given(ledger: Ledger, uscc: str, consent_id: str) -> list[Record]:
    found = ledger.find(kind=CONSENT, owner=uscc, subject=consent_id)
    return found[:1]


def _is_under(content: Mapping[str, Any], issuer: str, uscc: str, consent_id: str) -> bool:
    """Whether a record was made under this consent: a decision, a bank application, a reading of points, a list."""
    consent = content["request"].get("consent") if "answer" in content else content.get("consent")
    owner = content["request"]["uscc"] if "answer" in content else content.get("uscc")
    return consent is not None and (consent.get("issuer"), owner, consent["id"]) == (issuer, uscc, consent_id)
