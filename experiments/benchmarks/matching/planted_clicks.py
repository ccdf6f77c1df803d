"""Lists shown and clicked with everything planted: relevance, examination of each position, the old ranker's chance.

The old ranker orders by one column (and some noise of its own), so position and relevance go together, and clicks
taken as relevance learn the old order again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ITEMS = 10  # documents of a query
COLUMNS = 8


@dataclass(frozen=True)
class Lists:
    """Rows of shown documents, shape (rows, ...); queries have ITEMS rows each, one after the other.

    position : from 1; logged : probability with which the old ranker showed the document there
    expected : examination of the document over the old ranker's lists
    relevance : planted probability that an examined document is clicked; label : drawn from it, without position
    """

    columns: Floats
    query: Ints
    position: Ints
    logged: Floats
    expected: Floats
    clicks: Floats
    relevance: Floats
    label: Floats


def examination(bias: float) -> Floats:
    """Of positions 1, 2, ..., ITEMS: falls as position to the power of -bias."""
    return np.arange(1, ITEMS + 1, dtype=float) ** -bias


def planted_relevance(columns: Floats, effects: Floats) -> Floats:
    """A bend, a product and linear effects; the last column is nothing but the old ranker's liking."""
    level = columns @ effects + 0.7 * np.sin(2 * columns[:, 0]) + 0.5 * columns[:, 1] * columns[:, 2]
    relevance: Floats = expit(1.5 * level - 1)
    return relevance


def planted_effects(seed: int) -> Floats:
    """Linear effects of unit length, none of the last column; shape (COLUMNS,)."""
    effects = np.random.default_rng(seed).normal(size=COLUMNS)
    effects[-1] = 0.0
    unit: Floats = effects / np.linalg.norm(effects)
    return unit


def shown_lists(queries: int, bias: float, shuffled: float, effects: Floats, rng: np.random.Generator) -> Lists:
    """Lists of an old ranker that orders by the last column; a share ``shuffled`` of lists is in random order."""
    columns = rng.normal(size=(queries * ITEMS, COLUMNS))
    query = np.repeat(np.arange(queries), ITEMS)
    usual = positions(columns[:, -1], query)
    position = np.where(
        np.repeat(rng.random(queries) < shuffled, ITEMS), positions(rng.random(len(query)), query), usual
    )
    seen = examination(bias)
    logged = (1 - shuffled) * (position == usual) + shuffled / ITEMS
    relevance = planted_relevance(columns, effects)
    return Lists(
        columns, query, position, logged, (1 - shuffled) * seen[usual - 1] + shuffled * seen.mean(),
        (rng.random(len(query)) < seen[position - 1] * relevance).astype(float), relevance,
        (rng.random(len(query)) < relevance).astype(float),
    )  # fmt: skip


def positions(score: Floats, query: Ints) -> Ints:
    """Positions from 1 by the largest score first, queries in order with ITEMS rows each; shape (rows,)."""
    found = np.empty(len(query), dtype=np.int64)
    found[np.lexsort((-score, query))] = np.tile(np.arange(1, ITEMS + 1), len(query) // ITEMS)
    return found
