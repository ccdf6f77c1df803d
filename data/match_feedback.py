"""Feedback of matching as events: lists that were shown, clicks on them, and what came of the firms.

Serving writes these events and training reads them as one table; each shown firm is an event of its own about that
firm, so that a firm which withdraws takes exactly its rows away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
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
    """One line of a list; rank from 1; propensity : with which the list showed this firm here, 1 without chance.

    demand_id : of the demand that the firm was shown for, or that was shown to the firm; None for one not on file
    """

    enterprise_id: str
    rank: int
    probability: float
    propensity: float = 1.0
    demand_id: str | None = None


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
            {**about, **{name: value for name, value in asdict(one).items() if name != "enterprise_id"}},
        )
        for one in shown
    ]
    first = Event(QUERIES, query_id, asker, at, {**about, "caller": caller, "count": len(shown), **(query or {})})
    return [first, *lines]


def click_event(
    click_id: str, query_id: str, enterprise_id: str, at: dt.datetime, demand_id: str | None = None
) -> Event:
    """Somebody opened this line of this list."""
    return Event(CLICKS, click_id, enterprise_id, at, {"query_id": query_id, "demand_id": demand_id})


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
    """One row for each line that was shown in each list; lines about firms that withdrew are not there.

    Columns: query_id, enterprise_id, demand_id, at, rank, probability, propensity, model_version, encoder_version,
    index_version, clicks (count), has_outcome, the STEPS (a step that happened in any record happened) and reason_not
    (of the latest record that names one). A record that names no demand is about every line of its firm in its list;
    one about a firm or demand that its list did not show is left out.
    """
    lines = [_line(one) for one in store.read(SHOWN) if one.payload is not None]
    names = ("query_id", "enterprise_id", "demand_id", "at", "rank", "probability", "propensity")
    table = pd.DataFrame(lines, columns=[*names, "model_version", "encoder_version", "index_version"])
    clicks: dict[_Key, int] = {}
    for key, _ in _about(store, CLICKS):
        clicks[key] = clicks.get(key, 0) + 1
    records: dict[_Key, list[StoredEvent]] = {}
    for key, one in _about(store, OUTCOMES):
        records.setdefault(key, []).append(one)
    keys = [_keys_of(line) for line in lines]
    table["clicks"] = [sum(clicks.get(key, 0) for key in of_line) for of_line in keys]
    states = [_folded([one for key in of_line for one in records.get(key, [])]) for of_line in keys]
    for name in ("has_outcome", *STEPS):
        table[name] = [bool(state.get(name)) for state in states]
    table["reason_not"] = pd.Series([state.get("reason_not") for state in states], dtype=object)
    return table


_Key = tuple[str | None, str, str | None]  # list, firm and demand


def _about(store: EventStore, stream: str) -> Iterator[tuple[_Key, StoredEvent]]:
    for one in store.read(stream):
        if one.payload is not None and one.subject:
            yield (one.payload["query_id"], one.subject, one.payload.get("demand_id")), one


def _keys_of(line: Mapping[str, Any]) -> list[_Key]:
    query, firm, demand = line["query_id"], line["enterprise_id"], line.get("demand_id")
    return [(query, firm, name) for name in dict.fromkeys((demand, None))]


def _folded(records: Sequence[StoredEvent]) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for one in sorted(records, key=lambda event: event.at):
        payload = one.payload or {}
        state |= {"has_outcome": True, **{name: state.get(name, False) or payload[name] for name in STEPS}}
        state["reason_not"] = payload["reason_not"] or state.get("reason_not")
    return state


def _line(event: StoredEvent) -> dict[str, Any]:
    return {**(event.payload or {}), "enterprise_id": event.subject, "at": event.at}
