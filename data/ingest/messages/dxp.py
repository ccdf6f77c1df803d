"""The DxpMsg envelope of China's data exchange: a message in Base64, with who sends it to whom and of what type."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from lxml import etree

from data.clearance.records import MessageError, ReadMessage
from data.ingest.messages.elements import Parts, collect, element_table, missing, one
from data.ingest.messages.safe_xml import local_name

MAX_ENVELOPES = 4  # inside each other


def read_envelope(root: etree._Element, depth: int, read_inner: Callable[[bytes], ReadMessage]) -> Parts:
    """A DxpMsg, or a DxpMsgSv around one, and the message in it; what cannot be read inside is refused outside.

    depth : number of envelopes around this one

    Raises:
        MessageError: ``missing_element``, ``repeated_element``, ``not_base64``, ``too_many_envelopes``, and every
            refusal of the message inside, whose line and column are then those inside.
    """
    if local_name(root) == "DxpMsgSv":  # the same envelope with the numbers of the servers around it
        inside = one(root, "DxpMsg", "DxpMsgSv")
        if inside is None:
            raise missing(root, "DxpMsgSv", "DxpMsg")
        root = inside
    parts = Parts("dxp", "dxp", root.get("ver") or "")
    if depth >= MAX_ENVELOPES:
        raise MessageError("too_many_envelopes", f"{depth + 1} inside each other", f"at most {MAX_ENVELOPES}")
    table = element_table("answer")
    data = one(root, "Data", "DxpMsg")
    if data is None:
        raise missing(root, "DxpMsg", "Data")
    for name in ("TransInfo", "AddInfo"):
        child = one(root, name, "DxpMsg")
        if child is None:
            continue
        keys = one(child, "BizKey", f"DxpMsg/{name}") if name == "AddInfo" else None
        found = collect(child, name, table, f"DxpMsg/{name}", parts.remarks)
        parts.values |= {path.rpartition("/")[2]: text for path, text in found.items() if text and "Key[" not in path}
        for key in () if keys is None else keys:
            if local_name(key) == "Key" and (label := key.get("name")):
                parts.values[label] = (key.text or "").strip()
    text = "".join(data.itertext())
    try:
        inner = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise MessageError("not_base64", f"Data of {len(text)} characters", "Base64", data.sourceline or 1, 1) from None
    parts.inner = (read_inner(inner),)
    return parts
