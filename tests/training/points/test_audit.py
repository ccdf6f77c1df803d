from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.codebook import read_codebook
from models.points.step_prices import read_costs
from training.params import read_section
from training.points.audit import gamed, hiding, price_of_points, stability, stage_cliffs
from training.points.shapes import ShapeParams

BOOK = read_codebook()


@pytest.fixture(scope="module")
def firms(trained):
    return trained.reference.loc[trained.reference["growth_stage"].isin(list(trained.points.card.points))]


@pytest.mark.truth
@pytest.mark.parametrize("key", ["other_ip_count", "rd_platform_count", "tech_contract_value", "rd_staff_ratio"])
def test_a_planted_cheap_indicator_is_found(trained, firms, key):
    """Whatever is made to cost nearly nothing is named first."""
    costs = tuple(
        replace(cost, cost_yuan=1.0, revenue_share=0.0, yuan_per_head=0.0) if cost.key == key else cost
        for cost in read_costs(BOOK)
    )
    assert price_of_points(trained.points.prior, firms, costs)["indicator"].iloc[0] == key


@pytest.mark.truth
def test_the_learned_card_pays_a_padding_firm_less_than_the_prior_does(trained, firms):
    """A burst of class-II property and relabelled costs, as the cohort's padding firms show them."""
    gains = [
        (card.score(gamed(firms))["total"] - card.score(firms)["total"]).mean()
        for card in (trained.points.stage, trained.points.prior)
    ]
    assert gains[0] < gains[1]


@pytest.mark.law
@pytest.mark.parametrize("name", ["card", "stage", "pooled", "prior"])
def test_hiding_never_helps(trained, firms, name):
    """No firm gains by hiding any one value, whichever card."""
    assert not hiding(getattr(trained.points, name), firms)["ever_helps"]


@pytest.mark.behaviour
def test_cliffs_show_the_largest_jump_at_every_border(trained, firms):
    """Three borders; the firm that jumps farthest is named with both totals."""
    cliffs = stage_cliffs(trained.points.prior, firms)
    assert {name.split(" at ")[0] for name in cliffs} == {"startup to growth", "growth to stable"}
    for result in cliffs.values():
        worst = result["largest_at"]
        assert result["largest_jump"] == worst["above"] - worst["below"]
        assert abs(result["largest_jump"]) >= result["mean_abs_jump"]
    smooth = stage_cliffs(replace(trained.points.prior, smooth_border_share=0.1), firms)
    assert all(abs(smooth[name]["largest_jump"]) < abs(result["largest_jump"]) / 5 for name, result in cliffs.items())


@pytest.mark.behaviour
def test_stability_compares_vintage_with_vintage(trained):
    """One move per pair of vintages, and a spread per indicator."""
    rng = np.random.default_rng(0)
    outcome = trained.debt.rank() * 0 + rng.normal(size=len(trained.debt))
    result = stability(trained.points, trained.vintages, outcome, read_section("points_shape", ShapeParams))
    assert (len(result["vintages"]), len(result["moves"])) == (2, 1)
    assert set(result["spread_by_indicator"]) == set(BOOK.keys)


@pytest.mark.contract
def test_a_cost_table_of_another_codebook_is_refused(tmp_path):
    """An indicator that is not there and a step that worsens are both named."""
    path = tmp_path / "costs.csv"
    path.write_text(
        "key,step,cost_yuan,revenue_share,yuan_per_head,basis\nghost,1,1,0,0,x\ndebt_to_asset_ratio,0.1,1,0,0,x\n",
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match=r"\['ghost'\]; step does not better the value: \['debt_to_asset_ratio'\]"):
        read_costs(BOOK, path)
