from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from data.growth_stages import BORDERS, StageRule
from models.reform.cliffs import MOST_FIRMS, Near
from models.reform.evaluate import PACKED, BankOutcome, Outcome


@pytest.mark.law
def test_points_jump_by_the_difference_of_the_two_stages_cards(simulated, packed, firms):
    """Just below and at the border, the same values: the card of the stage above less that of the stage below."""
    cliffs = [one for one in simulated({"reform": {}}).reforms[0].cliffs if one.scenario == "baseline"]
    border = BORDERS[0]
    cliff = next(one for one in cliffs if one.revenue_wan == border.revenue_wan)
    near = Near.of(border, firms).firms
    below, above = (
        packed.engine.points.score(near.assign(growth_stage=stage))["total"] for stage in (border.below, border.above)
    )
    assert cliff.firms == len(near) > 10
    assert cliff.points_jump.value == pytest.approx(float((above - below).mean()), abs=1e-6)
    assert cliff.points_falling.value == pytest.approx(float((above < below).mean()))
    assert [(one.growth_stage, one.revenue_wan < border.revenue_wan) for one in cliff.curve] == [
        ("startup", True)
    ] * 4 + [("growth", False)] * 4


@pytest.mark.law
def test_a_reform_that_moves_a_border_has_its_cliff_there(simulated):
    reform = simulated({"reform": {"stages": {"startup_below_wan": 800}}}).reforms[0]
    at = {scenario: [(one.revenue_wan, one.begins) for one in reform.cliffs if one.scenario == scenario]
          for scenario in ("baseline", "reform")}  # fmt: skip
    assert at == {
        "baseline": [(500.0, True), (800.0, False), (2_000.0, True), (10_000.0, True)],
        "reform": [(500.0, False), (800.0, True), (2_000.0, True), (10_000.0, True)],
    }


@dataclass
class Planted:
    """An evaluator with quotas by hand: of the stage of the models (the table's) or of the stage of the rules.

    Start-ups get 300,000 yuan and others 270,000 by the models, 100,000 and 250,000 by the caps.
    """

    caps: bool
    table: pd.DataFrame | None = None

    def __call__(self, packed, tables, requested, engines) -> Planted:
        self.table = tables[PACKED]
        return self

    def pointed(self, rules):
        """The stage of the rules."""
        return {"growth_stage": rules.stages.stages(self.table["revenue_wan"], self.table["age_years"])}

    def outcome(self, rules, banks):
        """Thirty points each."""
        stage = self.pointed(rules)["growth_stage"] if self.caps else self.table["growth_stage"].to_numpy()
        quota = np.where(stage == "startup", *((100_000, 250_000) if self.caps else (300_000, 270_000)))
        flat = np.full(len(stage), 30_000_000)
        return Outcome(flat, {bank: BankOutcome(quota.astype(np.int64), flat, flat, flat) for bank in banks})


def planted(monkeypatch, simulated, caps, reform, **given):
    """Rows (scenario, revenue, jump in yuan, share that falls, whether a stage begins, a step left) below 9 million."""
    monkeypatch.setattr("models.reform.cliffs.Evaluator", Planted(caps))
    found = simulated({"reform": {"stages": reform}}, **given).reforms[0].cliffs
    return [
        (one.scenario, one.revenue_wan, one.quota_jump_cny.value, one.quota_falling.value, one.begins, one.models_step)
        for one in found
        if one.revenue_wan < 900
    ]


@pytest.mark.law
def test_a_step_of_models_that_keep_the_stage_is_shown_where_it_stays(monkeypatch, simulated):
    """270,000 less 300,000 at 5 million under both rules, nothing at 8 million; under the reform the models make it."""
    assert planted(monkeypatch, simulated, False, {"startup_below_wan": 800}) == [
        ("baseline", 500.0, -30_000.0, 1.0, True, False), ("baseline", 800.0, 0.0, 0.0, False, False),
        ("reform", 500.0, -30_000.0, 1.0, False, True), ("reform", 800.0, 0.0, 0.0, True, False),
    ]  # fmt: skip


@pytest.mark.law
def test_a_step_of_caps_goes_with_the_border(monkeypatch, simulated):
    """250,000 less 100,000, at 5 million under the baseline and at 8 million under the reform; none is left."""
    assert planted(monkeypatch, simulated, True, {"startup_below_wan": 800}) == [
        ("baseline", 500.0, 150_000.0, 0.0, True, False), ("baseline", 800.0, 0.0, 0.0, False, False),
        ("reform", 500.0, 0.0, 0.0, False, False), ("reform", 800.0, 150_000.0, 0.0, True, False),
    ]  # fmt: skip


@pytest.mark.law
def test_the_release_s_border_is_shown_where_baseline_and_reform_both_move_it(monkeypatch, simulated):
    """6 and 8 million: the models' step is at 5 million under both."""
    baseline = {"stages": {"startup_below_wan": 600}}
    rows = planted(monkeypatch, simulated, False, {"startup_below_wan": 800}, baseline=baseline)
    assert [(scenario, at, step) for scenario, at, *_, step in rows] == [
        (scenario, at, at == 500.0) for scenario in ("baseline", "reform") for at in (500.0, 600.0, 800.0)
    ]
    assert {jump for _, at, jump, *_ in rows if at == 500.0} == {-30_000.0}


@pytest.mark.law
def test_a_border_of_other_ages_is_shown_beside_the_former(simulated):
    """Firms of up to six years, and of up to eight, some of which then are in growth on both sides."""
    reform = simulated({"reform": {"stages": {"startup_to_years": 6}}}).reforms[0]
    rows = [one for one in reform.cliffs if one.revenue_wan == 500.0]
    assert [(one.scenario, one.oldest_years, one.begins) for one in rows] == [
        ("baseline", 6.0, False), ("baseline", 8.0, True), ("reform", 6.0, True), ("reform", 8.0, False),
    ]  # fmt: skip
    assert rows[3].curve[0].growth_stage == "growth+startup"
    ages = {(one.youngest_years, one.oldest_years) for one in reform.cliffs if one.above == "stable"}
    assert ages == {(10.0, None), (0.0, 10.0)}


@pytest.mark.law
def test_without_a_moved_border_nothing_more_is_evaluated(monkeypatch, simulated):
    """Three borders with eight revenues each, whatever the number of reforms."""
    evaluator = Planted(caps=False)
    monkeypatch.setattr("models.reform.cliffs.Evaluator", evaluator)
    results = simulated({"one": {}, "two": {"weights": {"startup": {"rd_intensity": 9}}}}).reforms
    firms = [one.firms for one in results[0].cliffs if one.scenario == "baseline"]
    assert len(firms) == 3
    assert len(evaluator.table) == 8 * sum(firms)


@pytest.mark.truth
def test_a_cliff_that_is_planted_away_is_gone(simulated, packed):
    """Where both stages have the same weights, no points jump."""
    growth = packed.engine.points.weights["growth"]
    reform = simulated({"reform": {"weights": {"startup": growth}}}).reforms[0]
    jumps = {one.scenario: one.points_jump for one in reform.cliffs if one.revenue_wan == 500.0}
    assert jumps["baseline"].low > 0.0 or jumps["baseline"].high < 0.0
    assert (jumps["reform"].value, jumps["reform"].behind, jumps["reform"].no_interval) == (0.0, 0, "few_moved")


@pytest.mark.law
def test_the_nearest_firms_are_kept_whatever_the_parts(firms):
    many = pd.concat([firms.assign(revenue_wan=firms["revenue_wan"] * (1 + at / 1e3)) for at in range(12)])
    border = StageRule().borders[0]
    whole = Near.of(border, many)
    parts = Near.of(
        border, pd.concat([Near.of(border, many.iloc[:2_000]).firms, Near.of(border, many.iloc[2_000:]).firms])
    )
    assert len(whole.firms) == MOST_FIRMS
    np.testing.assert_array_equal(whole.firms["revenue_wan"], parts.firms["revenue_wan"])
