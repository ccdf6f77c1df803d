"""Signed checkpoints: how many records the ledger has and the digest of its last one, to be kept outside.

Whoever can write the ledger's database can rebuild its chain or cut its end; a checkpoint kept by somebody else shows
both. It is a signed note (C2SP signed-note) whose text is a checkpoint (C2SP tlog-checkpoint): the origin, the number
of records, the digest of the last record in base64, a blank line, and one line for each Ed25519 signature. The digest
replaces a tree's root hash: the chain of ``serving.ledger.chain`` is no Merkle tree. The origin is the name
of the signing key, so each ledger has a key of its own.

Keys are written as in the signed-note specification and in Go's ``sumdb/note``: the public one as
``<name>+<key id>+<base64(0x01 || public key)>``, the private one as ``PRIVATE+KEY+<name>+<key id>+<base64(0x01 ||
seed)>``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from serving.ledger.ledger import Ledger

KEY_FILE = "IP_CHECKPOINT_KEY"  # the private key's file
FOLDER = "IP_CHECKPOINTS"  # where a service writes its checkpoints; beside the ledger when unset
DEFAULT_NAME = "innovation-points-ledger"
_ED25519 = b"\x01"
_PRIVATE = "PRIVATE+KEY+"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,63}")
_COUNT = re.compile(r"0|[1-9][0-9]{0,18}")


class CheckpointError(ValueError):
    """A note or a key cannot be read, a signature does not hold, or the ledger is not the one that was signed."""


class LedgerChangedError(CheckpointError):
    """The ledger is not the one that was signed; the message names the record by its number and nothing else."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """n_records : records in the ledger; digest : of the last one, in hexadecimal, the genesis digest for none."""

    origin: str
    n_records: int
    digest: str

    @property
    def text(self) -> str:
        """What is signed: three lines, each with its line feed."""
        return f"{self.origin}\n{self.n_records}\n{base64.b64encode(bytes.fromhex(self.digest)).decode()}\n"


@dataclass(frozen=True)
class Verifier:
    """A public key and its name."""

    name: str
    key: Ed25519PublicKey

    @property
    def key_id(self) -> bytes:
        """Four bytes: SHA-256 of name, line feed, 0x01 and public key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.key.public_bytes_raw()).digest()[:4]

    @property
    def text(self) -> str:
        """The key as one line."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.key.public_bytes_raw()).decode()}"

    @classmethod
    def read(cls, text: str) -> Verifier:
        """From its one line; raises CheckpointError."""
        name, key_id, raw = _key_parts(text.strip(), "public key")
        found = cls(name, Ed25519PublicKey.from_public_bytes(raw))
        if found.key_id != key_id:
            raise CheckpointError(f"public key {name}: its id is not that of its bytes")
        return found

    def check(self, note: str) -> Checkpoint:
        """The checkpoint of a signed note; raises CheckpointError unless this key signed exactly this text."""
        text, blank, signatures = note.partition("\n\n")
        lines = text.split("\n")
        if not blank or len(lines) != 3 or not signatures.endswith("\n"):
            raise CheckpointError("no signed checkpoint: three lines, a blank one and signatures were expected")
        checkpoint = _parse(lines)
        signed = [line for line in signatures[:-1].split("\n") if line.startswith(f"\u2014 {self.name} ")]
        for line in signed:
            raw = _decoded(line.rsplit(" ", 1)[1], "signature")
            if raw[:4] != self.key_id:
                continue
            try:
                self.key.verify(raw[4:], f"{text}\n".encode())
            except InvalidSignature as fault:
                raise CheckpointError("the signature does not hold: the note was changed") from fault
            if checkpoint.origin != self.name:
                raise CheckpointError(f"the checkpoint is of {checkpoint.origin!r}, the key of {self.name!r}")
            return checkpoint
        raise CheckpointError(f"no signature of the key {self.name}+{self.key_id.hex()}")


@dataclass(frozen=True)
class Signer:
    """A private key and its name."""

    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """Its public half."""
        return Verifier(self.name, self.key.public_key())

    @classmethod
    def make(cls, name: str) -> Signer:
        """A new key; raises CheckpointError for a name that no signature line can hold."""
        if not _NAME.fullmatch(name):
            raise CheckpointError(f"name {name[:64]!r}; allowed: letters, digits, dots, slashes, hyphens, at most 64")
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> Signer:
        """From its file, which nobody but its owner may read; raises CheckpointError."""
        try:
            mode, text = path.stat().st_mode & 0o777, path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as fault:
            raise CheckpointError(f"{path} cannot be read as a private key") from fault
        if mode & 0o077:
            raise CheckpointError(f"{path} has mode {mode:04o}; a private key's is 0600")
        if not text.startswith(_PRIVATE):
            raise CheckpointError(f"{path} holds no private key")
        name, key_id, raw = _key_parts(text.removeprefix(_PRIVATE), "private key")
        found = cls(name, Ed25519PrivateKey.from_private_bytes(raw))
        if found.verifier.key_id != key_id:
            raise CheckpointError(f"{path}: the key's id is not that of its bytes")
        return found

    def save(self, path: Path) -> Path:
        """Write the private key (mode 0600) and, beside it, the public one; returns the latter's path.

        An existing key is never written over.
        """
        raw = base64.b64encode(_ED25519 + self.key.private_bytes_raw()).decode()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as fault:
            raise CheckpointError(f"{path} is there already; a key is never written over") from fault
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{raw}\n")
        public = public_path(path)
        public.write_text(f"{self.verifier.text}\n", encoding="ascii")
        return public

    def sign(self, n_records: int, digest: str) -> str:
        """The signed note; the same records and key always give the same one."""
        text = Checkpoint(self.name, n_records, digest).text
        signature = base64.b64encode(self.verifier.key_id + self.key.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.name} {signature}\n"


def public_path(private: Path) -> Path:
    """Where the public half of a private key's file lies."""
    return private.with_name(f"{private.name}.pub")


def read_checkpoints(paths: Sequence[Path], public_key: str) -> dict[int, str]:
    """The digest by number of records of signed checkpoints; raises CheckpointError naming the file.

    public_key : the key's line or its file; the public half of ``IP_CHECKPOINT_KEY`` when empty
    """
    if not public_key and KEY_FILE not in os.environ:
        raise CheckpointError(f"a checkpoint is read with --public-key, or with {KEY_FILE} set")
    given = public_key or str(public_path(Path(os.environ[KEY_FILE])))
    try:
        verifier = Verifier.read(Path(given).read_text(encoding="ascii") if Path(given).is_file() else given)
    except UnicodeDecodeError as fault:
        raise CheckpointError(f"{given} holds no public key") from fault
    known: dict[int, str] = {}
    for path in paths:
        try:
            checkpoint = verifier.check(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as fault:
            raise CheckpointError(f"{path} cannot be read as a checkpoint") from fault
        except CheckpointError as fault:
            raise CheckpointError(f"{path}: {fault}") from fault
        if known.setdefault(checkpoint.n_records, checkpoint.digest) != checkpoint.digest:
            raise CheckpointError(f"{path}: another checkpoint of {checkpoint.n_records} records has another digest")
    return known


class Notary:
    """Signs the ledger's end again and again, and never a ledger that contradicts what was signed before.

    folder : where the notes lie, one file for each number of records
    """

    def __init__(self, ledger: Ledger, signer: Signer, folder: Path) -> None:
        self.ledger = ledger
        self.signer = signer
        self.folder = folder

    def check(self) -> Checkpoint | None:
        """The newest note, which the ledger still holds; None when there is none.

        Raises LedgerChangedError when its record is missing or another one by now, CheckpointError when the note is
        none of this key, LedgerError, and OSError.
        """
        latest = self.latest()
        if latest is not None:
            found = self.ledger.digest_at(latest.n_records)
            if found is None:
                raise LedgerChangedError(f"records up to {latest.n_records} were signed and the last is missing")
            if found != latest.digest:
                raise LedgerChangedError(f"record {latest.n_records} is another than the one that was signed")
        return latest

    def sign(self) -> tuple[Path, str] | None:
        """A note for the newest record and its file; None when it was signed before. Raises as ``check`` does."""
        latest = self.check()
        n_records, digest = self.ledger.end()
        if latest is not None and latest.n_records == n_records:
            return None
        note = self.signer.sign(n_records, digest)
        return self._write(n_records, note), note

    def latest(self) -> Checkpoint | None:
        """The newest note in the folder; raises CheckpointError when it is none of this key."""
        paths = sorted(self.folder.glob("checkpoint-*.txt"))
        return self.signer.verifier.check(paths[-1].read_text(encoding="utf-8")) if paths else None

    def newest_at(self) -> float:
        """When the newest note was written, in seconds since 1970; 0 when there is none."""
        return max((path.stat().st_mtime for path in self.folder.glob("checkpoint-*.txt")), default=0.0)

    def _write(self, n_records: int, note: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"checkpoint-{n_records:015d}.txt"
        half = path.with_suffix(f".{os.getpid()}.part")
        with half.open("w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
        return path


def _parse(lines: Sequence[str]) -> Checkpoint:
    origin, count, root = lines
    digest = _decoded(root, "digest")
    if not origin or not _COUNT.fullmatch(count) or len(digest) != 32:
        raise CheckpointError("no checkpoint: origin, number of records and a digest of 32 bytes were expected")
    return Checkpoint(origin, int(count), digest.hex())


def _key_parts(text: str, what: str) -> tuple[str, bytes, bytes]:
    parts = text.split("+", 2)  # a name has no +, base64 may
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]) or not re.fullmatch(r"[0-9a-f]{8}", parts[1]):
        raise CheckpointError(f"no {what}: name+id+bytes was expected")
    raw = _decoded(parts[2], what)
    if len(raw) != 33 or raw[:1] != _ED25519:
        raise CheckpointError(f"no Ed25519 {what}")
    return parts[0], bytes.fromhex(parts[1]), raw[1:]


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise CheckpointError(f"the {what} is not in base64") from fault
