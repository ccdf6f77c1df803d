"""Cases in random orders with duplicates and gaps fold to the state of their set; planted faults are flagged."""

from __future__ import annotations

import datetime as dt
import random
import time
from typing import Any

from data.approvals.records import EVENT_KINDS, ApprovalEvent
from data.beijing import BEIJING
from experiments.benchmarks.clearance.arrival import arrivals_of
from models.approvals.fold import fold, fold_table

FIRST = dt.date(2026, 3, 2)
CLOCKS = ("00:00", "00:00", "09:00", "09:00", "15:30")  # midnight and equal instants are frequent in imported logs
ARRIVALS_EACH = 100
ORDERS = 20
SEED = 20
# What is added to a clean case, by the flag that it has to raise: kind, day from the first, clock, values.
Plant = tuple[str, int, str, dict[str, str]]
PLANTS: dict[str, list[Plant]] = {
    "correction_repeated": [("correction_requested", 2, "16:00", {"list": "b"})],
    "resumed_without_suspension": [("resumed", 4, "08:00", {"reason": "hearing"})],
    "suspended_twice": [("suspended", 8, "10:00", {"reason": "test", "basis": "b", "days": "3"})],
    "suspension_without_reason": [("suspended", 14, "10:00", {"basis": "b", "days": "3"})],
    "suspension_without_basis": [("suspended", 14, "10:00", {"reason": "hearing", "days": "3"})],
    "two_decisions": [("decided", 17, "10:00", {"outcome": "refused"})],
    "decided_before_accepted": [("decided", 1, "08:00", {"outcome": "granted"})],
    "extension_not_informed": [("extended", 13, "10:00", {"by": "head"})],
    "after_end": [("suspended", 20, "10:00", {"reason": "hearing", "basis": "b", "days": "3"})],
    "two_ends": [("withdrawn", 16, "00:00", {})],
    "two_deadlines": [("step", day, "10:00", {"deadline": f"2026-04-0{day}"}) for day in (3, 4)],
}  # fmt: skip
CLEAN: list[Plant] = [
    ("applied", 0, "09:00", {}), ("correction_requested", 1, "09:00", {"list": "a"}), ("corrected", 2, "09:00", {}),
    ("accepted", 3, "09:00", {}), ("suspended", 7, "10:00", {"reason": "test", "basis": "b", "days": "3"}),
    ("resumed", 11, "10:00", {"reason": "test"}), ("decided", 16, "10:00", {"outcome": "granted"}),
    ("delivered", 18, "10:00", {}),
]  # fmt: skip


def random_case(draw: random.Random, number: str) -> list[ApprovalEvent]:
    """Three to sixteen events of any kind within eight days, every twentieth without an instant."""
    return [
        _event(
            number, draw.choice(EVENT_KINDS), draw.randrange(8), "" if draw.random() < 0.05 else draw.choice(CLOCKS),
            {
                "reason": draw.choice(("", "test", "hearing")), "basis": draw.choice(("", "b", "b")),
                "outcome": draw.choice(("granted", "granted", "refused")), "by": "head", "informed": draw.choice("01"),
                "deadline": draw.choice(("", "", "2026-04-01", "2026-04-02")),
            },
            office=draw.choice(("", "a", "b")), item=draw.choice(("", "i")),
        )
        for _ in range(draw.randint(3, 16))
    ]  # fmt: skip


def permutations(arrivals: int, seed: int = SEED) -> dict[str, Any]:
    """At least ``arrivals`` random arrivals of random cases against the state of each set; then planted faults.

    ``holds``: no state differs, no duplicate is missed, and each planted fault is flagged in every order and never in
    the clean case.
    """
    draw, began = random.Random(seed), time.process_time()
    cases = max(1, -(-arrivals // ARRIVALS_EACH))
    folded = sets = different = wrong = 0
    seconds = 0.0
    for index in range(cases):
        events = random_case(draw, f"C{index}")
        one = arrivals_of(events, ARRIVALS_EACH, seed + index, fold, fold_table)
        folded, sets, different = folded + one.n, sets + one.n_sets, different + one.n_different
        wrong, seconds = wrong + one.n_duplicates_wrong, seconds + one.seconds
    missed = [code for code in PLANTS if not _flagged(code, draw)]
    clean = [flag.code for flag in fold([_event("P", *row) for row in CLEAN]).flags]
    return {
        "holds": not (different or wrong or missed or clean),
        "cases": cases,
        "arrivals": folded,
        "sets": sets,
        "different": different,
        "duplicates_wrong": wrong,
        "planted": len(PLANTS),
        "planted_missed": missed,
        "falsely_flagged": clean,
        "fold_s": round(seconds, 2),
        "cpu_with_comparison_s": round(time.process_time() - began, 2),
    }


def _flagged(code: str, draw: random.Random) -> bool:
    """Whether a planted fault is flagged in each of ORDERS orders."""
    events = [_event("P", *row) for row in [*CLEAN, *PLANTS[code]]]
    given = [draw.sample(events, len(events)) for _ in range(ORDERS)]
    table = fold_table([event for some in given for event in some], [at for at, some in enumerate(given) for _ in some])
    return all(code in text.split(";") for text in table.flag_texts())


def _event(
    number: str, kind: Any, day: int, clock: str, values: dict[str, str], *, office: str = "", item: str = ""
) -> ApprovalEvent:
    date = FIRST + dt.timedelta(days=day)
    at = dt.datetime.combine(date, dt.time.fromisoformat(clock), BEIJING) if clock else None
    return ApprovalEvent(number, kind, at, f"{date} {clock}" if clock else "", item, office, values=values)
