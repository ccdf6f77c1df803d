"""The key from which the secret of every webhook is derived: one for each event store, in one file or the environment.

No secret is stored. That of a webhook is the HMAC-SHA256 of its identifier under this key, so whoever registers a
webhook is shown it once and the delivering process finds it again. The file is made once, readable by its owner alone.
Signatures follow the Standard Webhooks scheme, version 1: HMAC-SHA256 over ``id.timestamp.body``, in base64.

To verify a delivery (with the secret that was shown, ``whsec_...``)::

    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    valid = hmac.compare_digest(expected, headers["webhook-signature"])
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300

and take a ``webhook-id`` that came before for delivered.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from serving.key_files import key_file, write_key

WEBHOOK_KEY, WEBHOOK_KEY_FILE = "IP_WEBHOOK_KEY", "IP_WEBHOOK_KEY_FILE"
SIZE = 32  # bytes of the key, and of each secret


class WebhookKeyError(ValueError):
    """The key is unreadable, open to others, or not the one under which a webhook was registered."""


class WebhookKey:
    """Derives secrets and signs with them; ``key`` : 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != SIZE:
            raise WebhookKeyError(f"the key of the webhooks has {len(key)} bytes; allowed: {SIZE}, in base64")
        self._key = key

    def secret_of(self, webhook_id: str) -> str:
        """The secret as it is shown once."""
        return f"whsec_{base64.b64encode(self._secret(webhook_id)).decode()}"

    def check_of(self, webhook_id: str) -> str:
        """What may be stored so that another key is found out: a digest of the secret."""
        return hashlib.sha256(b"check:" + self._secret(webhook_id)).hexdigest()[:16]

    def signature(self, webhook_id: str, delivery_id: str, timestamp_s: int, body: bytes) -> str:
        """The value of ``webhook-signature``."""
        signed = f"{delivery_id}.{timestamp_s}.".encode() + body
        return f"v1,{base64.b64encode(hmac.digest(self._secret(webhook_id), signed, 'sha256')).decode()}"

    def _secret(self, webhook_id: str) -> bytes:
        return hmac.digest(self._key, webhook_id.encode(), "sha256")


def webhook_key_file(url: str) -> Path:
    """IP_WEBHOOK_KEY_FILE; or beside a SQLite store; or, for another, in ``artifacts/ledger`` under its name."""
    return key_file(url, WEBHOOK_KEY_FILE, "webhook-key")


def open_webhook_key(url: str) -> WebhookKey:
    """The key of the event store at ``url``: IP_WEBHOOK_KEY (base64), else that of the file, made where there is none.

    raises : WebhookKeyError
    """
    if given := os.environ.get(WEBHOOK_KEY):
        return _read(given.encode(), WEBHOOK_KEY)
    path = webhook_key_file(url)
    try:
        if not path.exists():
            write_key(path, base64.b64encode(secrets.token_bytes(SIZE)))
        with path.open("rb") as handle:
            if os.fstat(handle.fileno()).st_mode & 0o077:
                raise WebhookKeyError(f"{path.name} is open to others; chmod 600 it")
            return _read(handle.read(), path.name)
    except OSError as fault:
        raise WebhookKeyError(f"{path.name} cannot be read or made: {fault.strerror}") from fault


def _read(text: bytes, name: str) -> WebhookKey:
    try:
        return WebhookKey(base64.b64decode(text.strip(), validate=True))
    except binascii.Error as fault:
        raise WebhookKeyError(f"{name} holds no base64; allowed: {SIZE} bytes in base64") from fault
