"""What a report holds, and how its values are named."""

from __future__ import annotations

import pytest

from models.incubators.gathered import gather
from tests.models.incubators.conftest import ON, made_of


@pytest.mark.parametrize(
    ("lang", "indicator", "region", "tier"),
    [
        ("zh", "孵化载体 (国家级, 众创空间)", "模拟地市一", "国家级科技企业孵化器"),
        ("en", "incubators and makerspaces (national, makerspace)", "simulated prefecture 1", "national incubator"),
    ],
)
def test_values_have_names_in_both_languages(reports, lang, indicator, region, tier):
    """A value without a name is shown as it is."""
    made = reports[lang]
    assert made.named("indicator", "incubators:level=national:kind=makerspace") == indicator
    assert made.named("region", "simulated_1") == region
    assert made.named("tier", "national_incubator") == tier
    assert made.named("kind", "x") == "x"
    assert made.value("incubators") == 138
    assert made.synthetic


def test_a_report_of_no_incubator_is_one():
    """An empty registry has figures of nothing and no division by it."""
    made = gather(made_of(), ON, "zh")
    assert made.value("incubators") == 0
    assert not made.synthetic
