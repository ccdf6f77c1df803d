"""The planted truth in small numbers that a person can check, and the years that it lies between."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data.synthetic.clearance import demo_cohort
from data.synthetic.clearance_truth import mixture_median, recovered_contradictions, recovered_medians
from data.synthetic.clearance_world import STAGES


@pytest.mark.parametrize(
    ("medians", "median"),
    [([2.0], 2.0), ([1.0, 4.0], 2.0), ([3.0, 3.0, 3.0], 3.0), ([0.0, 0.0, 5.0], 0.0)],
)
def test_the_median_of_a_mixture(medians, median):
    """One part: its own; two alike parts: the geometric mean, by symmetry; more than half at nothing: nothing."""
    assert mixture_median(np.array(medians), 0.7) == pytest.approx(median)


def test_the_years_before_and_after_are_as_the_report_has_them():
    """6.64 to 5.16 days, by 22 %, and 30 % more declarations for overseas warehouses; speed and mix multiply."""
    found = demo_cohort(20_000).constants["before_after"]
    days = found["expected_mean_days"]
    assert days["2022"] == pytest.approx(6.64, abs=0.15)
    assert found["ratio"] == pytest.approx(1 - 0.22, abs=0.02)
    assert found["mix"] * found["speed"] == pytest.approx(found["ratio"])
    assert 0.95 < found["mix"] < 0.99
    overseas = found["overseas_declarations"]
    assert overseas["2023"] / overseas["2022"] == pytest.approx(1.3, abs=0.01)


def test_medians_of_the_true_instants_are_recovered_exactly(simulated):
    table = simulated.declarations
    found = table[["client_seq_no"]].copy()
    for name in ("declared", *STAGES):
        found[f"{name}_at"] = pd.to_datetime(table[name], unit="s", utc=True)
    made = recovered_medians(found, table)
    assert made["ratio"].to_numpy() == pytest.approx(1.0)
    assert made["stage"].tolist() == list(STAGES)  # no office has enough declarations
    assert (made["ratio_to_planted"] - 1).abs().max() < 0.2


def test_contradictions_found_and_elsewhere():
    table = pd.DataFrame(
        {"client_seq_no": list("abcd"), "course": ["two_numbers", "two_numbers", "normal", "returned"]}
    )
    found = {"a": {"two_numbers"}, "c": {"two_contents"}}
    rows = recovered_contradictions(found, table).set_index("kind")
    assert rows.loc["two_numbers"].tolist() == [2, 1, 0]
    assert rows.loc["two_contents"].tolist() == [0, 0, 1]
