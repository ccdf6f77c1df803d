"""CUSDEC and CUSRES: what they say, and every count and control total computed again."""

import pytest

from data.clearance.records import LRN, MRN, MessageError
from data.ingest.messages.read import read_message
from data.ingest.messages.segments import write_segments

pytestmark = pytest.mark.contract
UNB = ("UNB", ("UNOC", "3"), "SENDER", "RECEIVER", ("260301", "1225"), "R1")
RESPONSE = [
    ("UNH", "1", ("CUSRES", "D", "96B", "UN")),
    ("BGM", "962", "T9", "11"),
    ("DTM", ("137", "202603011230+08", "303")),
    ("GIS", ("1", "120")),
    ("RFF", ("ABO", "L9")),
    ("RFF", ("ABT", "26CN9")),
    ("ERC", "502"),
    ("FTX", "AAO", "", "", "GROSS BELOW NET"),
]
DECLARATION = [
    ("UNH", "1", ("CUSDEC", "D", "96B", "UN")),
    ("BGM", "830", "T9", "9"),
    ("LOC", "35", "CN"),
    ("NAD", "EX", "9133TEST", "", "SOME ONE", "SOME STREET"),
    ("UNS", "D"),
    ("CST", "1", ("85258919", "122")),
    ("MEA", "WT", "AAB", ("KGM", "260.5")),
    ("PAC", "12"),
    ("CST", "2", ("85044014", "122")),
    ("MEA", "WT", "AAB", ("KGM", "39.5")),
    ("UNS", "S"),
    ("CNT", ("5", "2")),
    ("CNT", ("7", "300.0")),
    ("CNT", ("11", "12")),
]


def interchange(message, unt=None, unz=("1", "R1")):
    end = unt or (str(len(message) + 1), "1")
    return write_segments([UNB, *message, ("UNT", *end), ("UNZ", *unz)]).encode("iso-8859-1")


def changed(message, old, *new):
    return [part for segment in message for part in (new if segment == old else [segment])]


def test_a_response_is_an_event_under_its_numbers():
    read = read_message(interchange(RESPONSE))
    event = read.events[0]
    assert (read.kind, read.version, read.encoding) == ("edifact.CUSRES", "D.96B", "iso-8859-1")
    assert event.keys == ((LRN, "L9"), (MRN, "26CN9"))
    assert (event.code, event.note, event.values) == ("1", "GROSS BELOW NET", {"ERC": "502"})
    assert event.at.isoformat() == "2026-03-01T04:30:00+00:00"
    assert read.remarks == ()


def test_a_declaration_is_read_without_names_and_its_totals_hold():
    read = read_message(interchange(DECLARATION))
    made = read.declaration
    assert (made.keys, made.parties, made.head["LOC+35"]) == (((LRN, "T9"),), ("9133TEST",), "CN")
    assert [row["CST/commodity"] for row in made.goods] == ["85258919", "85044014"]
    assert "SOME" not in str(made)
    assert read.remarks == ()


@pytest.mark.parametrize(
    ("raw", "path", "found", "allowed"),
    [
        (interchange(DECLARATION, unt=("1", "15")), "UNT", "count and reference exchanged", "15 first"),
        (interchange(DECLARATION, unt=("14", "1")), "UNT", "14", "15"),
        (interchange(DECLARATION, unz=("2", "R1")), "UNZ", "2", "1"),
        (interchange(changed(DECLARATION, ("CNT", ("5", "2")), ("CNT", ("5", "1")))), "CNT+5", "1", "2"),
        (
            interchange(changed(DECLARATION, ("CNT", ("7", "300.0")), ("CNT", ("7", "300.1")))),
            "CNT+7",
            "300.1",
            "300.0",
        ),
        (
            interchange(changed(DECLARATION, ("CNT", ("11", "12")), ("CNT", ("11", "x")))),
            "CNT+11",
            "1 characters",
            "12",
        ),
    ],
)
def test_a_wrong_count_or_total_is_remarked_with_both_numbers(raw, path, found, allowed):
    remarks = read_message(raw).remarks
    assert [(one.code, one.path, one.found, one.allowed) for one in remarks] == [
        ("control_total", path, found, allowed)
    ]


def test_other_references_totals_and_segments_are_remarked():
    raw = interchange([*DECLARATION, ("CNT", ("16", "1")), ("ZZZ", "x")], unt=("17", "2"))
    codes = [remark.code for remark in read_message(raw).remarks]
    assert codes == ["control_reference", "unknown_segment", "control_total_not_checked"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (interchange(changed(RESPONSE, ("GIS", ("1", "120")))), "no_status"),
        (
            interchange(changed(RESPONSE, ("RFF", ("ABO", "L9")), ("RFF", ("ABO", "L9")), ("RFF", ("ABO", "L8")))),
            "contradicting_keys",
        ),
        (interchange([*DECLARATION, ("UNT", "15", "1"), *DECLARATION]), "several_declarations"),
        (interchange([("UNH", "1", ("ORDERS", "D", "96B", "UN"))]), "unknown_kind"),
        (interchange(RESPONSE[1:]), "missing_segment"),
        (write_segments([UNB, *RESPONSE]).encode(), "missing_segment"),
        (write_segments([UNB, *RESPONSE, ("UNZ", "1", "R1")]).encode(), "missing_segment"),
        (write_segments([UNB, ("UNZ", "0", "R1")]).encode(), "missing_segment"),
        (interchange([*RESPONSE, RESPONSE[0]]), "missing_segment"),
        (interchange([("UNH", "1", ("CUSRES", "D", "96B", "UN")), ("GIS", "1")]), "no_key"),
    ],
)
def test_what_is_not_whole_is_refused(raw, code):
    with pytest.raises(MessageError) as refusal:
        read_message(raw)
    assert refusal.value.code == code
    assert refusal.value.line == 1


def test_several_responses_are_several_events_and_the_type_of_bgm_may_be_the_code():
    typed = changed(RESPONSE, ("BGM", "962", "T9", "11"), ("BGM", "962", "T9", "11", "AP"))
    typed = changed(typed, ("GIS", ("1", "120")))
    raw = interchange([*RESPONSE, ("UNT", "9", "1"), *typed], unz=("2", "R1"))
    assert [event.code for event in read_message(raw).events] == ["1", "AP"]
