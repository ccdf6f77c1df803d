"""The benchmark: two seeds of it, and what its summary counts, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from experiments.benchmarks.promotion.bench import (
    DEFECTS,
    STRENGTHS,
    Tried,
    cohort_of,
    faults,
    null_summary,
    summary,
)
from training.params import read_section
from training.promotion.verdict import PromotionParams


def tried(**strange: Tried) -> list[Tried]:
    """Every defect refused by its own check, the true improvement promoted; but for what a test names."""
    usual = [Tried("none", "", True, False, [])]
    usual += [
        strange.get(f"{defect}_{strength}", Tried(defect, strength, False, True, [check]))
        for defect, (_, check) in DEFECTS.items()
        for strength in STRENGTHS
    ]
    return usual


@pytest.mark.truth
def test_two_seeds_refuse_every_stronger_defect_and_accept_the_improvement():
    """The first with all strengths, the second with the weaker one of the two whose refusal is a promise."""
    params = replace(read_section("promotion", PromotionParams), draws=200)
    cohorts = [cohort_of(0, params), cohort_of(1, params, ("middle",))]
    record = summary([one for tried_ones, _ in cohorts for one in tried_ones], [defaults for _, defaults in cohorts])
    record["nulls"] = null_summary([[0.5]], [False], 0.05)
    assert faults(record) == []
    counts = {name: {own[name]["challengers"] for own in record["defects"].values()} for name in STRENGTHS}
    assert counts == {"weak": {1}, "middle": {2}, "strong": {1}}
    assert (record["improvement"]["promoted"], record["improvement"]["challengers"]) == (2, 2)
    assert record["least_defaults"] >= 500


@pytest.mark.law
def test_what_is_promised_and_not_kept_is_named():
    """A strong one promoted, a middle one refused for another reason, too few defaults, a lucky sequence."""
    bad = tried(
        overfitted_strong=Tried("overfitted", "strong", True, False, []),
        leaky_column_middle=Tried("leaky_column", "middle", False, False, ["drift"]),
        miscalibrated_weak=Tried("miscalibrated", "weak", True, False, []),
    )
    record = summary(
        [*bad, Tried("none", "", False, False, ["drift"]), Tried("none", "", False, False, [])], [499, 700]
    )
    record["nulls"] = null_summary([[0.04, 0.2], [0.3, 0.01]], [True, False], 0.05)
    text = "\n".join(faults(record))
    for named in (
        "499 test defaults",
        "overfitted, strong: 1 promoted",
        "leaky_column, middle: 0 of 1",
        "1 of 3 times",
    ):
        assert named in text
    assert "miscalibrated" not in text  # the weakest's rate is a figure, not a promise
    assert record["defects"]["miscalibrated"]["weak"]["promoted"] == 1
    assert record["nulls"]["share_without_spending"] == 1.0
    assert record["nulls"]["share_of_single_tests"] == 0.5


@pytest.mark.law
def test_the_allowed_share_is_the_rate_and_two_monte_carlo_errors():
    """Of 200 sequences at .05: .05 + 2 sqrt(.05 .95 / 200) = .0808."""
    assert null_summary([[1.0]] * 200, [False] * 200, 0.05)["allowed_share"] == pytest.approx(0.0808, abs=1e-4)
