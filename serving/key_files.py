"""Files with a secret key of a store: where each lies, and how it is written so that nobody else can read it."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from sqlalchemy.engine import make_url


def key_file(url: str, variable: str, kind: str) -> Path:
    """What the environment's ``variable`` says; or beside a SQLite store; or, for another, in ``artifacts/ledger``.

    url : of the store; kind : of the key, such as ``webhook-key``, which the file's name ends with
    """
    if variable in os.environ:
        return Path(os.environ[variable])
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Path(f"{parsed.database}.{kind}")
    store = hashlib.sha256(f"{parsed.host}:{parsed.port}/{parsed.database}".encode()).hexdigest()[:16]
    return Path("artifacts/ledger") / f"{store}.{kind}"


def write_key(path: Path, content: bytes, *, replace: bool = False) -> bool:
    """Write a key, whole or not at all; whether it is this one: without ``replace`` the first of several writers wins.

    raises : OSError
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        if replace:
            half.replace(path)
            return True
        try:
            os.link(half, path)
        except FileExistsError:
            return False
        return True
    finally:
        half.unlink(missing_ok=True)
