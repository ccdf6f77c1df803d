"""Candidates of queries with score and probability, computed for many queries at once and kept for demands on file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.matching.columns import Candidates
from models.matching.confidence import Confidence, confidence_columns
from models.matching.library import Integers
from models.matching.ranker import Doubles, Ranker, order_of


@dataclass(frozen=True)
class Ranked:
    """The candidates of one query.

    firm, passage : numbers in the library, shape (n,); score; probability : of being relevant
    any_of_three  : probability that one of the first three is relevant, were they shown
    """

    firm: Integers
    passage: Integers
    score: Doubles
    probability: Doubles
    any_of_three: float

    def row_of(self, firm: int) -> int | None:
        """The firm's row; None where it is no candidate."""
        found = np.flatnonzero(self.firm == firm)
        return int(found[0]) if len(found) else None

    def rank(self, row: int) -> int:
        """Of a row, from 1; equal scores share the better one."""
        return int((self.score > self.score[row]).sum()) + 1


def rank_candidates(ranker: Ranker, confidence: Confidence, candidates: Candidates) -> list[Ranked]:
    """Score and probability of every candidate, one entry a query."""
    score = ranker.scores(candidates)
    columns = confidence_columns(candidates, score)
    first, three = confidence.first.probability(columns), confidence.any_of_three.probability(columns)
    query = candidates.query
    best = np.full(len(first), -np.inf)
    np.maximum.at(best, query, score)
    rank: npt.NDArray[np.int64] = np.empty(len(score), dtype=np.int64)
    for order in order_of(score, candidates):
        rank[order] = np.arange(1, len(order) + 1)
    probability = confidence.shown(first[query], best[query] - score, rank)
    rows = [slice(candidates.start[one], candidates.start[one + 1]) for one in range(len(first))]
    return [
        Ranked(candidates.firm[one], candidates.passage[one], score[one], probability[one], float(any_of_three))
        for one, any_of_three in zip(rows, three, strict=True)
    ]


@dataclass
class RankedDemands:
    """What was computed for demands on file, by anything that a ranking depends on beside library and model.

    One thread computes at a time, so that two first calls do the work once; ``forget`` after the library changed.
    """

    _known: dict[Hashable, Ranked] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, keys: Sequence[Hashable], compute: Callable[[Sequence[int]], Sequence[Ranked]]) -> list[Ranked]:
        """One entry a key.

        compute : entries of the keys at these places, called once with the first places of all that are not known
        """
        with self._lock:
            missing: dict[Hashable, int] = {}
            for place, key in enumerate(keys):
                if key not in self._known:
                    missing.setdefault(key, place)
            if missing:
                self._known.update(zip(missing, compute(list(missing.values())), strict=True))
            return [self._known[key] for key in keys]

    def forget(self) -> None:
        """Nothing that was computed counts any more."""
        with self._lock:
            self._known.clear()
