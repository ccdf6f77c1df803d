"""Characters come from the message: every encoding that it may name, and every byte that contradicts it."""

import pytest

from data.clearance.records import MessageError
from data.ingest.messages.encodings import decode_edifact, decode_xml, encode, position
from data.ingest.messages.read import read_message

pytestmark = pytest.mark.contract
TEXT = "审结：放行"


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB2312", "GB18030", "UTF-16"])
def test_the_same_text_is_read_from_every_encoding(receipt, encoding):
    read = read_message(receipt(encoding, NOTE=TEXT))
    assert read.events[0].note == TEXT
    assert read.raw == receipt(encoding, NOTE=TEXT)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [True, False])
def test_utf_16_is_read_with_and_without_its_mark(codec, mark):
    text = f'<?xml version="1.0" encoding="UTF-16"?><a>{TEXT}</a>'
    raw = (("\ufeff" if mark else "") + text).encode(codec)
    assert decode_xml(raw).text == text
    assert decode_xml(raw).codec == codec


@pytest.mark.parametrize(
    ("raw", "code", "line", "column"),
    [
        (b'<?xml version="1.0"?>\n<a>ab\xb2\xe2</a>', "undecodable", 2, 6),
        ("<a>审\n审".encode() + b"\xff</a>", "undecodable", 2, 2),
        (b'<?xml version="1.0" encoding="GBK"?><a>\xff\xff</a>', "undecodable", 1, 40),
        (b'<?xml version="1.0" encoding="KLINGON"?><a/>', "unknown_encoding", 1, 1),
        (b'\xef\xbb\xbf<?xml version="1.0" encoding="GBK"?><a/>', "encoding_contradiction", 1, 1),
        (b'<?xml version="1.0" encoding="UTF-16"?><a/>', "encoding_contradiction", 1, 1),
        ('<?xml version="1.0" encoding="UTF-8"?><a/>'.encode("utf-16"), "encoding_contradiction", 1, 1),
        ('<?xml version="1.0" encoding="GBK"?><a>审结完成</a>'.encode(), "encoding_contradiction", 1, 1),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode(), "encoding_contradiction", 1, 1),
        ("<a/>".encode("utf-32"), "unknown_encoding", 1, 1),
        ("\ufeff<a/>".encode("utf-16-le")[:-1], "undecodable", 1, 4),
    ],
)
def test_a_byte_that_contradicts_the_declaration_is_refused_where_it_is(raw, code, line, column):
    with pytest.raises(MessageError) as refusal:
        decode_xml(raw)
    assert (refusal.value.code, refusal.value.line, refusal.value.column) == (code, line, column)


def test_what_is_read_more_widely_than_declared_is_said():
    raw = '<?xml version="1.0" encoding="GB2312"?><a>镕</a>'.encode("gbk")
    assert decode_xml(raw).text.endswith("<a>镕</a>")
    assert [remark.code for remark in decode_xml(raw).remarks] == ["encoding_superset"]
    assert [remark.code for remark in decode_xml("<a>\ufffd</a>".encode()).remarks] == ["lost_characters"]
    two = b'<?xml version="1.0" encoding="GBK"?><a>' + b"\xc9\xa1</a>"  # one GBK character, valid UTF-8 as well
    assert [remark.code for remark in decode_xml(two).remarks] == ["encoding_doubtful"]


@pytest.mark.parametrize(
    ("syntax", "codec", "text"),
    [
        ("UNOC", "iso-8859-1", "Ärger"),
        ("UNOY", "utf-8", TEXT),
        ("UNOL", "iso-8859-15", "€"),
        ("UNOE", "iso-8859-5", "Ж"),
    ],
)
def test_an_interchange_is_read_by_its_syntax_identifier(syntax, codec, text):
    raw = f"UNB+{syntax}:3+A+B+260301:1225+1'FTX+AAI+++{text}'".encode(codec)
    assert text in decode_edifact(raw).text
    assert decode_edifact(raw).codec == codec


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"UNB+UNOA:3+A'FTX+\xe9'", "undecodable"),
        ("UNB+UNOC:3+A'FTX+é'".encode(), "encoding_contradiction"),
        (b"UNB+UNOX:3+A'", "unknown_encoding"),
        (b"UNA:+.? '", "no_interchange"),
        ("\ufeffUNB+UNOC:3".encode("utf-16-le"), "unknown_encoding"),
    ],
)
def test_an_interchange_that_contradicts_its_identifier_is_refused(raw, code):
    with pytest.raises(MessageError) as refusal:
        decode_edifact(raw)
    assert refusal.value.code == code


def test_a_character_that_the_encoding_lacks_is_refused_when_written():
    with pytest.raises(MessageError) as refusal:
        encode("a\n审x", "iso-8859-1", "NOTE")
    assert (refusal.value.code, refusal.value.line, refusal.value.column) == ("unencodable", 2, 1)
    assert position("a\nbc", 3) == (2, 2)
