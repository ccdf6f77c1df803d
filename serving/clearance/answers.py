"""A declaration's state and a kept message as they are answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from models.clearance.fold import STAGES, ClearanceState
from models.clearance.timeline import status_text
from serving.clearance.service import Seen
from serving.clearance.store import Received


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


def declaration_answer(
    seen: Seen, forecast: Sequence[dict[str, Any]], known_at: dt.datetime, until: dt.datetime | None
) -> dict[str, Any]:
    """The state with its timeline; of a declaration of which nothing happened yet the status is ``unknown``."""
    state, received = seen.state, seen.received()
    status = "unknown" if state is None else state.clearance_status
    zh, en = status_text(status)
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
        "timeline": [] if state is None else _rows(state, received),
        "contradictions": [] if state is None else [_plain(one) for one in state.contradictions],
        "gaps": [] if state is None else list(state.gaps),
        "unknown_codes": [] if state is None else list(state.unknown_codes),
        "forecast": list(forecast),
        "count_of_messages": len(seen.kept) + len(seen.posted),
        "count_of_duplicates": 0 if state is None else state.n_duplicates,
        "known_at": known_at,
        "until": until,
        "simulated": seen.simulated,
    }


def _numbers(seen: Seen) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for kept in seen.kept or seen.posted:
        for kind, number in kept.message.keys:
            found.setdefault(kind, set()).add(number)
    return {kind: sorted(numbers) for kind, numbers in sorted(found.items())}


def _rows(state: ClearanceState, received: dict[str, dt.datetime]) -> list[dict[str, Any]]:
    names = ("at", "at_text", "code", "status", "zh", "en", "note", "office", "episode")
    return [
        {name: getattr(row, name) for name in names}
        | {"received_at": received.get(row.digest), "marks": list(row.marks)}
        for row in state.history
    ]


def _plain(contradiction: Any) -> dict[str, Any]:
    return {
        "code": contradiction.code,
        "detail": contradiction.detail,
        "undecidable": contradiction.undecidable,
        "events": list(contradiction.digests),
    }
