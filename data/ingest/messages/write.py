"""Changes elements of a message and no other byte of it, and writes a message again from its tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from data.clearance.records import MessageError, Remark
from data.ingest.messages.build import escape_text
from data.ingest.messages.encodings import Decoded, decode_edifact, decode_xml, encode
from data.ingest.messages.read import is_edifact
from data.ingest.messages.safe_xml import check_size, parse, shown
from data.ingest.messages.segments import component_spans, escape_component, segments_of, write_segments

Tree: TypeAlias = "tuple[object, ...]"

# Tokens of XML that ``parse`` found well-formed and free of a document type.
_TOKEN = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>|</(?P<close>[^\s>]+)\s*>"
    r"""|<(?P<open>[^\s/>!?]+)(?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(?P<empty>/?)>""",
    re.DOTALL,
)
_CDATA = re.compile(r"\A<!\[CDATA\[.*?\]\]>\Z", re.DOTALL)


@dataclass(slots=True)
class _Open:
    """An element that has begun: its path, where its content begins, whether elements are inside, names counted."""

    path: str
    start: int
    name: str
    leaf: bool
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """An element without elements inside; ``tag`` is its whole tag where that is an empty one."""

    start: int
    end: int
    tag: str
    name: str


def edit(raw: bytes, changes: Mapping[str, str]) -> bytes:
    """The message with other texts in some elements; every other byte is as it was.

    changes : path -> new text. A path has the names without prefixes, from the root on, and the number of an element
        among those of its name where it is not the first: ``DecMessage/DecLists/DecList[2]/GQty``. Of EDIFACT it is
        tag, element and component, counted from 1: ``MEA[2]/3/2``. A signature in the message is not made anew.

    Raises:
        MessageError: the message cannot be read; ``no_such_element``, ``elements_inside``, ``illegal_character``,
            ``unencodable``.
    """
    check_size(raw)
    if is_edifact(raw):
        decoded = decode_edifact(raw)
        spans = list(_edifact_spans(decoded.text, changes))
    else:
        decoded = decode_xml(raw)
        parse(decoded)
        spans = list(_xml_spans(decoded.text, changes))
    edited = _spliced(raw, decoded, sorted(spans))
    if not is_edifact(edited):
        parse(decode_xml(edited))
    return edited


def rewrite(raw: bytes) -> bytes:
    """The message written from its tree, in its own encoding: the same tree, but not the same bytes.

    Raises:
        MessageError: the message cannot be read.
    """
    check_size(raw)
    if is_edifact(raw):
        decoded = decode_edifact(raw)
        characters, segments = segments_of(decoded.text, [])
        una = decoded.text[: segments[0].start].strip()
        text = write_segments([(one.tag, *one.elements) for one in segments], characters)
        return decoded.mark + encode((una if una.startswith("UNA") else "") + text, decoded.codec)
    decoded = decode_xml(raw)
    text = etree.tostring(parse(decoded), encoding="unicode")
    declared = f'<?xml version="1.0" encoding="{decoded.named}"?>\n' if decoded.named else ""
    return decoded.mark + encode(declared + text, decoded.codec)


def tree_of(raw: bytes) -> Tree:
    """The tree of a message, for comparison: names, attributes and texts, or tags and components of segments.

    Raises:
        MessageError: the message cannot be read.
    """
    if is_edifact(raw):
        remarks: list[Remark] = []
        return tuple((one.tag, one.elements) for one in segments_of(decode_edifact(raw).text, remarks)[1])
    return _node(parse(decode_xml(raw)))


def leaves(raw: bytes) -> dict[str, str]:
    """Path -> text of every element of an XML message that has no elements inside, as ``edit`` takes them.

    Raises:
        MessageError: the message cannot be read.
    """
    decoded = decode_xml(raw)
    root = parse(decoded)
    texts = (element.text or "" for element in root.iter() if not len(element))
    paths = sorted(_leaves(decoded.text).items(), key=lambda item: item[1].start)
    return {path: text for (path, _), text in zip(paths, texts, strict=True)}


def _node(element: etree._Element) -> Tree:
    children = tuple((_node(child), child.tail or "") for child in element)
    return (str(element.tag), tuple(sorted(element.attrib.items())), element.text or "", children)


def _leaves(text: str) -> dict[str, _Leaf]:
    found: dict[str, _Leaf] = {}
    stack = [_Open("", 0, "", False, {})]
    for token in _TOKEN.finditer(text):
        if name := token.group("open"):
            above, local = stack[-1], name.rpartition(":")[2]
            above.leaf = False
            above.counts[local] = number = above.counts.get(local, 0) + 1
            path = f"{above.path}/{local}" if above.path else local
            path = path if number == 1 else f"{path}[{number}]"
            if token.group("empty"):
                found[path] = _Leaf(token.start(), token.end(), token.group(), name)
            else:
                stack.append(_Open(path, token.end(), name, True, {}))
        elif token.group("close"):
            ended = stack.pop()
            if ended.leaf:
                found[ended.path] = _Leaf(ended.start, token.start(), "", ended.name)
    return found


def _xml_spans(text: str, changes: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    """Begin, end and new characters of each change."""
    found = _leaves(text)
    for path, new in changes.items():
        plain = path.replace("[1]", "")
        leaf = found.get(plain)
        if leaf is None:
            inside = any(other.startswith((f"{plain}/", f"{plain}[")) for other in found)
            code = "elements_inside" if inside else "no_such_element"
            raise MessageError(code, shown(plain.rpartition("/")[2]), "the path of an element with text alone")
        old = text[leaf.start : leaf.end]
        if leaf.tag:
            written = escape_text(new, plain)
            opened = leaf.tag[:-2].rstrip()
            yield leaf.start, leaf.end, f"{opened}>{written}</{leaf.name}>" if new else leaf.tag
        elif _CDATA.match(old):
            escape_text(new, plain)
            if "\r" in new:  # a section cannot hold it: the parser would read a line feed
                yield leaf.start, leaf.end, escape_text(new, plain)
            else:
                yield leaf.start, leaf.end, f"<![CDATA[{new.replace(']]>', ']]]]><![CDATA[>')}]]>"
        else:
            yield leaf.start, leaf.end, escape_text(new, plain)


def _edifact_spans(text: str, changes: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    characters, segments = segments_of(text, [])
    counts: dict[str, int] = {}
    found: dict[str, tuple[int, int]] = {}
    for segment in segments:
        counts[segment.tag] = number = counts.get(segment.tag, 0) + 1
        label = segment.tag if number == 1 else f"{segment.tag}[{number}]"
        for element, component, start, end in component_spans(text, segment, characters):
            found[f"{label}/{element}/{component}"] = (start, end)
    for path, new in changes.items():
        span = found.get(path.replace("[1]", ""))
        if span is None:
            raise MessageError(
                "no_such_element", shown(path.partition("/")[0]), "tag/element/component, counted from 1"
            )
        yield *span, escape_component(new, characters)


def _spliced(raw: bytes, decoded: Decoded, spans: list[tuple[int, int, str]]) -> bytes:
    """The bytes with some characters replaced: what is between them is copied as it is."""
    codec = decoded.codec
    if decoded.mark + decoded.text.encode(codec) != raw:
        raise MessageError("not_canonical", f"bytes of {codec} that are written otherwise", "the usual bytes")
    pieces, byte, character = [], len(decoded.mark), 0
    taken = 0
    for start, end, new in spans:
        byte += len(decoded.text[character:start].encode(codec))
        pieces += [raw[taken:byte], encode(new, codec)]
        byte += len(decoded.text[start:end].encode(codec))
        character, taken = end, byte
    return b"".join([*pieces, raw[taken:]])
