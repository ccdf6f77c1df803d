"""Sets of events: what arrives twice is one, and instants are numbers.

Events of clearance and of approvals are kept as they came; a state is computed from the set of them. Here are the parts
that do not depend on what the events are about.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
NO_INSTANT = np.iinfo(np.int64).max


class Event(Protocol):
    """What has an instant, None where none is known, and a digest of its content."""

    @property
    def at(self) -> dt.datetime | None:
        """With a time zone."""
        ...

    @property
    def digest(self) -> str:
        """The same for events that say the same."""
        ...


SomeEvent = TypeVar("SomeEvent", bound=Event)


@dataclasses.dataclass(frozen=True, slots=True)
class EventSet(Generic[SomeEvent]):
    """The different events of groups, in no order that means anything.

    events, digests : one an event; group : shape (n,); n_duplicates : left out of each group, shape (n_groups,)
    """

    events: tuple[SomeEvent, ...]
    digests: tuple[str, ...]
    group: Integers
    n_duplicates: Integers

    def instants(self) -> Integers:
        """Microseconds from 1970 in UTC, ``NO_INSTANT`` for none; raises ValueError for one without a time zone."""
        return np.fromiter((_microseconds(event) for event in self.events), dtype=np.int64, count=len(self.events))


def event_set(events: Sequence[SomeEvent], ids: npt.ArrayLike, until: dt.datetime | None = None) -> EventSet[SomeEvent]:
    """Each different event of a group once.

    ids : shape (n,), the group of each, from 0 without a gap
    until : leaves out what is later and what has no instant
    raises : ValueError for an instant without a time zone
    """
    if until is not None and until.tzinfo is None:
        raise ValueError(f"until is {until}, without a time zone")
    groups = np.asarray(ids, dtype=np.int64)
    found: dict[tuple[int, str], SomeEvent] = {}
    repeats: Counter[int] = Counter()
    for event, index in zip(events, groups.tolist(), strict=True):
        if until is None or (event.at is not None and event.at <= until):
            key = (index, event.digest)
            if key in found:
                repeats[index] += 1
            else:
                found[key] = event
    duplicates = np.zeros(int(groups.max()) + 1 if groups.size else 0, dtype=np.int64)
    for index, count in repeats.items():
        duplicates[index] = count
    numbers = np.array([index for index, _ in found], dtype=np.int64)
    return EventSet(tuple(found.values()), tuple(digest for _, digest in found), numbers, duplicates)


def datetimes(microseconds: Integers) -> npt.NDArray[np.datetime64]:
    """Instants as datetime64[us], NaT for ``NO_INSTANT``."""
    found = microseconds.astype("datetime64[us]")
    found[microseconds == NO_INSTANT] = np.datetime64("NaT")
    return found


def instant(value: np.datetime64) -> dt.datetime | None:
    """One of ``datetimes`` with its zone, None for NaT."""
    return None if np.isnat(value) else EPOCH + dt.timedelta(microseconds=int(value.astype(np.int64)))


def fields_as_json(value: Any) -> dict[str, Any]:
    """The fields of a dataclass as values that JSON can hold: days and instants as ISO 8601, instants in UTC."""
    return {field.name: _json(getattr(value, field.name)) for field in dataclasses.fields(value)}


def _json(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        return fields_as_json(value)
    if isinstance(value, Mapping):
        return {key: _json(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_json(one) for one in value]
    return value


def _microseconds(event: Event) -> int:
    if event.at is None:
        return int(NO_INSTANT)
    if event.at.tzinfo is None:
        raise ValueError(f"the instant {event.at} of an event has no time zone")
    return (event.at - EPOCH) // MICROSECOND
