from __future__ import annotations

import pytest

from models.reform.units import lever_format, unit_of

pytestmark = pytest.mark.surface


@pytest.mark.parametrize(
    ("lever", "unit"),
    [
        ("policies.standard.min_raroc", "percent"),
        ("policies.*.pd_cutoff", "percent"),
        ("policies.standard.refer_level", "percent"),
        ("policies.standard.products.zheke.cap_share", "percent"),
        ("policies.standard.certificate.expected_cap", "percent"),
        ("policies.standard.certificate.next_loans", "times"),
        ("policies.standard.certificate.rho", "times"),
        ("policies.standard.products.zheke.min_tenor_months", "months"),
        ("policies.standard.stage_cap_wan.growth", "wan"),
        ("policies.standard.overdue_refer_days", "days"),
        ("policies.standard.working_capital_turns", "times"),
        ("policies.standard.min_points", "points"),
        ("policies.standard.unheard", None),
        ("weights.growth.rd_intensity", "points"),
        ("weight_bounds.largest_base_share", "percent"),
        ("stages.startup_to_years", "years"),
        ("stages.stable_from_wan", "wan"),
        ("prices.rd_intensity.revenue_share", "percent"),
        ("prices.rd_intensity.cost_yuan", None),
        ("certificates", None),
        ("models", None),
    ],
)
def test_a_lever_has_the_unit_that_a_person_reads_it_in(lever, unit):
    """Shares and rates in percent, correlations and turns as they are."""
    assert unit_of(lever.split(".")) == unit
    assert lever_format(lever.split(".")) == ("given_share" if unit == "percent" else "as_given")
