from __future__ import annotations

import pandas as pd
import pytest

from data.splits import enterprise_share, vintage_enterprise_split

pytestmark = pytest.mark.law
CALIBRATE, TEST = pd.Timestamp("2020-06-15"), pd.Timestamp("2022-06-15")
DAYS = [pd.Timestamp(f"{year}-06-15") for year in range(2017, 2024)]
CASES = pd.DataFrame([{"uscc": f"firm{number}", "as_of": day} for number in range(400) for day in DAYS])
UNTIL = CASES["as_of"] + pd.DateOffset(months=12)


def split(months: int = 12, **options: bool):
    until = CASES["as_of"] + pd.DateOffset(months=months)
    return vintage_enterprise_split(CASES, until, CALIBRATE, TEST, 0.3, **options)


def test_no_enterprise_is_on_two_sides_of_the_test():
    """An enterprise that tests was never fitted or calibrated on."""
    part = split()
    used = set(CASES["uscc"][part.rows("train") | part.rows("calibration")])
    assert not used & set(CASES["uscc"][part.rows("test")])


# With held share 0.3: firm0 is held out for the test, firm1 is not (shares by hash).
BY_HAND = [  # enterprise, day of the case, end of its window, part
    ("other", "2019-06-15", "2020-06-15", "train"),  # over on the day that calibration begins
    ("other", "2019-06-16", "2020-06-16", "dropped"),  # a day later: embargo
    ("other", "2019-01-01", "2021-01-01", "dropped"),  # a longer label: a longer embargo
    ("other", "2020-06-15", "2021-06-15", "calibration"),
    ("other", "2021-06-15", "2022-06-15", "calibration"),  # over on the day that the test begins
    ("other", "2021-06-16", "2022-06-16", "dropped"),  # embargo
    ("other", "2022-06-15", "2023-06-15", "dropped"),  # in the test, but not of an enterprise that tests
    ("held", "2022-06-14", "2022-07-01", "dropped"),  # of an enterprise that tests, but before the test
    ("held", "2022-06-15", "2023-06-15", "test"),
]


def test_parts_by_hand():
    """Each row of the table on its side, the embargo as long as its own label, every dropped row counted."""
    held = next(f"firm{n}" for n in range(400) if enterprise_share(pd.Series([f"firm{n}"]))[0] < 0.3)
    other = next(f"firm{n}" for n in range(400) if enterprise_share(pd.Series([f"firm{n}"]))[0] >= 0.3)
    cases = pd.DataFrame(
        {"uscc": [{"held": held, "other": other}[row[0]] for row in BY_HAND], "as_of": [row[1] for row in BY_HAND]}
    ).astype({"as_of": "datetime64[us]"})
    until = pd.Series([row[2] for row in BY_HAND]).astype("datetime64[us]")
    made = vintage_enterprise_split(cases, until, CALIBRATE, TEST, 0.3)
    assert made.part.tolist() == [row[3] for row in BY_HAND]
    assert made.counts == {
        "train": 1,
        "calibration": 2,
        "test": 1,
        "dropped: test enterprise before the test": 1,
        "dropped: other enterprise in the test": 1,
        "dropped: embargo": 3,
    }
    together = vintage_enterprise_split(cases, until, CALIBRATE, TEST, 0.3, embargo_before_calibration=False)
    assert together.part.tolist()[:3] == ["train"] * 3
    assert together.counts["dropped: embargo"] == 1


@pytest.mark.parametrize("months", [12, 24])
def test_no_label_reaches_into_the_part_that_comes_next(months):
    """What is fitted is over when calibration begins, what is calibrated when the test begins."""
    part, until = split(months), CASES["as_of"] + pd.DateOffset(months=months)
    assert until[part.rows("train")].max() <= CASES["as_of"][part.rows("calibration")].min()
    assert until[part.rows("calibration")].max() <= CASES["as_of"][part.rows("test")].min()


def test_every_case_is_counted_once():
    """Dropped cases have their reason; nothing disappears."""
    for options in ({}, {"embargo_before_calibration": False}):
        assert sum(split(**options).counts.values()) == len(CASES)


def test_a_share_depends_on_the_enterprise_alone():
    """Order and company do not move an enterprise to another side."""
    forward = pd.Series(enterprise_share(CASES["uscc"]), index=CASES["uscc"]).groupby(level=0).first()
    backward = pd.Series(enterprise_share(CASES["uscc"][::-1]), index=CASES["uscc"][::-1]).groupby(level=0).first()
    assert forward.equals(backward)


def test_a_window_without_an_end_is_an_error():
    """A label whose window is unknown can be on no side."""
    with pytest.raises(ValueError, match="ends before the day of its case, or has no end"):
        vintage_enterprise_split(CASES, UNTIL.mask(CASES.index == 3), CALIBRATE, TEST, 0.3)
