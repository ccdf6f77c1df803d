"""Which elements a message may hold, in which order, and reading an element by that table.

The tables are ``data/reference/clearance/*_elements.csv``; ``message_sources.csv`` beside them gives source and date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from lxml import etree

from data.clearance.records import CaseEvent, Declaration, MessageError, ReadMessage, Remark
from data.codebook import read_rows, reference_path
from data.ingest.messages.safe_xml import local_name, shown


@dataclass(frozen=True, slots=True)
class Element:
    """What the table says of an element under its parent.

    max_len : characters, 0 where none is given; repeats : may come more than once
    personal : may name a natural person or be a number of one; it is kept in the bytes alone
    """

    max_len: int
    repeats: bool
    personal: bool


@dataclass(slots=True)
class Parts:
    """What a reader found in a message; ``read`` makes a ``ReadMessage`` of it."""

    kind: str
    dialect: str
    version: str = ""
    events: list[CaseEvent] = field(default_factory=list)
    declaration: Declaration | None = None
    remarks: list[Remark] = field(default_factory=list)
    inner: tuple[ReadMessage, ...] = ()
    values: dict[str, str] = field(default_factory=dict)


@cache
def element_table(name: str) -> Mapping[str, Mapping[str, Element]]:
    """Node -> its elements in their order, of ``<name>_elements.csv``."""
    nodes: dict[str, dict[str, Element]] = {}
    for row in read_rows(reference_path(f"clearance/{name}_elements.csv")):
        element = Element(int(row["max_len"] or 0), bool(row["repeats"]), bool(row["personal"]))
        nodes.setdefault(row["node"], {})[row["element"]] = element
    return nodes


def collect(
    parent: etree._Element,
    node: str,
    table: Mapping[str, Mapping[str, Element]],
    path: str,
    remarks: list[Remark],
    prefix: str = "",
) -> dict[str, str]:
    """Texts below an element, without blanks around them; elements inside elements under their path.

    An unknown element is remarked with its path and length. A personal one is left out.

    Raises:
        MessageError: ``repeated_element`` where an element that may come once comes twice with different texts.
    """
    known = table[node]
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    nested: set[str] = set()
    if parent.text and not parent.text.isspace():
        remarks.append(Remark("stray_text", path, f"{len(parent.text.strip())} characters", "elements alone"))
    for child in parent:
        name = local_name(child)
        if child.tail and not child.tail.isspace():
            remarks.append(Remark("stray_text", path, f"{len(child.tail.strip())} characters", "elements alone"))
        element = known.get(name)
        if element is None:
            length = len("".join(child.itertext()).strip())
            remarks.append(
                Remark("unknown_element", f"{path}/{shown(name)}", f"{length} characters", "an element of " + node)
            )
            continue
        if element.repeats:
            counts[name] = counts.get(name, 0) + 1
            label = f"{name}[{counts[name]}]"
        else:
            label = name
        if len(child) and (inside := node_below(node, name, table)):
            if label in nested:
                raise _repeated(child, path, name)
            nested.add(label)
            found |= collect(child, inside, table, f"{path}/{label}", remarks, f"{prefix}{label}/")
            continue
        text = child.text or ""
        if len(child):
            text = "".join(child.itertext())
            remarks.append(Remark("unknown_element", f"{path}/{label}", f"{len(child)} elements inside", "text alone"))
        text = text.strip()
        if element.max_len and len(text) > element.max_len:
            allowed = f"at most {element.max_len} characters"
            remarks.append(Remark("element_too_long", f"{path}/{label}", f"{len(text)} characters", allowed))
        key = prefix + label
        if key in found:
            if found[key] != text:
                raise _repeated(child, path, name)
            remarks.append(Remark("repeated_element", f"{path}/{label}", "twice the same text", "once"))
        if not element.personal:
            found[key] = text
    return found


def node_below(node: str, name: str, table: Mapping[str, Mapping[str, Element]]) -> str:
    """The node of an element under another: by its path where the table has that, else by its name; "" for a leaf."""
    path = f"{node}/{name}"
    return path if path in table else name if name in table else ""


def one(parent: etree._Element, name: str, path: str) -> etree._Element | None:
    """The one child of a name; None where it has none.

    Raises:
        MessageError: ``repeated_element`` where there are two.
    """
    children = [child for child in parent if local_name(child) == name]
    if len(children) > 1:
        raise _repeated(children[1], path, name)
    return children[0] if children else None


def missing(parent: etree._Element, path: str, name: str) -> MessageError:
    """The refusal of a message that lacks an element."""
    return MessageError("missing_element", f"{path} without {name}", f"{path}/{name}", parent.sourceline or 1, 1)


def _repeated(child: etree._Element, path: str, name: str) -> MessageError:
    found = f"{path}/{name} again, with another content"
    return MessageError("repeated_element", found, "once", child.sourceline or 1, 1)
