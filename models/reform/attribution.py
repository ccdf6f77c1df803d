"""What moved each firm: Shapley values over the groups of levers that differ, and points by indicator.

A group's part is the mean, over all orders of the groups, of what the quota gains when the group joins those before
it; so no order matters, and the parts of a firm add up to its move. They are rounded to whole yuan by the largest
remainder, in the direction of the remainder, so that they still add up and the reverse reform has exact negatives.
source: Shapley 1953
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def shapley(groups: Sequence[str], value: Callable[[frozenset[str]], Ints]) -> dict[str, Ints]:
    """Parts of ``value(all groups) - value(no group)`` in whole units, each of shape (n,), by group.

    value : figures of n firms with the levers of some groups; asked once for each of the 2 ** k sets
    """
    k, sets = len(groups), _subsets(groups)
    found = {chosen: value(chosen) for chosen in sets}
    scaled = {}  # k! times the part, whole
    for group in groups:
        part = np.zeros_like(found[frozenset()])
        for chosen in (one for one in sets if group not in one):
            ways = factorial(len(chosen)) * factorial(k - len(chosen) - 1)
            part = part + ways * (found[chosen | {group}] - found[chosen])
        scaled[group] = part
    return _rounded(scaled, factorial(k))


def _subsets(groups: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(chosen) for size in range(len(groups) + 1) for chosen in combinations(groups, size)]


def _rounded(scaled: Mapping[str, Ints], divisor: int) -> dict[str, Ints]:
    if not scaled:
        return {}
    parts = np.stack(list(scaled.values()))
    whole = np.sign(parts) * (np.abs(parts) // divisor)  # towards zero, so that a negative is the negative
    rest = parts - whole * divisor
    missing = rest.sum(axis=0) // divisor  # the parts' sum is whole, so nothing is cut here
    for _ in range(len(parts) - 1):
        direction = np.sign(missing)
        largest = np.argmax(rest * direction, axis=0)
        whole[largest, np.arange(whole.shape[1])] += direction
        rest[largest, np.arange(whole.shape[1])] = np.where(direction, 0, rest[largest, np.arange(whole.shape[1])])
        missing = missing - direction
    return dict(zip(scaled, whole, strict=True))
