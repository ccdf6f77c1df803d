"""Episodes of declarations: which there are, and what each has reached.

An episode is one attempt to clear: from declaring to completion, return or withdrawal. A new one begins with the first
code that opens one (declared; in some dialects accepted) strictly later than a return or an end. At one instant that
code belongs to what came before with everything else of the instant, unless the return was earlier. Events without a
readable instant belong to the last episode: a return among them is then beside what contradicts it, and is not lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.clearance.dialects import EFFECTS, STAGES
from models.clearance.columns import UNKNOWN_EFFECT, EventColumns, Flags, Integers
from models.event_sets import NO_INSTANT

STAGE, DETOUR, RETURN, END, EXCEPTION, NONE = range(len(EFFECTS))
ACCEPTED, RELEASED, COMPLETED = (STAGES.index(stage) for stage in ("accepted", "released", "completed"))


@dataclass(frozen=True, slots=True)
class Episodes:
    """Rows are episodes in order of declaration and time; instants are microseconds, ``NO_INSTANT`` for none.

    of_event : shape (n,), the episode of each event; group : of each episode; position : from 1 in its declaration
    last : the last of its declaration; top : rank of the status, at most 0 where nothing is known
    top_at : first instant of that status; returned, ended : whether a return, an end is in it
    first_end : instant of the first of either; stage_at, reached : shape (n_episodes, 5)
    gap : shape (n_episodes, 5), stages that a later one implies and no event shows
    """

    of_event: Integers
    group: Integers
    position: Integers
    last: Flags
    top: Integers
    top_at: Integers
    returned: Flags
    ended: Flags
    first_end: Integers
    stage_at: Integers
    reached: Flags
    gap: Flags


def episodes(columns: EventColumns) -> Episodes:
    """Split sorted events into episodes and sum each up."""
    begins = _begins(columns)
    starts = columns.group != np.concatenate(([-1], columns.group[:-1]))
    of_event = np.cumsum(starts | begins) - 1
    first = np.flatnonzero(starts | begins)
    group, n = columns.group[first], len(first)
    last = np.append(group[1:] != group[:-1], True)[:n]
    position = np.arange(n) - np.maximum.accumulate(np.where(starts[first], np.arange(n), 0)) + 1
    timed, effect = columns.at != NO_INSTANT, columns.effect
    ends = (effect == RETURN) | (effect == END)
    top = _largest(n, of_event, columns.rank)
    statuses = np.array(["" if one is None else one.status for one in columns.statuses], dtype=object)
    top_status = np.full(n, "", dtype=object)
    at_top = columns.rank == top[of_event]
    top_status[of_event[at_top]] = statuses[at_top]
    is_status = (statuses == top_status[of_event]) & (columns.rank > 0)
    stage_at = _stage_instants(columns, of_event, n)
    reached = _any(n, of_event, columns.stages)
    return Episodes(
        of_event, group, position, last, top,
        _smallest(n, of_event[is_status], columns.at[is_status]),
        _any(n, of_event, effect == RETURN), _any(n, of_event, effect == END),
        _smallest(n, of_event[ends & timed], columns.at[ends & timed]),
        stage_at, reached,
        _gaps(reached, _any(n, of_event, columns.expected), _any(n, of_event, effect == DETOUR)),
    )  # fmt: skip


def _begins(columns: EventColumns) -> Flags:
    """Whether a new episode begins at an event, the first of its instant."""
    n = len(columns.at)
    if n == 0:
        return np.zeros(0, dtype=np.bool_)
    index = np.arange(n)
    new_group = columns.group != np.concatenate(([-1], columns.group[:-1]))
    new_instant = new_group | (columns.at != np.concatenate(([-1], columns.at[:-1])))
    group_start = np.maximum.accumulate(np.where(new_group, index, 0))
    instant_start = np.maximum.accumulate(np.where(new_instant, index, 0))
    ends = (columns.effect == RETURN) | (columns.effect == END)
    opens = columns.opens & (columns.at != NO_INSTANT)

    def last_before(flags: Flags) -> Integers:
        """Index of the last flagged event of the declaration strictly before this instant, -1 for none."""
        latest = np.concatenate(([-1], np.maximum.accumulate(np.where(flags, index, -1))))[instant_start]
        return np.where(latest >= group_start, latest, -1)

    last_end, last_open = last_before(ends), last_before(opens)
    begins = opens & (last_end >= 0) & ((last_open < 0) | (columns.at[last_end] >= columns.at[last_open]))
    marked = np.zeros(n, dtype=np.bool_)
    marked[instant_start[begins]] = True
    return marked


def _stage_instants(columns: EventColumns, of_event: Integers, n: int) -> Integers:
    """First instant of each stage.

    A stage that not every declaration passes, such as a receipt that also answers an amendment, has its instant only
    where that is not later than every stage after it.
    """
    shape = (n, len(STAGES))
    certain, possible = np.full(shape, NO_INSTANT), np.full(shape, NO_INSTANT)
    for stage in range(len(STAGES)):
        for table, rows in ((certain, columns.certain), (possible, ~columns.certain)):
            shown = columns.stages[:, stage] & rows
            np.minimum.at(table[:, stage], of_event[shown], columns.at[shown])
    found = certain.copy()
    later = np.full(n, NO_INSTANT)
    for stage in reversed(range(len(STAGES))):
        fits = possible[:, stage] <= later
        found[fits, stage] = np.minimum(certain[fits, stage], possible[fits, stage])
        later = np.minimum(later, found[:, stage])
    return found


def _gaps(reached: Flags, expected: Flags, detour: Flags) -> Flags:
    """Stages of the dialect that no event shows although a later stage, or a detour behind acceptance, does."""
    shown = reached.copy()
    implied = np.cumsum(shown[:, ::-1], axis=1)[:, ::-1] > 0
    implied[detour, : ACCEPTED + 1] = True
    gap: Flags = expected & implied & ~reached
    return gap


def _largest(n: int, index: Integers, values: Integers) -> Integers:
    found = np.full(n, -1, dtype=np.int64)
    np.maximum.at(found, index, values)
    return found


def _smallest(n: int, index: Integers, values: Integers) -> Integers:
    found = np.full(n, NO_INSTANT, dtype=np.int64)
    np.minimum.at(found, index, values)
    return found


def _any(n: int, index: Integers, flags: npt.NDArray[np.bool_]) -> Flags:
    found = np.zeros((n, *flags.shape[1:]), dtype=np.bool_)
    np.logical_or.at(found, index, flags)
    return found


__all__ = ["UNKNOWN_EFFECT", "Episodes", "episodes"]
