"""What a synthetic cohort is: its parameters, its tables, its planted truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FULL_COHORT = 7_310  # enterprises scored by the zone, as reported
FIRST_YEAR, LAST_YEAR = 2015, 2023  # period ends of the yearly snapshots: 31 December
OBSERVED_UNTIL = pd.Timestamp("2024-06-30")  # nothing later is in any table
WARM_UP_YEARS = 4  # simulated before the first snapshot, for growth rates and three-year windows


@dataclass(frozen=True, slots=True)
class SyntheticParams:
    """Section ``synthetic`` of params.yaml; shares and probabilities in [0, 1], money in 10,000 yuan."""

    seed: int = 20240630
    n_enterprises: int = FULL_COHORT
    gaming_share: float = 0.04
    late_filer_share: float = 0.03  # tax returns that arrive a month late
    pd_12m_mean: float = 0.035  # latent, whole cohort, without the shock
    shock_granted_year: int = 2022
    shock_log_odds: float = 0.7
    loss_given_default: float = 0.4
    points_applicants: int = 210  # last application year, for the full cohort
    points_lent_wan: float = 48_000.0  # last application year, for the full cohort
    debt_service_ratio: float = 1.2
    debt_annual_rate: float = 0.045
    debt_tenor_months: int = 36

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {getattr(self, name)!r}, allowed: {low:g} to {high:g}"
            for name, low, high in (
                ("n_enterprises", 50, 10**6),
                ("gaming_share", 0, 0.5),
                ("late_filer_share", 0, 0.5),
                ("pd_12m_mean", 0.001, 0.5),
                ("loss_given_default", 0, 1),
                ("debt_service_ratio", 1, 10),
                ("debt_annual_rate", 0.0001, 1),
                ("debt_tenor_months", 1, 360),
            )
            if not low <= getattr(self, name) <= high
        ]
        if problems:
            raise ValueError("synthetic parameters out of range:\n  " + "\n  ".join(problems))

    @property
    def scale(self) -> float:
        """Size of this cohort relative to the full one."""
        return self.n_enterprises / FULL_COHORT


@dataclass(frozen=True, slots=True)
class SyntheticCohort:
    """Tables by name, and the truth that produced them: ``truth`` (constants) and ``latent`` (firm-years)."""

    params: SyntheticParams
    tables: Mapping[str, pd.DataFrame]
    truth: Mapping[str, Any]
    latent: pd.DataFrame


def stream(params: SyntheticParams, purpose: str) -> np.random.Generator:
    """An independent random stream per purpose, so that one part can change without moving the others."""
    return np.random.default_rng([params.seed, *purpose.encode()])
