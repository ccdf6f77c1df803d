"""The private key with which the service signs the consents that enterprises give: one for each store, in one file.

The file is made once, readable by its owner alone, and shared by all workers; or the key comes from the environment.
Its public part is a record of the ledger, as every issuer's is, so what an earlier key signed still verifies.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from data.consents import SERVICE, key_id_of, public_key_text, read_public_key
from serving.consents.check import ISSUER, ISSUER_ENDED, ConsentBook
from serving.key_files import key_file as store_key_file
from serving.key_files import write_key
from serving.ledger.ledger import Draft, Ledger, canonical_json, digest_of

CONSENT_KEY, CONSENT_KEY_FILE = "IP_CONSENT_KEY", "IP_CONSENT_KEY_FILE"


class ConsentKeyError(ValueError):
    """The service's private key is missing, unreadable, open to others, or ended."""


def key_file(url: str) -> Path:
    """IP_CONSENT_KEY_FILE; or beside a SQLite ledger; or, for another store, in ``artifacts/ledger`` under its name."""
    return store_key_file(url, CONSENT_KEY_FILE, "consent-key.pem")


def read_key(url: str) -> Ed25519PrivateKey | None:
    """The store's key; None where there is none yet. Raises ConsentKeyError."""
    if CONSENT_KEY in os.environ:
        return _from_pem(os.environ[CONSENT_KEY].encode(), CONSENT_KEY)
    path = key_file(url)
    try:
        with path.open("rb") as handle:
            if os.fstat(handle.fileno()).st_mode & 0o077:
                raise ConsentKeyError(f"{path.name} is open to others; chmod 600 it")
            return _from_pem(handle.read(), path.name)
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise ConsentKeyError(f"{path.name} cannot be read: {fault.strerror}") from fault


def open_key(ledger: Ledger, book: ConsentBook) -> Ed25519PrivateKey:
    """The store's key, made and registered where the store never had one. Raises ConsentKeyError."""
    key = read_key(ledger.url)
    if key is None:
        if any(issuer == SERVICE for issuer, _ in book.issuers):
            raise ConsentKeyError(f"{key_file(ledger.url).name} is missing: restore it, or rotate the service's key")
        key = _write_key(key_file(ledger.url), Ed25519PrivateKey.generate(), replace=False)
    if (SERVICE, key_id_of(key.public_key())) not in book.issuers:
        ledger.append([issuer_draft(SERVICE, "this service", public_key_text(key.public_key()), SERVICE)])
    return key


def rotate_key(ledger: Ledger, holder: str) -> str:
    """A new key for the service, registered before it is used; the earlier ones still verify. Returns its key_id."""
    if CONSENT_KEY in os.environ:
        raise ConsentKeyError(
            f"the key comes from {CONSENT_KEY}: change it there; a worker registers it when it starts"
        )
    fresh = Ed25519PrivateKey.generate()
    ledger.append([issuer_draft(SERVICE, "this service", public_key_text(fresh.public_key()), holder)])
    _write_key(key_file(ledger.url), fresh, replace=True)
    return key_id_of(fresh.public_key())


def issuer_draft(issuer: str, name: str, public_key: str, holder: str) -> Draft:
    """The record that an issuer's signatures are taken from now on; raises ValueError for what is no public key."""
    key_id = key_id_of(read_public_key(public_key))
    body = {"by": holder, "issuer": issuer, "key_id": key_id, "name": name, "public_key": public_key}
    subject, text = f"{issuer}:{key_id}", canonical_json(body)
    return Draft(ISSUER, issuer, subject, text, f"consent-issuer:{subject}", digest_of(text))


def ended_draft(issuer: str, key_id: str, holder: str, reason: str) -> Draft:
    """The record that nothing signed with this key is taken any more, whenever it was signed."""
    body = {"by": holder, "issuer": issuer, "key_id": key_id, "reason": reason}
    subject, text = f"{issuer}:{key_id}", canonical_json(body)
    return Draft(ISSUER_ENDED, issuer, subject, text, f"consent-issuer-ended:{subject}", digest_of(text))


def _from_pem(text: bytes, name: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError) as fault:
        raise ConsentKeyError(f"{name} holds no private key as PEM without a password") from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise ConsentKeyError(f"{name} holds a key of another kind; allowed: Ed25519")
    return key


def _write_key(path: Path, key: Ed25519PrivateKey, *, replace: bool) -> Ed25519PrivateKey:
    """The key that lies there afterwards; without ``replace`` the first of several writers wins."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key if write_key(path, pem, replace=replace) else _from_pem(path.read_bytes(), path.name)
