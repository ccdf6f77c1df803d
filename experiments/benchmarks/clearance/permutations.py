"""Traces in random orders with duplicates and gaps fold to the state of their set; planted contradictions are found."""

from __future__ import annotations

import dataclasses
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from data.clearance.dialects import Dialects, dialects
from data.clearance.records import CaseEvent
from experiments.benchmarks.clearance.arrival import arrivals
from experiments.benchmarks.clearance.samples import SEED
from models.clearance.columns import OFFICIAL
from models.clearance.fold import fold, fold_table

Trace = Sequence[CaseEvent]
MOST_EVENTS = 100_000  # folded in one table: it bounds the memory of long traces


def plants(trace: Trace, known: Dialects) -> Iterator[tuple[str, list[CaseEvent]]]:
    """Each contradiction that can be planted in a trace by one more event, and the trace with it."""
    timed = [event for event in trace if event.at is not None and known.find(event.dialect, event.code) is not None]
    if not timed:
        return
    newest = max(timed, key=lambda event: (event.at, event.digest))
    yield "two_contents", [*trace, dataclasses.replace(newest, note=f"{newest.note} otherwise")]
    official = [key for key in newest.keys if key[0] in OFFICIAL and _counts(newest, known)]
    if official:
        kind, number = official[0]
        other = (kind, f"{number[:-1]}{(int(number[-1]) + 1) % 10 if number[-1].isdigit() else 0}")
        keys = tuple(other if key == official[0] else key for key in newest.keys)
        yield "two_numbers", [*trace, dataclasses.replace(newest, keys=keys, note=f"{newest.note} ")]
    state = fold(trace, dialects=known)
    let_go = [event for event in timed if event.at == state.released_at]
    back = next((row for row in known.rows if row.dialect == newest.dialect and row.effect == "return"), None)
    if let_go and back is not None and state.clearance_status in ("released", "completed"):
        rejection = dataclasses.replace(let_go[0], dialect=back.dialect, code=back.code, note="planted", values={})
        yield "released_and_rejected", [*trace, rejection]


def _counts(event: CaseEvent, known: Dialects) -> bool:
    row = known.find(event.dialect, event.code)
    return row is not None and row.rank > 0


def planted(traces: Mapping[str, Trace], clean: Mapping[str, Trace], orders: int, seed: int = SEED) -> dict[str, Any]:
    """How many planted contradictions are flagged in every one of ``orders`` orders, and what is flagged without.

    clean : traces without any contradiction, so that what is flagged there is false
    """
    known, draw = dialects(), random.Random(seed)
    n: Counter[str] = Counter()
    found: Counter[str] = Counter()
    missed: list[str] = []
    for name, trace in traces.items():
        for kind, events in plants(trace, known):
            given, ids = [], []
            for index in range(orders):
                given += draw.sample(events, len(events))
                ids += [index] * len(events)
            table = fold_table(given, ids)
            n[kind] += 1
            seen = all(kind in {one.code for one in table.contradictions.get(index, ())} for index in range(orders))
            found[kind] += seen
            if not seen:
                missed.append(f"{kind} {name}")
    false = {name: sorted({one.code for one in fold(trace).contradictions}) for name, trace in clean.items()}
    false = {name: codes for name, codes in false.items() if codes}
    return {
        "kinds": {kind: {"planted": n[kind], "found": found[kind]} for kind in sorted(n)},
        "share": found.total() / n.total() if n else None,
        "missed": missed[:50],
        "orders": orders,
        "clean_traces": len(clean),
        "false_flags": len(false),
        "falsely_flagged": dict(sorted(false.items())[:50]),
    }


def run(
    traces: Mapping[str, Trace], clean: Mapping[str, Trace], n: int, orders: int = 20, seed: int = SEED
) -> dict[str, Any]:
    """``n`` arrivals of each trace against the state of each set of events, then the planted contradictions.

    ``holds``: no state differs, no duplicate is missed, every planted contradiction is flagged, no other is.
    """
    began = time.process_time()
    different: dict[str, int] = {}
    wrong: dict[str, int] = {}
    sets, folded, seconds = 0, 0, 0.0
    for position, (name, trace) in enumerate(sorted(traces.items())):
        step = max(1, MOST_EVENTS // len(trace))
        for start in range(0, n, step):
            one = arrivals(trace, min(step, n - start), seed + position + start * len(traces))
            sets, folded, seconds = max(sets, one.n_sets), folded + one.n, seconds + one.seconds
            if one.n_different:
                different[name] = different.get(name, 0) + one.n_different
            if one.n_duplicates_wrong:
                wrong[name] = wrong.get(name, 0) + one.n_duplicates_wrong
    flagged = planted(traces, clean, orders, seed)
    return {
        "holds": bool(traces)
        and not different
        and not wrong
        and flagged["share"] == 1.0
        and not flagged["false_flags"],
        "traces": len(traces),
        "arrivals_each": n,
        "arrivals": folded,
        "most_sets_of_a_trace": sets,
        "different": different,
        "duplicates_wrong": wrong,
        "fold_s": round(seconds, 2),
        "cpu_with_comparison_s": round(time.process_time() - began, 2),
        "planted": flagged,
    }
