"""Each defect is what it says, stronger in each strength."""

from __future__ import annotations

import numpy as np
import pytest

from data.codebook import read_codebook
from experiments.benchmarks.promotion.challengers import (
    DEFECTS,
    STRENGTHS,
    padded,
    planting_of,
    probability,
    unfair_district,
    wrong_codebook,
)
from experiments.benchmarks.promotion.cohorts import NAMES, draw_cohort
from training.promotion.verdict import CHECKS

pytestmark = pytest.mark.truth


@pytest.fixture(scope="module")
def planting():
    return planting_of(draw_cohort(1, 1_500, 800), 1)


def test_there_are_at_least_eight_defects_and_each_has_a_check():
    assert len(DEFECTS) >= 8
    assert {check for _, check in DEFECTS.values()} <= set(CHECKS)


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_strength_can_be_made_and_predicts_probabilities(planting, defect):
    """None is the true improvement, and none is another strength."""
    made = [DEFECTS[defect][0](planting, strength) for strength in STRENGTHS]
    digests = [(one.codebook, probability(one).tobytes()) for one in (*made, planting.better)]
    assert len(set(digests)) == 4
    for one in made:
        assert ((probability(one) > 0) & (probability(one) < 1)).all()
        assert one.test.shape == (len(planting.cohort.test.y), len(one.columns))


def test_no_codebook_is_ours_and_no_districts_but_one_is_riskier(planting):
    own = read_codebook().digest
    assert own not in {wrong_codebook(planting, strength).codebook for strength in STRENGTHS}
    assert planting.better.codebook == own
    added = unfair_district(planting, "strong").added
    assert set(planting.cohort.test.district[added > 0]) == {"east"}


def test_padding_adds_ten_cheap_rights_and_nothing_else():
    x = np.zeros((1, len(NAMES)))
    x[0, NAMES.index("cheap_rights_log")] = np.log1p(3.0)
    moved = padded(x)
    assert np.expm1(moved[0, NAMES.index("cheap_rights_log")]) == pytest.approx(13.0)
    assert (moved != x).sum() == 1
