"""Whole numbers that add up to a given total."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def apportion(weights: npt.ArrayLike, total: int, least: int = 0, most: Ints | None = None) -> Ints:
    """Whole numbers near the weights with exactly this sum, each at least ``least`` and at most ``most``."""
    share = np.asarray(weights, dtype=float)
    top = np.full(len(share), total, dtype=np.int64) if most is None else most
    if not least * len(share) <= total <= top.sum():
        raise ValueError(f"a total of {total} does not fit {len(share)} parts of {least} to {top.sum()} together")
    found = np.full(len(share), least, dtype=np.int64)
    while (left := total - int(found.sum())) > 0:
        free = found < top
        wanted = left * share * free / max(float((share * free).sum()), 1e-12)
        step = np.minimum(np.floor(wanted).astype(np.int64), top - found)
        if step.sum() == 0:  # the largest remainders get one each
            order = np.argsort(-np.where(free, wanted, -1.0), kind="stable")[: min(left, int(free.sum()))]
            step[order] = 1
        found += step
    return found
