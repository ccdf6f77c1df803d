"""Advice: the fewest hard-to-fake changes with which an enterprise would have earned a target.

It gives the points that the card would add, not how to earn them, and names only indicators the codebook calls
actionable. Re-scoring the changed record gives exactly what was promised.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from data.codebook import Codebook, Indicator
from data.texts.figures import Text
from data.texts.quantities import read_quantities
from data.texts.sentences import sentence
from models.points.card import PointsCard

DECIMALS = {"ratio": 3, "index": 2, "wan_cny": 1}  # as fine as these units are shown


@dataclass(frozen=True, slots=True)
class Change:
    """One indicator moved, and the points it adds; ``now`` is None where the value is missing.

    ``to`` is as coarse as a person reads it, so that what is read is what was promised.
    """

    key: str
    zh: str
    en: str
    unit: str
    now: float | None
    to: float
    points: float

    @property
    def text(self) -> Text:
        """The change in Chinese and English."""
        shown = read_quantities()[self.key]
        to = shown.text(self.to)
        if self.now is None:
            return sentence("advice.indicator.missing", name=shown.name, to=to, points=self.points)
        kind = "advice.indicator" if self.to > self.now else "advice.indicator.lower"
        return sentence(kind, name=shown.name, now=shown.text(self.now), to=to, points=self.points)

    def as_dict(self) -> dict[str, Any]:
        """The change as it is sent, with its sentence."""
        zh, en = self.text
        return asdict(self) | {"text_zh": zh, "text_en": en}


@dataclass(frozen=True, slots=True)
class Advice:
    """Changes in order of the points they add; ``total``: the points that re-scoring the changed record gives."""

    reached: bool
    changes: tuple[Change, ...]
    total: float


def advise(card: PointsCard, row: Mapping[str, Any], codebook: Codebook, target: float) -> Advice:
    """The smallest set of changes that reaches ``target`` points, each no larger than it has to be.

    row : one case, as ``score_row`` takes it
    raises : ValueError where the stage has no card or the target is out of range
    """
    if row["growth_stage"] not in card.points:
        raise ValueError(f"stage is {row['growth_stage']!r}, allowed: {sorted(card.points)}; without a stage no points")
    most = card.full_marks(row["growth_stage"])
    if not 0.0 <= target <= most + 1e-6:
        raise ValueError(f"target is {target:g} points, allowed: 0 to {most:g}")
    changed, changes = dict(row), []
    offers = sorted(_offers(card, row, codebook), key=lambda offer: -offer[2])
    # Points add up, so the fewest changes are the largest ones.
    for item, best, gain in offers:
        if card.score_row(changed)["total"] >= target:
            break
        changed[item.key] = best
        changes.append((item, best, gain))
    if changes and card.score_row(changed)["total"] >= target:
        # The last and smallest change need only go as far as the target.
        item, best, _ = changes[-1]
        changed[item.key] = _least(card, changed, item, best, target)
    total = card.score_row(changed)["total"]
    made = tuple(_change(card, row, item, float(changed[item.key])) for item, _, _ in changes)
    return Advice(total >= target, tuple(sorted(made, key=lambda one: -one.points)), total)


def _offers(card: PointsCard, row: Mapping[str, Any], codebook: Codebook) -> list[tuple[Indicator, float, float]]:
    """Every actionable indicator with the value that earns most among the peers, and the points it would add."""
    found = []
    for item in codebook:
        best = _best(card, row, item)
        if item.actionable and best is not None:
            gain = _earned(card, {**row, item.key: best}, item.key) - _earned(card, row, item.key)
            if gain > 0:
                found.append((item, best, gain))
    return found


def _best(card: PointsCard, row: Mapping[str, Any], item: Indicator) -> float | None:
    name = f"{row['growth_stage']}|{row['industry']}"
    levels, _ = card.reference[name if name in card.reference else row["growth_stage"]][item.key]
    if not levels:
        return None
    return _whole(levels[-1] if item.direction > 0 else levels[0], item, item.direction)


def _least(
    card: PointsCard,
    changed: Mapping[str, Any],
    item: Indicator,
    best: float,
    target: float,
) -> float:
    """The least change, as coarse as it is shown, that still reaches the target, by bisection from the worst value."""
    far, near = (item.low if item.direction > 0 else item.high), best
    for _ in range(60):
        half = (far + near) / 2
        # What is shown is coarser from 10 on: either neighbour of the middle may be the only one in between.
        between = {_whole(half, item, way) for way in (1, -1)} - {far, near}
        if not between:
            break
        middle = min(between)
        if card.score_row({**changed, item.key: middle})["total"] >= target:
            near = middle
        else:
            far = middle
    return near


def _whole(value: float, item: Indicator, direction: int) -> float:
    """The value as coarse as it is shown, moved the way that earns more."""
    decimals = 0 if item.dtype == "int" or value >= 10.0 else DECIMALS.get(item.unit, 3)
    scale = 10.0**decimals
    moved = math.ceil(round(value * scale, 7)) if direction > 0 else math.floor(round(value * scale, 7))
    return min(max(moved / scale, item.low), item.high)


def _earned(card: PointsCard, row: Mapping[str, Any], key: str) -> float:
    number = [item.key for item in card.indicators].index(key)
    return card.contributions_row(row)[number]


def _change(card: PointsCard, row: Mapping[str, Any], item: Indicator, to: float) -> Change:
    now = row[item.key]
    gain = _earned(card, {**row, item.key: to}, item.key) - _earned(card, row, item.key)
    return Change(item.key, item.zh, item.en, item.unit, None if now is None or now != now else float(now), to, gain)
