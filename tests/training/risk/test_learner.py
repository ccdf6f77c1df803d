"""The learner of any table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from training.risk.learner import checkpoints, learn, log_loss


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


@pytest.mark.law
def test_a_booster_is_looked_at_twenty_times_the_last_round_included():
    """40 rounds every second one, 3 rounds at each."""
    assert checkpoints(40) == list(range(2, 41, 2))
    assert checkpoints(3) == [1, 2, 3]
    assert checkpoints(400, 4) == [100, 200, 300, 400]


@pytest.mark.law
def test_the_log_loss_by_hand():
    """Even odds cost log 2; log-odds of log 3 cost log 4/3 where a default came and log 4 where none did."""
    odds = np.array([0.0, np.log(3.0), np.log(3.0)])
    y = np.array([1.0, 1.0, 0.0])
    assert log_loss(y, odds) == pytest.approx(np.log([2.0, 4 / 3, 4.0]).mean())
    assert log_loss(y, odds, np.array([0.0, 3.0, 1.0])) == pytest.approx((3 * np.log(4 / 3) + np.log(4.0)) / 4)


@pytest.mark.law
def test_shares_of_the_blend_add_up_and_learning_twice_gives_the_same():
    """Each kept member has at least 2 %; the mean probability is that of the outcomes, nearly."""
    rng = np.random.default_rng(7)
    x = pd.DataFrame({"a": rng.normal(size=300)})
    y = (rng.random(300) < expit(x["a"].to_numpy() - 1)).astype(float)
    one, other = (learn(x, y, seed=3) for _ in range(2))
    assert sum(one.shares.values()) == pytest.approx(1.0)
    assert min(one.shares.values()) >= 0.02
    assert (one.predict(x) == other.predict(x)).all()
    assert one.predict(x).mean() == pytest.approx(y.mean(), abs=0.03)
    assert (one.half_life, one.level) == (None, 0.0)
