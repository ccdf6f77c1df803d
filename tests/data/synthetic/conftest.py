"""The full synthetic cohort, made once."""

from __future__ import annotations

import pytest

from data.synthetic.clearance import demo_cohort
from data.synthetic.tables import SyntheticParams, synthesize


@pytest.fixture(scope="session")
def full():
    return synthesize(SyntheticParams())


@pytest.fixture(scope="session")
def simulated():
    """400 simulated declarations with more faults than usual."""
    return demo_cohort(
        400, contradiction_share=0.06, returned_share=0.05, rule_error_share=0.06, lost_share=0.05, withdrawn_share=0.06
    )
