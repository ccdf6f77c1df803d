"""Contradictions among the events of a declaration: what cannot all be right is flagged, and never settled by a guess.

Undecidable, so that the status of the current episode is ``contradictory``:

- ``released_and_rejected``: one episode holds both;
- ``stage_after_end``: a stage or a detour later than the return or end of its episode, without a new declaring;
- ``two_numbers``: two numbers of one kind that one dialect gives in one episode, unless events of each reach the
  highest rank of the episode.

Flagged beside a status that is known: ``completed_without_release`` (also listed as a gap),
``earlier_than_previous_stage`` (the first instant of a stage before that of an earlier stage: clocks differ),
``two_contents`` (one code at one instant with two notes or two offices).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data.clearance.dialects import STAGES
from models.clearance.columns import OFFICIAL, EventColumns, Flags, Integers
from models.clearance.episodes import COMPLETED, DETOUR, END, RELEASED, RETURN, STAGE, Episodes
from models.clearance.state import Contradiction
from models.event_sets import NO_INSTANT


def contradictions(columns: EventColumns, episodes: Episodes) -> dict[int, tuple[Contradiction, ...]]:
    """The contradictions of each declaration that has any, sorted."""
    found: dict[int, set[Contradiction]] = {}
    for rule in (_released_and_rejected, _stage_after_end, _two_numbers, _completed, _earlier, _two_contents):
        for episode, contradiction in rule(columns, episodes):
            found.setdefault(int(episodes.group[episode]), set()).add(contradiction)
    return {
        group: tuple(sorted(some, key=lambda one: (one.code, one.detail, one.digests))) for group, some in found.items()
    }


Found = Iterator[tuple[int, Contradiction]]


def _make(
    columns: EventColumns, code: str, detail: str, events: Integers, *, undecidable: bool = False
) -> Contradiction:
    return Contradiction(
        code, detail, tuple(sorted({columns.digests[index] for index in events.tolist()})), undecidable
    )


def _events(episodes: Episodes, episode: int, flags: Flags) -> Integers:
    """Index of the flagged events of one episode, which lie side by side."""
    low, high = np.searchsorted(episodes.of_event, (episode, episode + 1))
    found: Integers = np.flatnonzero(flags[low:high]) + low
    return found


def _released_and_rejected(columns: EventColumns, episodes: Episodes) -> Found:
    let_go = episodes.reached[:, RELEASED] | episodes.reached[:, COMPLETED]
    concerned = columns.stages[:, RELEASED] | columns.stages[:, COMPLETED] | (columns.effect == RETURN)
    for episode in np.flatnonzero(let_go & episodes.returned).tolist():
        events = _events(episodes, episode, concerned)
        last = bool(episodes.last[episode])
        yield episode, _make(columns, "released_and_rejected", "released", events, undecidable=last)


def _stage_after_end(columns: EventColumns, episodes: Episodes) -> Found:
    timed = columns.at != NO_INSTANT
    moves = (columns.effect == STAGE) | (columns.effect == DETOUR)
    late = timed & moves & (columns.at > episodes.first_end[episodes.of_event])
    ends = timed & ((columns.effect == RETURN) | (columns.effect == END))
    first = ends & (columns.at == episodes.first_end[episodes.of_event])
    for episode in np.unique(episodes.of_event[late]).tolist():
        events = _events(episodes, episode, late | first)
        last = bool(episodes.last[episode])
        yield episode, _make(columns, "stage_after_end", "", events, undecidable=last)


def _completed(columns: EventColumns, episodes: Episodes) -> Found:
    missing = episodes.reached[:, COMPLETED] & ~episodes.reached[:, RELEASED]
    for episode in np.flatnonzero(missing).tolist():
        events = _events(episodes, episode, columns.stages[:, COMPLETED])
        yield episode, _make(columns, "completed_without_release", "released", events)


def _earlier(columns: EventColumns, episodes: Episodes) -> Found:
    known = episodes.stage_at != NO_INSTANT
    before = np.maximum.accumulate(np.where(known, episodes.stage_at, -1), axis=1)
    wrong = known.copy()
    wrong[:, 0] = False
    wrong[:, 1:] &= episodes.stage_at[:, 1:] < before[:, :-1]
    for episode, stage in np.argwhere(wrong).tolist():
        earlier = int(np.argmax(np.where(known[episode, :stage], episodes.stage_at[episode, :stage], -1)))
        low, high = np.searchsorted(episodes.of_event, (episode, episode + 1))
        at, stages = columns.at[low:high], columns.stages[low:high]
        concerned = [stages[:, one] & (at == episodes.stage_at[episode, one]) for one in (earlier, stage)]
        events = np.flatnonzero(concerned[0] | concerned[1]) + low
        yield episode, _make(columns, "earlier_than_previous_stage", STAGES[stage], events)


def _two_numbers(columns: EventColumns, episodes: Episodes) -> Found:
    if not len(columns.number):
        return
    episode, kind = episodes.of_event[columns.number_event], columns.number_kind
    order = np.lexsort((columns.number, kind, episode))
    same = (np.diff(episode[order]) == 0) & (np.diff(kind[order]) == 0)
    clusters = np.concatenate(([0], np.cumsum(~same)))
    for cluster in np.unique(clusters[1:][same & (np.diff(columns.number[order]) != 0)]).tolist():
        low, high = np.searchsorted(clusters, (cluster, cluster + 1))
        named = order[low:high]
        one, of_kind = int(episode[named[0]]), int(kind[named[0]])
        events, numbers = columns.number_event[named], columns.number[named]
        at_top = columns.rank[events] == episodes.top[one]
        undecided = bool(episodes.last[one]) and set(numbers.tolist()) != set(numbers[at_top].tolist())
        yield one, _make(columns, "two_numbers", OFFICIAL[of_kind % len(OFFICIAL)], events, undecidable=undecided)


def _two_contents(columns: EventColumns, episodes: Episodes) -> Found:
    timed = np.flatnonzero(columns.at != NO_INSTANT)
    order = timed[np.lexsort((columns.content[timed], columns.code[timed], columns.at[timed], columns.group[timed]))]
    same = (
        (np.diff(columns.group[order]) == 0) & (np.diff(columns.at[order]) == 0) & (np.diff(columns.code[order]) == 0)
    )
    clusters = np.concatenate(([0], np.cumsum(~same))) if len(order) else np.zeros(0, dtype=np.int64)
    for cluster in np.unique(clusters[1:][same & (np.diff(columns.content[order]) != 0)]).tolist():
        low, high = np.searchsorted(clusters, (cluster, cluster + 1))
        events = order[low:high]
        code = columns.events[events[0]].code.strip()
        yield int(episodes.of_event[events[0]]), _make(columns, "two_contents", code, events)
