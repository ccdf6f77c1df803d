"""What the points measure: indicators as mid-rank percentiles among peers, and what happened afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

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


@dataclass(frozen=True)
class Outcome:
    """Section ``points_outcome`` of params.yaml: what counts as innovation, and how long it is waited for."""

    months: int
    parts: Mapping[str, float]  # weight of each part, by its name in OUTCOME_PARTS

    def __post_init__(self) -> None:
        unknown = sorted(set(self.parts) - set(OUTCOME_PARTS))
        if unknown or not sum(self.parts.values()) > 0:
            raise ValueError(
                f"outcome parts {dict(self.parts)}: unknown {unknown}, allowed {sorted(OUTCOME_PARTS)}; "
                "the weights must sum to more than 0"
            )
        if self.months < 1:
            raise ValueError(f"outcome months is {self.months}, allowed: at least 1")


def inventions_of_quality(path: Sequence[pd.DataFrame]) -> pd.Series:
    """New inventions became valid, in logarithms, counted by the quality of what the enterprise then holds."""
    now, then = path[0], path[-1]
    new = (then["invention_patents_valid"] - now["invention_patents_valid"]).clip(lower=0.0)
    return pd.Series(np.log1p(new) * then["patent_quality_index"].fillna(0.0))


def revenue_growth(path: Sequence[pd.DataFrame]) -> pd.Series:
    """Revenue grew, in logarithms; below 50,000 yuan it counts as that."""
    now, then = (np.log(frame["revenue_wan"].clip(lower=5)) for frame in (path[0], path[-1]))
    return pd.Series(then - now)


def external_equity(path: Sequence[pd.DataFrame]) -> pd.Series:
    """Equity was raised: a rise of the three-year sum within a year was raised in that year."""
    raised = [(after["vc_funding_3y"] - before["vc_funding_3y"]).clip(lower=0.0) for before, after in pairwise(path)]
    return pd.Series(np.log1p(sum(raised[1:], raised[0])))


# Each reads the case at its own day, then yearly until the horizon; the docstring is the claim.
OUTCOME_PARTS: Mapping[str, Callable[[Sequence[pd.DataFrame]], pd.Series]] = {
    "inventions_of_quality": inventions_of_quality,
    "revenue_growth": revenue_growth,
    "external_equity": external_equity,
}


def outcome_labels(
    tables: Mapping[str, pd.DataFrame],
    cases: pd.DataFrame,
    codebook: Codebook,
    observed_until: pd.Timestamp,
    outcome: Outcome,
) -> pd.Series:
    """Forward innovation outcome of each case, NaN where the months are not over yet or a part is not known.

    The weighted mean of the standardised parts. Measured only after the case, by the same point-in-time join.
    """
    later_day = cases["as_of"] + pd.DateOffset(months=outcome.months)
    matured = later_day <= observed_until
    labels = pd.Series(np.nan, index=cases.index)
    if not matured.any():
        return labels
    now = cases.loc[matured]
    path = [now]
    for later in (*range(12, outcome.months, 12), outcome.months):
        keys = pd.DataFrame({"uscc": now["uscc"], "as_of": now["as_of"] + pd.DateOffset(months=later)})
        path.append(build_cases({**tables, "invoices": pd.DataFrame()}, keys, codebook).frame.set_axis(now.index))
    total = pd.Series(0.0, index=now.index)
    for name, weight in outcome.parts.items():
        part = OUTCOME_PARTS[name](path)
        total = total + weight * (part - part.mean()) / (part.std() or 1.0)
    labels.loc[now.index] = total / sum(outcome.parts.values())
    return labels
