"""EDIFACT syntax (ISO 9735): an interchange to its segments with their positions, and segments to an interchange."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydifact.control.characters import Characters
from pydifact.exceptions import EDISyntaxError
from pydifact.token import Token
from pydifact.tokenizer import Tokenizer

from data.clearance.records import MessageError, Remark
from data.ingest.messages.encodings import position

MAX_CHARACTERS = 1_000_000  # of an interchange: the tokenizer takes each on its own
_TAG = re.compile(r"[A-Z][A-Z0-9]{2}")
_UNA = re.compile(r"UNA(.{6})\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its tag, its elements, each a tuple of its components, and where it begins and ends in the text."""

    tag: str
    elements: tuple[tuple[str, ...], ...]
    start: int
    end: int

    def part(self, element: int, component: int = 0) -> str:
        """A component, "" where it is absent; both count from 0 behind the tag."""
        components = self.elements[element] if element < len(self.elements) else ()
        return components[component].strip() if component < len(components) else ""


def segments_of(text: str, remarks: list[Remark]) -> tuple[Characters, list[Segment]]:
    """The segments of an interchange, UNB to UNZ, and its separators.

    What is before UNA or UNB is passed over with a remark. A last terminator that is missing is passed over only where
    UNZ is complete without it: its reference is then that of UNB.

    Raises:
        MessageError: ``no_interchange``, ``bad_separators``, ``missing_terminator``, ``bad_segment``,
            ``too_large``.
    """
    if len(text) > MAX_CHARACTERS:
        raise MessageError("too_large", f"{len(text)} characters", f"at most {MAX_CHARACTERS} characters")
    first = text.find("UNB")
    if first < 0:
        raise MessageError("no_interchange", f"{len(text)} characters without UNB", "UNB", 1, 1)
    una = _UNA.search(text, 0, first)
    start = una.start() if una else first
    if una is None and "UNA" in text[:first]:
        raise _refusal("bad_separators", text, text.index("UNA"), "UNA without UNB behind it", "UNA and 6 separators")
    characters = _characters(una.group(1) if una else ":+.? '", text, start)
    if text[:start].strip():
        remarks.append(Remark("junk_before", "", f"{len(text[:start].strip())} characters before UNB", "UNA or UNB"))
    found = [_segment(text, *span, characters) for span in _spans(text, first, characters)]
    last = found[-1]
    if text[last.end - 1] != characters.segment_terminator:
        if last.tag != "UNZ" or last.part(1) != found[0].part(4) or not last.part(1):
            raise _refusal("missing_terminator", text, last.start, "the last segment has no end", "a terminator")
        remarks.append(Remark("missing_terminator", "UNZ", "no terminator behind UNZ", characters.segment_terminator))
    return characters, found


def write_segments(segments: Iterable[Sequence[str | Sequence[str]]], characters: Characters | None = None) -> str:
    """The text of segments, each its tag and its elements, with a release character before each separator in a text."""
    marks = characters or Characters.from_str("UNA:+.? '")

    def written(element: str | Sequence[str]) -> str:
        components = [element] if isinstance(element, str) else element
        return marks.component_separator.join(escape_component(component, marks) for component in components)

    return "".join(marks.data_separator.join(map(written, segment)) + marks.segment_terminator for segment in segments)


def escape_component(text: str, characters: Characters) -> str:
    """A text as it is written in a segment."""
    special = (
        characters.component_separator,
        characters.data_separator,
        characters.segment_terminator,
        characters.escape_character,
    )
    return text.translate({ord(mark): characters.escape_character + mark for mark in special})


def component_spans(text: str, segment: Segment, characters: Characters) -> Iterator[tuple[int, int, int, int]]:
    """Number of the element and of the component in it, both from 1, and begin and end of each in the text."""
    element, component, start, index = 0, 1, segment.start, segment.start
    while index < segment.end:
        mark = text[index]
        if mark == characters.escape_character:
            index += 1
        elif mark in (characters.component_separator, characters.data_separator, characters.segment_terminator):
            if element:
                yield element, component, start, index
            start = index + 1
            component += 1
            if mark == characters.data_separator:
                element, component = element + 1, 1
        index += 1


def _characters(separators: str, text: str, start: int) -> Characters:
    component, data, release, terminator = separators[0], separators[1], separators[3], separators[5]
    if len({component, data, release, terminator}) < 4 or any(mark.isalnum() for mark in separators):
        raise _refusal("bad_separators", text, start, "separators that are equal, or letters or digits", "6 separators")
    return Characters.from_str(f"UNA{separators}")


def _spans(text: str, start: int, characters: Characters) -> list[tuple[int, int]]:
    """Begin and end of each segment, the terminator included."""
    release, terminator = re.escape(characters.escape_character), re.escape(characters.segment_terminator)
    pattern = re.compile(rf"(?:[^{release}{terminator}]|{release}.)*+(?:{terminator}|\Z)", re.DOTALL)
    spans: list[tuple[int, int]] = []
    while start < len(text):
        if text[start].isspace():
            start += 1
            continue
        found = pattern.match(text, start)
        end = found.end() if found else len(text)
        spans.append((start, end))
        start = max(end, start + 1)
    return spans


def _segment(text: str, start: int, end: int, characters: Characters) -> Segment:
    body = text[start:end]
    line = re.search(rf"[\r\n]+[A-Z]{{3}}{re.escape(characters.data_separator)}", body)
    if line:
        where = start + line.start()
        raise _refusal("missing_terminator", text, where, "a new line and a tag inside a segment", "a terminator")
    if not body.endswith(characters.segment_terminator):
        body += characters.segment_terminator
    elements: list[list[str]] = [[""]]
    try:
        for token in Tokenizer().get_tokens(body, characters):
            if token.type == Token.Type.CONTENT:
                elements[-1][-1] += token.value
            elif token.type == Token.Type.COMPONENT_SEPARATOR:
                elements[-1].append("")
            elif token.type == Token.Type.DATA_SEPARATOR:
                elements.append([""])
    except EDISyntaxError:
        raise _refusal("bad_segment", text, start, "a segment without its end", "a terminator") from None
    tag = elements[0][0]
    if not _TAG.fullmatch(tag):
        raise _refusal("bad_segment", text, start, f"a tag of {len(tag)} characters", "three capital letters or digits")
    return Segment(tag, tuple(tuple(element) for element in elements[1:]), start, end)


def _refusal(code: str, text: str, index: int, found: str, allowed: str) -> MessageError:
    line, column = position(text, index)
    return MessageError(code, found, allowed, line, column)
