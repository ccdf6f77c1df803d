"""A damaged message is read whole or refused: nothing else is raised, no text is lost, and nothing takes a second."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.clearance.records import MessageError
from data.ingest.messages.build import build
from data.ingest.messages.read import read_message
from data.ingest.messages.segments import write_segments

pytestmark = pytest.mark.law
RESULT = {
    "CUS_CIQ_NO": "E20260000000000009",
    "NOTICE_DATE": "2026-03-01T20:58:44",
    "CHANNEL": "J",
    "NOTE": "审结：某某某",
}
RECEIPT = build("sw.receipt", {"DEC_RESULT": RESULT, "RESULT_INFO": ""})
RETURN = {"copNo": "C9", "invtNo": "I9", "returnStatus": "800", "returnTime": "20260301205844999", "returnInfo": "放行"}
WHOLE = [
    RECEIPT,
    build("sw.receipt", {"DEC_RESULT": RESULT}, encoding="GBK"),
    build("sw.receipt", {"DEC_RESULT": RESULT}, encoding="UTF-16"),
    build("sw.import_response", {"ResponseCode": "0", "ClientSeqNo": "T9", "SeqNo": "E20260000000000009"}),
    build("sw.declaration", {"DecHead": {"NetWt": "1"}, "DecLists": {"DecList": [{"GNo": "1"}, {"GNo": "2"}]}}),
    build("dxp", {"TransInfo": {"MsgType": "M"}, "Data": RECEIPT, "AddInfo": {"BizKey": {"RetType": "1"}}}),
    build("ceb.CEB622Message", {"@guid": "G9", "InventoryReturn": [RETURN, RETURN]}),
    b"<MetaData><Response><FunctionCode>01</FunctionCode><IssueDateTime><DateTimeString>20260613172216Z</DateTimeString>"
    b"</IssueDateTime><Declaration><ID>26GB9</ID></Declaration></Response></MetaData>",
    write_segments(
        [("UNB", ("UNOC", "3"), "A", "B", ("260301", "1225"), "R1"), ("UNH", "1", ("CUSRES", "D", "96B", "UN")),
         ("BGM", "962", "T9"), ("GIS", "1"), ("FTX", "AAO", "", "", "GROSS? BELOW NET"),
         ("UNT", "5", "1"), ("UNZ", "1", "R1")]
    ).encode(),
]  # fmt: skip
BOMB = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (letter + 1, *[letter] * 8) for letter in b"abcdefghi"
)
ENCODINGS = ("UTF-8", "GBK", "GB2312", "GB18030", "UTF-16", "ISO-8859-1", "ISO-8859-15", "KLINGON", "US-ASCII")
PARTS = re.compile(rb"<([A-Za-z]+)>[^<]*</\1>|[^']+'", re.DOTALL)


def read_or_refused(raw):
    """The message that was read, or the refusal."""
    started = time.thread_time()
    try:
        found = read_message(raw)
    except MessageError as refusal:
        found = refusal
    assert time.thread_time() - started < 3
    if isinstance(found, MessageError):
        assert "某某某" not in str(found)
    else:
        assert found.raw == raw
        assert all(event.keys and all(number for _, number in event.keys) for event in found.events)
        assert "某某某" not in str(found.remarks)
    return found


@pytest.mark.parametrize("raw", WHOLE)
def test_the_whole_ones_are_read(raw):
    assert not isinstance(read_or_refused(raw), MessageError)


@pytest.mark.parametrize("raw", WHOLE)
def test_a_message_cut_at_any_byte_is_never_read_in_part(raw):
    """What is left after the last byte that says something is refused, or says the same with a remark."""
    end = len(raw.replace(b"\n\x00", b"").rstrip())
    for length in range(end):
        found = read_or_refused(raw[:length])
        if not isinstance(found, MessageError):
            assert found.events == read_message(raw).events
            assert "missing_terminator" in [remark.code for remark in found.remarks]


@settings(max_examples=300)
@given(data=st.data())
def test_any_damage_is_read_or_refused(data):
    raw = data.draw(st.sampled_from(WHOLE))
    start = data.draw(st.integers(0, len(raw) - 1))
    end = data.draw(st.integers(start, min(len(raw), start + 60)))
    kind = data.draw(st.sampled_from(["byte", "twice", "without", "encoding", "exchanged", "bytes"]))
    if kind == "byte":
        raw = raw[:start] + bytes([data.draw(st.integers(0, 255))]) + raw[start + 1 :]
    elif kind == "twice":
        raw = raw[:end] + raw[start:]
    elif kind == "without":
        raw = raw[:start] + raw[end:]
    elif kind == "bytes":
        raw = raw[:start] + data.draw(st.binary(max_size=40)) + raw[end:]
    elif kind == "encoding":
        other = data.draw(st.sampled_from(ENCODINGS)).encode()
        raw = re.sub(rb'encoding="[^"]*"', b'encoding="' + other + b'"', raw).replace(b"UNOC", b"UNO" + other[:1])
    elif len(parts := list(PARTS.finditer(raw))) > 1:
        one, two = sorted(data.draw(st.lists(st.sampled_from(range(len(parts))), min_size=2, max_size=2, unique=True)))
        a, b = parts[one], parts[two]
        raw = raw[: a.start()] + b.group() + raw[a.end() : b.start()] + a.group() + raw[b.end() :]
    read_or_refused(raw)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw):
    read_or_refused(raw)
    read_or_refused(b"<DEC_RESULT>" + raw + b"</DEC_RESULT>")
    read_or_refused(b"UNB+UNOC:3+A+B+1+R'" + raw)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (BOMB + b"]><DEC_DATA>&j;</DEC_DATA>", "document_type"),
        (b"<DEC_DATA>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</DEC_DATA>", "not_well_formed"),
        (bytes(200 * 1024 * 1024), "too_large"),
        (b"<a " * 5_000_000, "too_many_tags"),
        (b"UNB+UNOC:3+A+B+1+R'" + b"X'" * 50_000, "bad_segment"),
        (b"UNB+UNOC:3+A+B+1+R'" + b"XXX'" * 250_000, "too_large"),
        (b"UNB+UNOC:3+A+B+1+R'FTX" + b"?" * 900_001, "bad_segment"),
        (b"<a " + b" " * 15_000_000, "not_well_formed"),
        (b"<!--" * 400_000, "not_well_formed"),
    ],
)
def test_what_is_made_to_exhaust_is_refused_at_once(raw, code):
    found = read_or_refused(raw)
    assert isinstance(found, MessageError)
    assert found.code == code
