from __future__ import annotations

import pandas as pd
import pytest

from data.splits import enterprise_share, vintage_enterprise_split

pytestmark = pytest.mark.law
DAYS = [pd.Timestamp(f"{year}-06-15") for year in range(2018, 2024)]
CASES = pd.DataFrame([{"uscc": f"firm{number}", "as_of": day} for number in range(400) for day in DAYS])


def split():
    return vintage_enterprise_split(CASES, pd.Timestamp("2020-12-31"), pd.Timestamp("2021-12-31"), 0.3)


def test_no_enterprise_stands_on_two_sides_of_the_test():
    """An enterprise that tests was never fitted or calibrated on."""
    part = split()
    used = set(CASES["uscc"][part.rows("train") | part.rows("calibration")])
    assert not used & set(CASES["uscc"][part.rows("test")])


def test_vintages_follow_each_other():
    """Training is before calibration, calibration before the test."""
    part = split()
    last, first = CASES["as_of"][part.rows("train")].max(), CASES["as_of"][part.rows("calibration")].min()
    assert last < first < CASES["as_of"][part.rows("test")].min()


def test_every_case_is_counted_once():
    """Dropped cases have their reason; nothing disappears."""
    assert sum(split().counts.values()) == len(CASES)


def test_a_share_depends_on_the_enterprise_alone():
    """Order and company do not move an enterprise to another side."""
    forward = pd.Series(enterprise_share(CASES["uscc"]), index=CASES["uscc"]).groupby(level=0).first()
    backward = pd.Series(enterprise_share(CASES["uscc"][::-1]), index=CASES["uscc"][::-1]).groupby(level=0).first()
    assert forward.equals(backward)
