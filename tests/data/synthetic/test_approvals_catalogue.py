"""The published reductions come out of the rows, and two other readings of them do not."""

import datetime as dt

import numpy as np
import pytest

from data.approvals.catalogue import Catalogue
from data.synthetic.approvals_catalogue import BUREAU, CUT_AGAIN, TRANSFER, make_catalogue, simulated_items
from data.synthetic.approvals_params import SyntheticApprovalsParams

LAST = "2024-06-30"


def on(catalogue, day):
    """Rows that hold on a day."""
    return catalogue[
        (catalogue["valid_from"] <= day) & ((catalogue["valid_to"] == "") | (catalogue["valid_to"] >= day))
    ]


@pytest.mark.truth
@pytest.mark.parametrize("seed", [20240704, 1, 2])
def test_sums_give_79_and_the_largest_96_while_mean_and_median_differ(seed):
    rows = on(make_catalogue(SyntheticApprovalsParams(seed=seed)), LAST)
    own = 1 - rows["promised_days"] / rows["statutory_days"]
    of_sums = 1 - rows["promised_days"].sum() / rows["statutory_days"].sum()
    assert (len(rows), rows["department_before"].nunique()) == (80, 6)
    assert round(100 * of_sums) == 79
    assert round(100 * own.max()) == 96
    assert round(100 * own.mean()) not in (78, 79, 80)
    assert round(100 * own.median()) != 79
    working = rows[rows["statutory_unit"] == "working"]
    assert round(100 * (1 - working["promised_days"].sum() / working["statutory_days"].sum())) == 79


def test_versions_follow_one_another_and_promises_only_shorten(tmp_path):
    catalogue = make_catalogue(SyntheticApprovalsParams())
    catalogue.to_csv(tmp_path / "items.csv", index=False)
    read = Catalogue.load(tmp_path / "items.csv")  # refuses overlaps and odd values
    assert all(item.synthetic for item in read.items)
    assert {item.department_after for item in read.items} == {BUREAU}
    days = (TRANSFER - dt.timedelta(days=1), TRANSFER, CUT_AGAIN)
    for key in simulated_items()["key"]:
        found = [read.find(key, day) for day in days]
        assert found[0].department_on(days[0]) != found[1].department_on(days[1]) == BUREAU
        promised = np.array([item.promised_days for item in found])
        assert (np.diff(promised) <= 0).all()
        assert promised.min() >= 1
    assert len(catalogue) > 2 * 80


def test_equal_seeds_give_equal_rows():
    first, second, other = (make_catalogue(SyntheticApprovalsParams(seed=seed)) for seed in (5, 5, 6))
    assert first.equals(second)
    assert not first.equals(other)
