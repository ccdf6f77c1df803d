"""Events of cases in the event store, by the source that sent them, and the rows that were refused.

A case is its number and its source, for two offices may use one number. What is stored under a source is a set: an
event that says the same as a stored one is known, so an import that broke off is simply started again.

A case is the record of an office, which has to keep it: a firm's withdrawal from matching neither blanks its cases nor
refuses new events of them. Like the messages of customs, an event is stored as its bytes, which name no firm in plain
text, and what is said about it is read from them again.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from data.approvals.records import EVENT_KINDS, ApprovalEvent
from data.events import Event, EventConflictError, EventStore, StoredEvent
from data.ingest.case_logs.read import Quarantined, shown
from data.ingest.case_logs.rows import key_fault
from serving.approvals.retractions import RETRACTIONS, Retraction, add_retraction, retracted_at, retractions

EVENTS, QUARANTINE, SOURCES = "approvals.event", "approvals.quarantine", "approvals.source"
AT_ONCE = 2_000  # events of one transaction: another writer waits no longer than for these
MOST_IN_SOURCE = 64
_MEMBERS = ("case_number", "kind", "at_text", "item", "office", "activity", "officer")


@dataclass(frozen=True, slots=True)
class Received:
    """What became of events; ``new + known + sum(refused.values())`` is their number.

    known : stored before, or twice among these; refused : by reason, a key of ``sentences_logs.csv`` without
    ``refused.``; quarantined : refused rows that were not in the store before
    """

    new: int
    known: int
    refused: Mapping[str, int]
    quarantined: int

    def __add__(self, other: Received) -> Received:
        return Received(
            self.new + other.new,
            self.known + other.known,
            Counter(self.refused) + Counter(other.refused),
            self.quarantined + other.quarantined,
        )


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """A stored event; a case is (``source``, ``event.case_number``)."""

    sequence: int
    source: str
    received_at: dt.datetime
    event: ApprovalEvent


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A stored row that is no event; ``row`` : Quarantined as the reader found it."""

    sequence: int
    source: str
    received_at: dt.datetime
    row: Quarantined = field(repr=False)


class CaseStore:
    """The cases of one event store. What was retracted is in no answer about its cases, see ``retractions.py``."""

    def __init__(self, store: EventStore) -> None:
        self.store = store

    def receive(
        self,
        events: Sequence[ApprovalEvent],
        source: str,
        at: dt.datetime,
        quarantine: Iterable[Quarantined] = (),
        each: Callable[[int], None] = lambda _: None,
    ) -> Received:
        """Store events and refused rows of a source: ``AT_ONCE`` of them all or none, then the next.

        An event that cannot be stored, see ``event_fault``, is kept in quarantine under its number among ``events``.

        at : of the arrival, with a zone; each : called with the number of events done so far
        raises : ValueError for an empty or long source, EventStoreError
        """
        if not source or len(source) > MOST_IN_SOURCE or "|" in source or not source.isprintable():
            raise ValueError(f"source {source!r}; allowed: 1 to {MOST_IN_SOURCE} characters, none of them |")
        self._append([Event(SOURCES, source, "", at, {})])
        found = Received(0, 0, {}, self._refuse(list(quarantine), source, at))
        for first in range(0, len(events), AT_ONCE):
            part = events[first : first + AT_ONCE]
            found += self._store(part, source, at, first)
            each(first + len(part))
        return found

    def retract(self, source: str, at: dt.datetime, by: str, reason: str) -> tuple[Retraction, int]:
        """Let every event that a source has sent so far count no more; what was made, and how many events it is.

        raises : ValueError where no event of the source counts, or nobody or no reason is named; EventStoreError
        """
        upto = self.newest()
        count = sum(one.source == source and one.sequence <= upto for one in self.events())
        if not count:
            raise ValueError(
                f"no event of source {source!r} counts; allowed: {', '.join(self.sources()) or 'none yet'}"
            )
        made = Retraction(source, upto, at, by, reason)
        add_retraction(self.store, made)
        return made, count

    def newest_retraction(self) -> int:
        """The sequence of the latest retraction, 0 where there is none."""
        return self.store.last(RETRACTIONS)

    def of_case(self, number: str, source: str | None = None, known_at: dt.datetime | None = None) -> list[KeptEvent]:
        """Events of the cases with this number, of one source or of every one, in the order of their arrival.

        known_at : those that had arrived then and were not retracted yet
        """
        sources = self.sources() if source is None else [source]
        rows = self.store.with_keys(EVENTS, [_key(one, number) for one in sources])
        return list(self._counting(rows, known_at))

    def newest(self) -> int:
        """The sequence of the event that arrived last, 0 where there is none."""
        return self.store.last(EVENTS)

    def events(self, after: int = 0) -> Iterator[KeptEvent]:
        """Every event behind a sequence, in the order of their arrival, read page by page."""
        return self._counting(self.store.read(EVENTS, after))

    def quarantined(self, after: int = 0) -> Iterator[RefusedRow]:
        """Refused rows behind a sequence, in the order of their arrival."""
        for row in self.store.read(QUARANTINE, after):
            if row.payload:
                source, content = _opened(row)
                yield RefusedRow(row.sequence, source, row.at, Quarantined(**content))

    def sources(self) -> list[str]:
        """Every source that sent anything, in the order of its first arrival."""
        return [row.event_id for row in self.store.read(SOURCES)]

    def _counting(self, rows: Iterable[StoredEvent], known_at: dt.datetime | None = None) -> Iterator[KeptEvent]:
        """Those that are not retracted; known_at : that had arrived then, and were not yet."""
        every = retractions(self.store)
        for row in rows:
            if row.payload and (known_at is None or row.at <= known_at):
                since = retracted_at(every, row.payload["source"], row.sequence)
                if since is None or (known_at is not None and since > known_at):
                    yield _kept(row)

    def _store(self, events: Sequence[ApprovalEvent], source: str, at: dt.datetime, before: int) -> Received:
        """One transaction; ``before`` : events of the same call in front of these."""
        faults = {number: fault for number, event in enumerate(events) if (fault := event_fault(event))}
        numbers = [number for number in range(len(events)) if number not in faults]
        made = [
            Event(
                EVENTS,
                f"{source}:{event.digest}",
                "",
                at,
                _payload(source, _content(event)),
                (_key(source, event.case_number),),
            )
            for event in (events[number] for number in numbers)
        ]
        new, other = self._append(made)
        faults |= {numbers[one]: "other_instant" for one in other}
        refused = [
            Quarantined(before + number + 1, 0, fault, _shown(events[number])) for number, fault in faults.items()
        ]
        kept = len(events) - len(faults)
        return Received(new, kept - new, Counter(faults.values()), self._refuse(refused, source, at))

    def _refuse(self, rows: Sequence[Quarantined], source: str, at: dt.datetime) -> int:
        """Store refused rows; returns how many were not there. Equal ones of one call get a number each."""
        again: Counter[str] = Counter()
        made = []
        for row in rows:
            content = json.dumps([source, row.reason, sorted(row.values.items())], ensure_ascii=False)
            again[content] += 1
            event_id = hashlib.sha256(f"{again[content]}:{content}".encode("utf-8", "surrogatepass")).hexdigest()
            made.append(Event(QUARANTINE, event_id, "", at, _payload(source, asdict(row))))
        return sum(self._append(made[first : first + AT_ONCE])[0] for first in range(0, len(made), AT_ONCE))

    def _append(self, events: Sequence[Event]) -> tuple[int, list[int]]:
        """Store the events of one stream that are new, all or none: the first of each identifier.

        returns : how many are new, and the numbers of those that were there before with another content
        """
        once: dict[str, Event] = {}
        for event in events:
            once.setdefault(event.event_id, event)
        while True:
            stored = self.store.get_all(events[0].stream, list(once)) if events else {}
            try:
                new = self.store.append_all([event for name, event in once.items() if name not in stored])
                break
            except EventConflictError:
                continue  # another process stored one in this moment
        payloads = {name: stored[name].payload if name in stored else event.payload for name, event in once.items()}
        other = [
            number
            for number, event in enumerate(events)
            if payloads[event.event_id] is not None and payloads[event.event_id] != event.payload
        ]
        return new, other


def event_fault(event: ApprovalEvent) -> str:
    """Why an event cannot be stored, "" for nothing: a key of ``sentences_logs.csv`` without ``refused.``."""
    if event.kind not in EVENT_KINDS:
        return "unknown_kind"
    if event.at is not None and event.at.tzinfo is None:
        return "no_zone"
    name = event.activity or ("" if event.kind == "step" else event.kind)
    texts = [event.at_text, event.officer, *event.values.values()]
    return key_fault(event.case_number, name, texts, [event.item, event.office, *event.values])


def _key(source: str, number: str) -> str:
    return f"{source}|{number}"


def _payload(source: str, content: Mapping[str, Any]) -> dict[str, str]:
    raw = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {"source": source, "raw": base64.b64encode(raw.encode("utf-8", "surrogatepass")).decode("ascii")}


def _opened(row: StoredEvent) -> tuple[str, dict[str, Any]]:
    payload = row.payload or {}
    return payload["source"], json.loads(base64.b64decode(payload["raw"]))


def _content(event: ApprovalEvent) -> dict[str, Any]:
    """Members of an event; those without content are left out."""
    at = None if event.at is None else event.at.astimezone(dt.UTC).isoformat()
    full = {name: getattr(event, name) for name in _MEMBERS} | {"at": at, "values": dict(event.values)}
    return {name: value for name, value in full.items() if value}


def _kept(row: StoredEvent) -> KeptEvent:
    source, content = _opened(row)
    at = content.pop("at", None)
    members = dict.fromkeys(_MEMBERS, "") | content
    instant = None if at is None else dt.datetime.fromisoformat(at)
    return KeptEvent(row.sequence, source, row.at, ApprovalEvent(at=instant, **members))


def _shown(event: ApprovalEvent) -> dict[str, str]:
    members = {name: str(getattr(event, name)) for name in _MEMBERS} | dict(event.values)
    return shown({name: text for name, text in members.items() if text})
