"""Offices of one process: shares, intervals by office, files."""

from dataclasses import replace

import numpy as np
import pytest

from models.approvals.offices import OfficesModel
from models.remaining_time.coverage import Labels
from models.remaining_time.model import RemainingTimeError
from tests.training.approvals.test_offices import CUT, PARAMS, planted
from training.approvals.offices import fit_offices

pytestmark = pytest.mark.law


@pytest.fixture(scope="module")
def past():
    return planted()


@pytest.fixture(scope="module")
def model(past):
    return fit_offices(past, PARAMS, CUT, {})


@pytest.fixture(scope="module")
def rows(past):
    return past.prefixes[past.known_on >= CUT].iloc[:60]


def test_a_forecast_is_the_mean_of_both_on_the_scale_of_the_logarithm(model, rows):
    half = replace(model, shares={"north": 0.25, "south": 0.0, "west": 0.9})
    north, west = (np.flatnonzero(rows["c_office"] == one) for one in ("north", "west"))
    made, largest = half.raw(rows)
    own, pooled = model.own["north"].raw(rows)[0], model.pooled.raw(rows)[0]
    np.testing.assert_allclose(made.middle[north], (0.25 * own.middle + 0.75 * pooled.middle)[north])
    np.testing.assert_allclose(made.high[north], (0.25 * own.high + 0.75 * pooled.high)[north])
    np.testing.assert_allclose(made.middle[west], pooled.middle[west])  # it has no model of its own
    assert (largest[north] == model.pooled.raw(rows)[1][north]).all()


def test_an_answer_does_not_depend_on_the_rows_beside_it(model, rows):
    whole = model.predict(rows).frame()
    order = np.random.default_rng(1).permutation(len(rows))
    assert model.predict(rows.iloc[order]).frame().equals(whole.iloc[order].reset_index(drop=True))
    assert model.predict(rows.iloc[3:4]).frame().equals(whole.iloc[3:4].reset_index(drop=True))
    assert len(model.predict(rows.iloc[:0]).remaining_days) == 0


def test_an_office_that_was_not_seen_has_a_forecast_and_no_coverage(model, rows):
    answers = model.predict(rows.assign(c_office="new"))
    assert np.isfinite(answers.remaining_days).all()
    assert np.isnan(answers.coverage).all()
    assert not answers.reliable.any()


def test_later_labels_of_one_office_move_its_intervals_alone(model, rows):
    n = 200
    missed = Labels(np.full(n, CUT - 1.0), np.full(n, 3.0), np.full(n, 0.1), np.zeros(n), np.ones(n))
    moved = model.with_labels({"north": missed}).predict(rows)
    north = (rows["c_office"] == "north").to_numpy()
    before = model.predict(rows)
    assert (moved.coverage[north] < before.coverage[north]).all()
    np.testing.assert_array_equal(moved.high_days[~north], before.high_days[~north])


def test_files_give_the_same_model_and_a_changed_one_is_refused(model, rows, tmp_path):
    model.save(tmp_path)
    again = OfficesModel.load(tmp_path)
    assert again.digest == model.digest
    assert again.cut == CUT
    assert again.predict(rows).frame().equals(model.predict(rows).frame())
    card = tmp_path / "offices.json"
    card.write_text(card.read_text(encoding="utf-8").replace('"west": 0.0', '"west": 0.5'), encoding="utf-8")
    with pytest.raises(RemainingTimeError):
        OfficesModel.load(tmp_path)
    with pytest.raises(RemainingTimeError, match="no model of offices"):
        OfficesModel.load(tmp_path / "absent")


def test_a_table_without_the_office_is_refused(model, rows):
    with pytest.raises(RemainingTimeError, match="c_office"):
        model.predict(rows.drop(columns="c_office"))
