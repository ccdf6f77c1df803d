"""A message is built in the order of its table and read back as what was given."""

import pytest

from data.clearance.records import MessageError
from data.ingest.messages.build import build
from data.ingest.messages.read import read_message

pytestmark = pytest.mark.contract


def test_the_order_is_that_of_the_table_and_not_of_the_mapping():
    raw = build("sw.import_response", {"SeqNo": "3", "ClientSeqNo": "2", "ResponseCode": "1"})
    assert raw.index(b"<ResponseCode>") < raw.index(b"<ClientSeqNo>") < raw.index(b"<SeqNo>")


@pytest.mark.parametrize("text", ["<&>", "]]>", '"', "a\rb", "x\ty", "审结", "&amp;", "<![CDATA[x]]>", "\U00020000"])
def test_every_text_comes_back(receipt, text):
    assert read_message(receipt(NOTE=text)).events[0].note == text


@pytest.mark.parametrize(
    ("kind", "elements", "encoding", "code"),
    [
        ("sw.nothing", {}, "UTF-8", "unknown_kind"),
        ("sw.receipt", {}, "KLINGON", "unknown_encoding"),
        ("sw.receipt", {"More": "1"}, "UTF-8", "unknown_element"),
        ("sw.receipt", {"RESULT_INFO": {"a": "b"}}, "UTF-8", "unknown_element"),
        ("sw.receipt", {"RESULT_INFO": ["a", "b"]}, "UTF-8", "repeated_element"),
        ("sw.receipt", {"DEC_RESULT": [["a"]]}, "UTF-8", "repeated_element"),
        ("sw.receipt", {"RESULT_INFO": "\x00"}, "UTF-8", "illegal_character"),
        ("sw.receipt", {"RESULT_INFO": "审"}, "ISO-8859-1", "unencodable"),
        ("sw.receipt", {"RESULT_INFO": "镕"}, "US-ASCII", "unencodable"),
    ],
)
def test_what_cannot_be_written_is_refused(kind, elements, encoding, code):
    with pytest.raises(MessageError) as refusal:
        build(kind, elements, encoding=encoding)
    assert refusal.value.code == code


def test_the_version_of_a_declaration_is_written():
    assert b'<DecMessage version="3.1" ' in build("sw.declaration", {"DecHead": {}}, version="3.1")
    assert b'<DecMessage version="4.8" ' in build("sw.declaration", {"DecHead": {}})
