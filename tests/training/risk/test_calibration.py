"""Calibration is chosen on rows that it did not see, and never turns the order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from training.risk.calibration import calibration_losses, choose_calibrator, fit_calibrator
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
