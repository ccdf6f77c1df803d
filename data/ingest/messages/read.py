"""Reads a message of customs: its bytes -> what it says, whole, or a refusal that gives the position."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from lxml import etree

from data.clearance.records import MessageError, ReadMessage
from data.ingest.messages import cds, ceb, dxp, edifact, single_window
from data.ingest.messages.elements import Parts
from data.ingest.messages.encodings import Decoded, decode_edifact, decode_xml
from data.ingest.messages.safe_xml import check_size, local_name, parse, shown
from data.ingest.messages.schemas import Schemas

_READERS: dict[str, Callable[[etree._Element], Parts]] = {
    "DEC_DATA": single_window.read_receipt,
    "DEC_RESULT": single_window.read_receipt,
    "DecMessage": single_window.read_declaration,
    "DecImportResponse": single_window.read_import_response,
    "ImportAgrResponse": single_window.read_agent_response,
    "MetaData": cds.read_wco,
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
    if is_edifact(raw):
        decoded = decode_edifact(raw)
        return _whole(raw, decoded, edifact.read_interchange(decoded.text), "not_checked")
    decoded = decode_xml(raw)
    root = parse(decoded)
    name = local_name(root)
    if name in ("DxpMsg", "DxpMsgSv"):
        parts = dxp.read_envelope(root, depth, lambda inner: _read(inner, schemas, depth + 1))
    elif ceb.NAME.fullmatch(name):
        parts = ceb.read_ceb(root)
    elif cds.REQUEST.fullmatch(name):
        parts = cds.read_wco(root)
    elif cds.MOVEMENT.fullmatch(name):
        parts = cds.read_movement(root)
    elif reader := _READERS.get(name):
        parts = reader(root)
    else:
        allowed = ", ".join((*sorted(_READERS), "DxpMsg, CEB messages, inventory linking messages, CUSDEC, CUSRES"))
        raise MessageError("unknown_kind", f"root element {shown(name)}", allowed, root.sourceline or 1, 1)
    checked = "not_checked" if schemas is None else schemas.check(root, parts.values.get("edition", ""))
    return _whole(raw, decoded, parts, checked)


def is_edifact(raw: bytes) -> bool:
    """Whether an interchange begins before any markup does."""
    interchange = raw.find(b"UNB")
    markup = raw.find(b"<")
    return interchange >= 0 and (markup < 0 or interchange < markup)


def _whole(raw: bytes, decoded: Decoded, parts: Parts, schema: str) -> ReadMessage:
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
        schema,
        parts.values,
    )
