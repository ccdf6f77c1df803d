"""Which events are about the same declaration: those connected by the numbers that they share.

A declaration has a number of its own system first, then numbers of customs, and no receipt names them all; some even
clear one that was there before. Two events are of one declaration where a chain of shared numbers leads from one to
the other, whatever the order in which they came. Three kinds of number link nothing, since they would join
declarations that have nothing to do with each other:

- one that is empty or only zeros and dashes (remark ``ill_formed_key``);
- one that a declarant gave itself (``OWN``), once customs gave two numbers under it: two firms may both begin at 1
  (remark ``shared_own_number``). Events that carry no other number are then a group of that number alone;
- an event without a usable number is a group with its own duplicates only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from data.clearance.records import (
    CLIENT_SEQ_NO,
    COP_NO,
    LRN,
    MRN,
    PRE_NO,
    SEQ_NO,
    CaseEvent,
    Remark,
)  # fmt: skip

Key = tuple[str, str]
Integers = npt.NDArray[np.int64]
# Numbers that a declarant gives, and the number that customs or its platform gives to the same declaration.
OWN: Mapping[str, str] = {CLIENT_SEQ_NO: SEQ_NO, LRN: MRN, COP_NO: PRE_NO}


@dataclass(frozen=True, slots=True)
class Groups:
    """Events by declaration.

    ids : shape (n,), from 0, in the order of each group's smallest usable number; n_groups : how many
    remarks : numbers that linked nothing, each once
    """

    ids: Integers
    n_groups: int
    remarks: tuple[Remark, ...]


def is_well_formed(number: str) -> bool:
    """Whether a number names anything: it has more than blanks, zeros and dashes."""
    return bool(number.strip(" \t\r\n0-"))


def group_ids(events: Sequence[CaseEvent]) -> Groups:
    """The group of each event; the same sets of events whatever their order."""
    usable = [[(kind, number.strip()) for kind, number in event.keys if is_well_formed(number)] for event in events]
    ill = {
        (kind, number)
        for event, keys in zip(events, usable, strict=True)
        if len(keys) < len(event.keys)
        for kind, number in event.keys
        if not is_well_formed(number)
    }
    shared = _shared(usable)
    nodes: dict[Key, int] = {}
    sources: list[int] = []
    targets: list[int] = []
    for index, keys in enumerate(usable):
        if shared:
            keys = [key for key in keys if key not in shared] or keys
        for kind, number in keys or [("", events[index].digest)]:
            # A shared number is a node of those events alone that have no other, so it links no two declarations.
            sources.append(index)
            targets.append(nodes.setdefault((kind, number), len(nodes)))
    size = len(events) + len(nodes)
    ends = np.asarray(targets, dtype=np.int64) + len(events)
    links = coo_array((np.ones(len(sources), dtype=np.int8), (sources, ends)), shape=(size, size))
    n_groups, labels = connected_components(links, directed=False)
    ranks = np.empty(len(nodes), dtype=np.int64)
    ranks[[nodes[key] for key in sorted(nodes)]] = np.arange(len(nodes))
    smallest = np.full(n_groups, len(nodes), dtype=np.int64)
    np.minimum.at(smallest, labels[len(events) :], ranks)
    order = np.empty(n_groups, dtype=np.int64)
    order[np.argsort(smallest)] = np.arange(n_groups)
    remarks = [Remark("ill_formed_key", kind, number[:80], "a number") for kind, number in sorted(ill)]
    remarks += [Remark("shared_own_number", kind, number[:80], f"one {OWN[kind]}") for kind, number in sorted(shared)]
    return Groups(order[labels[: len(events)]], int(n_groups), tuple(remarks))


def group(events: Iterable[CaseEvent]) -> list[list[CaseEvent]]:
    """Events by declaration, as ``group_ids``; within a group as they were given."""
    given = list(events)
    found = group_ids(given)
    groups: list[list[CaseEvent]] = [[] for _ in range(found.n_groups)]
    for event, index in zip(given, found.ids.tolist(), strict=True):
        groups[index].append(event)
    return groups


def _shared(usable: Sequence[Sequence[Key]]) -> set[Key]:
    """Own numbers under which customs gave more than one number."""
    given: dict[Key, str] = {}
    shared = set()
    for keys in usable:
        if len(keys) > 1:
            for own in keys:
                if own[0] in OWN:
                    for kind, number in keys:
                        if kind == OWN[own[0]] and given.setdefault(own, number) != number:
                            shared.add(own)
    return shared
