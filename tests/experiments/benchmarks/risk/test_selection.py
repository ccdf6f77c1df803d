"""The declined of the cohort, whose default risks are planted."""

from __future__ import annotations

import pytest

from experiments.benchmarks.risk.selection import lent_and_declined
from training.params import read_section
from training.risk.selection import SelectionParams, selection_ranges

PARAMS = read_section("selection", SelectionParams)


@pytest.mark.truth
def test_the_planted_default_rate_of_the_declined_lies_in_the_widest_range(cohort):
    """In the cohort everyone's PD is planted: the widest range holds it, the rate of the lent lies below it."""
    lent, declined = lent_and_declined(cohort)
    result = selection_ranges(lent, declined, PARAMS)["stages"]["all"]
    truth = declined["truth"].mean()
    assert result["ranges"][-1]["rate_low"] <= truth <= result["ranges"][-1]["rate_high"]
    assert result["rate_of_lent"]["high"] < truth
