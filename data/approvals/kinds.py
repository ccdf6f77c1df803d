"""What each kind of event says about a case, and how far along each status is, as rows of two files.

Kinds are in ``data/reference/approvals/kinds.csv``, statuses in ``statuses.csv``. The rank of a kind orders events of
one instant where they are listed; the rank of a status decides which of several a case is shown in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal, NamedTuple, cast, get_args

from data.approvals.records import EVENT_KINDS
from data.codebook import read_rows, reference_path

# stage: reached for good; opens, closes: begins or ends a state of its group; end: the case ends; none: nothing
Effect = Literal["stage", "opens", "closes", "end", "none"]
EFFECTS: tuple[Effect, ...] = get_args(Effect)


class Kind(NamedTuple):
    """A kind of event.

    shows : status that it shows to be reached; group : of kinds that open and close each other, or of ends that agree
    while_open : status from an opening event to the one that closes it, "" for the others
    """

    kind: str
    rank: int
    effect: Effect
    shows: str
    group: str
    while_open: str
    zh: str
    en: str


class Status(NamedTuple):
    """A status of a case; of several that apply the highest rank is shown; closed : the case has ended."""

    status: str
    rank: int
    closed: bool
    zh: str
    en: str


@cache
def statuses() -> Mapping[str, Status]:
    """Every status by its name."""
    return {
        row["status"]: Status(row["status"], int(row["rank"]), row["closed"] == "1", row["zh"], row["en"])
        for row in read_rows(reference_path("approvals/statuses.csv"))
    }


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of event by its name; raises ValueError where the file and ``EVENT_KINDS`` differ."""
    found = {
        row["kind"]: Kind(
            row["kind"], int(row["rank"]), cast(Effect, row["effect"]), row["shows"], row["group"],
            row["while_open"], row["zh"], row["en"],
        )
        for row in read_rows(reference_path("approvals/kinds.csv"))
    }  # fmt: skip
    if set(found) != set(EVENT_KINDS):
        raise ValueError(f"kinds.csv has {sorted(found)}; allowed: each of {sorted(EVENT_KINDS)}")
    for row in found.values():
        if row.effect not in EFFECTS or not {row.shows, row.while_open or row.shows} <= set(statuses()):
            raise ValueError(f"kinds.csv, {row.kind}: allowed are the effects {EFFECTS} and the rows of statuses.csv")
    return found
