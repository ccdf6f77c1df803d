"""Bytes to an XML tree: no document type, no entities of its own, no network, and limits on all that could grow.

A tree has no comments and no processing instructions, and CDATA sections are text: it is for reading. The bytes are
kept apart from it, so nothing is lost.
"""

from __future__ import annotations

import re

from lxml import etree

from data.clearance.records import MessageError
from data.ingest.messages.encodings import Decoded, position

MAX_BYTES = 16 * 1024 * 1024  # of a message; 200 MB are refused by their length alone
MAX_TAGS = 400_000  # characters "<", counted before parsing: they bound the memory of the tree
MAX_DEPTH = 100  # elements inside each other (libxml2 stops at 256 on its own)
MAX_ATTRIBUTE = 65_536  # characters of one attribute
MAX_ATTRIBUTES = 256  # of one element

# The encoding is set here, so that the one in the XML declaration, already obeyed, is not read again.
_PARSER = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    load_dtd=False,
    no_network=True,
    dtd_validation=False,
    huge_tree=False,
    recover=False,
    remove_comments=True,
    remove_pis=True,
)
_TOO_DEEP = etree.XPath("(" + "/*" * (MAX_DEPTH + 1) + ")[1]")
_LONG_ATTRIBUTE = etree.XPath(f"(//*[@*[string-length() > {MAX_ATTRIBUTE}]])[1]")
_MANY_ATTRIBUTES = etree.XPath(f"(//*[count(@*) > {MAX_ATTRIBUTES}])[1]")
_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_NAMES = {value: name for name in dir(etree.ErrorTypes) if isinstance(value := getattr(etree.ErrorTypes, name), int)}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,60}")


def check_size(raw: bytes) -> None:
    """Refuses a message by its length alone.

    Raises:
        MessageError: ``empty`` or ``too_large``.
    """
    if len(raw) > MAX_BYTES:
        raise MessageError("too_large", f"{len(raw)} bytes", f"at most {MAX_BYTES} bytes")
    if not raw.strip():
        raise MessageError("empty", f"{len(raw)} bytes", "a message")


def parse(decoded: Decoded) -> etree._Element:
    """The root of a message.

    Raises:
        MessageError: ``document_type``, ``too_many_tags``, ``too_deep``, ``attribute_too_long``,
            ``too_many_attributes``, ``not_well_formed``.
    """
    text = decoded.text
    if "<!DOCTYPE" in text:
        _refuse_document_type(text)
    tags = text.count("<")
    if tags > MAX_TAGS:
        raise MessageError("too_many_tags", f"{tags} characters <", f"at most {MAX_TAGS}")
    try:
        root = etree.fromstring(text.encode("utf-8"), _PARSER)
    except etree.XMLSyntaxError as error:
        # libxml2's own sentence may repeat what it found, a person's name too: only the kind of its error is said.
        name = _NAMES.get(error.code, "ERR_XML").removeprefix("ERR_").lower()
        line, column = error.position
        raise MessageError("not_well_formed", name, "well-formed XML 1.0", line or 1, max(column or 1, 1)) from None
    except UnicodeEncodeError as error:  # a lone half of a surrogate pair
        line, column = position(text, error.start)
        raise MessageError("undecodable", "half of a surrogate pair", "characters", line, column) from None
    if tags > MAX_DEPTH:
        _refuse(
            _TOO_DEEP(root), "too_deep", f"more than {MAX_DEPTH} elements inside each other", f"at most {MAX_DEPTH}"
        )
    if len(text) > MAX_ATTRIBUTE:
        _refuse(_LONG_ATTRIBUTE(root), "attribute_too_long", "an attribute", f"at most {MAX_ATTRIBUTE} characters")
    if text.count("=") > MAX_ATTRIBUTES:
        _refuse(_MANY_ATTRIBUTES(root), "too_many_attributes", "one element", f"at most {MAX_ATTRIBUTES}")
    return root


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    tag = str(element.tag)
    return tag[tag.rfind("}") + 1 :]


def namespace(element: etree._Element) -> str:
    """The namespace of an element, "" where it has none."""
    tag = str(element.tag)
    return tag[1 : tag.rfind("}")] if tag[0] == "{" else ""


def shown(name: str) -> str:
    """A name as it may be shown: itself where it is plain, else its length alone, for it could be a person's."""
    return name if _PLAIN_NAME.fullmatch(name) else f"a name of {len(name)} characters"


def _refuse(found: object, code: str, what: str, allowed: str) -> None:
    if isinstance(found, list) and found:
        raise MessageError(code, what, allowed, found[0].sourceline or 1, 1)


def _refuse_document_type(text: str) -> None:
    """Refuses a document type; inside CDATA or a comment the same characters are text."""
    start = _PROLOG.match(text)
    index = start.end() if start else 0
    if text.startswith("<!DOCTYPE", index):
        line, column = position(text, index)
        raise MessageError("document_type", "<!DOCTYPE", "no document type and no entities", line, column)
