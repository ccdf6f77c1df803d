from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from data.stages import STAGE3
from features.invoices import INVOICE_FEATURES
from features.risk import (
    monotone_signs,
    risk_feature_names,
    risk_matrix,
    risk_row,
    risk_values,
    risk_values_row,
)
from models.risk import PD_FLOOR, ModelFileError, RiskModel

pytestmark = pytest.mark.law
BOOK = read_codebook()


def test_no_personal_attribute_is_a_feature():
    """The founder tier is about people: it never enters default risk."""
    personal = {item.key for item in BOOK if item.personal}
    assert personal
    assert not personal & set(risk_feature_names(BOOK))


@pytest.mark.parametrize("key", [item.key for item in BOOK if not item.personal])
def test_a_better_indicator_never_raises_default_risk(trained, key):
    """Monotone by codebook, others held fixed, for every enterprise."""
    item, frame = BOOK[key], trained.snapshot.frame
    rng = np.random.default_rng(5)
    one, two = np.sort(rng.uniform(*np.nanquantile(frame[key], [0.01, 0.99]), (2, len(frame))), axis=0)
    worse, better = (one, two) if item.direction > 0 else (two, one)
    predict = trained.engine.risk.predict
    assert (predict(frame.assign(**{key: better}))["pd_12m"] <= predict(frame.assign(**{key: worse}))["pd_12m"]).all()


@pytest.mark.parametrize("key", [name for name, sign in monotone_signs(BOOK).items() if sign and name in BOOK.keys])
def test_hiding_an_indicator_never_lowers_default_risk(trained, key):
    """Missing stands at the worst end."""
    frame, predict = trained.snapshot.frame, trained.engine.risk.predict
    assert (predict(frame.assign(**{key: np.nan}))["pd_12m"] >= predict(frame)["pd_12m"]).all()


def test_the_interval_holds_the_point_and_nothing_is_without_risk(trained):
    """Floor <= low <= pd <= high <= 1."""
    told = trained.engine.risk.predict(trained.snapshot.frame)
    assert (told["pd_low"] >= PD_FLOOR).all()
    assert (told["pd_low"] <= told["pd_12m"]).all()
    assert (told["pd_12m"] <= told["pd_high"]).all()
    assert (told["pd_high"] <= 1).all()


def test_contributions_are_the_boosters_own_and_add_up_to_the_raw_log_odds(trained):
    """Exact TreeSHAP: with the stage's baseline the parts are the whole."""
    risk, frame = trained.engine.risk, trained.snapshot.frame
    matrix = risk_matrix(frame, BOOK).to_numpy()
    parts = risk.contributions(frame).to_numpy()
    told = np.asarray(lgb.Booster(model_str=risk.booster_text).predict(matrix, pred_contrib=True))[:, :-1]
    for place, stage in enumerate(STAGE3):
        rows = np.flatnonzero(frame["stage3"] == stage)
        own = 0.0
        if stage in risk.stages:
            booster = lgb.Booster(model_str=risk.stages[stage].booster_text)
            own = risk.stages[stage].strength * np.asarray(booster.predict(matrix[rows], pred_contrib=True))[:, :-1]
        assert np.allclose(parts[rows], told[rows] + own, atol=1e-9, rtol=0), place
        assert np.allclose(risk.baseline(stage) + parts[rows].sum(axis=1), risk.raw(frame)[rows], atol=1e-12, rtol=0)


def test_a_single_row_gets_the_bits_of_the_batch(trained):
    """Row doors and batch doors, matrix, probability, interval, grade and reasons, on every case there is."""
    risk, frame = trained.engine.risk, trained.snapshot.frame
    hidden = frame.sample(frac=0.5, random_state=3)
    hidden = hidden.assign(revenue_wan=np.nan, stage3="unknown", headcount=np.nan, rd_intensity=np.nan)
    every = pd.concat([frame, hidden], ignore_index=True)
    matrix, values = risk_matrix(every, BOOK).to_numpy(), risk_values(every, BOOK).to_numpy()
    told, parts = risk.predict(every), risk.contributions(every).to_numpy()
    for place, row in enumerate(every.to_dict("records")):
        x = risk_row(row, BOOK)
        assert x.tobytes() == matrix[place].tobytes()
        assert np.array(risk_values_row(row, BOOK)).tobytes() == values[place].tobytes()
        assert risk.predict_row(x) == tuple(told.iloc[place])
        assert risk.contributions_row(x) == parts[place].tolist()


def test_one_enterprise_alone_and_reloaded_gets_the_same_bits(trained):
    """Single, batch and reloaded probabilities are identical."""
    frame = trained.snapshot.frame
    every = trained.engine.risk.predict(frame)
    again = RiskModel.load(trained.folder / "risk/model")
    pd.testing.assert_frame_equal(again.predict(frame), every, check_exact=True)
    for place in range(0, len(frame), 61):
        alone = again.predict(frame.iloc[[place]])
        pd.testing.assert_frame_equal(alone, every.iloc[[place]], check_exact=True)


@pytest.mark.truth
def test_the_model_beats_a_coin_on_a_later_vintage(trained):
    """On the planted truth, out of time, risk ranks defaults better than chance."""
    from sklearn.metrics import roc_auc_score

    told = trained.engine.risk.predict(trained.later)["pd_12m"]
    assert roc_auc_score(trained.later_default, told) > 0.6


@pytest.mark.contract
@pytest.mark.parametrize(("name", "text"), [("model.json", "{"), ("booster.txt", "tree"), ("model.json", "{}")])
def test_a_corrupt_model_names_itself(trained, tmp_path, name, text):
    """A damaged file does not load and does not guess."""
    trained.engine.risk.save(tmp_path)
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ModelFileError):
        RiskModel.load(tmp_path)


@pytest.mark.contract
def test_a_model_of_other_features_does_not_load(trained, tmp_path):
    """The message lists what the model and the code disagree about."""
    trained.engine.risk.save(tmp_path)
    path = tmp_path / "model.json"
    path.write_text(path.read_text(encoding="utf-8").replace(INVOICE_FEATURES[0], "astrology"), encoding="utf-8")
    with pytest.raises(ModelFileError, match="astrology"):
        RiskModel.load(tmp_path)
