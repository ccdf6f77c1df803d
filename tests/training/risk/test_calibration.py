"""Calibration is chosen on rows that it did not see, and never turns the order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from training.risk.calibration import Calibrator, calibration_losses, choose_calibrator, fit_calibrator
from training.risk.figures import calibration_line


@pytest.mark.truth
@pytest.mark.parametrize(
    ("name", "bend"),
    [("platt", lambda raw: -0.5 + 0.5 * raw), ("identity", lambda raw: raw)],
)
def test_calibration_is_chosen_by_what_later_cases_say(name, bend):
    """A bent scale is straightened, a straight one is left (almost) alone."""
    rng = np.random.default_rng(2)
    raw = rng.normal(-2, 1.5, 6_000)
    y = (rng.random(6_000) < expit(bend(raw))).astype(float)
    chosen = choose_calibrator(raw, y, np.ones(6_000), np.arange(6_000), 1)
    intercept, slope = calibration_line(chosen.log_odds(raw), y, np.ones(6_000))
    assert abs(slope - 1) < 0.1, (name, chosen.method)
    assert abs(intercept) < 0.2


@pytest.mark.law
@pytest.mark.parametrize("method", ["identity", "platt", "beta", "isotonic"])
def test_no_calibration_ever_turns_the_order(method):
    """A higher raw score never gets a lower probability."""
    rng = np.random.default_rng(3)
    raw = rng.normal(-2, 1.5, 2_000)
    y = (rng.random(2_000) < expit(raw)).astype(float)
    fitted = fit_calibrator(method, raw, y, np.ones(2_000))
    assert (np.diff(fitted.log_odds(np.linspace(-12, 12, 500))) >= -1e-12).all()
    late = np.arange(2_000) >= 1_500
    assert method in calibration_losses((method,), raw, y, np.ones(2_000), [(~late, late)])


@pytest.mark.law
def test_each_method_maps_log_odds_by_hand():
    """Platt 1 + .5 x; beta 1 + 2 ln p - 3 ln(1 - p), at even odds 1 + ln 2; isotonic between its steps and beyond."""
    raw = np.array([-2.0, 0.0, 2.0])
    assert Calibrator("identity", ()).log_odds(raw).tolist() == raw.tolist()
    assert Calibrator("platt", (1.0, 0.5)).log_odds(raw).tolist() == [0.0, 1.0, 2.0]
    p = expit(raw)
    assert Calibrator("beta", (1.0, 2.0, 3.0)).log_odds(raw) == pytest.approx(1 + 2 * np.log(p) - 3 * np.log1p(-p))
    steps = Calibrator("isotonic", (-1.0, 1.0, -3.0, 5.0))
    assert steps.log_odds(np.array([-9.0, 0.0, 1.0, 9.0])).tolist() == [-3.0, 1.0, 5.0, 5.0]


@pytest.mark.law
def test_isotonic_actions_are_not_tried_with_fewer_than_a_hundred_defaults():
    """99 defaults leave three methods, 100 four."""
    rng = np.random.default_rng(4)
    raw, parts = rng.normal(size=400), [(np.arange(400) < 300, np.arange(400) >= 300)]
    for defaults, count in ((99, 3), (100, 4)):
        y = (np.arange(400) % 400 < defaults).astype(float)
        rng.shuffle(y)
        losses = calibration_losses(("identity", "platt", "beta", "isotonic"), raw, y, np.ones(400), parts)
        assert len(losses) == count


@pytest.mark.law
def test_a_loss_is_the_mean_over_the_rows_that_were_left_out():
    """Identity at even odds costs log 2 a row, whatever the rows that it could have been fitted on."""
    known = np.array([True, True, False, False])
    losses = calibration_losses(
        ("identity",), np.zeros(4), np.array([0.0, 1.0, 0.0, 1.0]), np.ones(4), [(known, ~known)]
    )
    assert losses == {"identity": pytest.approx(np.log(2.0))}
