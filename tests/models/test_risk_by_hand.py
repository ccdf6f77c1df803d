"""A risk model of two terms: probability, interval, grade and shares by hand; what its files must hold."""

from __future__ import annotations

import json
from dataclasses import replace
from math import exp, sqrt

import lightgbm as lgb
import numpy as np
import pytest

from data.codebook import read_codebook
from features.invoices import INVOICE_FEATURES
from features.risk import risk_feature_names
from models.risk import Grade, InvoiceBlock, ModelFileError, RiskModel
from models.risk_layer import Layer, Term

pytestmark = pytest.mark.law
BOOK = read_codebook()
NAMES = risk_feature_names(BOOK)
REVENUE, VOID, FIRST = (NAMES.index(name) for name in ("revenue_log_wan", "inv_sales_void_share", INVOICE_FEATURES[0]))
# share of revenue: -.2 (x - 5); of void invoices: 2 x. Covariance: variance .09 + (.4 z)^2 of the revenue's column z.
LAYER = Layer(
    (Term(REVENUE, "level", 0.0, 10.0, 5.0, -0.2), Term(VOID, "level", 0.0, 1.0, 0.0, 2.0)),
    (9.0, 1.0, 1.0),
    ((0.3, 0.0, 0.0), (0.4, 0.0), (0.0,)),
)
MODEL = RiskModel(
    version="risk-1", codebook_digest=BOOK.digest, data_digest="d", code="c", feature_names=NAMES, layer=LAYER,
    booster_text="", level=-4.0, missing_as={"revenue_log_wan": 0.0}, block=InvoiceBlock(0.6, 0.1, 0.05),
    unseen_sd=0.6, form_and_year_sd=0.3, grades=(Grade("A", 0.01), Grade("B", 0.04), Grade("C", 1.0)),
    interval_level=0.9,
)  # fmt: skip
NAN = float("nan")
Z95 = 1.6448536269514722


class Silent:
    """A remainder that adds nothing."""

    def shares(self, matrix):
        return np.zeros(matrix.shape)


# log revenue, void share -> log-odds, middle before the unseen part, variance of the evidence, share of each
CASES = [
    (3.0, 0.5, -4 + 0.4 + 0.6, -4 + 0.4 + 1.0, 0.09 + 0.16**2, 0.4, 0.6),  # the invoices' 1.0 is cut to the cap
    (3.0, 0.1, -4 + 0.4 + 0.2, -4 + 0.4 + 0.2, 0.09 + 0.16**2, 0.4, 0.2),
    (3.0, 0.3, -4 + 0.4 + 0.6, -4 + 0.4 + 0.6, 0.09 + 0.16**2, 0.4, 0.6),  # just the cap
    (3.0, NAN, -4 + 0.4 + 0.6, -4 + 0.4 + 0.35, 0.09 + 0.16**2 + 0.05, 0.4, 0.0),  # hidden: the whole cap
    (NAN, 0.0, -4 + 1.0, -4 + 1.0, 0.09 + 0.4**2, 1.0, 0.0),  # a missing revenue is read as 0
    (10.0, 0.0, -5.0, -5.0, 0.09 + 0.4**2, -1.0, 0.0),
]
VARIANCE_WITHOUT = [case[4] - 0.05 * np.isnan(case[1]) for case in CASES]  # of the revenue and the intercept alone
GRADES = ["C", "B", "C", "C", "C", "A"]  # 4.74 %, 3.23 %, 4.74 %, 4.74 %, 4.74 %, .67 %


def matrix() -> np.ndarray:
    table = np.full((len(CASES), len(NAMES)), NAN)
    table[:, REVENUE], table[:, VOID] = [case[0] for case in CASES], [case[1] for case in CASES]
    return table


def model(**change) -> RiskModel:
    made = replace(MODEL, **change)
    made.__dict__["remainder"] = Silent()
    return made


def test_every_figure_of_a_prediction():
    """Probability, both ends, grade and the log-odds of the interval."""
    got = model().predict_matrix(matrix())
    assert got["grade"].tolist() == GRADES
    for place, (_, _, log_odds, middle, variance, *_) in enumerate(CASES):
        row = got.iloc[place]
        assert row["pd_12m"] == pytest.approx(1 / (1 + exp(-log_odds)))
        middle, sd = middle - 0.36 / 2, sqrt(variance + 0.09 + 0.36)
        assert row["log_odds_mid"] == pytest.approx(middle)
        assert row["log_odds_sd"] == pytest.approx(sd)
        assert row["log_odds_evidence_sd"] == pytest.approx(sqrt(variance + 0.09))
        # Without invoices: the rest, half-way from the block's mean .1 to its cap .6, and its variance .05.
        rest, hidden_sd = log_odds - min(CASES[place][6], 0.6), sqrt(VARIANCE_WITHOUT[place] + 0.05 + 0.09 + 0.36)
        rest -= 0.6 if np.isnan(CASES[place][1]) else 0.0
        assert row["log_odds_hidden_mid"] == pytest.approx(rest + 0.35 - 0.18)
        assert row["log_odds_hidden_sd"] == pytest.approx(hidden_sd)
        low = min(middle - Z95 * sd, rest + 0.35 - 0.18 - Z95 * hidden_sd)
        high = min(middle + Z95 * sd, rest + 0.35 - 0.18 + Z95 * hidden_sd)
        low, high = (1 / (1 + exp(-end)) for end in (low, high))
        assert (row["pd_low"], row["pd_high"]) == pytest.approx((max(low, 0.0005), max(high, row["pd_12m"])))
    assert model().log_odds(matrix()) == pytest.approx([case[2] for case in CASES])
    assert model().baseline == -4.0


def test_shares_add_up_to_the_log_odds():
    """Revenue's, the invoices' cut in proportion, the whole cap at the first invoice feature where all are hidden."""
    shares = model().contributions_matrix(matrix())
    assert shares[:, REVENUE] == pytest.approx([case[5] for case in CASES])
    assert shares[:, VOID] == pytest.approx([case[6] for case in CASES])
    assert shares[:, FIRST] == pytest.approx([0.0, 0.0, 0.0, 0.6, 0.0, 0.0])
    assert -4.0 + shares.sum(axis=1) == pytest.approx(model().log_odds(matrix()))


def test_the_floor_and_the_borders_of_the_grades():
    """No probability under .05 %; one at a grade's upper end has the next grade."""
    safe = model(level=-30.0).predict_matrix(matrix())
    assert (safe["pd_12m"] == 0.0005).all()
    assert (safe["pd_low"] == 0.0005).all()
    at = 1 / (1 + exp(3.4))
    edge = (Grade("A", 0.01), Grade("B", float(model().predict_matrix(matrix())["pd_12m"][1])), Grade("C", 1.0))
    assert at == pytest.approx(edge[1].upper_pd)
    assert model(grades=edge).predict_matrix(matrix())["grade"][1] == "C"


def text(width: int) -> str:
    """A booster of stumps on so many features."""
    x = np.random.default_rng(2).normal(size=(60, width))
    settings = {"num_leaves": 2, "min_data_in_leaf": 5, "verbosity": -1, "num_threads": 1}
    return lgb.train(settings, lgb.Dataset(x, x[:, 0]), 2).model_to_string()


STUMPS = replace(MODEL, booster_text=text(len(NAMES)))


def test_a_saved_model_is_the_same(tmp_path):
    """Every field comes back; the card holds each under its name."""
    STUMPS.save(tmp_path / "new/risk")
    again = RiskModel.load(tmp_path / "new/risk")
    assert again == STUMPS
    assert again.content_digest() == STUMPS.content_digest() != replace(STUMPS, level=-4.000001).content_digest()
    card = json.loads((tmp_path / "new/risk/model.json").read_text(encoding="utf-8"))
    assert card == {
        "version": "risk-1", "codebook_digest": BOOK.digest, "data_digest": "d", "code": "c",
        "feature_names": list(NAMES), "layer": json.loads(json.dumps(LAYER.card())), "level": -4.0,
        "missing_as": {"revenue_log_wan": 0.0}, "invoice_block": {"cap": 0.6, "mean": 0.1, "variance": 0.05},
        "declared": {"unseen_sd": 0.6, "form_and_year_sd": 0.3},
        "grades": [["A", 0.01], ["B", 0.04], ["C", 1.0]], "interval_level": 0.9,
    }  # fmt: skip
    assert again.predict_matrix(matrix()).equals(STUMPS.predict_matrix(matrix()))


@pytest.mark.contract
def test_each_fault_of_the_files_has_its_message(tmp_path):
    """No file, no numbers, another codebook, other columns, a booster of another width or none."""
    folder = tmp_path / "risk"
    with pytest.raises(ModelFileError, match=r"^risk model in risk/ cannot be read: FileNotFoundError"):
        RiskModel.load(folder)
    replace(STUMPS, codebook_digest="f" * 64).save(folder)
    with pytest.raises(ModelFileError, match=r"^trained on codebook ffffffffffff, this is codebook [0-9a-f]{12}$"):
        RiskModel.load(folder)
    replace(STUMPS, feature_names=(*NAMES[1:], "shoe_size")).save(folder)
    message = rf"^not trained on these features: model alone has \['shoe_size'\], code alone has \['{NAMES[0]}'\]$"
    with pytest.raises(ModelFileError, match=message):
        RiskModel.load(folder)
    replace(STUMPS, booster_text=text(3)).save(folder)
    with pytest.raises(ModelFileError, match=rf"^booster\.txt has 3 features, model\.json names {len(NAMES)}$"):
        RiskModel.load(folder)
    replace(STUMPS, booster_text="no booster").save(folder)
    with pytest.raises(ModelFileError):
        RiskModel.load(folder)
    with pytest.raises(ValueError, match="not JSON compliant"):
        replace(STUMPS, level=NAN).save(folder)
