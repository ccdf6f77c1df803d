"""The learner of any table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from training.risk.learner import learn


@pytest.mark.law
def test_promised_signs_hold_on_any_table_for_every_row():
    """A column promised to raise the risk never lowers it, whatever else is in the table."""
    rng = np.random.default_rng(6)
    x = pd.DataFrame(rng.normal(size=(400, 3)), columns=["a", "b", "c"])
    x["kind"] = pd.Series(rng.choice(["u", "v", None], 400)).astype("category")
    x.loc[::7, "b"] = np.nan
    y = (rng.random(400) < expit(x["a"].to_numpy() + np.sin(3 * x["c"].to_numpy()) - 1)).astype(float)
    learned = learn(x, y, seed=1, signs={"a": 1})
    low, high = np.sort(rng.normal(size=(2, 400)), axis=0)
    assert (learned.predict(x.assign(a=low)) <= learned.predict(x.assign(a=high)) + 1e-12).all()
    assert set(learned.shares) <= set(learned.inner_log_loss)
