"""A planted challenger gets the checks of a real one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.benchmarks.promotion.challengers import planting_of
from experiments.benchmarks.promotion.cohorts import draw_cohort
from experiments.benchmarks.promotion.submission import bench_of, verdict_on
from training.params import read_section
from training.promotion.verdict import CHECKS, PromotionParams
from training.risk.leakage_column import LeakageParams


@pytest.mark.truth
def test_the_true_improvement_goes_through_every_check():
    """What the rows lack (age, sector) is not shown; another codebook ends it before it is loaded."""
    cohort = draw_cohort(2)
    params = replace(read_section("promotion", PromotionParams), draws=200)
    own = bench_of(cohort, 2, params, read_section("leakage", LeakageParams))
    better = planting_of(cohort, 2).better
    found = verdict_on(own, better)
    assert [one.name for one in found.checks] == list(CHECKS)
    assert found.promoted
    assert {one.name for one in found.checks if one.status == "not_shown"} == {"fairness_age", "fairness_sector"}
    other = verdict_on(own, replace(better, codebook="other"))
    assert (other.refused_by, other.look) == (["provenance"], None)
