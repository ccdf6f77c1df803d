"""What is signed of a consent, by hand: canonical text, key identity, and a signature that another program makes."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from data.consents import (
    Consent,
    canonical_json,
    is_signed_by,
    key_id_of,
    public_key_text,
    read_public_key,
    sign_consent,
    signed_text,
)
from data.uscc import fictitious_uscc

pytestmark = pytest.mark.law
# RFC 8032, section 7.1, test 1: this private key has this public key.
PRIVATE = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
MEMBERS = {
    "schema_version": "consent-1",
    "id": "c-1",
    "issuer": "portal",
    "key_id": hashlib.sha256(PUBLIC).hexdigest()[:16],
    "uscc": fictitious_uscc(19),
    "granted_by": '李 "四"',
    "bank_id": "bank-a",
    "recipients": ["bank-a"],
    "scope": ["points", "quota"],
    "products": ["zheke"],
    "purposes": ["working_capital"],
    "data_categories": ["credit_facts"],
    "purpose_zh": "流动资金\n贷款",
    "purpose_en": "a loan",
    "lawful_basis": "consent",
    "jurisdiction": "CN",
    "retention": "five years",
    "withdrawal": "by post",
    "granted_at": "2026-01-31T08:00:00Z",
    "expires_at": "2026-02-28T08:00:00Z",
}


def test_the_canonical_text_written_by_hand():
    """Members by name, no spaces, Chinese as it is, quotation marks, backslashes and control characters escaped."""
    value = {"b": ["x", "万"], "a": '"\\\n\x01', "A": ""}
    assert canonical_json(value).decode() == '{"A":"","a":"\\"\\\\\\n\\u0001","b":["x","万"]}'


def test_a_signature_made_without_this_package_holds():
    """A portal needs JSON, SHA-256 and Ed25519; nothing of ours."""
    key = Ed25519PrivateKey.from_private_bytes(PRIVATE)
    text = json.dumps(MEMBERS, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    signature = base64.b64encode(key.sign(text)).decode()
    consent = Consent.model_validate_json(json.dumps(MEMBERS | {"signature": signature}))
    assert signed_text(consent) == text
    assert is_signed_by(consent, read_public_key(base64.b64encode(PUBLIC).decode()))
    blank = Consent.model_validate_json(json.dumps(MEMBERS))
    assert sign_consent(blank, key) == consent
    assert (public_key_text(key.public_key()), key_id_of(key.public_key())) == (
        base64.b64encode(PUBLIC).decode(),
        MEMBERS["key_id"],
    )


def test_one_changed_byte_of_any_member_loses_the_signature():
    """Every member is signed: none can be left out, added to, or edited."""
    signed = sign_consent(
        Consent.model_validate_json(json.dumps(MEMBERS)), Ed25519PrivateKey.from_private_bytes(PRIVATE)
    )
    public = Ed25519PrivateKey.from_private_bytes(PRIVATE).public_key()
    others = {"uscc": fictitious_uscc(20), "granted_at": "2026-01-30T08:00:00Z", "expires_at": "2027-01-30T08:00:00Z"}
    for name in MEMBERS:
        value = getattr(signed, name)
        changed = others.get(name) or ((*value, "quota") if isinstance(value, tuple) else f"{value}x")
        assert not is_signed_by(signed.model_copy(update={name: changed}), public), name
    for bad in ("", "x", signed.signature[:-4], signed.signature.swapcase(), f"{signed.signature}AAAA", "é" * 88):
        assert not is_signed_by(signed.model_copy(update={"signature": bad}), public), bad


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+08:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-01-31T08:00:00+00:00",
        "2026-01-31T08:00:00.5Z", "2026-01-31 08:00:00Z", "2026-1-31T08:00:00Z", "2026-02-30T08:00:00Z",
        "20260131T080000Z", "2026-01-31T08:00Z", "2026-01-31T24:00:00Z", "1899-12-31T00:00:00Z",
    ],
)  # fmt: skip
def test_an_instant_has_one_form(text):
    """UTC to the second, in the years of firms; anything else would be another text to sign for the same instant."""
    with pytest.raises(ValidationError, match="an instant is written in UTC"):
        Consent.model_validate_json(json.dumps(MEMBERS | {"granted_at": text}))
