"""Groups of cases, by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd

from training.promotion.groups import groups_of, period_of


def cases() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "growth_stage": ["startup", "growth", "stable", "growth"],
            "industry": ["software", "iot", "iot", None],
            "age_years": [2.9, 3.0, 8.0, None],
            "as_of": pd.to_datetime(["2022-03-01", "2021-12-31", "2022-01-05", "2022-02-01"]),
        }
    )


def test_an_age_belongs_to_the_band_that_it_begins():
    """3 is in "3 to 8", 8 in "over 8"; what the cases do not hold is no group."""
    found = groups_of(cases())
    assert found["age"].tolist() == ["under 3 years", "3 to 8 years", "over 8 years", "unknown"]
    assert found["sector"].tolist() == ["software", "iot", "iot", "not_given"]
    assert "district" not in found
    held = groups_of(cases().assign(district=["east", "", "west", None]))
    assert held["district"].tolist() == ["east", "not_given", "west", "not_given"]


def test_the_period_is_from_the_first_to_the_last_day():
    assert period_of(cases()) == (date(2021, 12, 31), date(2022, 3, 1))
