"""The consent receipt: an enterprise lets one bank, or the zone, use its data, signed by a registered issuer.

Its members are those of ISO/IEC TS 27560:2023 (consent receipts; that specification is about natural persons, its
members are used here for enterprises) and of a bank's 征信授权书: authoriser, authorised party, business by tick box,
query and reporting as two scopes, term, withdrawal.

What is signed is the receipt without ``signature`` as canonical JSON: members sorted by name, no spaces, UTF-8, only
quotation marks, backslashes and control characters escaped. As every value is a text or a list of texts, this is also
the form of RFC 8785. The signature is Ed25519 (RFC 8032) over these bytes, in base64 (RFC 4648, section 4).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from data.members import Identifier, Instant, RequestPart, Text
from data.uscc import Uscc

SERVICE = "service"  # the issuer that signs what an enterprise gives under its own API key
THE_ZONE: Final = "zone"  # the recipient of a consent for the zone's officers; no bank
BANK_QUOTAS: Final = "bank_quotas"  # what it lets them read, by scope and by category of data

Share = Literal["points", "quota", "personal", "query", "reporting"]
CATEGORIES: Mapping[Share, tuple[str, ...]] = {
    "points": ("innovation_indicators",),
    "quota": ("credit_facts", "invoice_summary"),
    "personal": ("founder_team",),
    "query": ("agency_records",),
    "reporting": ("bank_records",),
}
JURISDICTION = "CN"
LONGEST_DAYS = 1096  # from granted_at to expires_at: three years
KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Item = TypeVar("Item")
OnlyOne = Annotated[tuple[Item, ...], Field(min_length=1, max_length=1)]


class Receipt(RequestPart):
    """What every signed receipt holds, whoever is authorised.

    uscc : the authoriser 授权人; granted_by : the person or system that acted for it
    granted_at, expires_at : in UTC to the second, as ``2026-01-31T08:00:00Z``
    """

    id: Identifier
    issuer: Identifier
    key_id: KeyId
    uscc: Uscc
    granted_by: Annotated[str, Field(min_length=1, max_length=80)]
    purpose_zh: Text
    purpose_en: Text
    lawful_basis: Literal["consent"]
    jurisdiction: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    retention: Text
    withdrawal: Text
    granted_at: Instant
    expires_at: Instant
    signature: Annotated[str, Field(max_length=200)] = ""


class Consent(Receipt):
    """A signed receipt of the enterprise's authorisation of one bank; ``data.consents`` names what is signed.

    uscc : the authoriser 授权人; granted_by : the person or system that acted for it
    bank_id : the authorised party 被授权人; recipients : everybody who receives the data, the bank among them
    scope : points; quota; personal (the founders' data); query 查询 (the bank reads what agencies recorded);
        reporting 报送 (the bank sends its own data: ``bank_facts`` and ``enterprise``)
    products, purposes : the business ticked: the products of the bank and the purposes of a loan, by their keys
    granted_at, expires_at : in UTC to the second, as ``2026-01-31T08:00:00Z``
    """

    schema_version: Literal["consent-1"]
    bank_id: Identifier
    recipients: tuple[Identifier, ...] = Field(min_length=1, max_length=20)
    scope: tuple[Share, ...] = Field(min_length=1, max_length=5)
    products: tuple[Identifier, ...] = Field(min_length=1, max_length=20)
    purposes: tuple[Identifier, ...] = Field(min_length=1, max_length=20)
    data_categories: tuple[Identifier, ...] = Field(min_length=1, max_length=20)


class ZoneConsent(Receipt):
    """A signed receipt by which the zone's officers read what the banks calculated for the enterprise.

    It authorises no bank and names no business, so no request of a bank can hold it.
    scope, data_categories : the banks' indications and quota decisions of this enterprise, and nothing else
    """

    schema_version: Literal["zone-consent-1"]
    recipients: OnlyOne[Literal["zone"]]
    scope: OnlyOne[Literal["bank_quotas"]]
    data_categories: OnlyOne[Literal["bank_quotas"]]


SomeReceipt = TypeVar("SomeReceipt", bound=Receipt)


def canonical_json(members: Mapping[str, Any]) -> bytes:
    """Sorted members, no spaces, UTF-8; for members whose values are texts and lists of texts."""
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def signed_text(consent: Receipt) -> bytes:
    """What the issuer signs: every member but the signature."""
    return canonical_json(consent.model_dump(exclude={"signature"}))


def sign_consent(consent: SomeReceipt, key: Ed25519PrivateKey) -> SomeReceipt:
    """The receipt with the key's identity and signature."""
    named = consent.model_copy(update={"key_id": key_id_of(key.public_key())})
    signature = base64.b64encode(key.sign(signed_text(named))).decode()
    return named.model_copy(update={"signature": signature})


def is_signed_by(consent: Receipt, key: Ed25519PublicKey) -> bool:
    """Whether the signature is this key's, over this receipt."""
    try:
        key.verify(base64.b64decode(consent.signature, validate=True), signed_text(consent))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def public_key_text(key: Ed25519PublicKey) -> str:
    """The 32 bytes of a public key in base64."""
    return base64.b64encode(key.public_bytes_raw()).decode()


def read_public_key(text: str) -> Ed25519PublicKey:
    """The public key that ``public_key_text`` wrote; raises ValueError."""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as fault:
        raise ValueError("an Ed25519 public key is 32 bytes, written in base64") from fault


def key_id_of(key: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the key's 32 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]
