"""Sections of params.yaml: every field given, no field extra."""

from __future__ import annotations

import pytest

from features.labels import Outcome
from training.params import ParamsError, build_section

pytestmark = pytest.mark.surface


def test_a_mistyped_parameter_is_an_error():
    """A key too many and a key too few are both named."""
    given = {"monhts": 24, "parts": {"revenue_growth": 1.0}}
    with pytest.raises(ParamsError, match=r"missing \['months'\], unknown \['monhts'\]"):
        build_section(given, "points_outcome", Outcome)
