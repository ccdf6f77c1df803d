"""Splits by vintage and by enterprise: one enterprise never stands on two sides of a comparison."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd


@dataclass(frozen=True)
class Split:
    """``part`` is train, calibration, test or dropped, by case; ``counts`` say how many and why."""

    part: pd.Series
    counts: Mapping[str, int]

    def rows(self, name: str) -> npt.NDArray[np.bool_]:
        """Mask of one part, shape (n,)."""
        return (self.part == name).to_numpy()


def enterprise_share(uscc: pd.Series, salt: str = "split") -> npt.NDArray[np.float64]:
    """A number in [0, 1) per enterprise that no seed, order or machine changes. Shape (n,)."""
    codes, uniques = pd.factorize(uscc)
    shares = np.array(
        [int(hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()[:13], 16) / 16**13 for code in uniques]
    )
    return shares[codes] if len(uniques) else np.empty(0)


def vintage_enterprise_split(
    cases: pd.DataFrame, train_until: pd.Timestamp, calibrate_until: pd.Timestamp, test_share: float
) -> Split:
    """Enterprises of the test share are tested on vintages after ``calibrate_until`` and never used before.

    The others train on vintages to ``train_until`` and calibrate on those to ``calibrate_until``. A case on the
    wrong side of its enterprise is dropped and counted.
    raises : ValueError when test_share is not in (0, 1) or the days are out of order
    """
    if not 0 < test_share < 1:
        raise ValueError(f"test_share must lie in (0, 1); got {test_share}")
    if not train_until < calibrate_until:
        raise ValueError(f"train_until {train_until:%F} must be before calibrate_until {calibrate_until:%F}")
    held = enterprise_share(cases["uscc"]) < test_share
    day = cases["as_of"]
    early, middle, late = day <= train_until, (day > train_until) & (day <= calibrate_until), day > calibrate_until
    part = np.select(
        [~held & early, ~held & middle, held & late],
        ["train", "calibration", "test"],
        default="dropped",
    )
    labels = pd.Series(part, index=cases.index)
    counts = {name: int((labels == name).sum()) for name in ("train", "calibration", "test")}
    counts["dropped: test enterprise in an earlier vintage"] = int((held & ~late).sum())
    counts["dropped: other enterprise in a test vintage"] = int((~held & late).sum())
    return Split(labels, counts)
