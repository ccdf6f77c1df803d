"""EDIFACT syntax: separators, released characters, junk in front, and ends that are missing."""

import pytest

from data.clearance.records import MessageError
from data.ingest.messages.segments import component_spans, escape_component, segments_of, write_segments

pytestmark = pytest.mark.contract
UNB = "UNB+UNOC:3+A+B+260301:1225+R1'"


def read(text):
    remarks = []
    characters, segments = segments_of(text, remarks)
    return characters, segments, [remark.code for remark in remarks]


def test_released_characters_are_text():
    _, segments, remarks = read(UNB + "FTX+A?+B??'UNZ+1+R1'")
    assert segments[1].elements == (("A+B?",),)
    assert (segments[1].part(0), segments[1].part(9), segments[0].part(3, 1)) == ("A+B?", "", "1225")
    assert remarks == []


def test_separators_come_from_una():
    _, segments, _ = read("UNA|*.! ~\r\nUNB*UNOC|3*A*B*260301|1225*R1~\r\nFTX*a'b+c*!~~UNZ*1*R1~")
    assert segments[1].elements == (("a'b+c",), ("~",))


def test_junk_in_front_and_a_missing_last_terminator_are_remarked():
    assert read("mail header\n" + UNB + "UNZ+1+R1'")[2] == ["junk_before"]
    assert read(UNB + "UNZ+1+R1")[2] == ["missing_terminator"]
    assert read(UNB + "UNZ+1+R1'\n\n")[2] == []


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        (UNB + "UNZ+1+R", "missing_terminator", 1, 31),  # the reference is cut: what it was is not guessed
        (UNB + "UNZ+1+R1?'", "bad_segment", 1, 31),
        (UNB + "BGM+1\nUNZ+1+R1'", "missing_terminator", 1, 36),
        (UNB + "\nbgm+1'", "bad_segment", 2, 1),
        (UNB + "BGM+1'UNZ+1+R1'X", "bad_segment", 1, 46),
        ("UNA:+.? x" + UNB, "bad_separators", 1, 1),
        ("UNA++.? '" + UNB, "bad_separators", 1, 1),
        ("UNA" + UNB, "bad_separators", 1, 1),
        ("BGM+1'", "no_interchange", 1, 1),
    ],
)
def test_what_would_have_to_be_guessed_is_refused_where_it_is(text, code, line, column):
    with pytest.raises(MessageError) as refusal:
        read(text)
    assert (refusal.value.code, refusal.value.line, refusal.value.column) == (code, line, column)


@pytest.mark.parametrize("text", ["a", "", "a+b:c'd?e", "??", "审结", " x "])
def test_every_text_comes_back_from_what_is_written(text):
    written = write_segments(
        [("UNB", ("UNOY", "3"), "A", "B", "1", "R1"), ("FTX", "", (text, "x")), ("UNZ", "1", "R1")]
    )
    characters, segments, _ = read(written)
    assert segments[1].elements == (("",), (text, "x"))
    spans = {
        (element, component): written[start:end]
        for element, component, start, end in component_spans(written, segments[1], characters)
    }
    assert spans == {(1, 1): "", (2, 1): escape_component(text, characters), (2, 2): "x"}
