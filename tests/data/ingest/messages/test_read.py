"""Bytes are kept, equal bytes are equal messages, and what is of no known kind is refused."""

import hashlib

import pytest

from data.clearance.records import MessageError
from data.ingest.messages.read import read_message

pytestmark = pytest.mark.contract


def test_the_bytes_are_kept_with_their_digest(receipt):
    read = read_message(receipt())
    assert read.raw == receipt()
    assert read.digest == hashlib.sha256(receipt()).hexdigest()
    assert (read.kind, read.schema, read.encoding) == ("sw.receipt", "not_checked", "utf-8")


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b"<a/>", "unknown_kind"), ("<张三/>".encode(), "unknown_kind"), (b"", "empty"), (b"x", "not_well_formed")],
)
def test_what_is_of_no_known_kind_is_refused(raw, code):
    with pytest.raises(MessageError) as refusal:
        read_message(raw)
    assert refusal.value.code == code
    assert "张三" not in str(refusal.value)
