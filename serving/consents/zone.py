"""A consent for the zone's officers: they read what banks calculated for the enterprise, while it is in force.

It names no bank and no business. What is read under it is recorded first, and is not recorded after its revocation.
"""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from data.consents import BANK_QUOTAS, JURISDICTION, SERVICE, THE_ZONE, ZoneConsent, is_signed_by, sign_consent
from data.members import instant_text
from data.texts.sentences import sentence
from serving.consents.check import QUOTAS_SEEN, ConsentBook, revocation_key
from serving.consents.giving import RETENTION, WITHDRAWAL, consents_of
from serving.ledger.ledger import Draft, Ledger, canonical_json, digest_of


def new_zone_consent(
    consent_id: str, uscc: str, granted_by: str, granted_at: datetime, expires_at: datetime, key: Ed25519PrivateKey
) -> ZoneConsent:
    """A receipt for the zone's officers, signed by the service."""
    purpose = sentence("consent.purpose.zone")
    receipt = ZoneConsent(
        schema_version="zone-consent-1",
        id=consent_id,
        issuer=SERVICE,
        key_id="0" * 16,
        uscc=uscc,
        granted_by=granted_by,
        recipients=(THE_ZONE,),
        scope=(BANK_QUOTAS,),
        data_categories=(BANK_QUOTAS,),
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


def zone_consent_of(ledger: Ledger, uscc: str, book: ConsentBook) -> ZoneConsent | None:
    """The enterprise's consent for the zone that is in force, of several the one that ends last."""
    held = [
        ZoneConsent.model_validate_json(canonical_json(one["consent"]))
        for one in consents_of(ledger, uscc, book)["consents"]
        if one["state"] == "in_force" and THE_ZONE in one["consent"]["recipients"] and "bank_id" not in one["consent"]
    ]
    signed = [one for one in held if one.uscc == uscc and _is_signed(one, book)]
    return max(signed, key=lambda one: one.expires_at, default=None)


def quotas_seen_draft(consent: ZoneConsent, holder: str, day: str) -> Draft:
    """The record that an officer read the banks' quotas of an enterprise: one for each consent, officer and day."""
    body = {"by": holder, "consent": {"id": consent.id, "issuer": consent.issuer}, "day": day, "uscc": consent.uscc}
    text = canonical_json(body)
    digest = digest_of(text)
    return Draft(
        QUOTAS_SEEN, THE_ZONE, consent.id, text, f"quotas-seen:{digest}", digest,
        not_after=revocation_key(consent.issuer, consent.uscc, consent.id),
    )  # fmt: skip


def _is_signed(consent: ZoneConsent, book: ConsentBook) -> bool:
    signer = book.live_key(consent.issuer, consent.key_id)
    return signer is not None and is_signed_by(consent, signer.key)
