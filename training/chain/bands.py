"""Thresholds of the bands, found on items that nothing that scored them had seen (learn then test).

For one threshold after the other, from a strict one on, the share of errors among the answers above it is tested
against the promised rate, until a test fails. Several such sequences start at different thresholds, each with its part
of the allowed uncertainty; the lowest threshold that any of them passed is taken. So all passed thresholds keep the
promise together with the stated certainty.

source : Angelopoulos, Bates, Candes, Jordan and Lei (2022), Learn then Test, fixed-sequence testing with several starts
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sparse
from scipy.stats import binom

from models.chain.bands import NEVER, Doubles, Flags, Paths
from models.chain.hierarchy import Tree

STEPS = 200
FEWEST = 30  # answers above the strictest threshold that is tested
STARTS = (0.05, 0.1, 0.2, 0.4)  # shares of the answers above the first threshold of a sequence
PATHS = tuple(np.round(np.arange(0.1, 0.62, 0.04), 2).tolist())


def lowest_threshold(p: Doubles, answers: Callable[[float], tuple[int, int]], rate: float, certainty: float) -> float:
    """The lowest threshold that a sequence of passed tests reaches; NEVER where the first test of each fails.

    p       : probabilities that thresholds are taken from; each sequence starts where a share of STARTS of them, and
              FEWEST at least, lie above
    answers : number of answers at a threshold, and of errors among them
    """
    ordered = np.sort(p)[::-1]
    error = (1.0 - certainty) / len(STARTS)
    found = NEVER
    for share in STARTS:
        first = max(FEWEST, int(share * len(ordered)))
        if first > len(ordered):
            continue
        places = np.unique(np.linspace(first - 1, len(ordered) - 1, STEPS).astype(int))
        for threshold in dict.fromkeys(ordered[places].tolist()):
            count, errors = answers(threshold)
            if binom.cdf(errors, count, rate) > error:
                break
            found = min(found, threshold)
    return found


def leaf_threshold(p: Doubles, right: Flags, rate: float, certainty: float) -> float:
    """Of answers with probability ``p``, each right or not."""

    def answers(threshold: float) -> tuple[int, int]:
        above = p >= threshold
        return int(above.sum()), int((above & ~right).sum())

    return lowest_threshold(p, answers, rate, certainty)


def parent_threshold(
    tree: Tree, paths: Paths, right: Flags, left: Flags, least: float, rate: float, certainty: float
) -> float:
    """Of parents as answers: of each item the deepest one whose probability is high enough.

    right : whether each row of ``paths`` is above or at a true node; left : items without a placed leaf
    least : no parent is placed below it
    """
    inner = ~tree.leaf[paths.node] & left[paths.item] & (paths.probability >= least)
    depth = tree.depth[paths.node]

    def answers(threshold: float) -> tuple[int, int]:
        chosen = paths.first(inner & (paths.probability >= threshold), depth, paths.probability)
        return int(chosen.sum()), int((chosen & ~right).sum())

    best = np.zeros(paths.items)
    np.maximum.at(best, paths.item[inner], paths.probability[inner])
    return lowest_threshold(best[best > 0], answers, rate, certainty)


def best_path(tree: Tree, total: sparse.csr_matrix, truth: sparse.csr_matrix, several: bool) -> tuple[float, float]:
    """The threshold of paths with the largest hierarchical F1, and that F1.

    total : of ``subtree_probability``; truth : true nodes with all ancestors, shape (items, nodes)
    """
    reached = [(path_f1(tree, total, truth, several, path), -path) for path in PATHS]
    f1, path = max(reached)
    return -path, f1


def path_f1(tree: Tree, total: sparse.csr_matrix, truth: sparse.csr_matrix, several: bool, path: float) -> float:
    """Hierarchical F1 of the answers with the largest expected F1."""
    paths = Paths.of(tree, total, path)
    rows = paths.best(tree, several, path)
    given = sparse.csr_matrix((np.ones(int(rows.sum())), (paths.item[rows], paths.node[rows])), shape=total.shape)
    found = (given @ tree.above).tocsr()
    found.data[:] = 1.0
    both = float(found.multiply(truth).sum())
    return 2.0 * both / max(float(found.sum() + truth.sum()), 1.0)
