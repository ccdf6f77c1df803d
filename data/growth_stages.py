"""Stage of growth: Hangzhou's five revenue bands, and the three stages that carry weights.

The bands are in ``data/reference/revenue_bands.csv``. A stage is never learned and never guessed:
without revenue or founding date it is ``unknown`` and a human decides.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import reference_path

GROWTH_STAGES = ("startup", "growth", "stable")
UNKNOWN = "unknown"
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class RevenueBand:
    """One published stage: ``low_revenue_wan`` inclusive, ``high_revenue_wan`` exclusive, in 10,000 yuan."""

    key: str
    zh: str
    en: str
    low_revenue_wan: float
    high_revenue_wan: float


@cache
def read_revenue_bands(scheme: str = "hangzhou5") -> tuple[RevenueBand, ...]:
    """The bands of one published scheme, lowest first."""
    with reference_path("revenue_bands.csv").open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["scheme"] == scheme]
    if not rows:
        raise ValueError(f"revenue_bands.csv has no scheme {scheme!r}")
    return tuple(
        RevenueBand(row["key"], row["zh"], row["en"], float(row["low_revenue_wan"]), float(row["high_revenue_wan"]))
        for row in rows
    )


def revenue_band(revenue_wan: npt.ArrayLike, scheme: str = "hangzhou5") -> npt.NDArray[np.object_]:
    """Revenue band of each enterprise; ``unknown`` where revenue is missing or negative. Shape (n,)."""
    bands = read_revenue_bands(scheme)
    revenue = np.asarray(revenue_wan, dtype=float)
    index = (
        np.searchsorted([band.low_revenue_wan for band in bands], np.nan_to_num(revenue, nan=-1.0), side="right") - 1
    )
    names = np.array([band.key for band in bands] + [UNKNOWN], dtype=object)
    return np.asarray(names[index], dtype=object)  # -1 picks the last entry: unknown


def growth_stage(revenue_wan: npt.ArrayLike, age_years: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """Stage that carries weights.

    start-up: revenue < 500 wan and age <= 8; stable: revenue >= 10,000 wan, or >= 2,000 wan and age >= 10;
    growth: the rest, old micro firms included (see ``is_legacy_micro``); ``unknown`` where either is missing.
    source: chosen here, design facts section 3.
    """
    revenue, age = np.asarray(revenue_wan, dtype=float), np.asarray(age_years, dtype=float)
    startup = (revenue < 500) & (age <= 8)
    stable = (revenue >= 10_000) | ((revenue >= 2_000) & (age >= 10))
    known = (revenue >= 0) & (age >= 0)
    return np.select([~known, startup, stable], [UNKNOWN, "startup", "stable"], default="growth").astype(object)


def is_legacy_micro(revenue_wan: npt.ArrayLike, age_years: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Firms older than eight years that still sell under 500 wan: in stage growth, but not growing."""
    revenue, age = np.asarray(revenue_wan, dtype=float), np.asarray(age_years, dtype=float)
    return (revenue >= 0) & (revenue < 500) & (age > 8)


def age_years(founded_on: pd.Series, as_of: pd.Series | pd.Timestamp) -> pd.Series:
    """Age in years at ``as_of``; NaN where the founding date is missing."""
    return (pd.to_datetime(as_of) - pd.to_datetime(founded_on)).dt.days / DAYS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Border:
    """A revenue at which the growth stage changes for enterprises of an age; both ages are inclusive."""

    revenue_wan: float
    below: str
    above: str
    youngest: float
    oldest: float


BORDERS = (
    Border(500.0, "startup", "growth", 0.0, 8.0),
    Border(2_000.0, "growth", "stable", 10.0, float("inf")),
    Border(10_000.0, "growth", "stable", 0.0, float(np.nextafter(10.0, 0.0))),
)


def near_border(revenue_wan: float | None, age_years: float | None, share: float) -> tuple[Border, float] | None:
    """The border within ``share`` of the revenue, and how far across it: 0 all below, 0.5 at it, 1 all above."""
    if revenue_wan is None or age_years is None:
        return None
    for border in BORDERS:
        low, high = border.revenue_wan * (1 - share), border.revenue_wan * (1 + share)
        if border.youngest <= age_years <= border.oldest and low < revenue_wan < high:
            return border, (revenue_wan - low) / (high - low)
    return None
