"""Published figures and the areas that they cover."""

from __future__ import annotations

import datetime as dt

import pytest

from data.incubators.fields import RegistryError
from data.incubators.figures import Figure, areas, indicators, published, relation

pytestmark = pytest.mark.surface


def test_every_published_figure_has_its_basis_day_area_and_source():
    """And counts a known indicator in its unit."""
    for one in published().values():
        assert one.key in indicators()
        assert one.unit == indicators()[one.key].unit
        assert one.area in areas()
        assert one.source
        assert 0.0 < one.confidence <= 1.0


def test_the_published_figures_are_those_of_the_press():
    """As they were read."""
    found = {key: one.value for key, one in published().items()}
    assert [found[f"tibet_{key}"] for key in (
        "incubators", "national", "regional", "area", "staff", "mentors", "firms_ever", "hnte", "tech_sme", "jobs",
        "college_graduates", "driven",
    )] == [138, 16, 35, 810_000, 631, 966, 2_814, 12, 62, 24_700, 7_056, 2_552]  # fmt: skip
    assert [found[f"lhasa_{key}"] for key in ("incubators", "national", "area", "inside", "firms_ever", "jobs")] == [
        56, 11, 349_000, 896, 3_132, 32_000
    ]  # fmt: skip
    assert found["chengdu_firms_ever"] == found["chengdu_graduates"] + found["chengdu_inside"] == 105


@pytest.mark.parametrize(
    ("first", "second", "how"),
    [
        ("tibet", "tibet", "same"),
        ("lhasa", "tibet", "inside"),
        ("tibet", "lhasa", "contains"),
        ("chengdu_incubator", "tibet", "run_by"),
        ("tibet", "chengdu_incubator", "run_by"),
        ("chengdu_incubator", "lhasa", "apart"),
        ("qinghai", "tibet", "apart"),
    ],
)
def test_how_two_areas_lie(first, second, how):
    """An incubator that is run from elsewhere is not inside."""
    assert relation(first, second) == how


def test_every_part_is_of_the_basis_and_unit_of_its_whole():
    """Else its share would be none."""
    for one in indicators().values():
        if one.inside_of is not None:
            assert indicators()[one.inside_of].unit == one.unit


@pytest.mark.parametrize(("basis", "since"), [("flow", None), ("stock", dt.date(2021, 1, 1)), ("sum", None)])
def test_a_flow_alone_has_a_first_day(basis, since):
    """A figure of another form is refused."""
    with pytest.raises(RegistryError, match="basis"):
        Figure("staff", 1.0, "persons", basis, "all", dt.date(2022, 1, 1), since, "tibet", "x", 1.0)
