"""Feedback of matching as events: lists that were shown, clicks on them, and what came of the firms.

Serving writes these events and training reads them as one table; each shown firm is an event of its own about that
firm, so that a firm which withdraws takes exactly its rows away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from data.events import Event, EventStore, StoredEvent
from data.matching import ReasonNot

QUERIES, SHOWN, CLICKS, OUTCOMES = "match.query", "match.shown", "match.click", "match.outcome"
STREAMS = (QUERIES, SHOWN, CLICKS, OUTCOMES)
STEPS = ("invited", "accepted", "met", "kept", "second_meeting", "solved", "signed")


@dataclass(frozen=True, slots=True)
class Versions:
    """What made a list: the model, the encoder's digest, the library's digest."""

    model: str
    encoder: str
    index: str


@dataclass(frozen=True, slots=True)
class ShownFirm:
    """One line of a list; rank from 1; propensity : with which the list showed this firm here, 1 without chance."""

    enterprise_id: str
    rank: int
    probability: float
    propensity: float = 1.0


def list_events(
    query_id: str,
    at: dt.datetime,
    versions: Versions,
    shown: Sequence[ShownFirm],
    *,
    asker: str = "",
    caller: str = "",
    query: Mapping[str, Any] | None = None,
) -> list[Event]:
    """The events of one list: its query (also where nothing was shown), then each firm shown.

    asker : the firm whose demand it is, "" where unknown; caller : who asked the service
    query : what was searched for, such as its demand_id or its text, and whether the answer abstained
    """
    about = {"query_id": query_id, **{f"{name}_version": value for name, value in asdict(versions).items()}}
    lines = [
        Event(
            SHOWN,
            f"{query_id}:{one.rank}",
            one.enterprise_id,
            at,
            {**about, "rank": one.rank, "probability": one.probability, "propensity": one.propensity},
        )
        for one in shown
    ]
    first = Event(QUERIES, query_id, asker, at, {**about, "caller": caller, "count": len(shown), **(query or {})})
    return [first, *lines]


def click_event(click_id: str, query_id: str, enterprise_id: str, at: dt.datetime) -> Event:
    """Somebody opened this firm in this list."""
    return Event(CLICKS, click_id, enterprise_id, at, {"query_id": query_id})


def outcome_event(
    outcome_id: str,
    query_id: str | None,
    enterprise_id: str,
    at: dt.datetime,
    steps: Mapping[str, bool],
    reason_not: ReasonNot | None = None,
    **beside: str | None,
) -> Event:
    """What came of a firm: which of STEPS happened so far, and why not, if known.

    beside : demand_id and event_id, if there are
    raises : ValueError for a step that is none of STEPS
    """
    unknown = sorted(set(steps) - set(STEPS))
    if unknown:
        raise ValueError(f"unknown steps {unknown}; allowed: {list(STEPS)}")
    happened = {name: bool(steps.get(name, False)) for name in STEPS}
    payload = {"query_id": query_id, **happened, "reason_not": reason_not, **beside}
    return Event(OUTCOMES, outcome_id, enterprise_id, at, payload)


def feedback_table(store: EventStore) -> pd.DataFrame:
    """One row for each firm that was shown in each list; rows of firms that withdrew are not there.

    Columns: query_id, enterprise_id, at, rank, probability, propensity, model_version, encoder_version,
    index_version, clicks (count), has_outcome, the STEPS (a step that happened in any record happened) and reason_not
    (of the latest record that names one). Clicks and outcomes of a firm that its list did not show are left out.
    """
    shown = [_line(one) for one in store.read(SHOWN) if one.payload is not None]
    names = ("query_id", "enterprise_id", "at", "rank", "probability", "propensity")
    versions = ("model_version", "encoder_version", "index_version")
    table = pd.DataFrame(shown, columns=[*names, *versions])
    keys = list(zip(table["query_id"], table["enterprise_id"], strict=True))
    clicks: dict[tuple[str, str], int] = {}
    for one in store.read(CLICKS):
        if one.payload is not None and one.subject:
            key = (one.payload["query_id"], one.subject)
            clicks[key] = clicks.get(key, 0) + 1
    folded: dict[tuple[str, str], dict[str, Any]] = {}
    for one in sorted(store.read(OUTCOMES), key=lambda event: event.at):
        if one.payload is not None and one.subject:
            state = folded.setdefault((one.payload["query_id"], one.subject), dict.fromkeys(STEPS, False))
            state |= {name: state[name] or one.payload[name] for name in STEPS}
            state["reason_not"] = one.payload["reason_not"] or state.get("reason_not")
    table["clicks"] = [clicks.get(key, 0) for key in keys]
    table["has_outcome"] = [key in folded for key in keys]
    for name in STEPS:
        table[name] = [folded[key][name] if key in folded else False for key in keys]
    table["reason_not"] = pd.Series(
        [folded[key]["reason_not"] if key in folded else None for key in keys], dtype=object
    )
    return table


def _line(event: StoredEvent) -> dict[str, Any]:
    return {**(event.payload or {}), "enterprise_id": event.subject, "at": event.at}
