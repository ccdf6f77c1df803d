"""Parameters of a synthetic cohort, and its random streams."""

from __future__ import annotations

import pytest

from data.synthetic.tables import SyntheticParams

pytestmark = pytest.mark.truth


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"exit_12m_mean": 0.5}, "exit_12m_mean is 0.5, allowed: 0 to 0.2"),
        ({"shock_granted_year": 1999}, "shock_granted_year is 1999"),
        ({"tenor_shares": {12: 0.5}}, "tenor_shares sum to 0.5, allowed: 1"),
        ({"tenor_shares": {0: 1.0}}, "tenor_shares has 0 months"),
    ],
)
def test_a_parameter_out_of_range_is_named(change, told):
    """The message says what was given and what is allowed."""
    with pytest.raises(ValueError, match=told):
        SyntheticParams(**change)
