"""Reads a message of customs: its bytes -> what it says, whole, or a refusal that gives the position."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from lxml import etree

from data.clearance.records import MessageError, ReadMessage
from data.ingest.messages import ceb, dxp, single_window
from data.ingest.messages.elements import Parts
from data.ingest.messages.encodings import decode_xml
from data.ingest.messages.safe_xml import check_size, local_name, parse, shown
from data.ingest.messages.schemas import Schemas

_READERS: dict[str, Callable[[etree._Element], Parts]] = {
    "DEC_DATA": single_window.read_receipt,
    "DEC_RESULT": single_window.read_receipt,
    "DecMessage": single_window.read_declaration,
    "DecImportResponse": single_window.read_import_response,
    "ImportAgrResponse": single_window.read_agent_response,
}


def read_message(raw: bytes, *, schemas: Schemas | None = None) -> ReadMessage:
    """What a message says.

    schemas : the message, and each that it carries, is checked against its schema where these have one

    Raises:
        MessageError: the message is refused, whole; nothing else is ever raised.
    """
    return _read(raw, schemas, 0)


def _read(raw: bytes, schemas: Schemas | None, depth: int) -> ReadMessage:
    check_size(raw)
    decoded = decode_xml(raw)
    root = parse(decoded)
    name = local_name(root)
    if name == "DxpMsg":
        parts = dxp.read_envelope(root, depth, lambda inner: _read(inner, schemas, depth + 1))
    elif ceb.NAME.fullmatch(name):
        parts = ceb.read_ceb(root)
    elif reader := _READERS.get(name):
        parts = reader(root)
    else:
        raise MessageError(
            "unknown_kind", f"root element {shown(name)}", ", ".join(sorted(_READERS)), root.sourceline or 1, 1
        )
    return ReadMessage(
        parts.kind,
        parts.version,
        parts.dialect,
        decoded.codec,
        hashlib.sha256(raw).hexdigest(),
        raw,
        tuple(parts.events),
        parts.declaration,
        (*decoded.remarks, *parts.remarks),
        parts.inner,
        "not_checked" if schemas is None else schemas.check(root, parts.values.get("edition", "")),
        parts.values,
    )
