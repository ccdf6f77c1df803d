"""Advice: the fewest hard-to-fake changes with which an enterprise would have earned a target.

It gives the points that the card would add, not how to earn them, and names only indicators the codebook calls
actionable. Re-scoring the changed record gives exactly what was promised.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.codebook import Codebook, Indicator
from data.texts.figures import Text
from data.texts.quantities import read_quantities
from data.texts.sentences import sentence
from features.columns import of_rows
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

    row : values by column of one case
    raises : ValueError where the stage has no card or the target is out of range
    """
    if row["growth_stage"] not in card.points:
        raise ValueError(f"stage is {row['growth_stage']!r}, allowed: {sorted(card.points)}; without a stage no points")
    most = card.full_marks(row["growth_stage"])
    if not 0.0 <= target <= most + 1e-6:
        raise ValueError(f"target is {target:g} points, allowed: 0 to {most:g}")
    offers = sorted(_offers(card, row, codebook), key=lambda offer: -offer[2])
    # Points add up, so the fewest changes are the largest ones.
    tried = [dict(row)]
    for item, best, _ in offers:
        tried.append({**tried[-1], item.key: best})
    reaching = np.flatnonzero(_totals(card, tried) >= target)
    made = offers[: reaching[0] if len(reaching) else len(offers)]
    changed = tried[len(made)]
    if made and len(reaching):
        # The last and smallest change need only go as far as the target.
        item, best, _ = made[-1]
        changed[item.key] = _least(card, changed, item, best, target)
    total = float(_totals(card, [changed])[0])
    gains = _gains(card, row, {item.key: changed[item.key] for item, _, _ in made})
    changes = [_change(row, item, float(changed[item.key]), gains[item.key]) for item, _, _ in made]
    return Advice(total >= target, tuple(sorted(changes, key=lambda one: -one.points)), total)


def _offers(card: PointsCard, row: Mapping[str, Any], codebook: Codebook) -> list[tuple[Indicator, float, float]]:
    """Every actionable indicator with the value that earns most among the peers, and the points it would add."""
    bests = {item.key: _best(card, row, item) for item in codebook if item.actionable}
    gains = _gains(card, row, {key: best for key, best in bests.items() if best is not None})
    return [(codebook[key], float(bests[key] or 0.0), gain) for key, gain in gains.items() if gain > 0]


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
        if _totals(card, [{**changed, item.key: middle}])[0] >= target:
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


def _totals(card: PointsCard, rows: Sequence[Mapping[str, Any]]) -> npt.NDArray[np.float64]:
    """Points of every row, shape (n,)."""
    return card.score_columns(of_rows(rows))["total"]


def _gains(card: PointsCard, row: Mapping[str, Any], to: Mapping[str, float]) -> dict[str, float]:
    """Points that each indicator adds at a value; points add up, so that all are moved at once."""
    points = card.earned(of_rows([row, {**row, **to}])).points
    return {key: float(points[key][1] - points[key][0]) for key in to}


def _change(row: Mapping[str, Any], item: Indicator, to: float, points: float) -> Change:
    now = row[item.key]
    return Change(item.key, item.zh, item.en, item.unit, None if now is None or now != now else float(now), to, points)
