"""XES (IEEE 1849): a log as XML, read event by event, with no document type, no entities and no network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from lxml import etree

from data.ingest.case_logs.rows import MOST_MEMBERS, MOST_ROWS, LogRow
from data.ingest.messages.safe_xml import local_name
from data.ingest.source import IngestError

MAX_DEPTH = 20  # attributes inside each other; libxml2 stops at 256 elements on its own
_LINES_KNOWN = 65_535  # libxml2 counts no further
_CONTENT = ("string", "date", "int", "float", "boolean", "id", "list", "container", "values")


class _TooDeepError(ValueError):
    """Attributes inside each other beyond MAX_DEPTH."""


def read_xes(stream: IO[bytes], name: str, *, encoding: str | None = None) -> Iterator[LogRow]:
    """Events in the order of the file.

    An attribute inside another is named ``outer/inner``; a name given again gets ``#2``, ``#3``.
    encoding : of a file that names none
    raises : IngestError where it is no XES, not well formed or has a document type
    """
    try:
        yield from _events(stream, name, encoding)
    except etree.XMLSyntaxError as fault:
        # The sentence of libxml2 may repeat what it found, a person's name too.
        line, column = fault.position
        raise IngestError(f"{name} is not well-formed XML at line {line}, column {column}") from None


def _events(stream: IO[bytes], name: str, encoding: str | None) -> Iterator[LogRow]:
    parsed = etree.iterparse(
        stream,
        events=("start", "end"),
        tag=("{*}log", "{*}trace", "{*}event"),
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    checked, number = False, 0
    events: list[LogRow] = []
    for action, element in parsed:
        if not checked:
            if element.getroottree().docinfo.internalDTD is not None:
                raise IngestError(f"{name} has a document type, allowed: none")
            if local_name(element) != "log":
                break
            checked = True
        kind = local_name(element)
        if action == "start":
            continue
        if kind == "event":
            number += 1
            if number > MOST_ROWS:
                raise IngestError(f"{name} has more than {MOST_ROWS} events")
            line = element.sourceline or 0
            values, fault = _attributes(element)
            row = LogRow(number, line if line < _LINES_KNOWN else 0, values, fault)
            element.clear()
            parent = element.getparent()
            if parent is not None and local_name(parent) == "trace":
                events.append(row)
            else:
                yield row  # outside every trace: of no case
        elif kind == "trace":
            of_case, fault = _attributes(element)
            shared = {f"case:{key}": value for key, value in of_case.items()}
            for row in events:
                row.values |= shared
                row.fault = row.fault or fault
                yield row
            events = []
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]  # type: ignore[union-attr]  # a trace that has a sibling has a parent
    if not checked:
        raise IngestError(f"{name} is no XES: its outermost element is not log")


def _attributes(element: etree._Element) -> tuple[dict[str, str], str]:
    """The attributes of an event or a trace by name, and the fault of the whole."""
    values: dict[str, str] = {}
    try:
        _gather(element, "", 1, values)
    except _TooDeepError:
        return values, "too_deep"
    return values, "too_many_members" if len(values) > MOST_MEMBERS else ""


def _gather(element: etree._Element, outer: str, depth: int, values: dict[str, str]) -> None:
    if depth > MAX_DEPTH:
        raise _TooDeepError
    for child in element:
        kind = local_name(child)
        if kind not in _CONTENT:
            continue
        if len(values) > MOST_MEMBERS:  # one more than is allowed
            return
        key, value = child.get("key"), child.get("value")
        name = outer + (key if key is not None else kind)
        if value:
            free, again = name, 1
            while free in values:
                again += 1
                free = f"{name}#{again}"
            values[free] = value
        if len(child):
            _gather(child, f"{name}/", depth + 1, values)
