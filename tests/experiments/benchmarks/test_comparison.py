"""The planted runs of the comparison's record in a short form: what each part counts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.benchmarks import comparison as module
from experiments.benchmarks.comparison import (
    SMALL,
    Campaign,
    at_the_margin,
    bench,
    coverage,
    families,
    planted,
    rate,
    stated_sample,
    true_differences,
)


@pytest.fixture(autouse=True)
def smaller_truth(monkeypatch):
    monkeypatch.setattr(module, "WHOLE", 100_000)


@pytest.mark.law
def test_rates_have_their_errors():
    assert rate(5, 100) == {"rate": 0.05, "error": pytest.approx(np.sqrt(0.05 * 0.95 / 100))}
    assert rate(0, 100)["error"] == pytest.approx(0.01)  # no hit in a hundred is no certainty


@pytest.mark.law
def test_firms_stand_as_often_as_planted_and_share_their_outcome():
    first, second = planted(1, 50, (0.6, 0.9), 4)
    assert (len(first), first.firms) == (200, 50)
    assert (first.outcome == second.outcome).all()
    assert (first.outcome.reshape(4, 50) == first.outcome[:50]).all()
    assert (first.prediction != second.prediction).all()


@pytest.mark.truth
def test_a_resample_of_rows_covers_too_little_where_firms_stand_four_times():
    firms, rows = (coverage(range(40), 100, 4, by_row=of) for of in (False, True))
    for name in ("auc", "brier", "calibration_slope"):
        assert firms[name]["rate"] >= 0.88
        assert rows[name]["rate"] < 0.85


@pytest.mark.truth
def test_the_noisier_model_is_truly_worse_and_stated_power_is_what_is_found():
    truth = true_differences(SMALL, ["auc", "brier"])
    assert truth["auc"] < -0.01
    assert truth["brier"] > 0.003
    found = at_the_margin(range(150), 400, SMALL)
    for one in found.values():
        assert one["claimed_equivalent"]["rate"] <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 150)
        assert one["power"]["rate"] == pytest.approx(one["power_stated"], abs=0.12)


@pytest.mark.truth
def test_the_stated_number_of_firms_shows_the_difference():
    found = stated_sample(range(60), 400)
    assert found["firms_stated"] > 400
    assert found["power"]["rate"] == pytest.approx(0.8, abs=0.15)


@pytest.mark.truth
def test_many_challengers_without_a_difference():
    found = families(range(40), 150, 20)
    assert found["any_better_or_worse"]["rate"] <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 40)
    assert found["uncorrected"]["rate"] > 0.3


@pytest.mark.surface
def test_the_record_has_every_part(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "Campaign", lambda: Campaign(3, 2, 1, 120, 2, 2, 100))
    bench(tmp_path / "comparison.json", 3, 40)
    found = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert set(found) == {"caveat", "campaign", "null_coverage", "few_differ", "margin", "stated_sample", "family"}
    assert set(found["null_coverage"]) == {"once", "four_times", "four_times_by_row"}
    assert (found["campaign"]["repetitions"], found["campaign"]["first_seed"]) == (3, 40)
    assert set(found["few_differ"]) == {"4", "30", "120"}
