"""Answers of incubators take nothing extra, and no figure goes without its basis and day."""

import pytest
from pydantic import ValidationError

from serving.contract.incubators_answers import IncubatorFigure, TakenAnswer

pytestmark = pytest.mark.contract


def test_a_figure_has_its_basis_and_day():
    whole = {"indicator": "staff", "zh": "工作人员", "en": "staff", "value": 12, "unit": "persons", "basis": "stock",
             "since": None, "on": "2023-12-31"}  # fmt: skip
    assert IncubatorFigure(**whole).value == 12
    for name in ("basis", "on"):
        with pytest.raises(ValidationError):
            IncubatorFigure(**{key: value for key, value in whole.items() if key != name})


def test_nothing_extra_is_answered():
    with pytest.raises(ValidationError):
        TakenAnswer(count=1, new=1, known=0, refused=0, quarantine=[], note="x")
