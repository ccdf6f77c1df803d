"""Stretches of time that one kind of event begins and another ends, such as a clock that is suspended and resumed.

Events of one instant have no order, and those of a day of which one says only the day have none either. Where a
beginning and an end share such a moment, the stretch lasts over it only where both its neighbours need that: one began
before, and the next is an end. Of all orders that the instants allow, this is the one with the fewest events that
begin what lasts or end what does not; of several such, and where nothing follows, the one with the shortest stretches,
so that what is not known never lengthens what is left out of a clock. How many of each a moment has does not matter:
one that was recorded twice, in other words, is still one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.approvals.columns import NEVER, Flags, Integers


@dataclass(frozen=True, slots=True)
class Stretches:
    """Stretches in the order of case, key and beginning; positions are of the events that were given.

    case, from_at, to_at : shape (m,), microseconds, to_at ``NEVER`` while it lasts
    first : shape (m,), an event that began it
    repeated : events that begin what has begun; alone : that end what has not; unordered : that share a moment with
        their opposite while nothing that follows decides between them
    """

    case: Integers
    from_at: Integers
    to_at: Integers
    first: Integers
    repeated: Integers
    alone: Integers
    unordered: Integers


def stretches(
    case: Integers, key: Integers, at: Integers, day: Integers, whole_day: Flags, begins: Flags, preferred: Flags
) -> Stretches:
    """Pair events with instants; all arrays of shape (n,), in any order.

    key : stretches of different keys are apart; whole_day : the instant says only the day
    begins : begins a stretch, else ends one; preferred : named as ``first`` before another of the same moment
    """
    if not len(case):
        none = np.zeros(0, dtype=np.int64)
        return Stretches(none, none, none, none, none, none, none)
    moment, segment = _moments(case, key, at, day, whole_day)
    n = int(moment.max()) + 1
    has_begin, has_end = (np.bincount(moment[rows], minlength=n) > 0 for rows in (begins, ~begins))
    of_segment = np.zeros(n, dtype=np.int64)
    of_segment[moment] = segment
    both = has_begin & has_end
    following, before = _next_plain(both, of_segment), _last_plain(both, of_segment)
    needed = (following >= 0) & has_end[following] & (before >= 0) & has_begin[before]
    lasts = np.where(both, needed, has_begin)
    starts = np.r_[True, of_segment[1:] != of_segment[:-1]]
    lasted = np.r_[False, lasts[:-1]] & ~starts

    begin_at, end_at = np.full(n, NEVER), np.full(n, NEVER)
    np.minimum.at(begin_at, moment[begins], at[begins])
    np.minimum.at(end_at, moment[~begins], at[~begins])
    choice = np.lexsort((at, ~preferred, ~begins, moment))
    first = choice[np.searchsorted(moment[choice], np.arange(n))]

    opened, ended = np.flatnonzero(lasts & ~lasted), np.flatnonzero(~lasts & lasted)
    to_at = np.full(len(opened), NEVER)
    after = np.searchsorted(ended, opened)
    has_after = after < len(ended)
    has_after[has_after] = of_segment[ended[after[has_after]]] == of_segment[opened[has_after]]
    to_at[has_after] = end_at[ended[after[has_after]]]
    at_once = np.flatnonzero(both & ~lasts & ~lasted)
    moments = np.r_[opened, at_once]
    order = np.argsort(moments, kind="stable")
    chosen = moments[order]
    undecided = both & ~lasts & lasted & (following < 0)
    return Stretches(
        case[first[chosen]],
        begin_at[chosen],
        np.r_[to_at, np.maximum(begin_at[at_once], end_at[at_once])][order],
        first[chosen],
        np.flatnonzero(begins & (~both & lasted)[moment]),
        np.flatnonzero(~begins & (~both & ~lasted)[moment]),
        np.flatnonzero(undecided[moment]),
    )


def _moments(case: Integers, key: Integers, at: Integers, day: Integers, whole_day: Flags) -> tuple[Integers, Integers]:
    """Number of the moment of each event, rising within its segment; number of its segment (case and key)."""
    segment = _numbered(case, key)
    days = _numbered(segment, day)
    loose = np.bincount(days[whole_day], minlength=int(days.max()) + 1) > 0  # days on which an event says only the day
    first = np.full(len(loose), NEVER)
    np.minimum.at(first, days, at)
    return _numbered(segment, np.where(loose[days], first[days], at)), segment


def _numbered(first: Integers, second: Integers) -> Integers:
    """Numbers from 0 of pairs, in their order."""
    pairs = np.column_stack([first, second])
    return np.asarray(np.unique(pairs, axis=0, return_inverse=True)[1].reshape(-1), dtype=np.int64)


def _last_plain(both: Flags, segment: Integers) -> Integers:
    """The last moment before each, of its segment, that has only beginnings or only ends; -1 for none."""
    plain = np.maximum.accumulate(np.where(both, -1, np.arange(len(both))))
    found = np.r_[-1, plain[:-1]]
    return np.where((found >= 0) & (segment[found] == segment), found, -1)


def _next_plain(both: Flags, segment: Integers) -> Integers:
    """The next one."""
    found = _last_plain(both[::-1], segment[::-1])[::-1]
    return np.where(found >= 0, len(both) - 1 - found, -1)
