"""Who made a result: an Ed25519 signature of its fingerprint, beside it.

The note has the form of ``serving.ledger.checkpoint``: the key's name, how many files the fingerprint lists, and the
SHA-256 of ``fingerprint.json``, which holds the digest of each of them. The key's name begins with ``reform``, so that
no note of a result can be taken for one of a ledger. ``python -m serving checkpoint-key FILE --name reform-NAME`` makes
a key.
"""

from __future__ import annotations

import json
from pathlib import Path

from experiments.reform.fingerprint import FILE, file_digest
from serving.ledger.checkpoint import CheckpointError, Signer, Verifier

SIGNATURE = "fingerprint.sig"
NAMES = "reform"


class SignatureError(ValueError):
    """A key cannot be read or is not for results, or the signature is absent or of something else."""


def private_key(path: Path) -> Signer:
    """The key that signs results, from its file; raises SignatureError."""
    try:
        signer = Signer.load(path)
    except CheckpointError as fault:
        raise SignatureError(str(fault)) from fault
    _for_results(signer.name)
    return signer


def public_key(given: str) -> Verifier:
    """A public key, from its line or its file; raises SignatureError."""
    try:
        verifier = Verifier.read(Path(given).read_text(encoding="ascii") if Path(given).is_file() else given)
    except (CheckpointError, OSError, UnicodeDecodeError) as fault:
        raise SignatureError(f"{given[:80]}: {fault}") from fault
    _for_results(verifier.name)
    return verifier


def sign(folder: Path, signer: Signer | None) -> None:
    """Write the signature of the fingerprint in ``folder``; without a key only remove an earlier one."""
    (folder / SIGNATURE).unlink(missing_ok=True)
    if signer is not None:
        (folder / SIGNATURE).write_text(signer.sign(*_signed(folder)), encoding="utf-8")


def check_signature(folder: Path, verifier: Verifier) -> None:
    """Raise SignatureError unless this key signed the fingerprint in ``folder``."""
    try:
        found = verifier.check((folder / SIGNATURE).read_text(encoding="utf-8"))
    except FileNotFoundError as fault:
        raise SignatureError(f"{SIGNATURE} is absent: nobody signed this result") from fault
    except (CheckpointError, OSError, UnicodeDecodeError) as fault:
        raise SignatureError(f"{SIGNATURE}: {fault}") from fault
    if (found.n_records, found.digest) != _signed(folder):
        raise SignatureError(f"{SIGNATURE} is of another {FILE}")


def _signed(folder: Path) -> tuple[int, str]:
    stated = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return len(stated["result"]), file_digest(folder / FILE)


def _for_results(name: str) -> None:
    if not name.startswith(NAMES):
        raise SignatureError(f"the key's name is {name!r}; allowed: one that begins with {NAMES!r}")
