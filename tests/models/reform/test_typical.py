from __future__ import annotations

import pytest


@pytest.mark.behaviour
def test_a_typical_firm_of_each_stage_has_no_name_and_its_figures(simulated, firms):
    """The same firm whatever the reform; revenue with two figures, age in whole years."""
    results = [
        simulated({"reform": {"policies": {"standard": {"min_points": value}}}}).reforms[0].typical
        for value in (30, 129)
    ]
    for mild, strict in zip(*results, strict=True):
        assert (mild.revenue_wan, mild.points_baseline) == (strict.revenue_wan, strict.points_baseline)
        assert strict.quota_reform_cny == 0
        if strict.outcome_baseline == "preapproved":
            assert (strict.outcome_reform, strict.limited_by_reform) == ("manual_review", "min_points")
        assert strict.parts_cny == {"policy": -strict.quota_baseline_cny}
        assert mild.age_years == round(mild.age_years)
        assert mild.revenue_wan == float(f"{mild.revenue_wan:.2g}")
    assert [one.growth_stage for one in results[0]] == ["startup", "growth", "stable"]
    assert not set(firms["uscc"]) & {str(value) for one in results[0] for value in one.parts_cny.values()}


@pytest.mark.law
def test_typical_firms_lie_in_the_middle(simulated, firms):
    """Revenue near the stage's median."""
    for one in simulated({"reform": {}}).reforms[0].typical:
        ranks = firms.loc[firms["growth_stage"] == one.growth_stage, "revenue_wan"].rank(pct=True)
        own = (firms.loc[ranks.index, "revenue_wan"] - one.revenue_wan).abs().idxmin()
        assert 0.3 < ranks[own] < 0.7
