"""The records of the ledger and their chain: what a record is, how its digest is made, and how a chain is checked.

A record's digest covers every one of its columns and the digest before it, so one changed byte breaks the chain from
there on. Nothing here knows where the records lie.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from serving.ledger.earlier_contract import current

GENESIS = "0" * 64
# Kinds of records that more than one part reads.
DECISION, BANK_APPLICATION_ACTION = "decision", "bank_application_action"


class Draft(NamedTuple):
    """A record before it is in the chain. ``unique_key`` makes appending it idempotent.

    only_with : unique key of a draft before it in the same batch; where that one was taken, this one is not written
    not_after : unique key of a record after which this one may not be written; where that one exists, it is returned
        in any case, also when ``unique_key`` was taken before it
    due_at : the instant at which something is due for the subject, as ``instant_text`` writes it
    closes : nothing is due for the subject any more
    """

    kind: str
    owner: str  # the bank, enterprise or operator it belongs to
    subject: str  # decision, bank application or release it is about
    body: bytes  # canonical JSON
    unique_key: str | None = None
    fingerprint: str = ""  # digest of its request
    only_with: str | None = None
    due_at: str | None = None
    closes: bool = False
    not_after: str | None = None


class Record(NamedTuple):
    """One record of the ledger."""

    seq: int
    kind: str
    owner: str
    subject: str
    unique_key: str | None
    fingerprint: str
    recorded_at: str
    body: bytes
    previous: str
    digest: str

    @property
    def content(self) -> Any:
        """The body as Python values, by the names of this version of the contract."""
        return current(orjson.loads(self.body))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ``verify`` found: ``breaks`` is empty when every record is as it was written."""

    n_records: int
    tip: str
    breaks: tuple[str, ...]


def canonical_json(value: Any) -> bytes:
    """One text per value: sorted keys, no spaces, shortest float form that reads back bit for bit."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)


def digest_of(text: str | bytes) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def record_digest(seq: int, draft: Draft, recorded_at: str, previous: str) -> str:
    """SHA-256 over every column of a record; each part is preceded by its length, so no two records share a text."""
    parts = (
        b"%d" % seq,
        draft.kind.encode(),
        draft.owner.encode(),
        draft.subject.encode(),
        b"-" if draft.unique_key is None else b"+" + draft.unique_key.encode(),
        draft.fingerprint.encode(),
        recorded_at.encode(),
        draft.body,
        previous.encode(),
    )
    return hashlib.sha256(b"".join([b"%d:%b" % (len(part), part) for part in parts])).hexdigest()


def verify_chain(
    records: Iterable[Record], expected_tip: str | None = None, known: Mapping[int, str] | None = None,
    *, begins: tuple[int, str] = (0, GENESIS),
) -> Verdict:  # fmt: skip
    """Recompute the chain of all records in their order, and compare it with what was noted of it elsewhere.

    expected_tip : a digest that must be in the chain: proves that no tail was cut
    known : the digest of the last record by the number of records, from signed checkpoints
    begins : number and digest of the record before the first one, where the records are a part of the chain
    """
    (n_records, previous), breaks, tip_seen = begins, [], expected_tip in (None, GENESIS)
    noted = dict(known or {})
    if noted.pop(0, GENESIS) != GENESIS:
        breaks.append("checkpoint of 0 records: its digest is not that of an empty ledger")
    for record in records:
        n_records += 1
        if record.seq != n_records:
            breaks.append(f"record {record.seq}: is at position {n_records}, records are missing before it")
            n_records = record.seq
        if record.previous != previous:
            breaks.append(f"record {record.seq}: previous digest {record.previous[:12]}, found {previous[:12]}")
        draft = Draft(record.kind, record.owner, record.subject, record.body, record.unique_key, record.fingerprint)
        digest = record_digest(record.seq, draft, record.recorded_at, record.previous)
        if digest != record.digest:
            breaks.append(f"record {record.seq}: content gives {digest[:12]}, its digest is {record.digest[:12]}")
        previous = record.digest
        tip_seen = tip_seen or previous == expected_tip
        signed = noted.pop(record.seq, previous)
        if signed != previous:
            breaks.append(
                f"record {record.seq}: digest {previous[:12]}, the checkpoint has {signed[:12]}: the chain was rebuilt"
            )
    if not tip_seen and expected_tip is not None:
        breaks.append(f"the tip {expected_tip[:12]} noted earlier is not in the chain: its end was cut or rewritten")
    breaks += [
        f"records {n_records + 1} to {count} of the checkpoint are missing: the chain's end was cut"
        for count in sorted(noted)
    ]
    return Verdict(n_records, previous, tuple(breaks))
