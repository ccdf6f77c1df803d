"""Six labelled cases by hand, two of each part, and a folder in the place of the artefacts."""

from __future__ import annotations

import pandas as pd
import pytest

from data.splits import Split
from training.assembled import Labelled


@pytest.fixture
def labelled() -> Labelled:
    """Cases A to F: A and B train, C and D calibrate, E and F test; every other one defaulted."""
    cases = pd.DataFrame(
        {"uscc": list("ABCDEF"), "as_of": pd.Timestamp("2020-12-31"), "growth_stage": "growth", "x": range(6)}
    )
    part = pd.Series(["train", "train", "calibration", "calibration", "test", "test"])
    counts = {"train": 2, "calibration": 2, "test": 2, "dropped: open": 1}
    labels = pd.Series([0.0, 1.0, 0.0, 1.0, 0.0, 1.0])
    until = pd.Series(pd.Timestamp("2021-12-31"), index=cases.index)
    return Labelled(cases, labels, until, Split(part, counts), counts)
