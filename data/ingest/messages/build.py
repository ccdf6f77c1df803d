"""Builds a message from its elements, in the order of its table, whatever the order in which they are given."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from data.clearance.records import MessageError
from data.ingest.messages.elements import Element, element_table, node_below
from data.ingest.messages.encodings import CODECS, encode
from data.ingest.messages.safe_xml import shown

Value: TypeAlias = "str | bytes | Mapping[str, Value] | Sequence[Value]"
Elements: TypeAlias = "Mapping[str, Value]"

# kind -> its table and root, and the attributes of the root ("" is the version that the caller gives)
_ROOTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "sw.declaration": ("dec_message", "DecMessage", {"version": "", "xmlns": "http://www.chinaport.gov.cn/dec"}),
    "sw.import_response": ("answer", "DecImportResponse", {"xmlns": "http://www.chinaport.gov.cn/dec"}),
    "sw.receipt": ("answer", "DEC_DATA", {}),
    "sw.bare_receipt": ("answer", "DEC_RESULT", {}),
    "sw.agent_response": ("answer", "ImportAgrResponse", {}),
    "dxp": ("answer", "DxpMsg", {"ver": "1.0", "xmlns": "http://www.chinaport.gov.cn/dxp"}),
}
_VERSIONS = {"sw.declaration": "4.8"}
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
_ESCAPES_OF_ATTRIBUTES = {**_ESCAPES, ord('"'): "&quot;", ord("\t"): "&#9;", ord("\n"): "&#10;"}


def build(kind: str, elements: Elements, *, version: str = "", encoding: str = "UTF-8") -> bytes:
    """The bytes of a message.

    elements : name -> text, or elements below it, or a sequence of either where it repeats; bytes are written in
        Base64; ``BizKey`` of an envelope takes the names of its keys; ``@guid`` and the like are attributes of the root
    version : of the message, where it has one; encoding : named in the XML declaration

    Raises:
        MessageError: ``unknown_kind``, ``unknown_encoding``, ``unknown_element``, ``repeated_element``,
            ``illegal_character``, ``unencodable``.
    """
    name, root, attributes = _root(kind)
    codec = CODECS.get(encoding.upper())
    if codec is None:
        raise MessageError("unknown_encoding", f"encoding {encoding!a}", ", ".join(sorted(CODECS)))
    values = {key: value or version or _VERSIONS.get(kind, "1.0") for key, value in attributes.items()}
    values |= {key[1:]: str(value) for key, value in elements.items() if key.startswith("@")}
    elements = {key: value for key, value in elements.items() if not key.startswith("@")}
    written = "".join(f' {key}="{escape_attribute(value, key)}"' for key, value in values.items())
    body = "".join(_children(elements, root, element_table(name), root))
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<{root}{written}>\n{body}</{root}>\n'
    return encode(text, codec, root)


def _root(kind: str) -> tuple[str, str, dict[str, str]]:
    if kind in _ROOTS:
        return _ROOTS[kind]
    root = kind.removeprefix("ceb.")
    if kind.startswith("ceb.") and root in element_table("ceb"):
        return "ceb", root, {"guid": "", "version": "", "xmlns": "http://www.chinaport.gov.cn/ceb"}
    raise MessageError("unknown_kind", shown(kind), ", ".join((*_ROOTS, "ceb.CEB311Message and its like")))


def escape_text(text: str, path: str) -> str:
    """A text as it is written between tags.

    Raises:
        MessageError: ``illegal_character`` where XML 1.0 has no way to write it.
    """
    if found := _ILLEGAL.search(text):
        raise MessageError("illegal_character", f"{path}: U+{ord(found.group()):04X}", "characters of XML 1.0")
    return text.translate(_ESCAPES)


def escape_attribute(text: str, path: str) -> str:
    """A text as it is written between quotation marks; refuses what ``escape_text`` refuses."""
    escape_text(text, path)
    return text.translate(_ESCAPES_OF_ATTRIBUTES)


def _children(elements: Elements, node: str, table: Mapping[str, Mapping[str, Element]], path: str) -> Iterator[str]:
    if node == "BizKey":
        for label, value in elements.items():
            text = escape_text(str(value), f"{path}/Key")
            yield f'<Key name="{escape_attribute(label, path)}">{text}</Key>\n'
        return
    known = table[node]
    if unknown := [name for name in elements if name not in known]:
        raise MessageError("unknown_element", f"{path}/{shown(unknown[0])}", ", ".join(known))
    for name, element in known.items():
        if name not in elements:
            continue
        value = elements[name]
        several = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
        if len(several) > 1 and not element.repeats:
            raise MessageError("repeated_element", f"{path}/{name}: {len(several)} times", "once")
        yield from (_written(name, item, table, f"{path}/{name}", node) for item in several)


def _written(name: str, value: Value, table: Mapping[str, Mapping[str, Element]], path: str, parent: str) -> str:
    if isinstance(value, bytes):
        return f"<{name}>{base64.b64encode(value).decode()}</{name}>\n"
    if isinstance(value, str):
        return f"<{name}>{escape_text(value, path)}</{name}>\n"
    if not isinstance(value, Mapping):
        raise MessageError("repeated_element", f"{path}: a list inside a list", "text or elements")
    node = "Container" if name == "DecContainer" else node_below(parent, name, table)
    if not node:
        raise MessageError("unknown_element", f"{path}: elements inside", "text alone")
    return f"<{name}>\n{''.join(_children(value, node, table, path))}</{name}>\n"
