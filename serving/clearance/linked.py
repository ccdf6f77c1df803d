"""Which of the linked events and declarations belong to one declaration, and whom they name.

A message may be about several declarations, and two firms may begin their own numbers at the same one; then a number
of customs parts their declarations. Where nothing does, it is shown to the operator alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from data.clearance.records import CaseEvent
from models.clearance.group import group_ids
from models.clearance.table import Arrived
from serving.clearance.store import Piece


def separated(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces by declaration, each group in their order."""
    if len(pieces) == 1:
        return [list(pieces)]
    items = [CaseEvent(one.keys, "", "", None, f"{one.kept.sequence}") for one in pieces]
    groups: dict[int, list[Piece]] = {}
    for one, group in zip(pieces, group_ids(items).ids.tolist() if items else (), strict=True):
        groups.setdefault(group, []).append(one)
    return list(groups.values())


def of_one(pieces: Sequence[Piece], number: str) -> list[Piece]:
    """Those of the only declaration under a number; none where there are several."""
    named = [some for some in separated(pieces) if any(number == key[1] for one in some for key in one.keys)]
    return named[0] if len(named) == 1 else []


def events_of(pieces: Iterable[Piece]) -> list[CaseEvent]:
    """What the messages say happened."""
    return [one.event for one in pieces if one.event is not None]


def parties_of(pieces: Iterable[Piece]) -> frozenset[str]:
    """Firms and agents that the declarations name; nobody where two of them have no party in common."""
    named = [set(one.declaration.parties) for one in pieces if one.declaration is not None]
    if not named or not set.intersection(*named):
        return frozenset()
    return frozenset(set.union(*named))


def arrived(pieces: Iterable[Piece]) -> list[Arrived]:
    """The pieces as tables are made from them."""
    found = []
    for one in pieces:
        events = () if one.event is None else (one.event,)
        message = dataclasses.replace(one.kept.message, events=events, declaration=one.declaration, inner=())
        found.append(Arrived(one.kept.received_at, one.kept.source.kind, one.kept.simulated, message))
    return found
