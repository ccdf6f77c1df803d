"""Cross-border e-commerce messages (CEB) of China's customs, requests and answers, editions of 2018 and of 2022.

The two editions share their elements, their namespace and their version number. A message is of 2018 if it is signed
with SHA-1, of 2022 if it is signed with SM2 and SM3 or is of a kind that came in 2022; one unsigned may be of either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from data.clearance.records import COP_NO, INVT_NO, ORDER_NO, PRE_NO, CaseEvent, Declaration, MessageError, Remark
from data.ingest.messages.elements import Element, Parts, collect, element_table, missing
from data.ingest.messages.instants import read_instant
from data.ingest.messages.safe_xml import local_name, namespace, shown

NAMESPACE = "http://www.chinaport.gov.cn/ceb"
NAME = re.compile(r"(CEB[0-9]{3})(?:Message)?")
_SIGNATURE_METHOD = "{http://www.w3.org/2000/09/xmldsig#}SignatureMethod"
_ONLY_2022 = ("CEB213", "CEB214", "CEB215", "CEB216")
_AROUND = ("BaseTransfer", "BaseSubscribe", "ExtendMessage", "Signature")
# What a code is the state of: the list of goods, the cancellation of a list, or another document.
_DIALECTS = dict.fromkeys(("CEB603", "CEB604", "CEB621", "CEB622"), "ceb") | dict.fromkeys(
    ("CEB605", "CEB606", "CEB623", "CEB624"), "ceb_cancellation"
)
_KEYS = (("copNo", COP_NO), ("preNo", PRE_NO), ("invtNo", INVT_NO), ("orderNo", ORDER_NO))
# Numbers of documents that name none of the above.
_OTHER_KEYS = (
    ("payTransactionId", "payment_no"),
    ("payNo", "payment_no"),
    ("logisticsNo", "logistics_no"),
    ("coElNo", "co_el_no"),
    ("sumNo", "sum_no"),
    ("oriCopMsgId", "message_id"),
    ("guid", "guid"),
)
_CODES = ("returnStatus", "logisticsStatus", "appStatus", "status", "decState")
_TIMES = ("returnTime", "logisticsTime", "appTime", "opDate")
_PARTIES = ("ebcCode", "ebpCode", "agentCode", "declAgentCode", "logisticsCode", "operatorCode", "payCode", "copCode")
_VALUES = ("guid", "appType", "ebcCode", "ebpCode", "agentCode", "logisticsNo", "taxNo", "rkdNo", "sumNo")


def read_ceb(root: etree._Element) -> Parts:
    """A CEB message: one event a record; of a single list of goods (603, 621) its elements too.

    Raises:
        MessageError: ``unknown_kind``, ``no_key``, ``missing_element``, ``repeated_element``.
    """
    name = local_name(root)
    found = NAME.fullmatch(name)
    kind = f"{found.group(1)}Message" if found else name
    table = element_table("ceb")
    if kind not in table:
        raise MessageError("unknown_kind", shown(name), "a kind of CEB message", root.sourceline or 1, 1)
    parts = Parts(f"ceb.{kind}", _DIALECTS.get(kind[:6], "ceb_document"), root.get("version") or "")
    if name != kind:
        parts.remarks.append(Remark("root_name", name, name, kind))
    if namespace(root) != NAMESPACE:
        parts.remarks.append(Remark("namespace", kind, "another namespace or none", NAMESPACE))
    parts.values["edition"] = edition(root, kind)
    counts: dict[str, int] = {}
    records = []
    for child in root:
        part = local_name(child)
        counts[part] = counts.get(part, 0) + 1
        label = f"{part}[{counts[part]}]"
        element = table[kind].get(part)
        if element is None:
            length = len("".join(child.itertext()).strip())
            remark = Remark("unknown_element", f"{kind}/{shown(part)}", f"{length} characters", "an element of " + kind)
            parts.remarks.append(remark)
        elif part in ("BaseTransfer", "ExtendMessage"):
            members = collect(child, f"{kind}/{part}", table, label, parts.remarks)
            if counts[part] > 1 and not element.repeats:
                parts.remarks.append(Remark("repeated_element", f"{kind}/{part}", f"{counts[part]} times", "once"))
            elif part == "BaseTransfer":
                parts.values |= {key: text for key, text in members.items() if text}
        elif part not in _AROUND:
            records.append((child, f"{kind}/{part}", label))
    if not records:
        raise missing(root, kind, next(iter(table[kind])))
    for child, node, label in records:
        head, rows = _record(child, node, table, label, parts.remarks)
        keys = _keys(head)
        if not keys:
            raise MessageError("no_key", label, "a number of its document", child.sourceline or 1, 1)
        parts.events.append(_event(parts, kind, keys, head, label))
        if len(records) == 1 and parts.dialect == "ceb" and rows:
            parties = tuple(dict.fromkeys(head[party] for party in _PARTIES if head.get(party)))
            parts.declaration = Declaration(keys, "ceb", parts.version, parties, head, tuple(rows))
    return parts


def edition(root: etree._Element, kind: str) -> str:
    """``2018``, ``2022``, or ``unknown`` where nothing in the message shows it."""
    method = next(root.iter(_SIGNATURE_METHOD), None)
    algorithm = "" if method is None else method.get("Algorithm") or ""
    if algorithm.endswith("rsa-sha1"):
        return "2018"
    return "2022" if "sm2-sm3" in algorithm or kind[:6] in _ONLY_2022 else "unknown"


def _record(
    record: etree._Element,
    node: str,
    table: Mapping[str, Mapping[str, Element]],
    label: str,
    remarks: list[Remark],
) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Elements of the head of a record, and its lines; a record without a head is its own head."""
    found = collect(record, node, table, label, remarks)
    head: dict[str, str] = {}
    lines: dict[str, dict[str, str]] = {}
    for path, text in found.items():
        parent, _, name = path.rpartition("/")
        if parent.endswith("]"):
            lines.setdefault(parent, {})[name] = text
        else:
            head[name] = text
    return head, list(lines.values())


def _keys(head: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    def of(names: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
        return ((kind, head[name]) for name, kind in names if head.get(name))

    return tuple(of(_KEYS)) or tuple(of(_OTHER_KEYS))[:1]


def _event(
    parts: Parts, kind: str, keys: tuple[tuple[str, str], ...], head: Mapping[str, str], label: str
) -> CaseEvent:
    code = next((head[name] for name in _CODES if head.get(name)), "")
    if not code:
        parts.remarks.append(Remark("no_status", label, "none", " or ".join(_CODES)))
    time = next((name for name in _TIMES if head.get(name)), "")
    at_text = head.get(time, "")
    at = read_instant(at_text, f"{label}/{time}", parts.remarks)
    values = {"message": kind} | {name: head[name] for name in _VALUES if head.get(name)}
    note, office = head.get("returnInfo", ""), head.get("customsCode") or None
    return CaseEvent(keys, parts.dialect, code, at, at_text, note, office, values)
