"""Every act that names an object, by its owner, by another of the same role, and by every other role.

The table is written by hand: an act on a new object is open to nobody before its row is here. Whoever may not act on
the object gets exactly what is answered about an object that never was, and the ledger holds nothing of the attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.serving.console.planted_owners import PEOPLE, Owners, absent, new, read, triggers

Values = Callable[[Owners, str], Mapping[str, Any]]


def only(**values: Any) -> Values:
    """Values of which ``{id}`` is the object."""

    def filled(value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: filled(one, name) for key, one in value.items()}
        return value.replace("{id}", name) if isinstance(value, str) else value

    return lambda _, name: filled(values, name)


def outcome(prefix: str, where: str) -> Values:
    """The form of what came of a firm: the pair, and the list or event in which it was shown."""

    def values(_: Owners, name: str) -> Mapping[str, Any]:
        uscc, demand, number = name.split("|")
        about = {"query_id": None, "event_id": None} | {where: number}
        return {f"{prefix}-pair": f"{demand}|{uscc}", f"{prefix}-steps": ["met"], f"{prefix}-list": about}

    return values


def plan(owners: Owners, name: str) -> Mapping[str, Any]:
    """Invitations to an event for a demand that is open."""
    return {"plan-event": name, "plan-demands": [owners.held("demand")]}


def pairs(owners: Owners, name: str) -> Mapping[str, Any]:
    """A pair to invite to an event."""
    uscc, demand, _ = owners.held("shown").split("|")
    return {"plan-event": name, "plan-kept": [[demand, uscc]]}


def cutoff(owners: Owners, name: str) -> Mapping[str, Any]:
    """A cut-off of a declaration."""
    return {"declaration-number": name, "declaration-cutoff-kind": "ship", "declaration-cutoff-milestone": "released",
            "declaration-cutoff-at": f"{owners.later} 08:00:00", "declaration-cutoff-fee": 0}  # fmt: skip
