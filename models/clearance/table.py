"""Messages as two tables: what happened to each declaration, and where each declaration is.

The same function makes the tables that models learn from and those that lists, reports and alerts read, for any number
of messages. Which messages belong together is decided by the numbers that they share (``models.clearance.group``), and
every state is the fold of its events (``models.clearance.fold``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.clearance.dialects import STAGES
from data.clearance.records import CLIENT_SEQ_NO, ENTRY_ID, SEQ_NO, CaseEvent, Declaration, ReadMessage, Remark
from models.clearance.fold import FoldTable, fold_table
from models.clearance.group import Groups, group_ids

SENT = "sent"  # a declaration that no message has answered yet
DIRECTIONS = {"E": "export", "I": "import"}
NUMBERS = (CLIENT_SEQ_NO, SEQ_NO, ENTRY_ID)
EVENT_COLUMNS = ("declaration_id", "dialect", "code", "status", "at", "note", "office", "received_at")
INSTANTS = tuple(f"{stage}_at" for stage in STAGES)
DECLARATION_COLUMNS = (
    "declaration_id", *NUMBERS, "firm_uscc", "agent_uscc", "direction", "office", "entry_port", "supervision_mode",
    "transport", "country", "hs_chapter", "n_goods", "amount_total", "currency", "amount_cny", "gross_kg", "net_kg",
    *INSTANTS, "inspected", "rejected", "clearance_status", "episode", "contradictions", "gaps", "simulated",
)  # fmt: skip
HEAD = {
    "firm_uscc": "TradeCoScc", "agent_uscc": "AgentCodeScc", "office": "CustomMaster", "entry_port": "IEPort",
    "supervision_mode": "TradeMode", "transport": "TrafMode", "country": "TradeCountry",
}  # fmt: skip
CNY = ("CNY", "142")  # letters, and the code until 2018-07-31
EVENT_TYPES = {name: "str" for name in EVENT_COLUMNS if name not in ("at", "received_at")}
COUNTS, FLAGS = ("n_goods", "episode", "contradictions", "gaps"), ("inspected", "rejected", "simulated")
AMOUNTS = ("amount_total", "amount_cny", "gross_kg", "net_kg")
TYPES: Mapping[str, Any] = {
    name: int if name in COUNTS else bool if name in FLAGS else float if name in AMOUNTS else "str"
    for name in DECLARATION_COLUMNS
    if name not in INSTANTS
}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it arrived; source : kind of side that it came from."""

    received_at: dt.datetime
    source: str
    simulated: bool
    message: ReadMessage


@dataclass(frozen=True, slots=True)
class ClearanceTables:
    """The tables; instants are in UTC.

    events : EVENT_COLUMNS, one row an event and declaration at its first arrival; status "" where the code has none
    declarations : DECLARATION_COLUMNS, one row a declaration; contradictions, gaps : how many; amount_cny : NaN unless
    the declaration is in yuan; a member that no message holds is "" or NaN
    remarks : numbers that linked nothing
    """

    events: pd.DataFrame
    declarations: pd.DataFrame
    remarks: tuple[Remark, ...]


def tables(arrived: Sequence[Arrived], part: Sequence[int] | None = None) -> ClearanceTables:
    """The tables of these messages, whatever their order.

    part : of each message, the number from 0 of the one declaration that it belongs to; this is then its
        ``declaration_id``, and shared numbers join nothing. None lets the numbers decide
    """
    items: list[CaseEvent] = []  # what carries numbers: events, and declarations in their place
    declared: list[Declaration | None] = []
    came: list[int] = []  # position of the message
    for position, one in enumerate(arrived):
        for message in one.message.opened:
            items += message.events
            declared += [None] * len(message.events)
            if message.declaration is not None and message.declaration.keys:
                items.append(CaseEvent(message.declaration.keys, "", "", None, ""))
                declared.append(message.declaration)
            came += [position] * (len(items) - len(came))
    if not items:
        return ClearanceTables(*_typed([], []), ())
    source = [arrived[position] for position in came]
    groups = group_ids(items) if part is None else Groups(np.asarray(part)[came], max(part) + 1, ())
    of_event = np.asarray([one is None for one in declared], dtype=np.bool_)
    with_events, ids = np.unique(groups.ids[of_event], return_inverse=True)
    events = [item for item, is_event in zip(items, of_event, strict=True) if is_event]
    folded = fold_table(events, ids) if events else None
    row_of = {int(group): row for row, group in enumerate(with_events)}

    members: list[list[int]] = [[] for _ in range(groups.n_groups)]
    for index, group in enumerate(groups.ids.tolist()):
        members[group].append(index)
    declaration_rows, event_rows = [], []
    for group, inside in enumerate(members):
        if not inside:
            continue
        row = _declaration_row(inside, items, declared, source, folded, row_of.get(group))
        if part is not None:
            row["declaration_id"] = str(group)
        declaration_rows.append(row)
        first: dict[str, dt.datetime] = {}
        for index in inside:
            if declared[index] is None:
                digest = items[index].digest
                first[digest] = min(source[index].received_at, first.get(digest, source[index].received_at))
        if folded is not None and group in row_of:
            event_rows += _event_rows(folded, row_of[group], str(row["declaration_id"]), first)
    return ClearanceTables(*_typed(event_rows, declaration_rows), groups.remarks)


def _declaration_row(
    inside: Sequence[int], items: Sequence[CaseEvent], declared: Sequence[Declaration | None],
    source: Sequence[Arrived], folded: FoldTable | None, row: int | None,
) -> dict[str, Any]:  # fmt: skip
    held = [
        (source[index].received_at, source[index].message.digest, one)
        for index in inside
        if (one := declared[index]) is not None
    ]
    newest = max(held, key=lambda one: one[:2])[2] if held else None
    keys = sorted({key for index in inside for key in items[index].keys})
    numbers = {kind: next((number for name, number in keys if name == kind), "") for kind in NUMBERS}
    values: dict[str, Any] = {
        "declaration_id": next((number for number in numbers.values() if number), keys[0][1]),
        **numbers,
        **_content(newest, numbers, [items[index].office for index in inside]),
        "simulated": any(source[index].simulated for index in inside),
    }
    if folded is None or row is None:
        nothing = dict.fromkeys(INSTANTS, np.datetime64("NaT", "us"))
        state = {"inspected": False, "rejected": False, "clearance_status": SENT, "episode": 0}
        return values | nothing | state | {"contradictions": 0, "gaps": 0}
    return values | {
        **dict(zip(INSTANTS, folded.stages[row], strict=True)),
        "inspected": bool(folded.inspected[row]),
        "rejected": bool(folded.rejected[row]),
        "clearance_status": str(folded.clearance_status[row]),
        "episode": int(folded.episode[row]),
        "contradictions": len(folded.contradictions.get(row, ())),
        "gaps": len(folded.gaps[row]),
    }


def _content(
    declaration: Declaration | None, numbers: Mapping[str, str], offices: Sequence[str | None]
) -> dict[str, Any]:
    head: Mapping[str, str] = {} if declaration is None else declaration.head
    goods: Sequence[Mapping[str, str]] = () if declaration is None else declaration.goods
    content: dict[str, Any] = {name: head.get(element, "") for name, element in HEAD.items()}
    content["office"] = content["office"] or next((office for office in offices if office), "")
    letter = head.get("IEFlag") or numbers[SEQ_NO][:1]
    currencies = {line.get("TradeCurr", "") for line in goods}
    currency = currencies.pop() if len(currencies) == 1 else ""
    total = sum(_number(line.get("DeclTotal")) for line in goods) if goods and currency else np.nan
    return content | {
        "direction": DIRECTIONS.get(letter, ""),
        "hs_chapter": goods[0].get("CodeTS", "")[:2] if goods else "",
        "n_goods": len(goods),
        "amount_total": total,
        "currency": currency,
        "amount_cny": total if currency in CNY else np.nan,
        "gross_kg": _number(head.get("GrossWet")),
        "net_kg": _number(head.get("NetWt")),
    }


def _event_rows(
    folded: FoldTable, row: int, declaration_id: str, received: Mapping[str, dt.datetime]
) -> list[dict[str, Any]]:
    columns = folded.columns
    low, high = np.searchsorted(columns.group, (row, row + 1)).tolist()
    rows = []
    for index in range(low, high):
        event, status = columns.events[index], columns.statuses[index]
        rows.append(
            {
                "declaration_id": declaration_id,
                "dialect": event.dialect,
                "code": event.code.strip(),
                "status": "" if status is None else status.status,
                "at": event.at,
                "note": event.note,
                "office": event.office or "",
                "received_at": received[columns.digests[index]],
            }
        )
    return rows


def _typed(events: list[dict[str, Any]], declarations: list[dict[str, Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    return _frame(events, EVENT_COLUMNS, EVENT_TYPES), _frame(declarations, DECLARATION_COLUMNS, TYPES)


def _frame(rows: list[dict[str, Any]], names: Sequence[str], types: Mapping[str, Any]) -> pd.DataFrame:
    """Made by column: of few rows, to make a frame and then to convert its columns takes several times as long."""
    columns = {name: [row[name] for row in rows] for name in names}
    return pd.DataFrame({name: _column(values, types.get(name)) for name, values in columns.items()})


def _column(values: list[Any], of: Any) -> Any:
    """Instants in UTC where there is no type."""
    if of is None:
        return pd.to_datetime(np.array(values, dtype=object), utc=True).as_unit("us")
    return pd.array(values, dtype="str") if of == "str" else np.array(values, dtype=of)


def _number(text: str | None) -> float:
    try:
        return float(text) if text else np.nan
    except ValueError:
        return np.nan
