"""What the points measure: indicators as mid-rank percentiles among peers, and what happened afterwards."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import Codebook
from features.snapshot import build_cases

MIN_PEERS = 30
BREAKPOINTS = 33  # a curve of 33 points is within 0.016 of the full mid-rank function
Floats = npt.NDArray[np.float64]


def indicator_matrix(cases: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """The indicators in their own units, shape (n, k), columns in codebook order.

    raises : KeyError listing absent columns
    """
    absent = [key for key in codebook.keys if key not in cases]
    if absent:
        raise KeyError(f"cases lack the indicators {absent}; the codebook asks for {list(codebook.keys)}")
    return cases[list(codebook.keys)].astype(float)


def peer_key(cases: pd.DataFrame) -> pd.Series:
    """Stage and industry: the peers an indicator is compared with."""
    return cases["stage3"].astype(str) + "|" + cases["industry"].astype(str)


def size_key(cases: pd.DataFrame) -> pd.Series:
    """Size rule and size class: the "same-size enterprises" that a percentile is told among."""
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
        keep = np.unique(np.searchsorted(rank, np.linspace(rank[0], rank[-1], BREAKPOINTS)).clip(0, level.size - 1))
        level, rank = level[keep], rank[keep]
    return level.tolist(), (rank if direction > 0 else 1.0 - rank).tolist()


def outcome_labels(
    tables: Mapping[str, pd.DataFrame],
    cases: pd.DataFrame,
    codebook: Codebook,
    observed_until: pd.Timestamp,
    months: int = 24,
) -> pd.Series:
    """Forward innovation outcome: what the following ``months`` brought, NaN where they are not over yet.

    The mean of three standardised parts: growth of log revenue, growth of log(1 + valid inventions) weighted by
    their quality, and growth of log(1 + equity raised). Measured only after the case, by the same point-in-time join.
    """
    later_day = cases["as_of"] + pd.DateOffset(months=months)
    matured = later_day <= observed_until
    labels = pd.Series(np.nan, index=cases.index)
    if not matured.any():
        return labels
    now = cases.loc[matured]
    keys = pd.DataFrame({"uscc": now["uscc"], "as_of": later_day[matured]})
    then = build_cases({**tables, "invoices": pd.DataFrame()}, keys, codebook).frame.set_axis(now.index)
    quality = then["patent_quality_index"].fillna(0.0)
    parts = (
        np.log(then["revenue_wan"].clip(lower=5)) - np.log(now["revenue_wan"].clip(lower=5)),
        (np.log1p(then["invention_patents_valid"]) - np.log1p(now["invention_patents_valid"])) * quality,
        np.log1p(then["vc_funding_3y"]) - np.log1p(now["vc_funding_3y"]),
    )
    total = pd.Series(0.0, index=now.index)
    for part in parts:
        total = total + (part - part.mean()) / (part.std() or 1.0)
    labels.loc[now.index] = total / len(parts)
    return labels
