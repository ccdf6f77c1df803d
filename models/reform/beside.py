"""Which rows of a result stand beside each other where both rules are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SCENARIOS = ("baseline", "reform")
_OF_BORDER = ("below", "above", "revenue_wan", "youngest_years", "oldest_years")
Row = Mapping[str, Any]


def borders(cliffs: Iterable[Row]) -> list[list[Row]]:
    """One bank's jumps: the rows of each border under both rules, by revenue; a moved border is two.

    A result that was made before its rows had ages has one border for each pair of stages and revenue.
    """
    found: dict[tuple[Any, ...], list[Row]] = {}
    for one in sorted(cliffs, key=lambda row: float(row["revenue_wan"])):
        found.setdefault(tuple(one.get(name) for name in _OF_BORDER), []).append(one)
    return [sorted(both, key=lambda row: SCENARIOS.index(row["scenario"])) for both in found.values()]


def cheapest(prices: Iterable[Row], stage: str, most: int) -> list[str]:
    """The indicators in which a point costs least in a stage: as many under the reform, then those of the baseline."""
    known = [one for one in prices if one["growth_stage"] == stage and one["yuan_per_point"] is not None]
    order: list[str] = []
    for scenario in reversed(SCENARIOS):
        own = sorted((one["yuan_per_point"], one["indicator"]) for one in known if one["scenario"] == scenario)
        order += [name for _, name in own[:most] if name not in order]
    return order


def of_both(prices: Sequence[Row], stage: str, most: int) -> list[Row]:
    """The rows of the cheapest indicators of a stage that have a price, the baseline's before the reform's."""
    held = {(one["scenario"], one["indicator"]): one for one in prices
            if one["growth_stage"] == stage and one["yuan_per_point"] is not None}  # fmt: skip
    keys = [(scenario, name) for name in cheapest(prices, stage, most) for scenario in SCENARIOS]
    return [held[key] for key in keys if key in held]
