"""Models on the same rows: differences are paired, ranks are means over tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.benchmarks.risk.comparison import evaluate, mean_ranks
from training.risk.figures import FIGURES
from training.risk.table import as_table


@pytest.mark.law
def test_ranks_are_means_over_tables_and_figures():
    """Best everywhere is 1, last of two everywhere is 2."""
    figures = {"brier": {"value": 0.1}, "log_loss": {"value": 0.3}}
    worse = {"brier": {"value": 0.2}, "log_loss": {"value": 0.4}}
    one = {"models": {"ours": {"figures": figures}, "peer": {"figures": worse}}}
    assert mean_ranks({"t": one, "u": one}) == {"ours": 1.0, "peer": 2.0}


@pytest.mark.law
def test_a_table_whose_classes_are_given_away_has_no_part_in_the_ranks():
    """Best on such a table counts for nothing."""
    low, high = ({name: {"value": value} for name in ("brier", "log_loss")} for value in (0.1, 0.2))
    fair = {"models": {"ours": {"figures": high}, "peer": {"figures": low}}}
    given_away = {"models": {"ours": {"figures": low}, "peer": {"figures": high}}, "unranked": "columns are equal"}
    assert mean_ranks({"fair": fair, "away": given_away}) == {"ours": 2.0, "peer": 1.0}


@pytest.mark.truth
def test_a_model_that_knows_more_is_better_and_one_of_the_same_answers_differs_by_nothing():
    """400 rows: ours knows the planted risk, one peer is the same, the other is noise; unanswered rows do not count."""
    rng = np.random.default_rng(5)
    log_odds = rng.normal(-1, 1.5, 400)
    risk = 1 / (1 + np.exp(-log_odds))
    table = as_table(pd.DataFrame({"a": log_odds, "default": (rng.random(400) < risk).astype(int)}), "default")
    ours, noise = risk[None].copy(), rng.uniform(0.05, 0.6, (1, 400))
    ours[0, :10] = noise[0, :10] = np.nan
    result = evaluate(table, {"ours": ours, "same_default": ours.copy(), "noise_default": noise}, seed=1)
    assert {*result["models"]["noise_default"]["figures"]} == {*FIGURES}
    for gap in result["models"]["same_default"]["ours_minus_this"].values():
        assert (gap["value"], gap["low"], gap["high"]) == (0.0, 0.0, 0.0)
    assert result["models"]["noise_default"]["ours_minus_this"]["auc"]["low"] > 0
    assert result["models"]["noise_default"]["ours_minus_this"]["log_loss"]["high"] < 0
    assert result["auc_floor"]["peer"] == "same_default"
    assert result["auc_floor"]["held"]
    assert result["log_loss_against_best"]["not_worse"]
