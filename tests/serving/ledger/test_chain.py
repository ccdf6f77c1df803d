"""The chain of records without a store: one text for a value, and every break is found and named."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from serving.ledger.chain import GENESIS, Draft, Record, canonical_json, digest_of, record_digest, verify_chain

pytestmark = pytest.mark.law


def chain(n):
    """So many records, each on the one before."""
    records, previous = [], GENESIS
    for seq in range(1, n + 1):
        draft = Draft("kind", "owner", f"s{seq}", b'{"n":%d}' % seq, f"k{seq}", "f")
        digest = record_digest(seq, draft, "2026-01-01T00:00:00Z", previous)
        row = (seq, draft.kind, draft.owner, draft.subject, draft.unique_key, draft.fingerprint)
        records.append(Record(*row, "2026-01-01T00:00:00Z", draft.body, previous, digest))
        previous = digest
    return records


def test_a_value_has_one_text():
    """Members sorted, no spaces, NumPy's numbers as numbers; the digest is SHA-256."""
    assert canonical_json({"b": np.float64(0.1), "a": [1, None]}) == b'{"a":[1,null],"b":0.1}'
    assert digest_of("abc") == digest_of(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_no_two_records_share_a_digest():
    """A character moved to the next column, no key against an empty one, and each column counts."""
    one = Draft("ab", "c", "d", b"{}", "k")
    others = [
        one._replace(kind="a", owner="bc"), one._replace(unique_key=None), one._replace(unique_key=""),
        one._replace(fingerprint="f"), one._replace(body=b"[]"),
    ]  # fmt: skip
    digests = {record_digest(1, draft, "t", GENESIS) for draft in (one, *others)}
    digests |= {record_digest(2, one, "t", GENESIS), record_digest(1, one, "u", GENESIS)}
    assert len(digests | {record_digest(1, one, "t", "1" * 64)}) == 9


def test_a_whole_chain_has_no_breaks():
    """Its count and its last digest; an empty one ends in the first."""
    records = chain(3)
    found = verify_chain(records, records[1].digest, {0: GENESIS, 2: records[1].digest})
    assert (found.n_records, found.tip, found.breaks) == (3, records[2].digest, ())
    assert verify_chain([]).tip == GENESIS


def test_each_break_is_named():
    """A changed body, a record that is missing, one that was put before another."""
    one, two, three = chain(3)
    assert [text.split(":")[0] for text in verify_chain([one, two._replace(body=b"{}"), three]).breaks] == ["record 2"]
    missing = verify_chain([one, three])
    assert [text.split(":")[0] for text in missing.breaks] == ["record 3", "record 3"]  # its number, its predecessor
    assert missing.n_records == 3
    assert len(verify_chain([two, one, three]).breaks) >= 4


def test_a_cut_end_and_a_rebuilt_chain_are_found_by_what_was_noted():
    """A chain that is whole in itself, against a tip and a count that were kept elsewhere."""
    records = chain(3)
    cut = verify_chain(records[:2], records[2].digest, {3: records[2].digest})
    assert ["was cut" in text for text in cut.breaks] == [True, True]
    (rebuilt,) = verify_chain(records, known={2: "0" * 64}).breaks
    assert rebuilt.startswith("record 2:")
    (wrong,) = verify_chain(records, known={0: "1" * 64}).breaks
    assert wrong.startswith("checkpoint of 0 records")
