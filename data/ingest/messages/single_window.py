"""Messages of China's Single Window: declarations, answers to their import, receipts, answers of agency agreements."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lxml import etree

from data.clearance.records import CLIENT_SEQ_NO, ENTRY_ID, SEQ_NO, CaseEvent, Declaration, MessageError, Remark
from data.ingest.messages.elements import Element, Parts, collect, element_table, missing, one
from data.ingest.messages.instants import read_instant
from data.ingest.messages.safe_xml import local_name, namespace, shown

NAMESPACE = "http://www.chinaport.gov.cn/dec"
TESTED_VERSIONS = ("3.1", "4.8")
CONSIGN_NO = "consign_no"
_SEQ_NO = re.compile(r"[A-Z][0-9]{17}")
_ENTRY_ID = re.compile(r"[0-9]{18}")
_PARTIES = (
    "TradeCoScc",
    "TradeCode",
    "OwnerCodeScc",
    "OwnerCode",
    "AgentCodeScc",
    "AgentCode",
    "CopCodeScc",
    "CopCode",
)
_ROWS = {"DecLists": ("DecList",), "DecLicenseDocus": ("LicenseDocu",), "DecContainers": ("Container", "DecContainer")}
# Members of a receipt that are fields of the event and are not repeated among its values.
_OF_THE_EVENT = frozenset(
    "CUS_CIQ_NO SEQ_NO ENTRY_ID CLIENTSEQ_NO CHANNEL NOTICE_DATE NOTE CUSTOM_MASTER".split()  # noqa: SIM905
)


def read_receipt(root: etree._Element) -> Parts:
    """A DEC_DATA or a bare DEC_RESULT: one event for each DEC_RESULT.

    Raises:
        MessageError: ``no_key``, ``contradicting_keys``, ``missing_element``, ``repeated_element``.
    """
    parts = Parts("sw.receipt", "single_window")
    table = element_table("answer")
    if local_name(root) == "DEC_RESULT":
        parts.events.append(_result(root, "DEC_RESULT", table, parts.remarks, {}))
        return parts
    results = [child for child in root if local_name(child) == "DEC_RESULT"]
    if not results:
        raise missing(root, "DEC_DATA", "DEC_RESULT")
    rest = {}
    info = one(root, "RESULT_INFO", "DEC_DATA")
    if info is not None and (text := "".join(info.itertext()).strip()):
        rest["RESULT_INFO"] = text
    for child in root:
        name = local_name(child)
        if name not in table["DEC_DATA"]:
            found = f"{len(''.join(child.itertext()).strip())} characters"
            parts.remarks.append(Remark("unknown_element", f"DEC_DATA/{shown(name)}", found, "DEC_RESULT, RESULT_INFO"))
    for number, result in enumerate(results, start=1):
        path = "DEC_DATA/DEC_RESULT" if len(results) == 1 else f"DEC_DATA/DEC_RESULT[{number}]"
        parts.events.append(_result(result, path, table, parts.remarks, rest))
    return parts


def read_import_response(root: etree._Element) -> Parts:
    """A DecImportResponse: code 0 = imported, any other = refused by the client. It names no time.

    Raises:
        MessageError: ``no_key``, ``missing_element``, ``repeated_element``.
    """
    parts = Parts("sw.import_response", "single_window")
    found = collect(root, "DecImportResponse", element_table("answer"), "DecImportResponse", parts.remarks)
    _check_namespace(root, parts)
    if not found.get("ResponseCode"):
        raise missing(root, "DecImportResponse", "ResponseCode")
    keys = _keys(found, (("ClientSeqNo", CLIENT_SEQ_NO), ("SeqNo", SEQ_NO)), "DecImportResponse", parts.remarks)
    if not keys:
        raise MessageError("no_key", "DecImportResponse", "ClientSeqNo or SeqNo", root.sourceline or 1, 1)
    values = {"message": "DecImportResponse"}
    if found.get("TrnPreId"):
        values["TrnPreId"] = found["TrnPreId"]
    note = found.get("ErrorMessage", "")
    dialect = "single_window_import"  # its codes are not those of a CHANNEL: 1 is a failure here
    parts.events.append(CaseEvent(keys, dialect, found["ResponseCode"], None, "", note, None, values))
    return parts


def read_agent_response(root: etree._Element) -> Parts:
    """An ImportAgrResponse, the answer to an agency agreement; a failed one may lack its code and its number.

    Raises:
        MessageError: ``repeated_element``.
    """
    parts = Parts("sw.agent_response", "agency")
    found = collect(root, "ImportAgrResponse", element_table("answer"), "ImportAgrResponse", parts.remarks)
    parts.values = {name.rpartition("/")[2]: text for name, text in found.items() if text}
    number = found.get("ConsignNo")
    if number:
        code, note = found.get("ResponseInfo/ResponseCode", ""), found.get("ResponseInfo/ResponseMessage", "")
        parts.events.append(CaseEvent(((CONSIGN_NO, number),), "agency", code, None, "", note))
    else:
        parts.remarks.append(Remark("no_key", "ImportAgrResponse/ConsignNo", "none", "a number"))
    return parts


def read_declaration(root: etree._Element) -> Parts:
    """A DecMessage. Versions other than 3.1 and 4.8 are read by the same elements and remarked as untested.

    Raises:
        MessageError: ``missing_element``, ``repeated_element``.
    """
    parts = Parts("sw.declaration", "single_window", root.get("version") or "")
    remarks, table = parts.remarks, element_table("dec_message")
    _check_namespace(root, parts)
    if parts.version not in TESTED_VERSIONS:
        found = f"version {parts.version[:10]!a}" if parts.version else "no version"
        remarks.append(Remark("version_untested", "DecMessage/@version", found, " or ".join(TESTED_VERSIONS)))
    head_element = one(root, "DecHead", "DecMessage")
    if head_element is None:
        raise missing(root, "DecMessage", "DecHead")
    head = collect(head_element, "DecHead", table, "DecHead", remarks)
    rows: dict[str, list[Mapping[str, str]]] = {
        "DecLists": [],
        "DecLicenseDocus": [],
        "DecContainers": [],
        "EdocRealation": [],
    }
    counts: dict[str, int] = {}
    for child in root:
        name = local_name(child)
        if name == "DecHead":
            continue
        element = table["DecMessage"].get(name)
        if element is None:
            length = len("".join(child.itertext()).strip())
            remarks.append(
                Remark(
                    "unknown_element", f"DecMessage/{shown(name)}", f"{length} characters", "an element of DecMessage"
                )
            )
            continue
        counts[name] = counts.get(name, 0) + 1
        if counts[name] > 1 and not element.repeats:
            raise MessageError("repeated_element", f"DecMessage/{name} again", "once", child.sourceline or 1, 1)
        if name in _ROWS:
            rows[name] = _lines(child, name, table, remarks)
        elif name == "EdocRealation":
            rows[name].append(collect(child, name, table, f"{name}[{counts[name]}]", remarks))
        elif name == "DecFreeTxt":
            head = collect(child, name, table, name, remarks) | head
        elif name != "DecUsers":  # natural persons alone
            label = f"{name}[{counts[name]}]" if element.repeats else name
            head |= collect(child, name, table, label, remarks, f"{label}/")
    for name in ("DecSign/Sign", "DecSign/Certificate"):
        head.pop(name, None)
    wanted = (("DecSign/ClientSeqNo", CLIENT_SEQ_NO), ("SeqNo", SEQ_NO), ("EntryId", ENTRY_ID))
    keys = _keys(head, wanted, "DecMessage", remarks)
    if not keys:
        remarks.append(Remark("no_key", "DecMessage", "no number", "ClientSeqNo, SeqNo or EntryId"))
    parties = tuple(dict.fromkeys(head[name] for name in _PARTIES if head.get(name)))
    parts.declaration = Declaration(
        keys,
        "single_window",
        parts.version,
        parties,
        head,
        tuple(rows["DecLists"]),
        tuple(rows["DecLicenseDocus"]),
        tuple(rows["DecContainers"]),
        tuple(rows["EdocRealation"]),
    )
    return parts


def _lines(
    parent: etree._Element, name: str, table: Mapping[str, Mapping[str, Element]], remarks: list[Remark]
) -> list[Mapping[str, str]]:
    """The lines of a part, such as each DecList of DecLists."""
    lines: list[Mapping[str, str]] = []
    for child in parent:
        row = local_name(child)
        if row not in _ROWS[name]:
            length = len("".join(child.itertext()).strip())
            remarks.append(
                Remark("unknown_element", f"{name}/{shown(row)}", f"{length} characters", " or ".join(_ROWS[name]))
            )
            continue
        node = "Container" if row == "DecContainer" else row
        lines.append(collect(child, node, table, f"{name}/{row}[{len(lines) + 1}]", remarks))
    return lines


def _result(
    element: etree._Element,
    path: str,
    table: Mapping[str, Mapping[str, Element]],
    remarks: list[Remark],
    rest: Mapping[str, str],
) -> CaseEvent:
    found = collect(element, "DEC_RESULT", table, path, remarks)
    code = found.get("CHANNEL")
    if not code:
        raise missing(element, path, "CHANNEL")
    first, second = found.get("CUS_CIQ_NO"), found.get("SEQ_NO")
    if first and second and first != second:
        raise MessageError(
            "contradicting_keys", "CUS_CIQ_NO and SEQ_NO differ", "one number", element.sourceline or 1, 1
        )
    number = "CUS_CIQ_NO" if first else "SEQ_NO"
    keys = _keys(found, ((number, SEQ_NO), ("ENTRY_ID", ENTRY_ID), ("CLIENTSEQ_NO", CLIENT_SEQ_NO)), path, remarks)
    if not keys:
        raise MessageError("no_key", path, "CUS_CIQ_NO, SEQ_NO, ENTRY_ID or CLIENTSEQ_NO", element.sourceline or 1, 1)
    at_text = found.get("NOTICE_DATE", "")
    at = read_instant(at_text, f"{path}/NOTICE_DATE", remarks)
    values = {name: text for name, text in found.items() if text and name not in _OF_THE_EVENT}
    values.update(rest)
    office = found.get("CUSTOM_MASTER") or None
    return CaseEvent(keys, "single_window", code, at, at_text, found.get("NOTE", ""), office, values)


def _keys(
    found: Mapping[str, str], wanted: tuple[tuple[str, str], ...], path: str, remarks: list[Remark]
) -> tuple[tuple[str, str], ...]:
    """The numbers that are there; one of an unusual form is kept and remarked."""
    keys = []
    for name, kind in wanted:
        number = found.get(name)
        if not number:
            continue
        keys.append((kind, number))
        if kind == SEQ_NO and not _SEQ_NO.fullmatch(number):
            remarks.append(
                Remark("number_form", f"{path}/{name}", f"{len(number)} characters", "a letter and 17 digits")
            )
        elif kind == ENTRY_ID and not _ENTRY_ID.fullmatch(number):
            remarks.append(Remark("number_form", f"{path}/{name}", f"{len(number)} characters", "18 digits"))
    return tuple(keys)


def _check_namespace(root: etree._Element, parts: Parts) -> None:
    if namespace(root) != NAMESPACE:
        parts.remarks.append(Remark("namespace", local_name(root), "another namespace or none", NAMESPACE))
