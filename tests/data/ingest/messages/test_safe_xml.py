"""No entity, no document type, no depth or size without bound; and text in CDATA is text."""

import time

import pytest

from data.clearance.records import MessageError
from data.ingest.messages.encodings import decode_xml
from data.ingest.messages.safe_xml import MAX_ATTRIBUTE, MAX_BYTES, MAX_DEPTH, MAX_TAGS, check_size, parse, shown

pytestmark = pytest.mark.contract
BOMB = b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;&b;">]>'


def refused(raw):
    started = time.thread_time()
    with pytest.raises(MessageError) as refusal:
        parse(decode_xml(raw))
    assert time.thread_time() - started < 1
    return refusal.value


@pytest.mark.parametrize("before", [b"", b'<?xml version="1.0"?>\n', b"<!-- <a> -->\n", b"<?x y?>\n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("kind", [BOMB, b"<!DOCTYPE a>", b'<!DOCTYPE a SYSTEM "file:///etc/passwd">'])
def test_a_document_type_is_refused_where_it_is(before, kind):
    refusal = refused(before + kind + b"<a>&c;</a>")
    assert refusal.code == "document_type"
    assert refusal.line == 1 + before.count(b"\n")


def test_the_same_characters_as_text_are_text():
    assert parse(decode_xml(b"<a><![CDATA[<!DOCTYPE b>]]></a>")).text == "<!DOCTYPE b>"
    assert parse(decode_xml(b"<a>x<!-- <!DOCTYPE b> -->y</a>")).text == "xy"


@pytest.mark.parametrize(
    "raw", [b"<a>&b;</a>", b'<a b="&c;"/>', b"<a>&#0;</a>", b"<a>\x01</a>", b"<a", b"<a></b>", b"x"]
)
def test_what_is_not_well_formed_is_refused_with_its_position(raw):
    refusal = refused(raw)
    assert refusal.code == "not_well_formed"
    assert (refusal.line, refusal.column) >= (1, 1)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1), "too_deep"),
        (b"<a>" * 10_000 + b"</a>" * 10_000, "not_well_formed"),  # libxml2's own bound is met first
        (b"<r>" + b"<a/>" * MAX_TAGS + b"</r>", "too_many_tags"),
        (b'<a b="' + b"x" * (MAX_ATTRIBUTE + 1) + b'"/>', "attribute_too_long"),
        (b"<a " + b" ".join(b'b%d=""' % number for number in range(300)) + b"/>", "too_many_attributes"),
    ],
)
def test_each_bound_is_kept_within_a_second(raw, code):
    assert refused(raw).code == code


def test_what_meets_the_bounds_is_read():
    assert parse(decode_xml(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH)).tag == "a"


def test_a_message_of_200_mb_is_refused_by_its_length():
    class Long(bytes):
        def __len__(self):
            return 200 * 1024 * 1024

    with pytest.raises(MessageError) as refusal:
        check_size(Long())
    assert refusal.value.code == "too_large"
    assert str(MAX_BYTES) in str(refusal.value)
    with pytest.raises(MessageError):
        check_size(b" \n")


def test_a_refusal_repeats_no_text_of_the_message():
    refusal = refused("<a><张三/></b>".encode())
    assert "张三" not in str(refusal)
    assert shown("buyerName") == "buyerName"
    assert shown("张三") == "a name of 2 characters"
