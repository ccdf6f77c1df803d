"""What a ranking and its probabilities are worth: nDCG, recall, reciprocal rank, pair accuracy, calibration.

Every function gives one figure a query, so that rankers are compared on the same queries, or one figure of many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logit

from models.matching.ndcg import discounted
from training.matching.logistic import fit_logistic

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
BINS = 15
NO_PENALTY = 1e-6  # none that could be seen


def ndcg(ranked: Sequence[float], ideal: Sequence[float], cutoff: int = 10) -> float:
    """DCG of the gains in the order shown over that of the best order; 0 where nothing is relevant.

        DCG = sum over ranks r of gain / log2(r + 1)

    source : Järvelin and Kekäläinen (2002), with the gain itself, as trec_eval has it
    """
    best = _discounted(sorted(ideal, reverse=True)[:cutoff])
    return _discounted(ranked[:cutoff]) / best if best > 0.0 else 0.0


def recall(ranked: Sequence[float], ideal: Sequence[float], cutoff: int) -> float:
    """Share of the relevant documents among the first ``cutoff``."""
    return sum(gain > 0 for gain in ranked[:cutoff]) / len(ideal) if len(ideal) else 0.0


def reciprocal_rank(ranked: Sequence[float], cutoff: int = 10) -> float:
    """1 over the rank of the first relevant document, 0 where it is not among the first ``cutoff``."""
    return next((1.0 / rank for rank, gain in enumerate(ranked[:cutoff], start=1) if gain > 0), 0.0)


def _discounted(gains: Sequence[float]) -> float:
    return float(np.sum(discounted(np.asarray(gains, dtype=float), np.arange(len(gains)))))


def expected_calibration_error(p: Doubles, hit: Flags | Doubles, bins: int = BINS) -> float:
    """Mean gap between probability and frequency over bins of equal count, weighted by their size.

    hit : outcomes, or targets whose mean is the frequency (``training.matching.logistic``); so in all of these
    """
    if not len(p):
        return float("nan")
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return float(sum(len(part) * abs(p[part].mean() - hit[part].mean()) for part in parts) / len(p))


def brier(p: Doubles, hit: Flags | Doubles) -> Doubles:
    """p^2 - 2 p * hit + hit of each row, shape (n,): the squared error where hit is 0 or 1."""
    target = hit.astype(np.float64)
    return np.asarray(p**2 - 2.0 * p * target + target)


def calibration_slope(p: Doubles, hit: Flags | Doubles, weight: Doubles | None = None) -> float:
    """Slope of the outcome's log-odds on the probability's; NaN where only one outcome occurs.

    1: the probabilities are as far apart as they should be; below 1: too far apart
    """
    counts = np.ones(len(p)) if weight is None else weight
    positive = hit > 0
    if not (counts[positive].sum() > 0 and counts[~positive].sum() > 0):
        return float("nan")
    return float(fit_logistic(logit(p)[:, None], hit.astype(np.float64), counts, NO_PENALTY)[1][0])


def paired_interval(
    gain: Doubles, group: npt.NDArray[np.object_], draws: int = 1_000, seed: int = 0, level: float = 0.9
) -> tuple[float, float, float]:
    """Mean of ``gain`` and its interval over resampled groups, so that near twins come and go together."""
    _, code = np.unique(group.astype(str), return_inverse=True)
    sums, counts = np.bincount(code, weights=gain), np.bincount(code).astype(float)
    rng = np.random.default_rng(seed)
    means = np.empty(draws)
    for draw in range(draws):
        times = np.bincount(rng.integers(len(sums), size=len(sums)), minlength=len(sums))
        means[draw] = times @ sums / (times @ counts)
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail])
    return float(gain.mean()), float(low), float(high)


def pair_accuracy(scores: Doubles, gain: npt.NDArray[np.floating[Any]], seed: int) -> Doubles:
    """By query: how a yes / no judge of pairs fares who says yes above the best threshold, negatives drawn 1 : 1.

    scores  : of every document by query, shape (queries, documents); gain likewise
    returns : accuracy of each query's pairs (a relevant and a drawn document each) at the threshold that is best over
              all; the figure that pair classifiers report, and easy
    """
    rng = np.random.default_rng(seed)
    positive, negative, owner = [], [], []
    for query, (row, gains) in enumerate(zip(scores, gain, strict=True)):
        relevant, others = np.flatnonzero(gains > 0), np.flatnonzero(gains <= 0)
        if not len(others):
            continue
        positive += row[relevant].tolist()
        negative += row[rng.choice(others, size=len(relevant))].tolist()
        owner += [query] * len(relevant)
    above, below = np.array(positive), np.array(negative)
    cuts = np.unique(np.concatenate([above, below]))
    share = [(above >= cut).mean() + (below < cut).mean() for cut in cuts[:: max(1, len(cuts) // 500)]]
    best = cuts[:: max(1, len(cuts) // 500)][int(np.argmax(share))]
    right = ((above >= best).astype(float) + (below < best)) / 2.0
    total = np.bincount(owner, weights=right, minlength=len(scores))
    count = np.bincount(owner, minlength=len(scores))
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def ranking_figures(ranked: Sequence[float], ideal: Sequence[float]) -> Mapping[str, float]:
    """The figures of one query."""
    return {
        "ndcg_10": ndcg(ranked, ideal),
        "recall_1": recall(ranked, ideal, 1),
        "recall_10": recall(ranked, ideal, 10),
        "recall_100": recall(ranked, ideal, 100),
        "mrr_10": reciprocal_rank(ranked),
    }
