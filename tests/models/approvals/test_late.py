"""Chance of being late: what is certain, files, sentences."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from models.approvals.late import LateModel, LateModelError, LateTest, late_sentences
from tests.training.approvals.test_late import CUT, PARAMS, planted
from training.approvals.late import fit_late

pytestmark = pytest.mark.law
SLACK = LateModel("c_due", {"slack": (1.0, -0.5), "model": (0.0, 1.0)})


@pytest.fixture(scope="module")
def past():
    return planted(10.0, n=800)


@pytest.fixture(scope="module")
def model(past):
    return fit_late(past, PARAMS, CUT)


def test_chances_by_hand():
    """Past its promised date a case is late; on the day itself and before, by the calibration; without one, unknown."""
    rows = pd.DataFrame({"c_due": [-0.5, 0.0, 4.0, np.nan]})
    np.testing.assert_allclose(SLACK.chance(rows), [1.0, expit(1.0), expit(-1.0), np.nan])


@pytest.mark.parametrize(("low", "rule"), [(0.001, "model"), (0.0, "slack"), (-0.1, "slack"), (np.nan, "slack")])
def test_a_model_needs_an_interval_above_zero(low, rule):
    assert LateTest(100, 20, 0.9, 0.8, low, 0.2).rule == rule


def test_sentences_say_which_rule_answers_with_its_figures():
    assert set(late_sentences()) == {"late.model", "late.slack", "late.untested"}
    assert SLACK.sentence()[1] == (
        "Whether a case will be late goes by the days left: too few cases have a known end to test a model."
    )
    tested = replace(SLACK, test=LateTest(203, 32, 0.78, 0.765, -0.04, 0.07))
    assert tested.sentence()[1] == (
        "Whether a case will be late goes by the days left: on 203 later cases the AUC of a model is 0.78, that of the "
        "days left 0.77; the 90% interval of the difference, -0.04 to +0.07, does not lie above 0, so no model is used."
    )
    assert replace(SLACK, test=LateTest(9, 0, np.nan, np.nan, np.nan, np.nan)).sentence() == SLACK.sentence()


def test_a_row_does_not_depend_on_the_rows_beside_it(model, past):
    rows = past.prefixes.iloc[:50]
    for rule in ("slack", "model"):
        whole = model.chance(rows, rule)
        np.testing.assert_array_equal(model.chance(rows.iloc[::-1], rule)[::-1], whole)
        assert model.chance(rows.iloc[:0], rule).shape == (0,)


def test_files_give_the_same_model_and_a_changed_one_is_refused(model, past, tmp_path):
    for one in (model, SLACK, replace(SLACK, test=LateTest(9, 0, np.nan, np.nan, np.nan, np.nan))):
        one.save(tmp_path)
        again = LateModel.load(tmp_path)
        assert (again.digest, again.rule) == (one.digest, one.rule)
    model.save(tmp_path)
    np.testing.assert_array_equal(LateModel.load(tmp_path).chance(past.prefixes), model.chance(past.prefixes))
    card = json.loads((tmp_path / "late.json").read_text(encoding="utf-8"))
    assert (card["rule"], card["test"]["cases"]) == (model.rule, model.test.cases)
    card["slopes"]["slack"][0] += 1.0
    (tmp_path / "late.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(LateModelError, match="was changed"):
        LateModel.load(tmp_path)
    with pytest.raises(LateModelError, match="no model of late cases"):
        LateModel.load(tmp_path / "absent")


def test_what_a_table_lacks_is_named(model, past):
    with pytest.raises(LateModelError, match="c_due"):
        model.chance(past.prefixes.drop(columns="c_due"))
    with pytest.raises(LateModelError, match="c_load"):
        model.chance(past.prefixes.drop(columns="c_load"), "model")
    with pytest.raises(LateModelError, match="no booster"):
        SLACK.chance(past.prefixes, "model")
