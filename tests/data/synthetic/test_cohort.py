"""Parameters of a synthetic cohort, and its random streams."""

from __future__ import annotations

import pytest

from data.synthetic.cohort import SyntheticParams, stream

pytestmark = pytest.mark.truth


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"exit_12m_mean": 0.5}, "exit_12m_mean is 0.5, allowed: 0 to 0.2"),
        ({"shock_granted_year": 1999}, "shock_granted_year is 1999"),
        ({"tenor_shares": {12: 0.5}}, "tenor_shares sum to 0.5, allowed: 1"),
        ({"tenor_shares": {0: 1.0}}, "tenor_shares has 0 months"),
    ],
)
def test_a_parameter_out_of_range_is_named(change, result):
    """The message says what was given and what is allowed."""
    with pytest.raises(ValueError, match=result):
        SyntheticParams(**change)


def test_a_cohort_of_half_the_firms_has_half_the_scale():
    """Relative to the 7,310 enterprises of the zone."""
    assert SyntheticParams().scale == 1.0
    assert SyntheticParams(n_enterprises=3_655).scale == 0.5


def test_each_purpose_has_its_own_random_stream():
    """The same numbers for the same seed and purpose, others for another of either."""
    params = SyntheticParams(seed=1)
    first = stream(params, "loans").random(4).tolist()
    assert stream(params, "loans").random(4).tolist() == first
    assert stream(params, "invoices").random(4).tolist() != first
    assert stream(SyntheticParams(seed=2), "loans").random(4).tolist() != first
