"""The state of a declaration: a fold over the set of its events, by what they say and not by when they came.

``fold`` is a function of the set of events, where two with the same ``CaseEvent.digest`` are one: any order of arrival
and any number of duplicates give the same state, and an event that comes late changes it as if it had come in time.
The rules:

1. A code has a rank (``data/clearance/dialects.py``); the status of an episode is that of its highest rank. Equal
   instants are normal: release and completion often share a second, with the sequence of the messages reversed.
2. A declaration that is declared again after a return or an end begins a new episode
   (``models/clearance/episodes.py``); status and stages are those of the last one, the rest stays in the history.
3. Detours (tax, documents, inspection, detention) have ranks between acceptance and release. Exceptions are listed and
   lower nothing; they are the status only where nothing else is known. An unknown code is shown and concludes nothing.
4. Events without a readable instant count for the status and never for a time.
5. What contradicts itself is flagged, and where that leaves the status undecidable, it is ``contradictory``
   (``models/clearance/contradictions.py``).

One implementation serves one declaration and many: ``fold`` is ``fold_table`` of one group.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.clearance.dialects import STAGES, Dialects
from data.clearance.dialects import dialects as known_dialects
from data.clearance.records import CaseEvent
from models.clearance.columns import EventColumns, Flags, Integers, event_columns
from models.clearance.contradictions import contradictions
from models.clearance.episodes import EXCEPTION, Episodes, episodes
from models.clearance.state import CONTRADICTORY, UNKNOWN, ClearanceState, Contradiction, HistoryRow
from models.event_sets import NO_INSTANT, datetimes, instant

STAGE_COLUMNS = tuple(f"{stage}_at" for stage in STAGES)


@dataclass(frozen=True)
class FoldTable:
    """The states of many declarations, one value a declaration in each array of shape (n_groups,).

    clearance_status : as of ``ClearanceState``, objects; status_at and the stages : datetime64[us] in UTC, NaT for none
    ``state`` gives everything about one declaration, ``frame`` a table of these columns
    """

    clearance_status: npt.NDArray[np.object_]
    dialect: npt.NDArray[np.object_]
    status_at: npt.NDArray[np.datetime64]
    stages: npt.NDArray[np.datetime64]
    episode: Integers
    inspected: Flags
    rejected: Flags
    n_events: Integers
    n_duplicates: Integers
    n_untimed: Integers
    contradictions: dict[int, tuple[Contradiction, ...]]
    gaps: tuple[tuple[str, ...], ...]
    columns: EventColumns = field(repr=False)
    episodes: Episodes = field(repr=False)

    def __len__(self) -> int:
        return len(self.clearance_status)

    def frame(self) -> pd.DataFrame:
        """One row a declaration in the order of the groups; contradictions and gaps joined by ";"."""
        table: dict[str, Any] = {
            "clearance_status": self.clearance_status, "dialect": self.dialect,
            "status_at": pd.DatetimeIndex(self.status_at).tz_localize("UTC"),
        }  # fmt: skip
        for position, name in enumerate(STAGE_COLUMNS):
            table[name] = pd.DatetimeIndex(self.stages[:, position]).tz_localize("UTC")
        for name in ("episode", "inspected", "rejected", "n_events", "n_duplicates", "n_untimed"):
            table[name] = getattr(self, name)
        codes = [sorted({one.code for one in self.contradictions.get(index, ())}) for index in range(len(self))]
        table["contradictions"] = [";".join(some) for some in codes]
        table["gaps"] = [";".join(some) for some in self.gaps]
        return pd.DataFrame(table)

    def state(self, index: int) -> ClearanceState:
        """The state of one declaration."""
        low, high = np.searchsorted(self.columns.group, (index, index + 1)).tolist()
        events = self.columns.events[low:high]
        found = self.contradictions.get(index, ())
        declared, accepted, examined, released, completed = (instant(one) for one in self.stages[index])
        marks: dict[str, set[str]] = {}
        for one in found:
            for digest in one.digests:
                marks.setdefault(digest, set()).add(one.code)
        exceptions = {
            self.columns.events[row].code.strip() for row in range(low, high) if self.columns.effect[row] == EXCEPTION
        }
        unknown = {
            f"{event.dialect}:{event.code.strip()}"
            for event, status in zip(events, self.columns.statuses[low:high], strict=True)
            if status is None
        }
        return ClearanceState(
            tuple(sorted({key for event in events for key in event.keys})),
            str(self.dialect[index]),
            str(self.clearance_status[index]),
            instant(self.status_at[index]),
            declared,
            accepted,
            examined,
            released,
            completed,
            int(self.episode[index]),
            bool(self.inspected[index]),
            bool(self.rejected[index]),
            tuple(sorted(exceptions)),
            self.gaps[index],
            tuple(sorted(unknown)),
            found,
            tuple(self._row(row, marks.get(self.columns.digests[row], ())) for row in range(low, high)),
            int(self.n_events[index]),
            int(self.n_duplicates[index]),
            int(self.n_untimed[index]),
        )

    def _row(self, row: int, found: Iterable[str]) -> HistoryRow:
        event, status, digest = self.columns.events[row], self.columns.statuses[row], self.columns.digests[row]
        marks = set(found)
        if status is None:
            marks.add("unknown_code")
        if event.at is None:
            marks.add("no_instant")
        return HistoryRow(
            digest,
            int(self.episodes.position[self.episodes.of_event[row]]),
            event.dialect,
            event.code.strip(),
            "" if status is None else status.status,
            "unknown" if status is None else status.effect,
            "" if status is None else status.zh,
            "" if status is None else status.en,
            None if event.at is None else event.at.astimezone(dt.UTC),
            event.at_text,
            event.note,
            event.office,
            tuple(sorted(event.keys)),
            tuple(sorted(event.values.items())),
            tuple(sorted(marks)),
        )


def fold(
    events: Iterable[CaseEvent], *, until: dt.datetime | None = None, dialects: Dialects | None = None
) -> ClearanceState:
    """The state that a set of events of one declaration gives.

    until : only what happened until then, by the instant that the messages name; what has no instant is left out
    raises : ValueError without any event, or for an instant without a time zone
    """
    given = list(events)
    if not given:
        raise ValueError("a state is folded from at least one event")
    return fold_table(given, np.zeros(len(given), dtype=np.int64), until=until, dialects=dialects).state(0)


def fold_table(
    events: Sequence[CaseEvent],
    ids: npt.ArrayLike,
    *,
    until: dt.datetime | None = None,
    dialects: Dialects | None = None,
) -> FoldTable:
    """The states of many declarations at once.

    ids : shape (n,), the declaration of each event, from 0 without a gap, as ``group_ids`` gives them
    until, raises : as of ``fold``
    """
    columns = event_columns(events, ids, dialects or known_dialects(), until)
    parts = episodes(columns)
    found = contradictions(columns, parts)
    n = len(columns.n_events)
    current = np.flatnonzero(parts.last)
    group = parts.group[current]
    undecidable = [index for index, some in found.items() if any(one.undecidable for one in some)]

    status, dialect = np.full(n, UNKNOWN, dtype=object), np.full(n, "", dtype=object)
    status_at = np.full(n, NO_INSTANT)
    is_top = parts.last[parts.of_event] & (columns.rank == parts.top[parts.of_event])
    for row in np.flatnonzero(is_top)[::-1].tolist():  # the first of a declaration is written last
        known = columns.statuses[row]
        dialect[columns.group[row]] = columns.events[row].dialect
        if known is not None and known.status:
            status[columns.group[row]] = known.status
    is_known = parts.top[current] > 0
    status_at[group[is_known]] = parts.top_at[current[is_known]]
    status[undecidable], status_at[undecidable] = CONTRADICTORY, NO_INSTANT

    stages = np.full((n, len(STAGES)), NO_INSTANT)
    stages[group] = parts.stage_at[current]
    episode = np.zeros(n, dtype=np.int64)
    episode[group] = parts.position[current]
    gaps: list[tuple[str, ...]] = [()] * n
    for index, row in zip(group.tolist(), current.tolist(), strict=True):
        if parts.gap[row].any():
            gaps[index] = tuple(stage for stage, missing in zip(STAGES, parts.gap[row], strict=True) if missing)
    inspected, rejected = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    rejected[parts.group[parts.returned]] = True
    inspected[columns.group[[one is not None and one.status == "inspection" for one in columns.statuses]]] = True
    return FoldTable(
        status, dialect, datetimes(status_at), datetimes(stages), episode, inspected, rejected, columns.n_events,
        columns.n_duplicates, columns.n_untimed, found, tuple(gaps), columns, parts,
    )  # fmt: skip
