"""HMRC CDS: notifications and declarations of the WCO data model, and inventory linking messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from data.clearance.records import LRN, MRN, CaseEvent, Declaration, MessageError, Remark
from data.ingest.messages.elements import Parts, missing
from data.ingest.messages.instants import read_instant
from data.ingest.messages.safe_xml import local_name

MOVEMENT = re.compile(r"[iI]nventoryLinking[A-Za-z]{1,60}")
REQUEST = re.compile(r"(?:submit|amend|cancel)[A-Za-z]{0,30}Request")
UCR = "ucr"
# Parts of a declaration that name persons: names, addresses and ways to reach them stay in the bytes.
_PERSONAL = frozenset(("Address", "Contact", "Communication", "BirthDateTime"))
_PARTIES = frozenset(
    re.findall(
        "[A-Za-z]+",
        "Agent Buyer Consignee Consignor Declarant Exporter Importer NotifyParty Seller AuthorisationHolder Submitter "
        "DutyTaxParty ImporterDocumentation DomesticDutyTaxParty AEOMutualRecognitionParty Payer Surety",
    )
)


def read_wco(root: etree._Element) -> Parts:
    """A MetaData with its Responses (notification) or its Declaration.

    Raises:
        MessageError: ``missing_element``, ``no_key``, ``contradicting_keys``.
    """
    if local_name(root) != "MetaData":  # a request to submit or to amend, around it
        inside = next((element for element in root.iter() if local_name(element) == "MetaData"), None)
        if inside is None:
            raise missing(root, local_name(root), "MetaData")
        root = inside
    responses = list(_named(root, "Response"))
    if responses:
        parts = Parts("cds.notification", "cds", _text(root, "WCODataModelVersionCode"))
        for number, response in enumerate(responses, start=1):
            label = "Response" if len(responses) == 1 else f"Response[{number}]"
            parts.events.append(_notification(response, label, parts.remarks))
        return parts
    declaration = next(_named(root, "Declaration"), None)
    if declaration is None:
        raise missing(root, "MetaData", "Response or Declaration")
    parts = Parts("cds.declaration", "cds", _text(root, "WCODataModelVersionCode"))
    parts.declaration = _declaration(declaration, parts)
    return parts


def read_movement(root: etree._Element) -> Parts:
    """An inventory linking message: one event under the consignment reference (UCR), where it names one."""
    parts = Parts("cds.movement", "cds_movement")
    texts: dict[str, str] = {}
    for element in root.iter():
        texts.setdefault(local_name(element), (element.text or "").strip())
    code = texts.get("messageCode", "")
    ucr = texts.get("ucr") or texts.get("masterUCR")
    parts.values = {
        name: texts[name] for name in ("messageCode", "movementReference", "goodsLocation") if texts.get(name)
    }
    if not ucr:
        parts.remarks.append(Remark("no_key", local_name(root), "no UCR", "ucr or masterUCR"))
        return parts
    time = "goodsDepartureDateTime" if code == "EDL" else "goodsArrivalDateTime"
    at_text = texts.get(time, "")
    at = read_instant(at_text, time, parts.remarks, None)
    parts.events.append(CaseEvent(((UCR, ucr),), "cds_movement", code, at, at_text, values=parts.values))
    return parts


def _notification(response: etree._Element, label: str, remarks: list[Remark]) -> CaseEvent:
    element = next(_named(response, "FunctionCode"), None)
    written = "" if element is None else element.text or ""
    code = "".join(written.split())
    if not code:
        raise missing(response, label, "FunctionCode")
    if code != written:
        remarks.append(Remark("blanks_in_code", f"{label}/FunctionCode", f"{len(written)} characters", "two digits"))
    keys: dict[str, str] = {}
    for declaration in _named(response, "Declaration"):
        for name, kind in (("FunctionalReferenceID", LRN), ("ID", MRN)):
            number = _text(declaration, name)
            if number and keys.setdefault(kind, number) != number:
                line = declaration.sourceline or 1
                raise MessageError("contradicting_keys", f"{label}: two {kind} numbers", "one declaration", line, 1)
    if not keys:
        raise MessageError("no_key", label, "Declaration/FunctionalReferenceID or ID", response.sourceline or 1, 1)
    at_text = _text(response, "IssueDateTime", "DateTimeString")
    at = read_instant(at_text, f"{label}/IssueDateTime", remarks, None)
    values = {
        "FunctionalReferenceID": _text(response, "FunctionalReferenceID"),
        "Status": ",".join(_all(response, "Status", "NameCode")),
        "EffectiveDateTime": ",".join(_all(response, "Status", "EffectiveDateTime", "DateTimeString")),
        "ValidationCode": ",".join(_all(response, "Error", "ValidationCode")),
        "ChangeReasonCode": ",".join(dict.fromkeys(_all(response, "Amendment", "ChangeReasonCode"))),
        "StatementTypeCode": ",".join(dict.fromkeys(_all(response, "AdditionalInformation", "StatementTypeCode"))),
        "AcceptanceDateTime": next(iter(_all(response, "Declaration", "AcceptanceDateTime", "DateTimeString")), ""),
        "VersionID": next(iter(_all(response, "Declaration", "VersionID")), ""),
    }
    note = "\n".join(_all(response, "AdditionalInformation", "StatementDescription"))
    kept = {name: text for name, text in values.items() if text}
    return CaseEvent(tuple(keys.items()), "cds", code, at, at_text, note, None, kept)


def _declaration(element: etree._Element, parts: Parts) -> Declaration:
    head: dict[str, str] = {}
    goods: list[dict[str, str]] = []
    parties: list[str] = []
    _flatten(element, "", head, goods, parties)
    keys = tuple((kind, head[name]) for name, kind in (("FunctionalReferenceID", LRN), ("ID", MRN)) if head.get(name))
    if not keys:
        parts.remarks.append(Remark("no_key", "Declaration", "no number", "FunctionalReferenceID or ID"))
    return Declaration(keys, "cds", parts.version, tuple(dict.fromkeys(parties)), head, tuple(goods))


def _flatten(
    element: etree._Element, prefix: str, into: dict[str, str], goods: list[dict[str, str]], parties: list[str]
) -> None:
    """Texts under their paths, each goods item a row of its own; depth is bounded by ``safe_xml``."""
    names = [local_name(child) for child in element]
    totals, counts = Counter(names), Counter[str]()
    for name, child in zip(names, element, strict=True):
        if name in _PERSONAL or (
            name == "Name" and prefix.rstrip("/").rpartition("/")[2].partition("[")[0] in _PARTIES
        ):
            continue
        counts[name] += 1
        label = prefix + (f"{name}[{counts[name]}]" if totals[name] > 1 else name)
        if name == "GovernmentAgencyGoodsItem":
            goods.append({})
            _flatten(child, "", goods[-1], goods, parties)
        elif len(child):
            _flatten(child, f"{label}/", into, goods, parties)
        else:
            text = (child.text or "").strip()
            into[label] = text
            if name == "ID" and text and local_name(element) in _PARTIES:
                parties.append(text)


def _named(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (child for child in element if local_name(child) == name)


def _all(element: etree._Element, *path: str) -> list[str]:
    found = [element]
    for name in path:
        found = [child for parent in found for child in _named(parent, name)]
    return [text for one in found if (text := (one.text or "").strip())]


def _text(element: etree._Element, *path: str) -> str:
    return next(iter(_all(element, *path)), "")
