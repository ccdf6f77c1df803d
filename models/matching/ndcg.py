"""How good an order of documents is: normalised discounted cumulative gain (Järvelin and Kekäläinen 2002)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def discounted(gain: Floats, rank: Ints) -> Floats:
    """Gains over log2(rank + 2), the first rank being 0; shape of both."""
    return np.asarray(gain / np.log2(rank + 2), dtype=np.float64)


def ndcg(label: Floats, score: Floats, query: Ints, first: int = 10) -> Floats:
    """Normalised discounted cumulative gain of each query, 0 where nothing is relevant; shape (queries,)."""
    _, at = np.unique(query, return_inverse=True)

    def gain(by: Floats) -> Floats:
        order = np.lexsort((-by, at))
        rank = np.arange(len(order)) - np.searchsorted(at[order], at[order])
        return np.bincount(at[order], np.where(rank < first, discounted(label[order], rank), 0.0)).astype(float)

    best = gain(label)
    return np.divide(gain(score), best, out=np.zeros_like(best), where=best > 0)
