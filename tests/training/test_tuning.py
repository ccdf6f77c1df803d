from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from features.risk import risk_matrix
from training.params import build_section, read_section
from training.risk.fit import RiskParams, read_table
from training.tuning import SPACE, TuningParams, enterprise_folds, forward_folds, proposal, tune


@pytest.mark.law
def test_tuning_repeats_itself_and_shows_what_it_promised_and_kept(trained, tmp_path):
    """Same seed, same proposal; the gap is promise less kept; the proposal is a section that params.yaml would take."""
    cases = pd.concat([trained.early, trained.later])
    default = pd.concat([trained.early_default, trained.later_default])
    params = replace(read_section("risk", RiskParams), least_rounds=5, most_rounds=10)
    box = TuningParams(trials=2, seconds=60.0, seed=1)
    one, two = (
        tune(cases, default, read_codebook(), params, box, tmp_path / f"{name}.journal") for name in ("one", "two")
    )
    assert one == two
    report = one.report
    assert report["optimism_gap"] == report["gain_promised_before_last_vintage"] - report["gain_kept_on_last_vintage"]
    assert report["log_loss_proposed"] <= report["log_loss_now"]
    section = proposal(one)["risk"]
    assert isinstance(build_section(section, "risk", RiskParams), RiskParams)
    assert {name for name in section if section[name] != getattr(params, name)} <= {*SPACE, "grades"}


@pytest.mark.contract
def test_too_few_vintages_are_refused(trained, tmp_path):
    """Two vintages cannot both search and test."""
    params = read_section("risk", RiskParams)
    with pytest.raises(ValueError, match="at least 3 are needed"):
        tune(
            trained.later,
            trained.later_default,
            read_codebook(),
            params,
            TuningParams(1, 1.0, 1),
            tmp_path / "journal",
        )


@pytest.mark.law
def test_no_fold_learns_from_an_outcome_of_the_vintage_that_it_predicts(trained):
    """Other enterprises alone, and only cases whose twelve months are over when the later vintage begins."""
    cases = pd.concat([trained.early, trained.later], ignore_index=True)
    y = pd.concat([trained.early_default, trained.later_default]).to_numpy(dtype=float)
    book = read_codebook()
    folds = forward_folds(read_table(risk_matrix(cases, book).to_numpy(), book), y, cases, seed=7)
    assert folds
    for fold in folds:
        train, later = cases.loc[fold.train], cases.loc[fold.later]
        assert not set(train["uscc"]) & set(later["uscc"])
        begins = pd.Timestamp(later["as_of"].dt.year.min(), 1, 1)
        assert (train["as_of"] + pd.DateOffset(months=12) <= begins).all()


@pytest.mark.law
def test_folds_of_enterprises_share_out_the_defaults_and_tear_no_enterprise_apart():
    """An enterprise is in one fold, and each fold has as many enterprises that defaulted, to one."""
    rng = np.random.default_rng(8)
    firms = pd.Series(rng.integers(0, 300, 900))
    y = np.where(firms < 43, rng.random(900) < 0.6, 0.0).astype(float)
    fold = enterprise_folds(y, firms, 5, 7)
    assert (pd.Series(fold) == firms.map(dict(zip(firms, fold, strict=True)))).all()
    bad = pd.Series(fold)[y == 1].groupby(firms[y == 1]).first().value_counts()
    assert set(bad.index) == set(range(5))
    assert bad.max() - bad.min() <= 1
