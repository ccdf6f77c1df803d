from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from experiments.benchmarks.points.panel import Columns, PanelError, read_panel, study
from experiments.patents_from_rd import COLUMNS, long_table
from training.params import read_section
from training.points.fit import PointsParams
from training.points.shapes import ShapeParams

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
BOOK = read_codebook(ROOT / "experiments/0002-patents-from-rd/codebook.csv")
FAST = replace(read_section("points", PointsParams), draws=10, shape_draws=0, folds=2, shape_shares=(0.0,))


def made_up_panel(seed=0, firms=150):
    """The public panel's columns, with patents that follow R&D."""
    rng = np.random.default_rng(seed)
    level, capital = rng.normal(1, 1.5, firms), rng.normal(4, 1.5, firms)
    wide = {"cusip": np.arange(firms), "scisect": rng.integers(0, 2, firms), "logk": capital}
    for year in range(70, 80):
        wide[f"logr{year}"] = level + rng.normal(0, 0.3, firms)
        wide[f"pat{year}"] = rng.poisson(np.exp(np.clip(0.8 * level + 1, None, 5)))
    return pd.DataFrame(wide)


@pytest.mark.behaviour
def test_another_zone_with_other_indicators_and_stages_runs_with_no_code_changed(tmp_path):
    """Two stages, six indicators, weights of their own: learned, validated and tested by the same code."""
    path = tmp_path / "long.csv"
    long_table(made_up_panel()).to_csv(path, index=False)
    result = study(read_panel(path, BOOK, COLUMNS), BOOK, FAST, read_section("points_shape", ShapeParams))
    assert set(result["stage_weights_with_interval"]) == {"small", "large"}
    assert result["quality"]["scores"]["learned"]["spearman_within_stage"][0] > 0.5
    assert {"prior", "linear", "unconstrained_lightgbm"} <= set(result["quality"]["against"])


@pytest.mark.contract
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.drop(columns="capital"), r"lacks the columns \['capital'\]"),
        (lambda table: table.assign(capital="much"), "capital: .* is no number"),
        (lambda table: table.assign(stage="giant"), r"stages \['giant'\] have no weight"),
        (lambda table: table.assign(year="soon"), "year: .* are no dates or years, first 'soon'"),
        (lambda table: table.assign(year=1975), "1 different times, at least 3"),
    ],
)
def test_a_table_that_cannot_be_learned_from_says_why(tmp_path, change, message):
    """Where, what was found, what is allowed."""
    path = tmp_path / "long.csv"
    change(long_table(made_up_panel(firms=20))).to_csv(path, index=False)
    with pytest.raises(PanelError, match=message):
        read_panel(path, BOOK, COLUMNS)


@pytest.mark.contract
def test_too_few_rows_and_no_table_at_all_are_errors(tmp_path):
    """Six firms are too few; a file that is not there is named."""
    path = tmp_path / "long.csv"
    long_table(made_up_panel(firms=6)).to_csv(path, index=False)
    panel = read_panel(path, BOOK, COLUMNS)
    with pytest.raises(PanelError, match="at least 50 and 30 are needed"):
        study(panel, BOOK, FAST, read_section("points_shape", ShapeParams))
    with pytest.raises(PanelError, match=r"gone\.csv cannot be read"):
        read_panel(tmp_path / "gone.csv", BOOK, Columns("a", "b", "c"))
