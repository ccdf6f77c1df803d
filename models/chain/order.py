"""The order of an item's candidates and their probabilities: a linear base, trees on top of it, a calibration.

    base         w . z, z the legs' distances from the item's mean node in standard deviations
    log-odds     a + b . (base, log-share of base, lead of base) + trees
    probability  the same three columns of the log-odds through a second logistic regression

The base is a full order by itself: where trees did not help on held-out folds there are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import lightgbm as lgb
import numpy as np
from scipy.special import expit

from models.chain.bands import Doubles
from models.chain.columns import Z_COLUMNS, Candidates
from models.chain.hierarchy import Ints

MOST = 1.0 - 1e-4  # no probability is nearer to 0 or 1
LARGEST_LEAD = 10.0


@dataclass(frozen=True)
class Odds:
    """Logistic regression on a candidate's score, its log-share among the item's candidates, and its lead.

    log-odds = intercept + weights . (score, log-share, score less the best other's)
    """

    intercept: float
    weights: tuple[float, float, float]

    def of(self, scores: Doubles, start: Ints) -> Doubles:
        """Log-odds of each candidate."""
        return np.asarray(self.intercept + score_columns(scores, start) @ np.array(self.weights))


def score_columns(scores: Doubles, start: Ints) -> Doubles:
    """Score, log-share in the softmax of the item's candidates, and lead over the best other one, (candidates, 3)."""
    made = np.zeros((len(scores), 3))
    made[:, 0] = scores
    if not len(scores):
        return made
    item = np.repeat(np.arange(len(start) - 1), np.diff(start))
    order = np.lexsort((-scores, item))
    rank = np.empty(len(scores), dtype=np.int64)
    rank[order] = np.arange(len(scores)) - start[:-1][item]
    best, second = np.full(len(start) - 1, -np.inf), np.full(len(start) - 1, -np.inf)
    best[item[rank == 0]], second[item[rank == 1]] = scores[rank == 0], scores[rank == 1]
    total = np.bincount(item, weights=np.exp(scores - best[item]), minlength=len(start) - 1)
    made[:, 1] = scores - best[item] - np.log(total[item])
    made[:, 2] = np.minimum(scores - np.where(rank == 0, second[item], best[item]), LARGEST_LEAD)
    return made


def probabilities(log_odds: Doubles, start: Ints, several: bool) -> Doubles:
    """Of each candidate; where an item is on one node, an item's probabilities add up to 1 at most."""
    p = np.clip(expit(log_odds), 1.0 - MOST, MOST)
    if several or not len(p):
        return np.asarray(p)
    item = np.repeat(np.arange(len(start) - 1), np.diff(start))
    total = np.bincount(item, weights=p, minlength=len(start) - 1)
    return np.asarray(p / np.maximum(total, 1.0)[item])


@dataclass(frozen=True)
class Order:
    """Weights of the base on Z_COLUMNS, its log-odds, LightGBM's text or nothing, and the calibration."""

    base: tuple[float, ...]
    base_odds: Odds
    booster_text: str
    odds: Odds

    @cached_property
    def booster(self) -> lgb.Booster | None:
        """The trees."""
        return lgb.Booster(model_str=self.booster_text) if self.booster_text else None

    def scores(self, candidates: Candidates) -> Doubles:
        """Log-odds of each candidate before calibration."""
        found = self.base_odds.of(base_scores(candidates, self.base), candidates.start)
        if self.booster is not None and len(found):
            found = found + np.asarray(self.booster.predict(candidates.columns, raw_score=True, num_threads=1))
        return found

    def probability(self, candidates: Candidates, several: bool) -> Doubles:
        """Calibrated probability of each candidate."""
        return probabilities(self.odds.of(self.scores(candidates), candidates.start), candidates.start, several)


def base_scores(candidates: Candidates, weights: tuple[float, ...]) -> Doubles:
    """The linear base of each candidate."""
    return np.asarray(candidates.columns[:, : len(Z_COLUMNS)].astype(np.float64) @ np.array(weights))
