"""The ledger's chain verified part by part, so that a long one can be watched, and the state of its checkpoints."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from serving.ledger.chain import verify_chain
from serving.ledger.checkpoint import FOLDER, KEY_FILE, CheckpointError, Notary, Signer, read_checkpoints
from serving.ledger.ledger import Ledger
from serving.ledger.store import checkpoint_folder

PART = 20_000  # records that are verified at a time
MOST_BREAKS = 20  # that are named


@dataclass(frozen=True, slots=True)
class CheckedPart:
    """How far the chain is verified.

    done, whole : records; breaks : in words of the verifier, the first ones; ended : the whole chain was gone through
    """

    done: int
    whole: int
    breaks: tuple[str, ...]
    ended: bool


def check_part(ledger: Ledger, after: int, known: Mapping[int, str] | None = None) -> CheckedPart:
    """Verify the next ``PART`` records after record ``after``, against its digest as stored and signed checkpoints.

    Every part begins with the digest that is stored of the record before it, which the part before has verified.
    """
    whole, previous = ledger.tip(), ledger.digest_at(after)
    if previous is None:
        return CheckedPart(after, whole, (f"record {after}: is missing",), ended=True)
    records = list(islice(ledger.scan(after=after), PART))
    last = records[-1].seq if records else after
    noted = {seq: digest for seq, digest in (known or {}).items() if after < seq <= last}
    verdict = verify_chain(records, None, noted, begins=(after, previous))
    breaks = list(verdict.breaks)
    if len(records) < PART:  # the end: a checkpoint of later records shows that it was cut
        breaks += [f"record {seq}: was signed and is missing" for seq in sorted(known or {}) if seq > last]
    return CheckedPart(last, max(whole, last), tuple(breaks[:MOST_BREAKS]), ended=len(records) < PART)


@dataclass(frozen=True, slots=True)
class CheckpointState:
    """The checkpoints of this service.

    signs : a key is set; n_records : of the newest note, None without one; at : when it was written
    fault : why the notes cannot be read; empty when they can
    """

    signs: bool
    n_records: int | None
    at: datetime | None
    fault: str

    def is_overdue(self, every_s: float, now: datetime) -> bool:
        """Whether the newest note is older than twice the time between two."""
        return self.signs and (self.at is None or (now - self.at).total_seconds() > 2.0 * every_s)


def notary_of(ledger: Ledger) -> Notary | None:
    """Who signs this service's checkpoints; None where no key is set. Raises CheckpointError."""
    if not os.environ.get(KEY_FILE):
        return None
    folder = Path(os.environ[FOLDER]) if os.environ.get(FOLDER) else checkpoint_folder(ledger.url)
    return Notary(ledger, Signer.load(Path(os.environ[KEY_FILE])), folder)


def checkpoint_state(ledger: Ledger) -> CheckpointState:
    """The newest note and when it was written."""
    try:
        notary = notary_of(ledger)
        if notary is None:
            return CheckpointState(signs=False, n_records=None, at=None, fault="")
        latest, written_s = notary.latest(), notary.newest_at()
    except (CheckpointError, OSError) as fault:
        return CheckpointState(signs=True, n_records=None, at=None, fault=str(fault))
    at = datetime.fromtimestamp(written_s, UTC) if written_s else None
    return CheckpointState(signs=True, n_records=None if latest is None else latest.n_records, at=at, fault="")


def signed_digests(ledger: Ledger) -> dict[int, str]:
    """The digest by number of records of every note of this service; empty without a key. Raises CheckpointError."""
    notary = notary_of(ledger)
    if notary is None:
        return {}
    return read_checkpoints(sorted(notary.folder.glob("checkpoint-*.txt")), notary.signer.verifier.text)
