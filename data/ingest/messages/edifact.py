"""CUSDEC and CUSRES of UN/EDIFACT: what they say, with their counts and control totals computed again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from data.clearance.records import LRN, MRN, CaseEvent, Declaration, MessageError, Remark
from data.ingest.messages.elements import Parts
from data.ingest.messages.encodings import position
from data.ingest.messages.instants import read_instant
from data.ingest.messages.safe_xml import shown
from data.ingest.messages.segments import Segment, segments_of

# Segments of the two messages; another is a custom one, kept and remarked.
_KNOWN = frozenset(
    re.findall(
        "[A-Z]{3}",
        "UNB UNG UNH BGM CST LOC DTM GIS EQD FII MEA SEL FTX RFF TDT TPL NAD CTA COM DOC MOA PAC PCI TOD PAT UNS "
        "IMD GIN QTY PRI DMS ERP ERC TAX CNT AUT UNT UNE UNZ GID SGP CUX ALC PCD APP PIA LIN HYN STS GDS DGS EMP CPI",
    )
)


def read_interchange(text: str) -> Parts:
    """An interchange of CUSRES messages, or of one CUSDEC.

    A count or a control total that is wrong is remarked as ``control_total`` with both numbers.

    Raises:
        MessageError: of the syntax; ``missing_segment``, ``unknown_kind``, ``several_declarations``, ``no_key``,
            ``no_status``, ``contradicting_keys``.
    """
    remarks: list[Remark] = []
    _, segments = segments_of(text, remarks)
    messages = _messages(text, segments, remarks)
    kinds = [message[0].part(1) for message in messages]
    for kind, message in zip(kinds, messages, strict=True):
        if kind not in ("CUSDEC", "CUSRES"):
            raise _refusal("unknown_kind", text, message[0], shown(kind), "CUSDEC or CUSRES")
    if kinds.count("CUSDEC") > 1 or len(set(kinds)) > 1:
        raise _refusal(
            "several_declarations", text, messages[1][0], f"{len(kinds)} messages", "one CUSDEC, or CUSRES alone"
        )
    head = messages[0][0]
    version = f"{head.part(1, 1)}.{head.part(1, 2)}"
    parts = Parts(f"edifact.{kinds[0]}", "edifact", version, remarks=remarks)
    parts.values = {"sender": segments[0].part(1), "receiver": segments[0].part(2), "reference": segments[0].part(4)}
    for message in messages:
        for segment in message:
            if segment.tag not in _KNOWN:
                remarks.append(
                    Remark("unknown_segment", segment.tag, f"{segment.end - segment.start} characters", kinds[0])
                )
        _check_totals(message, remarks)
        if kinds[0] == "CUSRES":
            parts.events.append(_response(text, message, remarks))
        else:
            parts.declaration = _declaration(message, version, remarks)
    return parts


def _messages(text: str, segments: list[Segment], remarks: list[Remark]) -> list[list[Segment]]:
    """The messages of an interchange, UNH to UNT, with the counts of UNT and UNZ checked."""
    last = segments[-1]
    if last.tag != "UNZ":
        raise _refusal("missing_segment", text, last, "an interchange without UNZ at its end", "UNZ")
    messages: list[list[Segment]] = []
    inside: list[Segment] | None = None
    for segment in segments[1:-1]:
        if segment.tag == "UNH":
            if inside is not None:
                raise _refusal("missing_segment", text, segment, "UNH before the UNT of the message before", "UNT")
            inside = [segment]
        elif inside is None:
            if segment.tag not in ("UNG", "UNE"):
                raise _refusal("missing_segment", text, segment, f"{segment.tag} outside a message", "UNH")
        else:
            inside.append(segment)
            if segment.tag == "UNT":
                _check_end(inside[0].part(0), len(inside), segment, remarks)
                messages.append(inside)
                inside = None
    if inside is not None or not messages:
        raise _refusal("missing_segment", text, last, "UNZ before the UNT of a message", "UNH to UNT")
    _check_end(segments[0].part(4), len(messages), last, remarks)
    return messages


def _check_end(reference: str, count: int, end: Segment, remarks: list[Remark]) -> None:
    """UNT and UNZ: a count, and the reference of UNH or UNB."""
    if end.part(0) == str(count) and end.part(1) == reference:
        return
    if end.part(1) == str(count) and end.part(0) == reference:
        remarks.append(Remark("control_total", end.tag, "count and reference exchanged", f"{count} first"))
        return
    if not end.part(0).isdecimal() or int(end.part(0)[:9]) != count:
        remarks.append(Remark("control_total", end.tag, _number(end.part(0)), str(count)))
    if end.part(1) != reference:
        remarks.append(
            Remark("control_reference", end.tag, f"{len(end.part(1))} characters", "the reference of its head")
        )


def _check_totals(message: list[Segment], remarks: list[Remark]) -> None:
    """CNT: number of items (2, 5), packages (11), gross weight of the items (7); others cannot be computed."""
    items = sum(segment.tag == "CST" for segment in message)
    packages = _sum([one.part(0) for one in message if one.tag == "PAC"])
    weight = _sum([one.part(2, 1) for one in _of_items(message) if one.tag == "MEA" and one.part(1) == "AAB"])
    for segment in (one for one in message if one.tag == "CNT"):
        kind, stated = segment.part(0, 0), segment.part(0, 1)
        if kind in ("2", "5"):
            computed: Decimal | None = Decimal(items)
        elif kind == "11":
            computed = packages
        elif kind == "7":
            computed = weight
        else:
            computed = None
        path = f"CNT+{kind[:3]}"
        if computed is None:
            remarks.append(Remark("control_total_not_checked", path, _number(stated), "a total that can be computed"))
        elif _decimal(stated) != computed:
            remarks.append(Remark("control_total", path, _number(stated), str(computed)))


def _of_items(message: list[Segment]) -> list[Segment]:
    first = next((index for index, segment in enumerate(message) if segment.tag == "CST"), len(message))
    return message[first:]


def _response(text: str, message: list[Segment], remarks: list[Remark]) -> CaseEvent:
    keys = _keys(text, message)
    if not keys:
        raise _refusal("no_key", text, message[0], "CUSRES", "RFF+ABO, RFF+ABT or the number of BGM")
    indicator = _first(message, "GIS")
    code = indicator.part(0, 0) if indicator else ""
    if not code:
        document = _first(message, "BGM")
        code = document.part(3) if document else ""
    if not code:
        raise _refusal("no_status", text, message[0], "CUSRES without GIS", "GIS or the response type of BGM")
    time = next((one for one in message if one.tag == "DTM" and one.part(0, 0) in ("137", "9")), None)
    at_text = time.part(0, 1) if time else ""
    at = read_instant(at_text, "DTM", remarks, None)  # EDIFACT names no zone except in format 303 and 304
    note = "\n".join(
        " ".join(part for part in one.elements[3] if part)
        for one in message
        if one.tag == "FTX" and len(one.elements) > 3
    )
    errors = [one.part(0) for one in message if one.tag == "ERC" and one.part(0)]
    return CaseEvent(keys, "edifact", code, at, at_text, note, None, {"ERC": ",".join(errors)} if errors else {})


def _declaration(message: list[Segment], version: str, remarks: list[Remark]) -> Declaration:
    keys = _keys("", message)
    if not keys:
        remarks.append(Remark("no_key", "CUSDEC", "no number", "RFF+ABO, RFF+ABT or the number of BGM"))
    head: dict[str, str] = {}
    goods: list[dict[str, str]] = []
    seen: Counter[tuple[int, str]] = Counter()  # how often each label came in the head (0) or in a line
    parties = []
    for segment in message[1:-1]:
        if segment.tag == "NAD":  # names and addresses stay in the bytes
            parties.append(segment.part(1))
        elif segment.tag == "CST":
            goods.append({"CST": segment.part(0), "CST/commodity": segment.part(1)})
        elif segment.tag == "UNS" and segment.part(0) == "S":
            goods.append({})  # what follows is of the summary
        elif segment.tag not in ("UNS", "CTA", "COM"):
            row = len(goods) if goods and goods[-1] else 0
            label, values = _labelled(segment)
            seen[row, label] += 1
            into = goods[row - 1] if row else head
            into[label if seen[row, label] == 1 else f"{label}[{seen[row, label]}]"] = values
    rows = tuple(row for row in goods if row)
    known = tuple(dict.fromkeys(party for party in parties if party))
    return Declaration(keys, "edifact", version, known, head, rows)


def _labelled(segment: Segment) -> tuple[str, str]:
    """``LOC+35`` and ``CN``: tag with its qualifier, and the rest with its separators."""
    composite = segment.elements[0] if segment.elements else ("",)
    rest = [":".join(composite[1:])] if len(composite) > 1 else []
    return f"{segment.tag}+{composite[0]}", "+".join([*rest, *(":".join(element) for element in segment.elements[1:])])


def _keys(text: str, message: list[Segment]) -> tuple[tuple[str, str], ...]:
    found: dict[str, list[str]] = {LRN: [], MRN: []}
    for segment in message:
        kind = {"ABO": LRN, "ABT": MRN}.get(segment.part(0, 0)) if segment.tag == "RFF" else None
        if kind and segment.part(0, 1) and segment.part(0, 1) not in found[kind]:
            found[kind].append(segment.part(0, 1))
            if len(found[kind]) > 1:
                raise _refusal(
                    "contradicting_keys", text, segment, f"two numbers under RFF+{segment.part(0, 0)}", "one"
                )
    document = _first(message, "BGM")
    if not found[LRN] and document and document.part(1):
        found[LRN].append(document.part(1))
    return tuple((kind, number) for kind, numbers in found.items() for number in numbers)


def _first(message: Sequence[Segment], tag: str) -> Segment | None:
    return next((segment for segment in message if segment.tag == tag), None)


def _sum(texts: list[str]) -> Decimal | None:
    numbers = [_decimal(text) for text in texts]
    if not numbers or any(number is None for number in numbers):
        return None
    return sum((number for number in numbers if number is not None), Decimal(0))


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", ".")) if len(text) < 40 else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _number(text: str) -> str:
    return text if _decimal(text) is not None else f"{len(text)} characters"


def _refusal(code: str, text: str, segment: Segment, found: str, allowed: str) -> MessageError:
    line, column = position(text, segment.start) if text else (1, segment.start + 1)
    return MessageError(code, found, allowed, line, column)
