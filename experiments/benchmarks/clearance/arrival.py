"""Whether a state depends on how its events arrive: random orders with duplicates and gaps, and how fast they fold."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from data.clearance.dialects import Dialects
from data.clearance.records import CaseEvent
from models.clearance.fold import fold, fold_table
from models.event_sets import SomeEvent


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Random arrivals of one trace.

    n : arrivals folded; n_sets : different sets of events among them, the gaps of each being the same
    n_different : arrivals whose state is not that of their set in its own order; the first arrival of each set is
        compared byte by byte as JSON, too
    n_duplicates_wrong : arrivals whose duplicates were not all found; seconds : of folding all, without comparing
    """

    n: int
    n_sets: int
    n_different: int
    n_duplicates_wrong: int
    seconds: float


def arrivals(
    trace: Sequence[CaseEvent],
    n: int,
    seed: int,
    *,
    gap: float = 0.15,
    repeat: float = 0.3,
    dialects: Dialects | None = None,
) -> Arrivals:
    """``arrivals_of`` for a trace of one declaration."""
    one, many = partial(fold, dialects=dialects), partial(fold_table, dialects=dialects)
    return arrivals_of(trace, n, seed, one, many, gap=gap, repeat=repeat)


def arrivals_of(
    trace: Sequence[SomeEvent],
    n: int,
    seed: int,
    fold_one: Callable[[list[SomeEvent]], Any],
    fold_many: Callable[[list[SomeEvent], list[int]], Any],
    *,
    gap: float = 0.15,
    repeat: float = 0.3,
) -> Arrivals:
    """Fold ``n`` random arrivals of a trace, all in one table, against the fold of each set alone.

    fold_one, fold_many : of a set, and of several by their numbers, whose ``state`` gives that of one; states are
        dataclasses with ``n_duplicates`` and ``as_dict``
    gap, repeat : the chance of each event to be left out, and to come once more; at least one event comes
    raises : ValueError without any event
    """
    unique = list({event.digest: event for event in trace}.values())
    if not unique:
        raise ValueError("a trace has at least one event")
    rng = np.random.default_rng(seed)
    events: list[SomeEvent] = []
    ids: list[int] = []
    sets: list[frozenset[int]] = []
    extra: list[int] = []
    for index in range(n):
        kept = np.flatnonzero(rng.random(len(unique)) >= gap)
        if not kept.size:
            kept = rng.integers(len(unique), size=1)
        again = kept[rng.random(kept.size) < repeat]
        order = rng.permutation(np.concatenate([kept, again])).tolist()
        events += [unique[position] for position in order]
        ids += [index] * len(order)
        sets.append(frozenset(kept.tolist()))
        extra.append(len(again))
    begun = time.process_time()
    table = fold_many(events, ids)
    seconds = time.process_time() - begun
    expected: dict[frozenset[int], Any] = {}
    different = wrong = 0
    for index, (some, count) in enumerate(zip(sets, extra, strict=True)):
        state = table.state(index)
        wrong += state.n_duplicates != count
        state = dataclasses.replace(state, n_duplicates=0)
        if some in expected:
            different += state != expected[some]
        else:
            expected[some] = fold_one([unique[at] for at in sorted(some)])
            different += json.dumps(state.as_dict()) != json.dumps(expected[some].as_dict())
    return Arrivals(n, len(expected), different, wrong, seconds)
