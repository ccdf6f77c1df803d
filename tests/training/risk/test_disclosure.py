"""The disclosure: exact intervals, neighbours separated or not, promises kept, and the cases still needed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from tests.training.risk.conftest import PARAMS, SCALE, loans
from training.risk.disclosure import (
    cases_to_prove_below,
    cases_to_separate,
    compare,
    disclosure,
    holm,
    rate,
    verdict,
)


@pytest.mark.truth
def test_the_published_inversion_of_kibo_is_noise():
    """BB 16 of 2,094 above B 15 of 2,089: z is .17, p is .86, and the exact test finds nothing either."""
    result = compare((16, 2_094), (15, 2_089))
    assert result["z"] == pytest.approx(0.17, abs=0.005)
    assert result["p_two_sided"] == pytest.approx(0.86, abs=0.005)
    assert result["p_exact"] > 0.4
    assert verdict(result["z"], result["p_exact"], PARAMS.level) == "the inversion is noise"


@pytest.mark.law
def test_neighbours_end_in_one_of_four_verdicts():
    """Order and proof are two questions; without cases there is no verdict."""

    def said(better, worse):
        result = compare(better, worse)
        return verdict(result["z"], result["p_exact"], 0.9)

    assert said((5, 1_000), (50, 1_000)) == "ordered, proven"
    assert said((5, 1_000), (6, 1_000)) == "ordered, not proven"
    assert said((50, 1_000), (5, 1_000)) == "the inversion is real"
    assert said((0, 0), (5, 1_000)) == "no cases"
    assert compare((0, 10), (0, 10))["z"] == 0


@pytest.mark.law
def test_holm_multiplies_the_smallest_most_and_keeps_the_order():
    """Three tests of .01, .04 and .03 are .03, .06 and .06 together; a missing one takes no part."""
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@pytest.mark.truth
def test_equal_grades_are_called_different_no_more_often_than_stated():
    """200 disclosures in which no grade differs from the next: at most one in ten, and a few, say that any does."""
    rng, wrong = np.random.default_rng(4), 0
    for _ in range(200):
        counts = [(int(rng.binomial(400, 0.03)), 400) for _ in range(8)]
        result = [compare(*pair) for pair in pairwise(counts)]
        together = holm([one["p_exact"] for one in result])
        wrong += any(p <= 1 - PARAMS.level for p in together)
    assert wrong / 200 <= 0.14


@pytest.mark.truth
@pytest.mark.parametrize(("defaults", "bound"), [(0, 0.014), (3, 0.037), (6, 0.056)])
def test_intervals_of_210_loans_are_the_exact_ones(defaults, bound):
    """One-sided 95 % upper bounds of 0, 3 and 6 defaults among 210 loans: 1.4, 3.7 and 5.6 %."""
    assert rate(defaults, 210, 0.9)["high"] == pytest.approx(bound, abs=0.0006)


@pytest.mark.truth
def test_the_cases_needed_are_those_that_suffice():
    """With so many cases in each grade, four of five simulated pairs prove their order."""
    n = cases_to_separate(0.01, 0.03, PARAMS)
    rng = np.random.default_rng(1)
    pairs = zip(rng.binomial(n, 0.01, 400), rng.binomial(n, 0.03, 400), strict=True)
    proven = np.mean([fisher_exact([[a, n - a], [b, n - b]], "less").pvalue <= 1 - PARAMS.level for a, b in pairs])
    assert PARAMS.power - 0.12 <= proven <= PARAMS.power + 0.1  # the exact test is a little strict
    assert cases_to_separate(0.03, 0.01, PARAMS) is None
    assert cases_to_prove_below(0.02, 0.04, PARAMS) < cases_to_prove_below(0.03, 0.04, PARAMS)
    assert cases_to_prove_below(0.05, 0.04, PARAMS) is None


@pytest.mark.truth
def test_a_calibrated_scale_is_as_expected_and_one_that_predicts_half_is_not():
    """Of 20 disclosures with true PDs at most a tenth of the grades err at the 90 % level or a little more."""
    calibrated = [one["verdict"] for seed in range(20) for one in disclosure(loans(seed), SCALE, PARAMS)["scale_test"]]
    assert np.mean([verdict == "as expected" for verdict in calibrated]) >= 0.8
    doubled = disclosure(loans(1, factor=2.0), SCALE, PARAMS)["scale_test"]
    assert doubled[-1]["verdict"] == "more than expected"


@pytest.mark.law
def test_every_loan_is_counted_once_in_its_stage_and_half_year():
    """Stages add up to all, half-years add up to the whole, migration accounts for every loan but the last."""
    result = disclosure(loans(), SCALE, PARAMS)
    rows = pd.DataFrame(result["rates"])
    for figure in ("cases", "defaults"):
        total = rows.pivot_table(index="period", columns="stage", values=figure, aggfunc="sum")
        assert (total["all"] == total.drop(columns="all").sum(axis=1)).all()
        assert (total.loc["all"] == total.drop(index="all").sum()).all()
    assert total.loc["all", "all"] == result["defaults"]
    assert set(rows["period"]) == {"all", "2022H1", "2022H2", "2023H1"}
    assert sum(sum(row["to"].values()) for row in result["migration"]) == 2_000
    assert sum(row["to"]["no new loan"] for row in result["migration"]) == 0
