"""The groups by which outcomes must not be over- or understated, as columns of cases hold them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.point_in_time import NOT_GIVEN
from training.promotion.outcomes import Groups
from training.promotion.spending import Period

AGE_YEARS = (3.0, 8.0)
AGES = ("under 3 years", "3 to 8 years", "over 8 years", "unknown")
COLUMNS = {"stage": "growth_stage", "district": "district", "sector": "industry"}


def groups_of(cases: pd.DataFrame) -> dict[str, Groups]:
    """By attribute, each case's group, shape (n,); an attribute without a column is left out."""
    found: dict[str, Groups] = {
        name: cases[column].fillna(NOT_GIVEN).replace("", NOT_GIVEN).to_numpy(dtype=object)
        for name, column in COLUMNS.items()
        if column in cases
    }
    age = cases["age_years"].to_numpy(dtype=float)
    band = np.where(np.isnan(age), len(AGE_YEARS) + 1, np.searchsorted(AGE_YEARS, age, side="right"))
    return found | {"age": np.array(AGES, dtype=object)[band]}


def period_of(cases: pd.DataFrame) -> Period:
    """First and last day of observation."""
    return cases["as_of"].min().date(), cases["as_of"].max().date()
