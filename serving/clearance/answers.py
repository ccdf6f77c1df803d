"""A declaration's state and a kept message as they are answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from data.clearance.dialects import STAGES
from data.texts.sentences import label
from models.clearance.state import ClearanceState, Contradiction
from models.clearance.table import SENT, ClearanceTables
from models.clearance.timeline import FUTURE, STATUS_TEXT, in_future
from serving.clearance.expected import NextDates
from serving.clearance.service import ClearanceService, Seen
from serving.clearance.store import MessageStore, Received
from serving.contract.refusals import Fault, Refusal

_SEVERAL_FIRMS = {"code": "several_firms", "detail": "", "undecidable": True, "events": []}
MOST_SHOWN = 500  # refused messages of one answer


def message_answer(received: Received) -> dict[str, Any]:
    """What became of a message; remarks name elements and never their text."""
    message = received.message
    return {
        "message_id": received.message_id,
        "digest": received.digest,
        "kind": received.kind,
        "new": received.new,
        "numbers": [{"kind": kind, "number": number} for kind, number in received.keys],
        "remarks": [
            {"code": one.code, "path": one.path, "found": one.found, "allowed": one.allowed}
            for one in (() if message is None else message.remarks)
        ],
        "schema_check": "not_checked" if message is None else message.schema,
    }


def declaration_answer(seen: Seen, known_at: dt.datetime, until: dt.datetime | None) -> dict[str, Any]:
    """The state with its timeline; a declaration that nobody answered yet is ``sent``."""
    state, received = seen.state, seen.received()
    future = set() if state is None else in_future(state.history, received)
    status = SENT if state is None else state.clearance_status
    zh, en = STATUS_TEXT[status]
    reported = None if seen.reported is None else seen.reported.clearance_status
    return {
        "number": seen.number,
        "numbers": _numbers(seen),
        "dialect": "" if state is None else state.dialect,
        "clearance_status": status,
        "status_zh": zh,
        "status_en": en,
        "status_at": None if state is None else state.status_at,
        "confirmed": seen.confirmed,
        "reported_status": None if reported == status else reported,
        "stages": {stage: None if state is None else getattr(state, f"{stage}_at") for stage in STAGES},
        "episode": 0 if state is None else state.episode,
        "timeline": [] if state is None else _rows(state, received, future),
        "contradictions": [
            *([_SEVERAL_FIRMS] if seen.several_firms else []),
            *([] if state is None else [_plain(one) for one in state.contradictions]),
            *([{"code": FUTURE, "detail": "", "undecidable": False, "events": sorted(future)}] if future else []),
        ],
        "gaps": [] if state is None else list(state.gaps),
        "unknown_codes": [] if state is None else list(state.unknown_codes),
        "count_of_messages": len({one.kept.sequence for one in (*seen.kept, *seen.posted)}),
        "count_of_duplicates": 0 if state is None else state.n_duplicates,
        "known_at": known_at,
        "until": until,
        "simulated": seen.simulated,
    }


def forecast_answer(seen: Seen, rows: Sequence[dict[str, Any]], known_at: dt.datetime) -> dict[str, Any]:
    """The stages that are still to come; none of a declaration that does not run, or whose messages contradict."""
    status = SENT if seen.state is None else seen.state.clearance_status
    return {
        "number": seen.number,
        "clearance_status": status,
        "known_at": known_at,
        "forecast": list(rows),
        "simulated": seen.simulated,
    }


def checks_answer(service: ClearanceService, raw: bytes, day: dt.date | None = None) -> dict[str, Any]:
    """What the rules say of a declaration that is not kept; day : on which it is declared, today where left out."""
    message, findings = service.check(raw, day)
    if not any(one.declaration for one in message.opened):
        allowed = label("clearance.allowed.declaration")
        raise Refusal.invalid(Fault("(body)", message.kind, allowed))
    return {
        "kind": message.kind,
        "version": message.version,
        "day": (day or service.today()).isoformat(),
        "passed": not any(one.severity == "error" for one in findings),
        "count_not_checked": sum(one.severity == "not_checked" for one in findings),
        "findings": [one._asdict() for one in findings],
    }


def listing(made: ClearanceTables, dates: NextDates, status: str | None, after: int, count: int) -> dict[str, Any]:
    """Lines of the list, the latest declared first."""
    rows = made.declarations
    by_status = rows["clearance_status"].value_counts().sort_index()
    if status is not None:
        rows = rows[rows["clearance_status"] == status]
    ordered = rows.sort_values(["declared_at", "declaration_id"], ascending=[False, True], na_position="last")
    shown = ordered.iloc[after : after + count]
    latest = _latest(made, list(shown["declaration_id"]))
    names = ("declared_at", "released_at", "completed_at", "direction", "office", "simulated")
    return {
        "count": len(rows),
        "by_status": {str(key): int(n) for key, n in by_status.items()},
        "dates_state": dates.state,
        "rows": [
            {"number": row["declaration_id"], "clearance_status": row["clearance_status"]}
            | {name: _json(row[name]) for name in names}
            | {"status_at": _status_at(row, latest), "expected": dates.rows.get(row["declaration_id"])}
            for row in shown.to_dict("records")
        ],
    }


def _latest(made: ClearanceTables, numbers: Sequence[str]) -> dict[tuple[str, str], pd.Timestamp]:
    """The latest instant of each declaration's receipts of one status."""
    events = made.events[made.events["declaration_id"].isin(numbers)].dropna(subset=["at"])
    found = events.groupby(["declaration_id", "status"], as_index=False)["at"].max()
    return dict(zip(zip(found["declaration_id"], found["status"], strict=True), found["at"], strict=True))


def _status_at(row: Mapping[Any, Any], latest: Mapping[tuple[str, str], pd.Timestamp]) -> Any:
    """Since when a declaration is where it is: the instant of its stage, else of its latest receipt of that status."""
    status = row["clearance_status"]
    at = row[f"{status}_at"] if status in STAGES else latest.get((row["declaration_id"], status))
    return None if at is None else _json(at)


def refused_messages(store: MessageStore) -> dict[str, Any]:
    """Messages that were refused, without their content."""
    kept = [(row, row.payload) for row in store.failed() if row.payload is not None][::-1]
    return {
        "count": len(kept),
        "messages": [
            {"message_id": row.event_id, "received_at": row.at.isoformat(), "source": payload["source"]["kind"]}
            | payload["reason"]
            for row, payload in kept[:MOST_SHOWN]
        ],
    }


def _json(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.isoformat() if isinstance(value, pd.Timestamp) else value.item() if hasattr(value, "item") else value


def _numbers(seen: Seen) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, number in seen.keys:
        found.setdefault(kind, []).append(number)
    return found


def _rows(state: ClearanceState, received: dict[str, dt.datetime], future: set[str]) -> list[dict[str, Any]]:
    names = ("at", "at_text", "code", "status", "zh", "en", "note", "office", "episode")
    return [
        {name: getattr(row, name) for name in names}
        | {"received_at": received.get(row.digest)}
        | {"marks": [*row.marks, *([FUTURE] if row.digest in future else [])]}
        for row in state.history
    ]


def _plain(contradiction: Contradiction) -> dict[str, Any]:
    return {
        "code": contradiction.code,
        "detail": contradiction.detail,
        "undecidable": contradiction.undecidable,
        "events": list(contradiction.digests),
    }
