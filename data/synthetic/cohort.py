"""What a synthetic cohort is: its parameters, its tables, its planted truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FULL_COHORT = 7_310  # enterprises scored by the zone, as reported
FIRST_YEAR, LAST_YEAR = 2012, 2023  # period ends of the yearly snapshots: 31 December
OBSERVED_UNTIL = pd.Timestamp("2024-06-30")  # nothing later is in any table
DISTRICTS = ("滨江区", "西湖区", "余杭区", "萧山区", "拱墅区", "钱塘区")
WARM_UP_YEARS = 4  # simulated before the first snapshot, for growth rates and three-year windows


@dataclass(frozen=True, slots=True)
class SyntheticParams:
    """Section ``synthetic`` of params.yaml; shares and probabilities in [0, 1], money in 10,000 yuan."""

    seed: int = 20240630
    n_enterprises: int = FULL_COHORT  # on the register on the last day; those that closed or left come on top
    padding_share: float = 0.04
    late_filer_share: float = 0.03  # tax returns that arrive a month late
    pd_12m_mean: float = 0.035  # latent, whole cohort, without the shock
    shock_granted_year: int = 2022
    shock_log_odds: float = 0.7
    loss_given_default: float = 0.4
    exit_12m_mean: float = 0.03  # closing or leaving the zone; half of the national rate of 2012, as zones select
    left_share: float = 0.25  # of those that exit: moved out of the zone, the others closed
    tenor_shares: Mapping[int, float] = field(
        default_factory=lambda: {6: 0.1, 12: 0.5, 18: 0.1, 24: 0.2, 36: 0.1}
    )  # months: share of loans
    points_applicants: int = 210  # last application year, for the full cohort
    points_lent_wan: float = 48_000.0  # last application year, for the full cohort
    debt_service_ratio: float = 1.2
    debt_annual_rate: float = 0.045
    debt_tenor_months: int = 36

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {getattr(self, name)!r}, allowed: {low:g} to {high:g}"
            for name, low, high in (
                ("seed", 0, 2**63),
                ("n_enterprises", 50, 10**6),
                ("padding_share", 0, 0.5),
                ("late_filer_share", 0, 0.5),
                ("pd_12m_mean", 0.001, 0.5),
                ("shock_granted_year", FIRST_YEAR + 1, LAST_YEAR + 1),
                ("shock_log_odds", -5, 5),
                ("loss_given_default", 0, 1),
                ("exit_12m_mean", 0, 0.2),
                ("left_share", 0, 1),
                ("points_applicants", 1, 10**6),
                ("points_lent_wan", 1, 10**9),
                ("debt_service_ratio", 1, 10),
                ("debt_annual_rate", 0.0001, 1),
                ("debt_tenor_months", 1, 360),
            )
            if not low <= getattr(self, name) <= high
        ]
        problems += [
            f"tenor_shares has {months} months: {share!r}, allowed: whole months from 1 to 120, shares from 0 to 1"
            for months, share in self.tenor_shares.items()
            if not (isinstance(months, int) and 1 <= months <= 120 and 0 <= share <= 1)
        ]
        if abs(sum(self.tenor_shares.values()) - 1) > 1e-9:
            problems.append(f"tenor_shares sum to {sum(self.tenor_shares.values()):g}, allowed: 1")
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


class Seeded(Protocol):
    """Parameters with a seed."""

    @property
    def seed(self) -> int:
        """Any number from 0."""


def stream(params: Seeded, purpose: str) -> np.random.Generator:
    """An independent random stream per purpose, so that one part can change without moving the others."""
    return np.random.default_rng([params.seed, *purpose.encode()])
