"""What an event will bring: meetings held and demands solved, expected and with the interval of the count itself.

Assumed as in ``models.matching.invitations``: a firm accepts all of its meetings or none, firms accept independently,
and meetings solve independently of each other once held. Counts are simulated; expectations are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.matching.assignment import Floats, Ints

CHUNK = 1_000_000  # meetings simulated at a time


@dataclass(frozen=True)
class Count:
    """A number of meetings or demands.

    expected : exact; expected_low, expected_high : interval of the expectation under the draws of the probabilities
        (equal to it without draws)
    low, high : interval of the count that the event will show: acceptance, chance and draws together
    """

    expected: float
    expected_low: float
    expected_high: float
    low: int
    high: int


@dataclass(frozen=True)
class EventOutlook:
    """meetings : held; solved : demands with at least one meeting that solves."""

    meetings: Count
    solved: Count


def event_outlook(
    demand: Ints,
    firm: Ints,
    probability: Floats,
    acceptance: Floats,
    *,
    draws: Floats | None = None,
    level: float = 0.9,
    simulations: int = 10_000,
    seed: int = 0,
) -> EventOutlook:
    """Meetings held and demands solved of a plan.

    demand, firm : of each meeting, shape (meetings,); acceptance : of each firm, shape (firms,)
    probability : that each meeting, once held, solves, shape (meetings,)
    draws : of all probabilities together, from their calibration's uncertainty, shape (draws, meetings). Expectations
        are then means over the draws, and ``probability`` is not used
    """
    if not len(demand):
        return EventOutlook(Count(0.0, 0.0, 0.0, 0, 0), Count(0.0, 0.0, 0.0, 0, 0))
    chances = probability[None, :] if draws is None else draws
    if not ((chances >= 0) & (chances <= 1)).all() or not ((acceptance >= 0) & (acceptance <= 1)).all():
        raise ValueError("a probability is missing or outside [0, 1]")
    rng = np.random.default_rng(seed)
    order = np.argsort(demand, kind="stable")
    chances, firm = chances[:, order], firm[order]
    starts = np.flatnonzero(np.r_[True, np.diff(demand[order]) > 0])
    # A demand's firms differ and accept independently, so its chance to stay unsolved is a product.
    solved = (1.0 - np.multiply.reduceat(1.0 - acceptance[firm] * chances, starts, axis=1)).sum(axis=1)
    held_count, solved_count = [], []
    for size in _sizes(simulations, max(CHUNK // len(firm), 1)):
        held = (rng.random((size, len(acceptance))) < acceptance)[:, firm]
        solves = held & (rng.random((size, len(firm))) < chances[rng.integers(0, len(chances), size)])
        held_count.append(held.sum(axis=1))
        solved_count.append(np.logical_or.reduceat(solves, starts, axis=1).sum(axis=1))
    meetings = np.full(1, acceptance[firm].sum())
    return EventOutlook(
        _count(meetings, np.concatenate(held_count), level), _count(solved, np.concatenate(solved_count), level)
    )


def _sizes(total: int, chunk: int) -> list[int]:
    return [min(chunk, total - start) for start in range(0, total, chunk)]


def _count(expected: Floats, counts: Ints, level: float) -> Count:
    ends = np.array([(1 - level) / 2, (1 + level) / 2])
    low, high = np.quantile(counts, ends, method="inverted_cdf")
    expected_low, expected_high = np.quantile(expected, ends)
    return Count(float(expected.mean()), float(expected_low), float(expected_high), int(low), int(high))
