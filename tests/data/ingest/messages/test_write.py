"""An edit changes the bytes of one text and no other; a message written from its tree has the same tree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.clearance.records import MessageError
from data.ingest.messages.read import read_message
from data.ingest.messages.segments import write_segments
from data.ingest.messages.write import edit, leaves, rewrite, tree_of

pytestmark = pytest.mark.law
SIGNED = (
    '\ufeff<?xml  version="1.0"  encoding="UTF-8"?>\r\n<!-- <c:a>no</c:a> -->\n'
    "<c:r xmlns:c='urn:c' b = \"1>2\"><c:a guid='1' x=\"y\">one</c:a><c:a/><c:a  z='/>'  /><c:d><![CDATA[<c:a>]]></c:d>"
    "<?p <c:a> ?><c:e>&#38;&lt;</c:e>\n</c:r>\n"
).encode()
INTERCHANGE = write_segments(
    [("UNB", ("UNOC", "3"), "A", "B", "1", "R"), ("UNH", "1", ("CUSRES", "D")), ("GIS", ("1", "2")), ("GIS", "é?"),
     ("UNT", "4", "1"), ("UNZ", "1", "R")]
).encode("iso-8859-1")  # fmt: skip


def test_only_the_bytes_of_the_text_change():
    assert edit(SIGNED, {"r/a": "1 & 2"}) == SIGNED.replace(b">one<", b">1 &amp; 2<")
    assert edit(SIGNED, {"r/a[2]": "x"}) == SIGNED.replace(b"<c:a/>", b"<c:a>x</c:a>")
    assert edit(SIGNED, {"r/a[3]": "x"}) == SIGNED.replace(b"'/>'  />", b"'/>'>x</c:a>")
    assert edit(SIGNED, {"r/d": "]]>"}) == SIGNED.replace(b"<![CDATA[<c:a>]]>", b"<![CDATA[]]]]><![CDATA[>]]>")
    assert edit(SIGNED, {"r/d": "x\ry"}) == SIGNED.replace(b"<![CDATA[<c:a>]]>", b"x&#13;y")
    assert edit(SIGNED, {"r/e": "", "r/a[1]": ""}) == SIGNED.replace(b"&#38;&lt;", b"").replace(b">one<", b"><")
    assert edit(SIGNED, {}) == SIGNED


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB18030", "UTF-16"])
def test_an_edit_is_in_the_encoding_of_the_message(receipt, encoding):
    raw = receipt(encoding)
    edited = edit(raw, {"DEC_DATA/DEC_RESULT/NOTE": "放行：镕", "DEC_DATA/DEC_RESULT/CHANNEL": "P"})
    assert (read_message(edited).events[0].note, read_message(edited).events[0].code) == ("放行：镕", "P")
    assert edit(edited, {"DEC_DATA/DEC_RESULT/NOTE": "审结", "DEC_DATA/DEC_RESULT/CHANNEL": "J"}) == raw


@settings(max_examples=60)
@given(
    text=st.text(
        st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=("Cs", "Co", "Cn")), max_size=20
    ),
    element=st.sampled_from(["r/a", "r/a[2]", "r/d", "r/e"]),
)
def test_every_text_comes_back_and_every_other_element_stays(text, element):
    edited = edit(SIGNED, {element: text})
    assert leaves(edited) == leaves(SIGNED) | {element: text}


def test_components_of_segments_are_edited_with_their_release_characters():
    assert edit(INTERCHANGE, {"GIS/1/1": "A+B"}) == INTERCHANGE.replace(b"GIS+1:2'", b"GIS+A?+B:2'")
    assert edit(INTERCHANGE, {"GIS[2]/1/1": "ü"}) == INTERCHANGE.replace("é??".encode("iso-8859-1"), b"\xfc")


@pytest.mark.parametrize(
    ("raw", "changes", "code"),
    [
        (SIGNED, {"r/x": ""}, "no_such_element"),
        (SIGNED, {"r": ""}, "elements_inside"),
        (SIGNED, {"r/a": "\x00"}, "illegal_character"),
        (SIGNED, {"r/d": "\ud800"}, "illegal_character"),
        (SIGNED[:-9], {"r/a": ""}, "not_well_formed"),
        (INTERCHANGE, {"GIS/1/1": "审"}, "unencodable"),
        (INTERCHANGE, {"GIS/9/1": ""}, "no_such_element"),
    ],
)
def test_an_edit_that_cannot_be_made_is_refused(raw, changes, code):
    with pytest.raises(MessageError) as refusal:
        edit(raw, changes)
    assert refusal.value.code == code


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "UTF-16"])
def test_what_is_written_from_the_tree_has_the_same_tree(receipt, declaration, encoding):
    for raw in (receipt(encoding, NOTE="<&>审"), declaration, SIGNED, INTERCHANGE):
        assert tree_of(rewrite(raw)) == tree_of(raw)
    assert tree_of(edit(SIGNED, {"r/a": "x"})) != tree_of(SIGNED)
