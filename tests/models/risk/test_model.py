from __future__ import annotations

from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from data.codebook import read_codebook, read_credit_facts
from data.growth_stages import GROWTH_STAGES, UNKNOWN
from features.invoices.features import INVOICE_FEATURES
from features.risk import monotone_signs, risk_feature_names, risk_matrix, risk_values
from models.content_digest import content_digest
from models.risk.interval import PD_FLOOR, probability
from models.risk.model import ModelFileError, RiskModel

pytestmark = pytest.mark.law
BOOK = read_codebook()
HIDDEN_INVOICES = dict.fromkeys(INVOICE_FEATURES, np.nan)
SOURCES = {
    agency: [item.key for item in (*BOOK, *read_credit_facts()) if item.agency == agency]
    for agency in dict.fromkeys(item.agency for item in (*BOOK, *read_credit_facts()))
}
# From the best to beyond the top; amounts as shares of revenue.
FACT_GRIDS = {
    "overdue_days_max_24m": (0, 1, 5, 15, 30, 60, 90, 400, 3_650),
    "litigation_count_24m": (0, 1, 2, 5, 50),
    "existing_debt_wan": (0.0, 0.01, 0.05, 0.2, 0.5, 1.0, 5.0),
    "guarantees_wan": (0.0, 0.01, 0.05, 0.2, 0.5, 1.0, 5.0),
    "social_security_arrears_wan": (0.0, 0.001, 0.002, 0.01, 0.02, 0.05, 0.2),
    "operating_cash_flow_wan": (0.5, 0.3, 0.1, 0.0, -0.1, -0.3, -1.0),
}


@pytest.fixture(scope="module")
def snapshot(trained):
    """Every firm of the snapshot, with the invoices of those who have borrowed."""
    return trained.snapshot.frame


def without(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The frame with these columns hidden, and the stage unknown where it can no longer be said."""
    hidden = frame.assign(**dict.fromkeys(keys, np.nan))
    return hidden.assign(growth_stage=UNKNOWN) if {"revenue_wan", "age_years"} & set(keys) else hidden


def log_odds(risk: RiskModel, frame: pd.DataFrame) -> np.ndarray:
    return risk.log_odds(risk_matrix(frame, BOOK).to_numpy())


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


@pytest.mark.parametrize("key", [fact.key for fact in read_credit_facts() if fact.pd_direction])
def test_every_credit_fact_moves_the_risk_of_every_firm(trained, snapshot, key):
    """From the best value to the worst the PD never falls, and its log-odds end more than 0.02 above their start."""
    frame = snapshot.loc[snapshot["revenue_wan"].notna()]
    unit = 1.0 if key.endswith("24m") else frame["revenue_wan"].clip(lower=30.0)
    path = np.array([log_odds(trained.engine.risk, frame.assign(**{key: value * unit})) for value in FACT_GRIDS[key]])
    assert (np.diff(path, axis=0) >= 0).all()
    assert (path[-1] - path[0] > 0.02).all()


@pytest.mark.parametrize(
    "keys", [*SOURCES.values(), list(HIDDEN_INVOICES), ["age_years"]], ids=[*SOURCES, "vat", "age"]
)
def test_hiding_a_source_never_lowers_default_risk(trained, snapshot, keys):
    """Whatever an agency or the invoices show, not showing it is never better, for any firm."""
    predict = trained.engine.risk.predict
    assert (predict(without(snapshot, keys))["pd_12m"] >= predict(snapshot)["pd_12m"]).all()


def test_hiding_any_column_never_lowers_default_risk(trained, snapshot):
    """Column by column of the model, invoices included."""
    risk = trained.engine.risk
    matrix = risk_matrix(snapshot, BOOK).to_numpy()
    shown = risk.log_odds(matrix)
    signs = monotone_signs(BOOK)
    for position, name in enumerate(risk.feature_names):
        hidden = matrix.copy()
        hidden[:, position] = np.nan if name in INVOICE_FEATURES or not signs[name] else signs[name] * 1e9
        assert (risk.log_odds(hidden) >= shown).all(), name


def test_no_block_of_invoices_is_worse_than_showing_none(trained, snapshot):
    """The rest of every firm with every shown block is at most what the firm has without invoices."""
    risk = trained.engine.risk
    matrix = risk_matrix(snapshot, BOOK).to_numpy()
    positions = [risk.feature_names.index(name) for name in INVOICE_FEATURES]
    blocks = matrix[~np.isnan(matrix[:, positions]).all(axis=1)][:, positions]
    assert len(blocks) > 100
    for row in matrix[:: len(matrix) // 20]:
        mixed = np.tile(row, (len(blocks) + 1, 1))
        mixed[:-1, positions], mixed[-1, positions] = blocks, np.nan
        result = risk.log_odds(mixed)
        assert (result[:-1] <= result[-1]).all()
        assert (result[:-1] < result[-1]).mean() > 0.5


def test_an_unknown_stage_counts_as_the_worst_one(trained, snapshot):
    """Everything else held fixed, the unknown stage has the largest log-odds of the three."""
    of = [log_odds(trained.engine.risk, snapshot.assign(growth_stage=name)) for name in GROWTH_STAGES]
    assert np.array_equal(log_odds(trained.engine.risk, snapshot.assign(growth_stage=UNKNOWN)), np.max(of, axis=0))
    assert np.ptp(of, axis=0).max() > 0


def test_the_interval_holds_the_point_and_nothing_is_without_risk(trained):
    """Floor <= low <= pd <= high <= 1."""
    result = trained.engine.risk.predict(trained.snapshot.frame)
    assert (result["pd_low"] >= PD_FLOOR).all()
    assert (result["pd_low"] <= result["pd_12m"]).all()
    assert (result["pd_12m"] <= result["pd_high"]).all()
    assert (result["pd_high"] <= 1).all()


def test_intervals_differ_where_the_evidence_does(trained, snapshot):
    """Firms of the same score: without invoices, the evidence is weaker and the interval wider."""
    risk = trained.engine.risk
    shown = snapshot.loc[snapshot["inv_months_seen"].notna()]
    one, two = risk.predict(shown), risk.predict(shown.assign(**HIDDEN_INVOICES))
    assert (two["log_odds_evidence_sd"] > one["log_odds_evidence_sd"]).mean() > 0.9
    result = risk.predict(snapshot)
    band = (np.log(result["pd_12m"] / (1 - result["pd_12m"])) / 0.02).round()
    spread = result.groupby(band)["log_odds_evidence_sd"].agg(["min", "max", "size"])
    spread = spread.loc[spread["size"] >= 10]
    assert len(spread) > 10
    assert (spread["max"] / spread["min"]).median() > 1.2


def test_no_interval_is_narrower_than_what_is_declared(trained, snapshot):
    """Whatever the evidence, 2 z sqrt(unseen^2 + form and year^2) of log-odds remain; with .6 and .35 that is 2.285."""
    risk = replace(trained.engine.risk, unseen_sd=0.6, form_and_year_sd=0.35)
    result = risk.predict(snapshot)
    least = 2 * norm.ppf(0.95) * np.hypot(risk.unseen_sd, risk.form_and_year_sd)
    assert least == pytest.approx(2.285, abs=0.001)
    assert (2 * norm.ppf(0.95) * result["log_odds_sd"] > least).all()
    free = (
        (result["pd_low"] > PD_FLOOR) & (result["pd_low"] < result["pd_12m"]) & (result["pd_12m"] < result["pd_high"])
    )
    ends = np.log(result[["pd_low", "pd_high"]] / (1 - result[["pd_low", "pd_high"]])).loc[free]
    assert (ends["pd_high"] - ends["pd_low"] > least).all()


def test_the_declared_variances_enter_as_they_are_named(trained, snapshot):
    """unseen_sd widens by its square and lowers the middle by half of it; evidence_sd is the interval without it."""
    risk = trained.engine.risk
    wide, result = (
        replace(risk, unseen_sd=a, form_and_year_sd=b).predict(snapshot) for a, b in ((0.8, 0.5), (0.6, 0.6))
    )
    variance = wide["log_odds_sd"] ** 2 - 0.5**2 - 0.8**2
    assert (variance > 0).all()
    assert np.allclose(result["log_odds_evidence_sd"] ** 2, variance + 0.6**2)
    assert np.allclose(result["log_odds_sd"] ** 2, variance + 0.6**2 + 0.6**2)
    for middle in ("log_odds_mid", "log_odds_hidden_mid"):
        assert np.allclose(result[middle], wide[middle] + 0.32 - 0.18)
    pd.testing.assert_series_equal(result["pd_12m"], wide["pd_12m"])


def test_contributions_are_layer_and_trees_and_add_up_to_the_log_odds(trained, snapshot):
    """Outside the invoices: coefficient times column, and the booster's own TreeSHAP."""
    risk = trained.engine.risk
    matrix = risk_matrix(snapshot, BOOK).to_numpy()
    parts = risk.contributions_matrix(matrix)
    assert np.allclose(risk.baseline + parts.sum(axis=1), risk.log_odds(matrix), atol=1e-12, rtol=0)
    known = ~np.isnan(matrix[:, risk.feature_names.index("stage_ordinal")])
    trees = np.asarray(lgb.Booster(model_str=risk.booster_text).predict(matrix[known], pred_contrib=True))
    columns = risk.layer.table.columns(matrix[known])
    for position, name in enumerate(risk.feature_names):
        if name not in INVOICE_FEATURES:
            mine = np.flatnonzero(risk.layer.table.features == position) + 1
            own = np.array(risk.layer.coefficients)[mine] @ columns[mine]
            assert np.allclose(parts[known, position], trees[:, position] + own, atol=1e-9, rtol=0), name


def test_the_cap_reduces_the_invoice_shares_in_proportion(trained, snapshot):
    """A block above the cap counts for the cap, each share scaled alike; no invoices are one share."""
    risk = trained.engine.risk
    positions = [risk.feature_names.index(name) for name in INVOICE_FEATURES]
    parts = risk.contributions(snapshot).to_numpy()[:, positions]
    free = replace(risk, block=replace(risk.block, cap=1e9)).contributions(snapshot).to_numpy()[:, positions]
    shown = snapshot["inv_months_seen"].notna().to_numpy()
    block = free.sum(axis=1)
    over = shown & (block > risk.block.cap)
    assert over.any()
    assert risk.block.cap > 0
    assert np.allclose(parts[over], free[over] * (risk.block.cap / block[over])[:, None])
    assert np.array_equal(parts[shown & ~over], free[shown & ~over])
    assert np.allclose(parts[~shown].sum(axis=1), risk.block.cap)
    assert ((parts[~shown] != 0).sum(axis=1) == 1).all()


def test_the_training_probabilities_add_up_to_the_defaults(trained):
    """The level is set after the cap, so that the PDs of the firms of known stage add up to their defaults."""
    known = trained.early["growth_stage"] != UNKNOWN
    result = trained.engine.risk.predict(trained.early)["pd_12m"]
    assert result[known].sum() == pytest.approx(float(trained.early_default[known].sum()), abs=1e-6)
    assert result[~known].sum() > trained.early_default[~known].sum()


def test_a_single_row_gets_the_bits_of_the_batch(trained):
    """Row and table: matrix, probability, interval, grade and reasons, of each eighth case in a table of all."""
    risk, frame = trained.engine.risk, trained.snapshot.frame
    hidden = frame.sample(frac=0.5, random_state=3)
    hidden = hidden.assign(revenue_wan=np.nan, growth_stage="unknown", headcount=np.nan, rd_intensity=np.nan)
    every = pd.concat([frame, hidden], ignore_index=True)
    matrix, values = risk_matrix(every, BOOK).to_numpy(), risk_values(every, BOOK).to_numpy()
    result, parts = risk.predict_matrix(matrix), risk.contributions_matrix(matrix)
    for position in range(0, len(every), 8):
        row = every.iloc[[position]]
        assert risk_matrix(row, BOOK).to_numpy().tobytes() == matrix[position : position + 1].tobytes()
        assert risk_values(row, BOOK).to_numpy().tobytes() == values[position : position + 1].tobytes()
        alone = risk.predict_matrix(matrix[position : position + 1])
        assert alone.iloc[0].tolist() == result.iloc[position].tolist()
        assert (
            risk.contributions_matrix(matrix[position : position + 1]).tobytes()
            == parts[position : position + 1].tobytes()
        )
    some = np.flatnonzero(np.random.default_rng(1).random(len(every)) < 0.3)
    pd.testing.assert_frame_equal(
        risk.predict_matrix(matrix[some]), result.iloc[some].reset_index(drop=True), check_exact=True
    )


def test_a_reloaded_model_gives_the_same_bits(trained):
    """Probabilities before saving and after loading are identical, and so is the digest."""
    frame = trained.snapshot.frame
    again = RiskModel.load(trained.folder / "risk/model")
    pd.testing.assert_frame_equal(again.predict(frame), trained.engine.risk.predict(frame), check_exact=True)
    assert content_digest(again) == content_digest(trained.engine.risk)


def test_any_change_of_the_content_is_another_digest(trained):
    """Layer, trees, level, cap, fills, declared variances, grades: none can change unseen."""
    risk = trained.engine.risk
    first, *others = risk.layer.coefficients
    changed = [
        replace(risk, layer=replace(risk.layer, coefficients=(first + 1e-9, *others))),
        replace(risk, booster_text=risk.booster_text + "\n"),
        replace(risk, level=risk.level + 1e-9),
        replace(risk, block=replace(risk.block, cap=risk.block.cap + 1e-9)),
        replace(risk, missing_as={**risk.missing_as, "age_years": 30.0}),
        replace(risk, unseen_sd=0.5),
        replace(risk, form_and_year_sd=0.3),
        replace(risk, grades=(replace(risk.grades[0], upper_pd=0.006), *risk.grades[1:])),
        replace(risk, interval_level=0.8),
        replace(risk, version="risk-other"),
    ]
    assert len({content_digest(one) for one in (risk, *changed)}) == len(changed) + 1


@pytest.mark.truth
def test_the_model_beats_a_coin_on_a_later_vintage(trained):
    """On the planted truth, out of time, risk ranks defaults better than chance."""
    from sklearn.metrics import roc_auc_score

    result = trained.engine.risk.predict(trained.later)["pd_12m"]
    assert roc_auc_score(trained.later_default, result) > 0.6


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "text"),
    [("model.json", "{"), ("booster.txt", "tree"), ("model.json", "{}"), ("model.json", None)],
)
def test_a_corrupt_model_names_itself(trained, tmp_path, name, text):
    """A damaged file does not load and does not guess; None means a coefficient that was cut off."""
    trained.engine.risk.save(tmp_path)
    path = tmp_path / name
    cut = path.read_text(encoding="utf-8").replace('"coefficients": [', '"coefficients": [0.0,', 1)
    path.write_text(cut if text is None else text, encoding="utf-8")
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


def test_a_probability_is_that_of_its_log_odds():
    """By hand: 1/2, 3/4, 1/20, the minimum, and no overflow far out."""
    odds = np.array([0.0, np.log(3.0), -np.log(19.0), -1e4, 1e4])
    assert probability(odds) == pytest.approx([0.5, 0.75, 0.05, PD_FLOOR, 1.0], abs=1e-15)
