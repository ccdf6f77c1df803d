"""What the points measure: indicators as mid-rank percentiles among peers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook

MIN_PEERS = 30
BREAKPOINTS = 33  # a curve of 33 points is within 0.016 of the full mid-rank function


def indicator_matrix(cases: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """The indicators in their own units, shape (n, k), columns in codebook order.

    raises : KeyError listing absent columns
    """
    absent = [key for key in codebook.keys if key not in cases]
    if absent:
        raise KeyError(f"cases lack the indicators {absent}; the codebook needs {list(codebook.keys)}")
    return cases[list(codebook.keys)].astype(float)


def peer_group(cases: pd.DataFrame) -> pd.Series:
    """Stage and industry: the peers an indicator is compared with."""
    return cases["growth_stage"].astype(str) + "|" + cases["industry"].astype(str)


def size_key(cases: pd.DataFrame) -> pd.Series:
    """Size rule and size class: the "same-size enterprises" among which a percentile is taken."""
    return cases["size_rule"].astype(str) + "|" + cases["size_class"].astype(str)


def mid_rank_curve(values: npt.ArrayLike, direction: int = 1) -> tuple[list[float], list[float]]:
    """Breakpoints of the mid-rank percentile of ``values``: (values, percentiles), values strictly rising.

    percentile(x) = (n_worse + 0.5 * n_equal) / n, so a tie shares its rank; between breakpoints it is linear.
    direction : -1 where less is better; then percentiles fall
    """
    known = np.sort(np.asarray(values, dtype=float))
    known = known[~np.isnan(known)]
    if known.size == 0:
        return [], []
    level, start, count = np.unique(known, return_index=True, return_counts=True)
    rank = (start + 0.5 * count) / known.size
    if level.size > BREAKPOINTS:
        keep = np.unique(np.searchsorted(rank, np.linspace(rank[0], rank[-1], BREAKPOINTS)))
        level, rank = level[keep], rank[keep]
    return level.tolist(), (rank if direction > 0 else 1.0 - rank).tolist()
