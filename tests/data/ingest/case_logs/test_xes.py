"""XES: events with the attributes of their trace, and no document type, entity or bomb."""

from __future__ import annotations

import io

import pytest

from data.ingest.case_logs.xes import read_xes
from data.ingest.source import IngestError

pytestmark = pytest.mark.contract
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
LOG = (
    HEAD
    + """<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <global scope="event"><string key="concept:name" value="__INVALID__"/></global>
  <string key="concept:name" value="the log itself"/>
  <trace><string key="concept:name" value="K1"/><int key="amount" value="7"/>
    <event><string key="concept:name" value="受理"/><date key="time:timestamp" value="2026-03-01T08:00:00+08:00"/>
      <string key="note" value="a"><string key="by" value="b"/></string>
      <list key="papers"><values><string key="paper" value="x"/><string key="paper" value="y"/></values></list>
      <string key="empty" value=""/></event>
    <event><string key="concept:name" value="决定"/></event></trace>
  <trace><string key="concept:name" value="K2"/><!-- nothing --></trace>
  <event><string key="concept:name" value="of no case"/></event></log>"""
)


def read(text, **options):
    return list(read_xes(io.BytesIO(text if isinstance(text, bytes) else text.encode()), "x.xes", **options))


def test_events_with_the_attributes_of_their_trace():
    """Nested attributes keep their path, repeated ones get a number; what is of the log alone is of no event."""
    first, second, third = read(LOG)
    assert first.values == {
        "concept:name": "受理",
        "time:timestamp": "2026-03-01T08:00:00+08:00",
        "note": "a",
        "note/by": "b",
        "papers/values/paper": "x",
        "papers/values/paper#2": "y",
        "case:concept:name": "K1",
        "case:amount": "7",
    }
    assert second.values["concept:name"] == "决定"
    assert "case:concept:name" not in third.values
    assert [(row.number, row.line) for row in (first, second, third)] == [(1, 7), (2, 11), (3, 13)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE log [<!ENTITY a "b">]><log><event><string key="k" value="&a;"/></event></log>', "document type"),
        ('<!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>', "document type"),
        ("<html><event/></html>", "outermost element is not log"),
        ("<html/>", "outermost element is not log"),
        (LOG[:-20], "not well-formed XML at line 13"),
        ("<log>" + "<list>" * 300, "not well-formed"),
        ("<log><event/>\0</log>", "not well-formed"),
        (b"<log><event><string key='k' value='\xca\xdc\xc0\xed'/></event></log>", "not well-formed"),
    ],
)
def test_what_is_no_log_is_refused(text, message):
    """Without repeating what it holds."""
    with pytest.raises(IngestError, match=message):
        read(text)


def test_a_billion_laughs_end_at_once():
    """Entities in attributes too: refused for the document type, whatever they would grow to."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<!DOCTYPE log [<!ENTITY l0 "ha">{entities}]><log><trace><string key="k" value="&l9;"/></trace></log>'
    with pytest.raises(IngestError):
        read(text)


def test_faults_of_one_event_leave_the_others():
    """Too many attributes, attributes too deep; a trace's own fault is that of its events."""
    many = "".join(f'<int key="k{n}" value="1"/>' for n in range(300))
    deep = '<string key="d" value="1">' * 30 + "</string>" * 30
    text = f"<log><trace><event>{many}</event><event>{deep}</event><event/></trace><trace>{deep}<event/></trace></log>"
    assert [row.fault for row in read(text)] == ["too_many_members", "too_deep", "", "too_deep"]


def test_an_event_of_many_attributes_of_one_name_is_read_no_further():
    """The number behind a repeated name is not counted up to a hundred thousand."""
    event = "<event>" + '<int key="k" value="1"/>' * 100_000 + "</event>"
    (row,) = read(f"<log><trace>{event}</trace></log>")
    assert (len(row.values), row.fault) == (257, "too_many_members")


def test_an_encoding_that_is_given_is_for_a_file_that_names_none():
    """Chinese characters in GB18030."""
    raw = "<log><event><string key='k' value='受理'/></event></log>".encode("gb18030")
    assert read(raw, encoding="gb18030")[0].values == {"k": "受理"}
