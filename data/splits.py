"""Splits by time and by enterprise: no enterprise on two sides, no label that reaches into the test."""

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
    cases: pd.DataFrame,
    until: pd.Series,
    calibrate_from: pd.Timestamp,
    test_from: pd.Timestamp,
    test_share: float,
    *,
    embargo_before_calibration: bool = True,
) -> Split:
    """Train, calibrate and test one after the other, with an embargo as long as the label between them.

    Enterprises of the test share are tested on cases from ``test_from`` on and never used before. The others are
    calibrated on cases from ``calibrate_from`` on and trained on earlier ones, but only where the label's window is
    over by the day on which the next part begins: what is fitted knows no outcome of the time that tests it.

    cases : columns uscc and as_of
    until : last day of each case's label window, same index
    embargo_before_calibration : False where both parts are fitted on together, and nothing is chosen on the later one
    raises : ValueError when test_share is not in (0, 1), the days are out of order, or a window ends before its case
    """
    if not 0 < test_share < 1:
        raise ValueError(f"test_share must lie in (0, 1); got {test_share}")
    if not calibrate_from < test_from:
        raise ValueError(f"calibrate_from {calibrate_from:%F} must be before test_from {test_from:%F}")
    day = cases["as_of"]
    if not (until >= day).all():
        raise ValueError("a label's window ends before the day of its case, or has no end")
    held = enterprise_share(cases["uscc"]) < test_share
    late, middle = (day >= test_from).to_numpy(), (day >= calibrate_from).to_numpy()
    over = (until <= test_from).to_numpy()
    if embargo_before_calibration:
        over = over & (middle | (until <= calibrate_from).to_numpy())
    part = np.select(
        [held & late, ~held & ~late & over & middle, ~held & ~late & over & ~middle],
        ["test", "calibration", "train"],
        default="dropped",
    )
    labels = pd.Series(part, index=cases.index)
    counts = {name: int((labels == name).sum()) for name in ("train", "calibration", "test")}
    counts["dropped: test enterprise before the test"] = int((held & ~late).sum())
    counts["dropped: other enterprise in the test"] = int((~held & late).sum())
    counts["dropped: embargo"] = int((~held & ~late & ~over).sum())
    return Split(labels, counts)
