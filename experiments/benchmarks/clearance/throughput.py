"""Receipts of about 1 kB read and folded a second on one core, with and without schemas, beside a bare parse."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lxml import etree

from data.clearance.records import CaseEvent
from data.ingest.messages.build import build
from data.ingest.messages.read import read_message
from data.ingest.messages.schemas import Schemas
from models.clearance.fold import fold_table
from models.clearance.group import group_ids

BAR_PER_S = 5_000
CODES = ("7", "L", "J", "P", "R")
NOTE = "模拟回执：海关入库成功，本回执由模拟程序生成，仅用于测试，不代表任何海关。"


def receipts(n: int) -> list[bytes]:
    """``n`` simulated receipts of about 1 kB, five a declaration."""
    made = []
    for number in range(n):
        declaration, stage = divmod(number, len(CODES))
        day, second = 1 + declaration % 28, declaration % 86_400 // 10 + stage * 60
        at = f"2026-03-{day:02d}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        result = {
            "CUS_CIQ_NO": f"E2026{declaration:013d}", "ENTRY_ID": f"2244{declaration:014d}", "NOTICE_DATE": at,
            "CHANNEL": CODES[stage], "NOTE": NOTE * 6, "CUSTOM_MASTER": "2244", "I_E_DATE": "", "D_DATE": at[:10],
        }  # fmt: skip
        made.append(build("sw.receipt", {"DEC_RESULT": result, "RESULT_INFO": ""}))
    return made


def answers(n: int) -> list[bytes]:
    """``n`` simulated answers to export lists of about 1 kB; their kind has a public schema."""
    fixed = {
        "guid": "4CDE1CFD-EDED-46B1-946C-B8022E42FC94", "agentCode": "1105910159", "preNo": "P20180507000000001",
        "ebcCode": "1105910159", "ebpCode": "1105910159", "orderNo": "1105910159", "statisticsFlag": "1",
        "returnStatus": "800", "returnTime": "20260301153001001", "returnInfo": NOTE * 4,
    }  # fmt: skip
    return [
        build(
            "ceb.CEB604Message",
            {
                "@guid": fixed["guid"],
                "@version": "1.0",
                "InventoryReturn": {**fixed, "copNo": f"SIM{number:012d}", "invtNo": f"22442026E{number:09d}"},
            },
        )
        for number in range(n)
    ]


def run(n: int, schemas: Schemas | None, repeats: int = 3) -> dict[str, Any]:
    """Processor time of reading ``n`` receipts and folding them by declaration; the quickest of ``repeats``.

    ``holds``: at least BAR_PER_S a second without schemas. There is no public schema of Single Window receipts, so the
    cost of one is measured on an answer of the CEB kinds.
    """
    raws = receipts(n)
    bare, read, folded = ([] for _ in range(3))
    events: list[CaseEvent] = []
    for _ in range(repeats):
        bare.append(_seconds(lambda: [etree.fromstring(raw) for raw in raws]))
        read.append(_seconds(lambda: events.extend(event for raw in raws for event in read_message(raw).events)))
        folded.append(_seconds(lambda: fold_table(events, group_ids(events).ids).frame()))
        n_events, n_declarations = len(events), group_ids(events).n_groups
        events.clear()
    each = min(one + two for one, two in zip(read, folded, strict=True)) / n
    return {
        "holds": 1 / each >= BAR_PER_S,
        "bar_per_s": BAR_PER_S,
        "receipts": n,
        "events": n_events,
        "declarations": n_declarations,
        "bytes_each": round(sum(map(len, raws)) / n),
        "per_s": round(1 / each),
        "read_us": round(min(read) / n * 1e6, 2),
        "fold_us": round(min(folded) / n * 1e6, 2),
        "bare_parse_us": round(min(bare) / n * 1e6, 2),
        "ratio_to_bare_parse": round(each * n / min(bare), 2),
        "schema": None if schemas is None else _schema(answers(n), schemas, repeats),
    }


def _schema(raws: list[bytes], schemas: Schemas, repeats: int) -> dict[str, Any]:
    """Read and folded with and without the schema, the same messages."""

    def fold_all(given: Schemas | None) -> None:
        events = [event for raw in raws for event in read_message(raw, schemas=given).events]
        fold_table(events, group_ids(events).ids).frame()

    bare = min(_seconds(lambda: [etree.fromstring(raw) for raw in raws]) for _ in range(repeats))
    without = min(_seconds(lambda: fold_all(None)) for _ in range(repeats))
    with_it = min(_seconds(lambda: fold_all(schemas)) for _ in range(repeats))
    n = len(raws)
    return {
        "kind": read_message(raws[0]).kind,
        "schema": read_message(raws[0], schemas=schemas).schema,
        "messages": n,
        "bytes_each": round(sum(map(len, raws)) / n),
        "per_s_without": round(n / without),
        "per_s_with": round(n / with_it),
        "ratio_to_bare_parse_without": round(without / bare, 2),
        "ratio_to_bare_parse_with": round(with_it / bare, 2),
    }


def _seconds(what: Callable[[], object]) -> float:
    began = time.process_time()
    what()
    return time.process_time() - began
