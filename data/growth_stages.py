"""Stage of growth: Hangzhou's five revenue bands, and the three stages that carry weights.

The bands are in ``data/reference/revenue_bands.csv``. A stage is never learned and never guessed:
without revenue or founding date it is ``unknown`` and a human decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.codebook import read_rows, reference_path

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
    rows = [row for row in read_rows(reference_path("revenue_bands.csv")) if row["scheme"] == scheme]
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


@dataclass(frozen=True, slots=True)
class Border:
    """A revenue at which the growth stage changes for enterprises of an age; both ages are inclusive."""

    revenue_wan: float
    below: str
    above: str
    youngest: float
    oldest: float


@dataclass(frozen=True, slots=True)
class StageRule:
    """Where the stages that carry weights begin; revenue in 10,000 yuan, age in years.

    start-up: revenue < ``startup_below_wan`` and age <= ``startup_to_years``; stable: revenue >= ``stable_from_wan`` or
    >= ``old_stable_from_wan`` and age >= ``old_from_years``; growth: the rest, old micro firms included (see
    ``is_legacy_micro``).
    source: chosen here, design facts section 3.
    """

    startup_below_wan: float = 500.0
    startup_to_years: float = 8.0
    old_stable_from_wan: float = 2_000.0
    old_from_years: float = 10.0
    stable_from_wan: float = 10_000.0

    def stages(self, revenue_wan: npt.ArrayLike, age_years: npt.ArrayLike) -> npt.NDArray[np.object_]:
        """Stage of each enterprise, shape (n,); ``unknown`` where revenue or age is missing or negative."""
        revenue, age = np.asarray(revenue_wan, dtype=float), np.asarray(age_years, dtype=float)
        startup = (revenue < self.startup_below_wan) & (age <= self.startup_to_years)
        stable = (revenue >= self.stable_from_wan) | (
            (revenue >= self.old_stable_from_wan) & (age >= self.old_from_years)
        )
        known = (revenue >= 0) & (age >= 0)
        return np.select([~known, startup, stable], [UNKNOWN, "startup", "stable"], default="growth").astype(object)

    @property
    def borders(self) -> tuple[Border, ...]:
        """The revenues at which a stage begins, lowest first; ages between two stages' belong to neither border."""
        young = float(np.nextafter(self.old_from_years, 0.0))
        return (
            Border(self.startup_below_wan, "startup", "growth", 0.0, self.startup_to_years),
            Border(self.old_stable_from_wan, "growth", "stable", self.old_from_years, float("inf")),
            Border(self.stable_from_wan, "growth", "stable", 0.0, young),
        )


STAGE_RULE = StageRule()  # in force


def growth_stage(revenue_wan: npt.ArrayLike, age_years: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """Stage that carries weights, under the rule in force; shape (n,)."""
    return STAGE_RULE.stages(revenue_wan, age_years)


def is_legacy_micro(revenue_wan: npt.ArrayLike, age_years: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Firms too old for a start-up that still sell no more than one: in stage growth, but not growing."""
    revenue, age = np.asarray(revenue_wan, dtype=float), np.asarray(age_years, dtype=float)
    return (revenue >= 0) & (revenue < STAGE_RULE.startup_below_wan) & (age > STAGE_RULE.startup_to_years)


def age_years(founded_on: pd.Series, as_of: pd.Series | pd.Timestamp) -> pd.Series:
    """Age in years at ``as_of``; NaN where the founding date is missing."""
    return (pd.to_datetime(as_of) - pd.to_datetime(founded_on)).dt.days / DAYS_PER_YEAR


BORDERS = STAGE_RULE.borders


def near_border(
    revenue_wan: npt.ArrayLike, age_years: npt.ArrayLike, share: float
) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.float64]]:
    """Number in ``BORDERS`` of the border within ``share`` of each revenue, -1 for none, and how far across it.

    across : 0 all below, 0.5 at it, 1 all above; NaN for none; both of shape (n,)
    """
    revenue, age = np.asarray(revenue_wan, dtype=float), np.asarray(age_years, dtype=float)
    found, across = np.full(len(revenue), -1), np.full(len(revenue), np.nan)
    for number, border in enumerate(BORDERS):
        low, high = border.revenue_wan * (1 - share), border.revenue_wan * (1 + share)
        near = (border.youngest <= age) & (age <= border.oldest) & (low < revenue) & (revenue < high) & (found < 0)
        found[near], across[near] = number, (revenue[near] - low) / (high - low)
    return found, across
