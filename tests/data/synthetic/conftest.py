"""The full synthetic cohort, made once."""

from __future__ import annotations

import pytest

from data.synthetic.tables import SyntheticParams, synthesize


@pytest.fixture(scope="session")
def full():
    return synthesize(SyntheticParams())
