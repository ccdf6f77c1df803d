"""Each check without outcomes keeps and refuses what it has to; figures by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.risk.drift import DriftParams
from training.params import read_section
from training.promotion.checks import (
    Behaviour,
    LabelledSample,
    behaviour,
    grid,
    latency,
    leakage,
    monotonicity,
    provenance,
    training_drift,
)
from training.risk.leakage_column import LeakageParams

DIGESTS = {"data": "d", "codebook": "b", "code": "c", "params": "p"}
DRIFT = DriftParams(0.01, 0.25, 1)
ROWS = 2_000


@pytest.mark.contract
@pytest.mark.parametrize("name", DIGESTS)
def test_a_digest_that_differs_or_lacks_refuses(name):
    """Each one alone; the sentence names it in both languages."""
    assert provenance(DIGESTS, DIGESTS).status == "passed"
    for found in (DIGESTS | {name: "other"}, {key: value for key, value in DIGESTS.items() if key != name}):
        check = provenance(found, DIGESTS)
        assert check.status == "failed"
        assert {"params": "parameters"}.get(name, name) in check.text[1]


@pytest.mark.law
def test_a_column_that_marks_the_defaults_is_named():
    """It marks nine of ten defaults and hardly anybody else."""
    rng = np.random.default_rng(1)
    bad = rng.random(ROWS) < 0.1
    table = pd.DataFrame({"size": rng.normal(size=ROWS), "default": bad.astype(float)})
    params = read_section("leakage", LeakageParams)
    assert leakage(LabelledSample(table, "default"), params).status == "passed"
    notice = np.where(bad, rng.random(ROWS) < 0.9, rng.random(ROWS) < 0.01).astype(float)
    check = leakage(LabelledSample(table.assign(notice=notice), "default"), params)
    assert (check.status, list(check.measured)) == ("failed", ["notice"])
    waived = leakage(
        LabelledSample(table.assign(notice=notice), "default"), LeakageParams(**{**vars(params), "waived": ("notice",)})
    )
    assert waived.status == "passed"


@pytest.mark.law
def test_a_training_sample_of_other_firms_is_refused():
    """One standard deviation is beyond any allowance, a tenth is not."""
    rng = np.random.default_rng(2)
    population = {"revenue": rng.normal(size=ROWS), "debt": rng.normal(size=ROWS)}
    near = {"revenue": rng.normal(0.1, 1.0, ROWS), "debt": rng.normal(size=ROWS)}
    far = near | {"debt": rng.normal(1.0, 1.0, ROWS)}
    assert training_drift(near, population, DRIFT).status == "passed"
    check = training_drift(far, population, DRIFT)
    assert (check.status, list(check.measured)) == ("failed", ["debt"])
    assert training_drift({}, {}, DRIFT).status == "not_shown"


@pytest.mark.law
def test_the_largest_step_against_a_direction_by_hand():
    """Of x0 - 2 x1, at x1 of 0 and 3: x0 must not lower it and does not; x1 must not and lowers it by 6."""
    matrix = np.array([[0.0, 0.0], [1.0, 3.0], [np.nan, 3.0]])

    def predict(rows):
        return np.nan_to_num(rows[:, 0]) - 2.0 * rows[:, 1]

    assert monotonicity(predict, matrix, ["a", "b"], [1, -1], 1e-9).status == "passed"
    check = monotonicity(predict, matrix, ["a", "b"], [1, 1], 1e-9)
    assert (check.status, check.measured["feature"], check.measured["worst"]) == ("failed", "b", 6.0)
    assert monotonicity(predict, matrix, ["a", "b"], [0, 0], 1e-9).status == "not_shown"
    assert monotonicity(lambda rows: rows[:, 0] * np.nan, matrix, ["a", "b"], [1, 0], 1e-9).status == "failed"


def test_a_grid_is_of_real_values_at_equal_steps_of_rank():
    """Nine of a hundred values; the same value once."""
    assert grid(np.arange(101.0)).tolist() == [0.0, 12.0, 25.0, 38.0, 50.0, 62.0, 75.0, 88.0, 100.0]
    assert grid(np.array([1.0, 1.0, 1.0, 4.0])).tolist() == [1.0, 4.0]
    assert grid(np.empty(0)).size == 0


@pytest.mark.behaviour
@pytest.mark.parametrize(
    ("change", "low", "high", "beyond"),
    [([0.0, 0.0], 0.0, 0.0, 0.0), ([0.0, 0.2], 0.0, 0.0, 0.2), ([-0.1, 0.5], 0.0, np.inf, 0.1),
     ([0.3, 0.1], -np.inf, 0.25, 0.05), ([np.nan], -np.inf, np.inf, np.inf), ([], 0.0, 0.0, np.inf)],
)  # fmt: skip
def test_how_far_the_worst_row_is_outside(change, low, high, beyond):
    """A missing prediction, or no row to try, is never within."""
    one = Behaviour("patent", np.array(change), low, high)
    assert one.beyond == pytest.approx(beyond)
    assert behaviour([one]).status == ("passed" if beyond == 0.0 else "failed")


def test_the_broken_behaviours_are_named_and_no_other():
    check = behaviour([Behaviour("name", np.array([0.1]), 0.0, 0.0), Behaviour("order", np.zeros(3), 0.0, 0.0)])
    assert "change of name and code" in check.text[1]
    assert "order of rows" not in check.text[1]


def test_nine_of_ten_predictions_are_in_time():
    """One slow one of ten is allowed, two are not."""
    assert latency([1.0] * 9 + [900.0], 10.0).status == "passed"
    assert latency([1.0] * 8 + [900.0] * 2, 10.0).status == "failed"
