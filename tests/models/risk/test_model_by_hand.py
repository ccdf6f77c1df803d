"""A risk model of two terms: probability, interval, grade and shares by hand; what its files must hold."""

from __future__ import annotations

import json
from dataclasses import replace
from math import exp, expm1, sqrt
from types import SimpleNamespace

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook, read_credit_facts
from features.invoices.features import INVOICE_FEATURES
from features.risk import risk_feature_names
from models.content_digest import content_digest
from models.risk.interval import interval_at, probability
from models.risk.layer import Layer, Term
from models.risk.model import Grade, InvoiceBlock, ModelFileError, RiskModel, read_remainder

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
    assert got["risk_grade"].tolist() == GRADES
    for position, (_, _, log_odds, middle, variance, *_) in enumerate(CASES):
        row = got.iloc[position]
        assert row["pd_12m"] == pytest.approx(1 / (1 + exp(-log_odds)))
        middle, sd = middle - 0.36 / 2, sqrt(variance + 0.09 + 0.36)
        assert row["log_odds_mid"] == pytest.approx(middle)
        assert row["log_odds_sd"] == pytest.approx(sd)
        assert row["log_odds_evidence_sd"] == pytest.approx(sqrt(variance + 0.09))
        # Without invoices: the rest, half-way from the block's mean .1 to its cap .6, and its variance .05.
        rest, hidden_sd = log_odds - min(CASES[position][6], 0.6), sqrt(VARIANCE_WITHOUT[position] + 0.05 + 0.09 + 0.36)
        rest -= 0.6 if np.isnan(CASES[position][1]) else 0.0
        assert row["log_odds_hidden_mid"] == pytest.approx(rest + 0.35 - 0.18)
        assert row["log_odds_hidden_sd"] == pytest.approx(hidden_sd)
        low = min(middle - Z95 * sd, rest + 0.35 - 0.18 - Z95 * hidden_sd)
        high = min(middle + Z95 * sd, rest + 0.35 - 0.18 + Z95 * hidden_sd)
        low, high = (1 / (1 + exp(-end)) for end in (low, high))
        assert (row["pd_low"], row["pd_high"]) == pytest.approx((max(low, 0.0005), max(high, row["pd_12m"])))
    assert model().log_odds(matrix()) == pytest.approx([case[2] for case in CASES])
    assert model().baseline == -4.0


# void share -> variance of the evidence with the invoices' term of variance (.4 z)^2, z = 2 x; and without it
MOST = 0.45 / (Z95**2 - 1)  # of what is declared, .6^2 + .3^2: no more of the evidence's variance counts
WITH_INVOICES = [(0.1, 0.1156 + 0.08**2, 0.1156), (0.3, 0.1156 + 0.24**2, 0.1156), (0.9, MOST, 0.1156)]


@pytest.mark.parametrize(("void", "variance", "without"), WITH_INVOICES)
def test_variance_counts_up_to_a_part_of_what_is_declared_and_without_invoices_theirs_is_not_in_it(
    void, variance, without
):
    """.1156 + .5184 is cut to .2639; a case without its invoices has the block's .05 in their place."""
    unsure = replace(LAYER, root=((0.3, 0.0, 0.0), (0.4, 0.0), (0.4,)))
    table = np.full((1, len(NAMES)), NAN)
    table[0, REVENUE], table[0, VOID] = 3.0, void
    got = model(layer=unsure).predict_matrix(table).iloc[0]
    assert got["log_odds_evidence_sd"] == pytest.approx(sqrt(variance + 0.09))
    assert got["log_odds_sd"] == pytest.approx(sqrt(variance + 0.45))
    assert got["log_odds_hidden_sd"] == pytest.approx(sqrt(without + 0.05 + 0.45))


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
    assert model(grades=edge).predict_matrix(matrix())["risk_grade"][1] == "C"


def test_cases_are_predicted_as_their_matrix():
    """Two firms of nine years: revenues of e^3 - 1 and e^10 - 1, void shares of .1 and unknown; their own index."""
    unknown = [item.key for item in BOOK] + [fact.key for fact in read_credit_facts()] + list(INVOICE_FEATURES)
    cases = pd.DataFrame(np.full((2, len(unknown)), NAN), columns=unknown, index=["x", "y"]).assign(
        as_of=pd.Timestamp("2024-06-30"), age_years=9.0, growth_stage="growth", headcount=NAN,
        revenue_wan=[expm1(3.0), expm1(10.0)], inv_sales_void_share=[0.1, NAN],
    )  # fmt: skip
    result = model().predict(cases)
    assert list(result.index) == ["x", "y"]
    assert result["pd_12m"].tolist() == pytest.approx([1 / (1 + exp(3.4)), 1 / (1 + exp(5.0 - 0.6))])
    pd.testing.assert_frame_equal(result, model().predict(cases, BOOK))
    shares = model().contributions(cases)
    assert (list(shares.index), list(shares.columns)) == (["x", "y"], list(NAMES))
    assert shares["revenue_log_wan"].tolist() == pytest.approx([0.4, -1.0])
    assert shares["inv_sales_void_share"].tolist() == pytest.approx([0.2, 0.0])
    assert shares[INVOICE_FEATURES[0]].tolist() == pytest.approx([0.0, 0.6])
    pd.testing.assert_frame_equal(shares, model().contributions(cases, BOOK))


def test_every_row_of_a_long_table_is_reckoned():
    """10,000 rows, each as if it stood alone, over the pieces of 4,096."""
    table = np.full((10_000, len(NAMES)), NAN)
    table[:, REVENUE], table[:, VOID] = np.linspace(0.0, 10.0, 10_000), np.linspace(0.0, 0.2, 10_000)
    wanted = -4.0 - 0.2 * (table[:, REVENUE] - 5.0) + 2.0 * table[:, VOID]
    assert model().log_odds(table) == pytest.approx(wanted)
    assert model().predict_matrix(table)["pd_12m"].to_numpy() == pytest.approx(1 / (1 + np.exp(-wanted)))
    assert model().contributions_matrix(table)[:, VOID] == pytest.approx(2.0 * table[:, VOID])
    assert len(model().predict_matrix(table[:0])) == len(model().log_odds(table[:0])) == 0


SECOND = NAMES.index(INVOICE_FEATURES[1])
BOTH = Layer(
    (Term(SECOND, "level", -9.0, 9.0, 0.0, 1.0), Term(VOID, "level", 0.0, 1.0, 0.0, 2.0)),
    (9.0, 1.0, 1.0),
    ((0.0, 0.0, 0.0), (0.0, 0.0), (0.0,)),
)
# two invoice features -> their shares under a cap of .6
TWO = [
    (0.2, 0.5, 0.1, 0.5),  # a block of .2 + 1.0 is halved
    (0.2, 0.1, 0.2, 0.2),
    (-0.7, 0.5, -0.7, 1.0),  # one share outweighs the other
    (-0.2, NAN, -0.2, 0.0),  # one of them is shown: not hidden, the other one is the mean training case
    (NAN, 0.5, 0.0, 0.6),
]


@pytest.mark.parametrize(("second", "void", "of_second", "of_void"), TWO)
def test_the_cap_is_of_the_invoices_together(second, void, of_second, of_void):
    """Their sum is cut, each share in proportion; a single known invoice figure is a shown block."""
    row = np.full((1, len(NAMES)), NAN)
    row[0, SECOND], row[0, VOID] = second, void
    shares = model(layer=BOTH).contributions_matrix(row)[0]
    assert (shares[SECOND], shares[VOID]) == pytest.approx((of_second, of_void))
    assert np.delete(shares, [SECOND, VOID]).tolist() == [0.0] * (len(NAMES) - 2)
    result = model(layer=BOTH).predict_matrix(row).iloc[0]
    assert model(layer=BOTH).log_odds(row)[0] == pytest.approx(-4.0 + min(of_second + of_void, 0.6))
    block = sum(value for value in (second, 2 * void) if value == value)
    assert result["log_odds_mid"] == pytest.approx(-4.0 + block - 0.18)


def test_a_cap_of_nought_leaves_no_share_of_a_bad_block():
    """A block above it counts for nothing, one below it for itself."""
    row = np.full((2, len(NAMES)), NAN)
    row[:, SECOND], row[:, VOID] = [0.5, -0.5], [0.1, 0.1]
    flat = model(layer=BOTH, block=InvoiceBlock(0.0, 0.1, 0.05))
    assert flat.log_odds(row) == pytest.approx([-4.0, -4.3])
    assert flat.contributions_matrix(row)[:, [SECOND, VOID]] == pytest.approx(np.array([[0.0, 0.0], [-0.5, 0.2]]))


def test_trees_add_to_the_layer():
    """A tree on revenue: leaves 0, 0 and 8, 8 about 5, mean 4, a tenth of it learned: -.4 below and .4 above."""
    x = np.zeros((4, len(NAMES)))
    x[:, REVENUE] = [1.0, 4.0, 6.0, 9.0]
    settings = {
        "objective": "regression", "num_leaves": 2, "learning_rate": 0.1, "min_data_in_leaf": 1, "min_data_in_bin": 1,
        "min_sum_hessian_in_leaf": 0, "boost_from_average": False, "verbosity": -1, "num_threads": 1,
    }  # fmt: skip
    result = lgb.train(settings, lgb.Dataset(x, np.array([0.0, 0.0, 8.0, 8.0])), 1).model_to_string()
    grown = replace(MODEL, booster_text=result)
    assert grown.remainder.baseline == pytest.approx(0.4)
    plain, added = (one.contributions_matrix(matrix())[:, REVENUE] for one in (model(), grown))
    assert added - plain == pytest.approx([-0.4, -0.4, -0.4, -0.4, -0.4, 0.4])
    assert grown.log_odds(matrix()) - model().log_odds(matrix()) == pytest.approx([-0.4] * 5 + [0.4])


def test_hidden_invoices_have_no_tree_either():
    """A tree on void invoices adds -.4 where it misses them; where all are hidden only the cap counts."""
    x = np.zeros((4, len(NAMES)))
    x[:, VOID] = [0.0, 0.0, 1.0, 1.0]
    settings = {
        "objective": "regression", "num_leaves": 2, "learning_rate": 0.1, "min_data_in_leaf": 1, "min_data_in_bin": 1,
        "min_sum_hessian_in_leaf": 0, "boost_from_average": False, "verbosity": -1, "num_threads": 1,
    }  # fmt: skip
    result = lgb.train(settings, lgb.Dataset(x, np.array([0.0, 0.0, 8.0, 8.0])), 1).model_to_string()
    grown = replace(MODEL, booster_text=result)
    shares = grown.contributions_matrix(matrix())
    assert shares[3, [VOID, FIRST]] == pytest.approx([0.0, 0.6])
    assert shares[4, VOID] == pytest.approx(-0.4)
    assert -4.0 + shares.sum(axis=1) == pytest.approx(grown.log_odds(matrix()))


def test_interval_ends_and_probabilities_by_hand():
    """Ends -+ 1.6449 sd about the middle, never above those without invoices (middle 1, sd 2), around the point.

    No probability lies under the minimum or over 1.
    """
    ends = {"log_odds_sd": np.ones(4), "log_odds_hidden_sd": np.array([1.0, 1.0, 1.0, 2.0])}
    ends |= {"log_odds_mid": np.array([0.0, 3.0, -3.0, 3.0]), "log_odds_hidden_mid": np.array([99.0, 99.0, 99.0, 1.0])}
    low, high = interval_at({"pd_12m": np.full(4, 0.5), **ends}, 0.9)
    wanted = [(-Z95, Z95), (0.0, 3 + Z95), (-3 - Z95, 0.0), (1 - 2 * Z95, 1 + 2 * Z95)]
    assert low == pytest.approx([1 / (1 + exp(-one)) for one, _ in wanted])
    assert high == pytest.approx([1 / (1 + exp(-one)) for _, one in wanted])
    assert probability(np.array([0.0, 800.0, -800.0, -7.0])) == pytest.approx([0.5, 1.0, 0.0005, 1 / (1 + exp(7.0))])


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
    assert content_digest(again) == content_digest(STUMPS) != content_digest(replace(STUMPS, level=-4.000001))
    written = (tmp_path / "new/risk/model.json").read_text(encoding="utf-8")
    assert written.startswith('{\n "code": "c",\n "codebook_digest"')  # sorted, for a person to read
    assert written.endswith("}\n")
    assert (tmp_path / "new/risk/booster.txt").read_text(encoding="utf-8") == STUMPS.booster_text
    STUMPS.save(tmp_path / "new/risk")  # over the old one
    card = json.loads(written)
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
    with pytest.raises(ModelFileError, match=r"^booster\.txt is no LightGBM model: "):
        RiskModel.load(folder)
    STUMPS.save(folder)
    with pytest.raises(
        ModelFileError, match=rf"^trained on codebook {BOOK.digest[:12]}, this is codebook 000000000000$"
    ):
        RiskModel.load(folder, SimpleNamespace(digest="0" * 64))
    (folder / "booster.txt").unlink()
    with pytest.raises(ModelFileError, match=r"^risk model in risk/ cannot be read: FileNotFoundError"):
        RiskModel.load(folder)
    STUMPS.save(folder)
    card = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    for key in card:
        short = {name: value for name, value in card.items() if name != key}
        (folder / "model.json").write_text(json.dumps(short), encoding="utf-8")
        with pytest.raises(ModelFileError, match=rf"^risk model in risk/ cannot be read: KeyError\('{key}'\)$"):
            RiskModel.load(folder)
    x = np.random.default_rng(3).normal(size=(60, 2))
    settings = {"num_leaves": 8, "min_data_in_leaf": 5, "verbosity": -1, "num_threads": 1}
    both = lgb.train(settings, lgb.Dataset(x, x[:, 0] * x[:, 1]), 2).model_to_string()
    with pytest.raises(ModelFileError, match=r"^booster\.txt: tree 0 splits on features \[0, 1\]"):
        read_remainder(both)
    with pytest.raises(ValueError, match="not JSON compliant"):
        replace(STUMPS, level=NAN).save(folder)
