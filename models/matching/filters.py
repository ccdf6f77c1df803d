"""The zone's rules on who is shown to whom: filters that say how many candidates they took out, never scores.

A filter knows nothing of how well a firm matches, so it cannot move one up or down; what it takes out is counted by
rule. A candidate that several rules take out counts once, with the first of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.matching import Demand

Flags = npt.NDArray[np.bool_]
SUPPLIER_RULES = ("deadline", "own_firm", "exclusion_list", "competitor")


@dataclass(frozen=True)
class Filtered:
    """Which candidates stay, and how many each rule took out (rules that took out none are left out)."""

    kept: Flags
    counts: Mapping[str, int]


def filter_suppliers(
    firms: Sequence[str],
    demand: Demand | None,
    day: dt.date,
    exclude: Collection[str] = (),
    competitors: Collection[str] = (),
) -> Filtered:
    """Firms that may be shown for a demand.

    demand      : None for a search by free text
    exclude     : the zone's exclusion list, or whom the asker will not have
    competitors : of the asker
    """
    late = demand is not None and demand.deadline is not None and demand.deadline < day
    asker = None if demand is None else demand.enterprise_id
    return _apply(
        SUPPLIER_RULES,
        (
            np.full(len(firms), late),
            np.array([firm == asker for firm in firms], dtype=bool),
            np.array([firm in exclude for firm in firms], dtype=bool),
            np.array([firm in competitors for firm in firms], dtype=bool),
        ),
    )


def filter_demands(demands: Sequence[Demand], least_budget_wan: float | None = None) -> Filtered:
    """Demands that a firm works for; those that it may see and that are open are chosen before.

    least_budget_wan : below which the firm does not work; a demand without a budget stays
    """
    below = np.array([_is_below(one.budget_wan, least_budget_wan) for one in demands], dtype=bool)
    return _apply(("budget",), (below,))


def _is_below(budget_wan: float | None, least_wan: float | None) -> bool:
    return budget_wan is not None and least_wan is not None and budget_wan < least_wan


def _apply(names: Sequence[str], taken: Sequence[Flags]) -> Filtered:
    kept = np.ones(len(taken[0]), dtype=bool)
    counts = {}
    for name, rule in zip(names, taken, strict=True):
        if count := int((rule & kept).sum()):
            counts[name] = count
        kept &= ~rule
    return Filtered(kept, counts)
