"""Which of the linked messages belong to one declaration, what they say, and whom they name.

Numbers link messages; two firms may begin their own numbers at the same one, and then a number of customs tells their
declarations apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from data.clearance.records import CaseEvent
from models.clearance.group import group_ids
from serving.clearance.store import Kept


def separated(kept: Sequence[Kept]) -> list[list[Kept]]:
    """The messages by declaration, each group in the order of the messages."""
    items = [CaseEvent(one.message.keys, "", "", None, one.message.digest) for one in kept]
    groups: dict[int, list[Kept]] = {}
    for one, group in zip(kept, group_ids(items).ids.tolist() if items else (), strict=True):
        groups.setdefault(group, []).append(one)
    return list(groups.values())


def of_one(kept: Sequence[Kept], number: str, viewer: str | None) -> list[Kept]:
    """Those of the only declaration under a number, or of the only one among several that names who looks."""
    named = [some for some in separated(kept) if any(number == key[1] for one in some for key in one.message.keys)]
    own = [some for some in named if viewer is not None and viewer in parties_of(some)]
    found = named if len(named) == 1 else own
    return found[0] if len(found) == 1 else []


def events_of(kept: Iterable[Kept]) -> list[CaseEvent]:
    """What the messages say happened."""
    return [event for one in kept for event in one.message.every_event]


def parties_of(kept: Iterable[Kept]) -> set[str]:
    """Firms and agents that declarations among the messages name."""
    return {party for one in kept for party in one.message.parties}
